"""The three journals of a run joined, sample by sample, in the order of its result table.

What is kept of a sample is its place in the journals; texts are read when a sample's turn comes and forgotten after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from qwen3_eval.measure.results import results
from qwen3_eval.records.formats import GENERATIONS, SCORES, GenerationLine, JudgmentLine, PromptLine, ScoreLine
from qwen3_eval.records.lines import PromptIndex, gold_text, natural, spoken
from qwen3_eval.records.manifest import Manifest, PlanEntry, rank
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import Answered
from qwen3_eval.types import Cell, Result, UsageError

# Fields of a line of judgments.jsonl that are handed on.
JUDGMENT = (
    "call", "attempt", "judge", "verdict", "lenient", "reply", "thinking", "finished", "finish_reason", "error",
    "tokens", "latency_s", "seed", "prompt_sha256",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JoinedSample:
    """A line of each journal. ``score`` and ``prompt`` are None where there is none.

    judgments: what the judge said to each call about the answer, every attempt.
    """

    generation: GenerationLine
    score: ScoreLine | None
    prompt: PromptLine | None
    judgments: Sequence[JudgmentLine] = ()

    @property
    def prompt_text(self) -> str | None:
        """What was asked, for reading."""
        return self.prompt["text"] if self.prompt else None

    @property
    def target(self) -> str | None:
        """The gold answer as text; None where there is none."""
        return None if self.prompt is None or self.prompt["target"] is None else gold_text(self.prompt["target"])

    def said(self, part: Literal["thinking", "answer"]) -> str:
        """``thinking`` or ``answer``; of a conversation that of every reply."""
        return spoken(self.generation, part)


@dataclass(frozen=True, slots=True)
class Journals:
    """A run that can be read by cell.

    places: the keys of each cell's samples, questions in their natural order. prompts: where each of ``asked`` stands.
    metrics: names of the scorers' own figures.
    """

    record: RunRecord
    results: Sequence[Result]
    places: Mapping[Cell, Sequence[bytes]]
    prompts: PromptIndex
    metrics: Sequence[str]

    @property
    def manifest(self) -> Manifest:
        """What the run was made with."""
        return self.record.manifest

    def plan(self, cell: Cell) -> PlanEntry | None:
        """What was planned for a cell; None where nothing was."""
        return self.manifest.entry(cell)

    def answered(self, cell: Cell) -> Iterator[Answered]:
        """The samples of a cell in order, without their texts."""
        return (self.record.answered[key] for key in self.places[cell])

    def scored(self, cell: Cell) -> int:
        """How many samples of a cell have a score."""
        return sum(key in self.record.scored for key in self.places[cell])

    def samples(self, cell: Cell) -> Iterator[JoinedSample]:
        """The samples of a cell in order, one in memory at a time."""
        record = self.record
        for key in self.places[cell]:
            generation = record.generation(record.answered[key])
            scored, asked = record.scored.get(key), self.prompts.find(generation)
            score = record.score(scored) if scored else None
            prompt = None if asked is None else record.prompt(record.prompts[asked])
            judgments = [record.judgment(each.offset) for each in record.judgments.get(key, ())]
            yield JoinedSample(generation, score, prompt, judgments)


def judge_of(manifest: Manifest, task: str) -> dict[str, object]:
    """The judge of a task with all that its verdicts depend on; nothing for a task without one."""
    used = manifest.judge
    if used is None or task not in used.tasks:
        return {}
    names = ("model", "model_revision", "model_sha256", "mode", "family", "parse")
    told = {name: getattr(used, name) for name in names}
    return {**{name: value for name, value in told.items() if value}, **used.tasks[task]}


def said_by_judge(sample: JoinedSample) -> list[dict[str, object]]:
    """Every reply of the judge about a sample, with what was read in it."""
    return [{name: line.get(name) for name in JUDGMENT} for line in sample.judgments]


def read_journals(record: RunRecord) -> Journals:
    """Joins the journals of a run. Raises UsageError naming file and line that cannot be used."""
    metrics = sorted({name for scored in record.scored.values() for name, _ in scored.metrics})
    places = _places(record)
    prompts = PromptIndex()
    for number, asked in enumerate(record.prompts):
        prompts.add(asked, number)
    order = sorted(places, key=lambda cell: rank(cell, record.manifest.tasks))
    return Journals(record, results(record), {cell: places[cell] for cell in order}, prompts, metrics)


def _places(record: RunRecord) -> dict[Cell, list[bytes]]:
    """The keys of the latest generations by cell, in the order of their questions."""
    answered = record.answered
    orphan = next((key for key in record.scored if key not in answered), None)
    if orphan:
        raise UsageError(
            f"{record.folder / SCORES} scores the key {orphan.hex()}, which {GENERATIONS} does not hold; "
            f"`qwen3-eval repair {record.folder}` says what can be kept"
        )
    found: dict[Cell, list[bytes]] = {}
    for key, each in answered.items():
        found.setdefault(each.cell, []).append(key)
    for keys in found.values():
        keys.sort(key=lambda key: (natural(answered[key].id), answered[key].sample))
    return found


def whole_results(journals: Journals, cell: Cell) -> list[Result]:
    """The results over all questions of a cell, the task's own metric first."""
    found = [each for each in journals.results if each.language is None and each.subset is None]
    return [each for each in found if Cell(each.task, each.mode, each.budget, each.protocol) == cell]


def cell_name(cell: Cell) -> str:
    """``aime24_thinking_4096``, ``mmlu_base``: a cell as the name of a task."""
    mode = "base" if cell.protocol == "base" else cell.mode
    return "_".join([cell.task, mode, *([] if cell.budget is None else [str(cell.budget)])])


def file_name(name: str) -> str:
    """A name that is one part of a path, whatever it was."""
    return re.sub(r"[^\w.-]+", "__", name).strip(".") or "unnamed"


def start_of(journals: Journals) -> datetime:
    """When the run's first session started. Raises UsageError when its manifest does not say."""
    started = journals.manifest.started
    if started is None:
        folder = journals.record.folder
        raise UsageError(f"{folder} does not say when it was made (no sessions in run.json); export tables")
    return started


def share(result: Result, value: float) -> float:
    """A value of a result from 0 to 1 where it is in percent, else as it is."""
    return value / 100 if result.unit == "percent" else value


def utf8(value: object) -> Any:
    """A JSON value whose texts can be written as UTF-8: half of a surrogate pair becomes a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {utf8(name): utf8(inner) for name, inner in value.items()}
    return [utf8(inner) for inner in value] if isinstance(value, (list, tuple)) else value
