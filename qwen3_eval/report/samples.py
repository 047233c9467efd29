"""Every sample of the runs, packed for the page's browser.

The page gets one index, which the list and the filters work on, and chunks of texts, which are
unpacked when a sample is opened or searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from qwen3_eval.records.formats import GenerationLine, PromptLine, ScoreLine
from qwen3_eval.records.lines import PromptIndex, condition_of, gold_text, natural, spoken
from qwen3_eval.records.record import RunRecord
from qwen3_eval.report.excerpts import carried, prompt_limit, shown
from qwen3_eval.report.judged import STATES, Judgments, SampleCalls, scale_in
from qwen3_eval.report.languages import shown_name
from qwen3_eval.report.lengths import Lengths
from qwen3_eval.report.packed import Chunks, DataBlock, character_limit, cut, pack
from qwen3_eval.types import MODES, TOO_LONG

PAGE_CHARACTERS = 100_000_000
VERDICT_CHARACTERS = 4_000
SHORT = 60
CONDITIONS = (*MODES, "base")
VERDICTS = (
    "correct",
    "partly",
    "wrong",
    "judged",
    "no answer",
    "other format",
    "unfinished",
    "truncated",
    "failed",
    "not scored",
)
BY_OUTCOME = {
    "no_answer": "no answer",
    "other_format": "other format",
    "unfinished": "unfinished",
    "truncated": "truncated",
    "error": "failed",
    "timeout": "failed",
    "refused": "failed",
    TOO_LONG: "failed",
}

T = TypeVar("T")


class Names(Generic[T]):
    """Gives equal values one small number, in the order of their first use."""

    def __init__(self) -> None:
        self.known: dict[T, int] = {}

    def __getitem__(self, value: T) -> int:
        return self.known.setdefault(value, len(self.known))

    def __iter__(self) -> Iterator[T]:
        return iter(self.known)


class Listed(NamedTuple):
    """A generation in the order of the page's list."""

    rank: tuple[object, ...]
    run: int
    key: bytes


@dataclass(slots=True)
class Index:
    """What the page's list knows of every sample, by columns. judges: of each run, empty for one without."""

    runs: Sequence[str]
    judges: Sequence[str]
    tasks: Names[str] = field(default_factory=Names)
    budgets: Names[int | None] = field(default_factory=Names)
    docs: Names[tuple[str, str, int]] = field(default_factory=Names)
    columns: dict[str, list[int | str | None]] = field(default_factory=dict)

    def add(self, row: Mapping[str, int | str | None]) -> None:
        """One sample's values."""
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)

    def json(self, packed: Mapping[str, Chunks], golds: Sequence[str]) -> dict[str, object]:
        """The index as the script reads it. packed: the chunks that belong to it, by name."""
        return {
            "runs": list(self.runs),
            "tasks": list(self.tasks),
            "modes": list(CONDITIONS),
            "budgets": list(self.budgets),
            "verdicts": list(VERDICTS),
            "docs": [list(doc) for doc in self.docs],
            "languages": [[tag, shown_name(tag)] for tag in dict.fromkeys(doc[1] for doc in self.docs) if tag],
            "golds": list(golds),
            "judgments": list(STATES),
            "judges": list(self.judges),
            "columns": self.columns,
            **{name: chunks.starts for name, chunks in packed.items()},
            "count": packed["texts"].count,
        }


def sample_blocks(
    runs: Sequence[RunRecord], names: Sequence[str], tasks: Sequence[str], lengths: Lengths, judged: Judgments
) -> list[DataBlock]:
    """Index, texts and prompts of all runs. ``names``: of the runs; ``tasks``: their order.

    ``lengths`` is filled on the way, and so are the prompts of the judges.

    Raises UsageError naming file and line where a journal is damaged.
    """
    limit = character_limit([each.characters for run in runs for each in run.answered.values()], PAGE_CHARACTERS)
    prompts, golds, found = read_prompts(runs)
    judges = [run.manifest.judge.model if run.manifest.judge else "" for run in runs]
    index, texts = Index(names, judges), Chunks("texts")
    for listed in sorted(in_order(runs, tasks), key=lambda listed: listed.rank):
        run = runs[listed.run]
        answered, scored = run.answered[listed.key], run.scored.get(listed.key)
        line, score = run.generation(answered), run.score(scored) if scored else None
        sample = ShownSample(
            line, score, scale_in(run.manifest, answered.cell), judged.of(listed.run, listed.key, line)
        )
        if sample.scale is None:
            lengths.add(listed.run, answered, scored)
        index.add(row_of(index, listed.run, sample, found[listed.run].find(line)))
        texts.add(texts_of(sample, limit), min(limit, spoken_characters(line)) + sample.calls.characters + 200)
    packed = {"texts": texts, "prompts": prompts, "pieces": judged.pieces.chunks}
    for chunks in packed.values():
        chunks.flush()
    return [pack("index", index.json(packed, golds)), *(block for chunks in packed.values() for block in chunks.blocks)]


@dataclass(frozen=True, slots=True)
class ShownSample:
    """A generation with its score. scale: what a score of 1 stands for where a judge gave it, None elsewhere."""

    line: GenerationLine
    score: ScoreLine | None
    scale: float | None = None
    calls: SampleCalls = field(default_factory=SampleCalls)


def in_order(runs: Sequence[RunRecord], tasks: Sequence[str]) -> Iterator[Listed]:
    """Every generation with its place in the list: by task, question and sample, then by run, mode and budget."""
    order = {task: number for number, task in enumerate(tasks)}
    for number, run in enumerate(runs):
        for key, each in run.answered.items():
            cell = each.cell
            task, budget = order.get(cell.task, len(order)), float("inf") if cell.budget is None else cell.budget
            mode = -CONDITIONS.index(cell.condition)
            yield Listed((task, cell.task, natural(each.id), each.sample, number, mode, budget), number, key)


def read_prompts(runs: Sequence[RunRecord]) -> tuple[Chunks, list[str], list[PromptIndex]]:
    """Prompt texts with their gold answers, the golds in short, and for each run where its prompts are found."""
    prompts, golds = Chunks("prompts"), []
    indexes: list[PromptIndex] = []
    known: dict[str, int] = {}
    limit = prompt_limit([each for run in runs for each in run.prompts])
    for run in runs:
        index = PromptIndex()
        for _, line in run.prompt_lines():
            sha256 = line["prompt_sha256"]
            if sha256 not in known:
                known[sha256] = prompts.count
                gold = gold_of(line)
                golds.append(gold[:SHORT])
                prompt = shown(line, limit)
                prompts.add([prompt, cut(gold, VERDICT_CHARACTERS)], carried(prompt) + len(gold))
            index.add(line, known[sha256])
        indexes.append(index)
    return prompts, golds, indexes


def gold_of(line: PromptLine) -> str:
    """The gold answer of a question for reading; empty where it has none."""
    return "" if line["target"] is None else gold_text(line["target"])


def verdict(score: ScoreLine | None, *, judged: bool = False) -> str:
    """One of ``VERDICTS``."""
    if score is None:
        return "not scored"
    if score["outcome"] != "ok":
        return BY_OUTCOME[score["outcome"]]
    if judged:
        return "judged"
    return "correct" if score["score"] >= 1 else "partly" if score["score"] > 0 else "wrong"


def row_of(index: Index, run: int, sample: ShownSample, prompt: int | None) -> dict[str, int | str | None]:
    """What the list knows of one sample."""
    line, score = sample.line, sample.score
    extracted = score["extracted"] if score else None
    doc = (line["id"], (score.get("language") if score else None) or "", -1 if prompt is None else prompt)
    return {
        "run": run,
        "task": index.tasks[line["task"]],
        "mode": CONDITIONS.index(condition_of(line)),
        "budget": index.budgets[line["budget"]],
        "doc": index.docs[doc],
        "sample": line["sample"],
        "verdict": VERDICTS.index(verdict(score, judged=sample.scale is not None)),
        "score": round(1000 * score["score"]) if score else None,
        "extracted": None if extracted is None else extracted[:SHORT],
        "judgment": sample.calls.state,
    }


def texts_of(sample: ShownSample, limit: int) -> list[object]:
    """Thinking, answer and extracted answer, each no longer than the page has room for, and the facts beside them.

    For a sample that was judged the calls of its judge too.
    """
    line, score = sample.line, sample.score
    thinking, answer = spoken(line, "thinking"), spoken(line, "answer")
    extracted = score["extracted"] if score else None
    longest = max(limit // 2, limit - len(thinking), 1)
    shown = [cut(thinking, max(limit - len(answer), limit // 2)), cut(answer, longest)]
    found: list[object] = [*shown, None if extracted is None else cut(extracted, VERDICT_CHARACTERS), facts(sample)]
    return [*found, sample.calls.calls] if sample.calls.calls else found


def spoken_characters(line: GenerationLine) -> int:
    """How much was said."""
    return len(spoken(line, "thinking")) + len(spoken(line, "answer"))


def facts(sample: ShownSample) -> dict[str, object]:
    """What the details pane says about a sample besides its texts; what is unknown or empty is left out."""
    line, score, scale = sample.line, sample.score, sample.scale
    told: Mapping[str, object] = score or {}
    found = {
        "outcome": told.get("outcome"),
        "score": told.get("score"),
        "points": [round(scale * score["score"], 2), scale] if score and scale else None,
        "metrics": told.get("metrics"),
        "detail": cut((score and score["detail"]) or "", VERDICT_CHARACTERS),
        "scorer": told.get("scorer"),
        "error": cut(line["error"], VERDICT_CHARACTERS),
        "forced": line["forced_stop"],
        "finish": line["finish_reason"],
        "tokens": line["tokens"],
        "seconds": line["latency_s"],
        "seed": line["seed"],
        "key": line["key"],
    }
    return {name: value for name, value in found.items() if value not in (None, "", {}, False)}
