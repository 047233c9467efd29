"""What runs measured: their results, out of the manifest and the scores alone, and the one that belongs to a line.

The generations, whose texts make a journal large, hold no scores and are read only to price a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval.measure.results import results
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import SCHEMA, PlanEntry
from qwen3_eval.records.record import RunRecord
from qwen3_eval.reference import FAMILY
from qwen3_eval.reproduce.tables import TableLine
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import OFFICIAL, Cell, Result, UsageError


@dataclass(frozen=True)
class MeasuredRun:
    """A run with the results that a table is filled from."""

    record: RunRecord
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Found:
    """A result with the run that it comes from.

    own: ours of the same, where the result is the figure by the official code.
    """

    record: RunRecord
    result: Result
    own: Result | None = None

    @property
    def planned(self) -> PlanEntry | None:
        """What the run planned for it; None when its manifest does not say."""
        result = self.result
        return self.record.manifest.entry(Cell(result.task, result.mode, result.budget, result.protocol))


def measured(record: RunRecord) -> MeasuredRun:
    """The results of a run, finished or not.

    Raises UsageError when it is one of another schema, and naming file and line of a damaged journal.
    """
    schema = record.manifest.schema
    if schema != SCHEMA:
        raise UsageError(f"{record.folder / MANIFEST} has schema {schema!r}, this version reads {SCHEMA}")
    return MeasuredRun(record, results(record, tokens=False))


def measured_runs(records: Iterable[RunRecord], model: str) -> list[MeasuredRun]:
    """The results of several runs. Raises UsageError as ``measured``, and when one is of another model."""
    runs = [measured(record) for record in records]
    for record in (run.record for run in runs):
        if same_model(record.model) != same_model(model):
            named = f"{record.folder} evaluated {record.model or 'no model'}"
            raise UsageError(f"{named}, not {model}; give --model {record.model}")
    return runs


def same_model(model: str) -> str:
    """What the spellings of one model have in common: a hub id or a folder ends in its name."""
    return model.rstrip("/").rpartition("/")[2].lower()


def find(runs: Sequence[MeasuredRun], tasks: Sequence[Task], line: TableLine, mode: str) -> Found | None:
    """The result for a line of the table; of the last run that has one, when several do."""
    metrics = {task.spec.name: _metric(task, line) for task in tasks}
    for run in reversed(runs):
        for result in run.results:
            if result.metric == metrics.get(result.task) and _asks(run.record, result, line, mode):
                official = _beside(run.results, result)
                return Found(run.record, official, result) if official else Found(run.record, result)
    return None


def _metric(task: Task, line: TableLine) -> str:
    """The figure of a task that a line shows.

    A rebuilt benchmark has questions of ours, judged by a figure of ours. What a model judged has one figure in print,
    whatever it is called there.
    """
    return task.spec.metric.name if task.spec.rebuilt or task.spec.judge else line.metric


def _beside(results: Iterable[Result], own: Result) -> Result | None:
    """The figure by the official code, of the same samples as ours."""

    def about(result: Result) -> tuple[object, ...]:
        return result.task, result.mode, result.budget, result.protocol, result.language, result.subset

    return next((each for each in results if each.metric == OFFICIAL and about(each) == about(own)), None)


def _asks(record: RunRecord, result: Result, line: TableLine, mode: str) -> bool:
    asked = "base" if result.protocol == "base" else result.mode
    return (asked, result.budget) == (mode, line.budget) and part_of(line) in _parts(record, result)


def _parts(record: RunRecord, result: Result) -> Iterator[tuple[str | None, str | None]]:
    """Language and subset of a result; in a run that asked in one language alone, this language is the whole."""
    yield result.language, result.subset
    asked = record.manifest.identity.languages
    if len(asked) == 1 and result.language is None:
        yield asked[0], result.subset


def part_of(line: TableLine) -> tuple[str | None, str | None]:
    """Language and subset of the results that a line shows."""
    if line.language.startswith(FAMILY):
        return None, line.language.removeprefix(FAMILY)
    return line.language or None, line.length or None


def tasks_for(registry: Registry, benchmark: str, mode: str = "") -> list[Task]:
    """The tasks whose results are those of a printed benchmark; the one with the fewest questions first.

    mode: of the numbers; only the tasks that can ask base models, or others, are wanted then.
    """
    protocol = "base" if mode == "base" else "chat"
    found = [
        task
        for task in registry.tasks.values()
        if task.spec.benchmark == benchmark and (not mode or protocol in task.spec.protocols)
    ]
    return sorted(found, key=lambda task: task.spec.n_docs or 0)
