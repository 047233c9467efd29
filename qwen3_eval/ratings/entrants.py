"""The answers of runs to one benchmark, as a judge may compare them: which model answered what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from qwen3_eval import data
from qwen3_eval.ratings.battles import names_of
from qwen3_eval.records.manifest import PlanEntry
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import Answered
from qwen3_eval.records.store import differences
from qwen3_eval.task.judged import Duelled
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import Cell, Doc, UsageError


class AskedSample(NamedTuple):
    """Which sample of which question."""

    question: str
    sample: int


@dataclass(frozen=True, eq=False)
class Entrant:
    """A model as it was asked in one way. name: unique among those that are compared."""

    name: str
    record: RunRecord
    entry: PlanEntry
    cell: Cell

    @cached_property
    def answers(self) -> Mapping[AskedSample, tuple[bytes, Answered]]:
        """Its answers, without their texts, and their keys."""
        rows = self.record.answered.items()
        found = ((key, each) for key, each in rows if each.cell == self.cell and not each.failed)
        return {AskedSample(each.id, each.sample): (key, each) for key, each in found}

    def text(self, asked: AskedSample) -> str:
        """An answer; empty where there is none, or where its thinking did not end."""
        line = self.record.generation(self.answers[asked][1])
        return line["answer"] if line["finished"] and not line["error"] else ""

    @cached_property
    def score(self) -> float:
        """The mean of its own scores, 0 to 1; 0 for none."""
        return fmean([row.value for row in self.record.scored.values() if row.cell == self.cell] or [0.0])

    @property
    def settings(self) -> Mapping[str, object]:
        """What must be the same for answers to be compared."""
        rows = self.record.manifest.data.get(self.cell.task, {})
        return {"version": self.entry.version, "dataset_sha256": rows.get("sha256")}


@dataclass(frozen=True)
class Field:
    """The models that are compared in a benchmark, the best first by their own scores, and its questions."""

    task: Duelled
    docs: Mapping[str, Doc]
    entrants: Sequence[Entrant]

    def pairs(self, neighbours: int) -> Iterator[tuple[int, int]]:
        """Places of two models that are at most so many ranks apart."""
        for first in range(len(self.entrants)):
            for second in range(first + 1, min(first + neighbours + 1, len(self.entrants))):
                yield first, second


def field_of(records: Sequence[RunRecord], tasks: Registry, name: str, data_dir: Path | None = None) -> Field:
    """The models of some runs in a benchmark whose answers are compared. name: empty where they have one only.

    Raises UsageError for fewer than two models, for runs that asked for different things, and for rows that are not at
    hand.
    """
    task = _task_of(records, tasks, name)
    found = [
        (record, entry, cell)
        for record in records
        for entry in record.manifest.plan
        if entry.task == task.spec.name
        for cell in entry.cells()
    ]
    names = names_of([(record, cell) for record, _, cell in found])
    made = [Entrant(each, *of) for each, of in zip(names, found, strict=True)]
    entrants = sorted((each for each in made if each.answers), key=lambda each: (-each.score, each.name))
    if len(entrants) < 2:
        raise UsageError(f"{task.spec.name}: answers are compared between models; give the runs of two or more")
    docs = data.read(task, data_dir)
    if lacking := task.spec.tables.keys() - task.tables.keys():
        raise UsageError(f"{task.spec.name}: {task.spec.tables[min(lacking)].mirror} is not at hand")
    _check(task, str(docs.origin["sha256"]), entrants)
    return Field(task, {doc.id: doc for doc in docs.docs}, entrants)


def _task_of(records: Iterable[RunRecord], tasks: Registry, name: str) -> Duelled:
    planned = {entry.task for record in records for entry in record.manifest.plan}
    found = {each: task for each in sorted(planned & {*tasks.tasks}) if isinstance(task := tasks.get(each), Duelled)}
    if name and name not in found:
        raise UsageError(f"answers to {name!r} are not compared; those to {', '.join(found) or 'no task'} are")
    if not found:
        raise UsageError("no run has a benchmark whose answers a judge compares in pairs")
    if not name and len(found) > 1:
        raise UsageError(f"the answers to {', '.join(found)} can be compared; name one with --task")
    return found[name or next(iter(found))]


def _check(task: Duelled, sha256: str, entrants: Sequence[Entrant]) -> None:
    here = {"version": task.spec.version, "dataset_sha256": sha256}
    for each in entrants:
        if differing := differences(each.settings, here):
            raise UsageError(f"{each.record.run_id} asked for something else than is at hand: {'; '.join(differing)}")
