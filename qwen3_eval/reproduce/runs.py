"""What runs measured: their results, out of the manifest and the scores alone, and the one that belongs to a line.

The generations, whose texts make a journal large, hold no scores and are read only to price a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qwen3_eval.measure.results import results
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import SCHEMA, PlanEntry
from qwen3_eval.records.record import RunRecord
from qwen3_eval.reference import AVERAGE, FAMILY
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

    own: ours of the same, where the result is the figure by the official code. parts: the results that it is a mean of,
    where the run asked at several lengths.
    """

    record: RunRecord
    result: Result
    own: Result | None = None
    parts: tuple[Result, ...] = ()

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
    known = {task.spec.name: task for task in tasks}
    for run in reversed(runs):
        for result in run.results:
            task = known.get(result.task)
            if task and result.metric == _metric(task, line) and _asks(run.record, task, result, line, mode):
                official = _beside(run.results, result)
                found = Found(run.record, official, result) if official else Found(run.record, result)
                return replace(found, parts=_parts_of(run, result))
    return None


def _parts_of(run: MeasuredRun, whole: Result) -> tuple[Result, ...]:
    """The results right below one of a run that asked at several lengths: its lengths, or the parts of one of them."""
    planned = run.record.manifest.entry(whole.cell)
    if planned is None or not planned.lengths or whole.language is not None:
        return ()
    head = f"{whole.subset}/" if whole.subset else ""
    inner = (each for each in run.results if (each.cell, each.metric) == (whole.cell, whole.metric) and each.subset)
    return tuple(
        each
        for each in inner
        if each.subset and each.subset.startswith(head) and "/" not in each.subset.removeprefix(head)
    )


def _metric(task: Task, line: TableLine) -> str:
    """The figure of a task that a line shows.

    A rebuilt benchmark has questions of ours, judged by a figure of ours. What a model judged has one figure in print,
    whatever it is called there.
    """
    if task.spec.rebuilt or task.spec.judge:
        return task.spec.metric.name
    return line.metric.removeprefix("average_") if line.length == AVERAGE else line.metric


def _beside(results: Iterable[Result], own: Result) -> Result | None:
    """The figure by the official code, of the same samples as ours."""

    def about(result: Result) -> tuple[object, ...]:
        return result.task, result.mode, result.budget, result.protocol, result.language, result.subset

    return next((each for each in results if each.metric == OFFICIAL and about(each) == about(own)), None)


def _asks(record: RunRecord, task: Task, result: Result, line: TableLine, mode: str) -> bool:
    """Whether a result was asked as a line says. A number without a mode is that of a task that has one mode alone."""
    asked = "base" if result.protocol == "base" else result.mode
    alike = asked == mode or (mode == "na" and task.spec.modes == (asked,))
    return alike and result.budget == line.budget and part_of(line) in _parts(record, result)


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
    return line.language or None, None if line.length in ("", AVERAGE) else line.length


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
