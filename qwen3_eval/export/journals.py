"""The three journals of a run joined, sample by sample, in the order of its result table.

What is kept of a sample is its place in the journals, some 0.4 KB whatever the model wrote; texts are
read when a sample's turn comes and forgotten after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from qwen3_eval.measure.summary import summarise
from qwen3_eval.records.formats import GENERATIONS, PROMPTS, SCORES
from qwen3_eval.records.plans import plan_entry, rank, task_order
from qwen3_eval.records.samples import Cell
from qwen3_eval.records.store import lines, read_manifest
from qwen3_eval.report.samples import condition_of, gold_text, natural, spoken
from qwen3_eval.types import UsageError


class Place(NamedTuple):
    """A sample of a cell, and the byte offsets of its lines; ``score`` is None where it has not been scored."""

    id: str
    sample: int
    generation: int
    score: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A line of each journal. ``score`` and ``prompt`` are empty where there is none."""

    generation: Mapping[str, Any]
    score: Mapping[str, Any]
    prompt: Mapping[str, Any]

    @property
    def prompt_text(self) -> str | None:
        """What was asked, for reading."""
        return self.prompt.get("text")

    @property
    def target(self) -> str | None:
        """The gold answer as text."""
        return gold_text(self.prompt["target"]) if self.prompt else None

    def said(self, part: str) -> str:
        """``thinking`` or ``answer``; of a conversation that of every reply."""
        return spoken(self.generation, part)


@dataclass(frozen=True, slots=True)
class Journals:
    """A run directory that can be read by cell.

    places: the samples of each cell, questions in their natural order. prompts: byte offsets by digest and, for
    prompts that only stand for a question, by task, id and condition. metrics: names of the scorers' own figures.
    """

    run_dir: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    places: Mapping[Cell, Sequence[Place]]
    prompts: Mapping[Any, int]
    metrics: Sequence[str]

    def plan(self, cell: Cell) -> Mapping[str, Any]:
        """The manifest's entry about a cell; empty when it was not planned."""
        return plan_entry(self.manifest, cell)

    def samples(self, cell: Cell) -> Iterator[Sample]:
        """The samples of a cell in order, one in memory at a time."""
        with ExitStack() as stack:
            read = {name: stack.enter_context(_reader(self.run_dir / name)) for name in (GENERATIONS, SCORES, PROMPTS)}
            for place in self.places[cell]:
                generation = read[GENERATIONS](place.generation)
                score = {} if place.score is None else read[SCORES](place.score)
                where = (cell.task, place.id, condition_of(generation))
                at = self.prompts.get(generation["prompt_sha256"], self.prompts.get(where))
                yield Sample(generation, score, {} if at is None else read[PROMPTS](at))


@contextmanager
def _reader(path: Path) -> Iterator[Any]:
    """A function from byte offset to line; the file is opened when it is first used, for it may be missing."""
    with ExitStack() as stack:
        opened: list[Any] = []

        def read(offset: int) -> Any:
            if not opened:
                opened.append(stack.enter_context(open(path, "rb")))
            opened[0].seek(offset)
            return json.loads(opened[0].readline())

        yield read


def read_journals(run_dir: Path) -> Journals:
    """Reads a run. Raises UsageError when the folder is not a run, or naming file and line that cannot be used."""
    manifest = read_manifest(run_dir)
    scores, metrics = _read_scores(run_dir)
    places = _read_places(run_dir, scores)
    prompts: dict[Any, int] = {}
    for offset, line in lines(run_dir / PROMPTS):
        prompts[line["prompt_sha256"]] = prompts[line["task"], line["id"], condition_of(line)] = offset
    tasks = task_order(manifest)
    order = {cell: places[cell] for cell in sorted(places, key=lambda cell: rank(cell, tasks))}
    return Journals(run_dir, manifest, summarise(run_dir), order, prompts, metrics)


def _read_scores(run_dir: Path) -> tuple[dict[str, int], list[str]]:
    """Where the latest score of each key stands, and the names of the metrics."""
    offsets: dict[str, int] = {}
    metrics: set[str] = set()
    for offset, line in lines(run_dir / SCORES):
        offsets[line["key"]] = offset
        metrics |= line["metrics"].keys()
    return offsets, sorted(metrics)


def _read_places(run_dir: Path, scores: Mapping[str, int]) -> dict[Cell, list[Place]]:
    """The latest generation of each key with its score, by cell."""
    found: dict[str, tuple[Cell, Place]] = {}
    for offset, line in lines(run_dir / GENERATIONS):
        cell = Cell(line["task"], line["mode"], line["budget"], line.get("protocol", "chat"))
        key = line["key"]
        found[key] = cell, Place(line["id"], line["sample"], offset, scores.get(key))
    orphan = next((key for key in scores if key not in found), None)
    if orphan:
        raise UsageError(
            f"{run_dir / SCORES} scores the key {orphan}, which {GENERATIONS} does not hold; "
            f"`qwen3-eval repair {run_dir}` says what can be kept"
        )
    places: dict[Cell, list[Place]] = {}
    for cell, place in found.values():
        places.setdefault(cell, []).append(place)
    return {cell: sorted(each, key=lambda place: (natural(place.id), place.sample)) for cell, each in places.items()}


def whole_results(summary: Mapping[str, Any], cell: Cell) -> list[Mapping[str, Any]]:
    """The lines of ``summary.json`` about all questions of a cell, the task's own metric first."""
    about = (cell.task, cell.mode, cell.budget, cell.protocol, None, None)
    names = ("task", "mode", "budget", "protocol", "language", "subset")
    return [line for line in summary["results"] if tuple(line[name] for name in names) == about]


def cell_name(cell: Cell) -> str:
    """``aime24_thinking_4096``, ``mmlu_base``: a cell as the name of a task."""
    mode = "base" if cell.protocol == "base" else cell.mode
    return "_".join([cell.task, mode, *([] if cell.budget is None else [str(cell.budget)])])


def file_name(name: str) -> str:
    """A name that is one part of a path, whatever it was."""
    return re.sub(r"[^\w.-]+", "__", name).strip(".") or "unnamed"


def start_of(journals: Journals) -> datetime:
    """When the run's first session started. Raises UsageError when its manifest does not say."""
    sessions = journals.manifest.get("sessions")
    if not sessions:
        raise UsageError(f"{journals.run_dir} does not say when it was made (no sessions in run.json); export tables")
    return datetime.fromisoformat(sessions[0]["start"])


def share(line: Mapping[str, Any], value: float) -> float:
    """A value of a line of ``summary.json`` from 0 to 1 where the line is in percent, else as it is."""
    return value / 100 if line["unit"] == "percent" else value


def utf8(value: Any) -> Any:
    """A JSON value whose texts can be written as UTF-8: half of a surrogate pair becomes a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {utf8(name): utf8(inner) for name, inner in value.items()}
    return [utf8(inner) for inner in value] if isinstance(value, (list, tuple)) else value
