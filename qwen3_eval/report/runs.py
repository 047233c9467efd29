"""Runs as the page shows them, and the results of one task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qwen3_eval.measure.cost import Cost, cost
from qwen3_eval.measure.results import results
from qwen3_eval.records.manifest import Manifest
from qwen3_eval.records.record import RunRecord
from qwen3_eval.report import plots
from qwen3_eval.types import Protocol, Result


@dataclass(frozen=True, slots=True)
class PageRun:
    """A run with its results. ``name`` is unique on the page; ``series`` is the number of its colour."""

    name: str
    series: int
    record: RunRecord
    results: Sequence[Result]
    cost: Cost

    @property
    def model(self) -> str:
        """The evaluated model as it was asked for."""
        return self.record.model


def page_runs(records: Iterable[RunRecord]) -> list[PageRun]:
    """Measures each run; equal names get a number. Raises UsageError naming file and line of a damaged journal."""
    seen: Counter[str] = Counter()
    runs: list[PageRun] = []
    for record in records:
        seen[record.run_id] += 1
        count = seen[record.run_id]
        name = record.run_id if count == 1 else f"{record.run_id} ({count})"
        runs.append(PageRun(name, len(runs) % len(plots.SERIES), record, results(record), cost(record)))
    return runs


def date_of(manifest: Manifest) -> str:
    """Start of the run's first session, to the minute in UTC; empty when the manifest has none."""
    return f"{manifest.started:%Y-%m-%d %H:%M} UTC" if manifest.started else ""


def is_whole(result: Result) -> bool:
    """Over all questions, not those of one language or subset."""
    return result.language is None and result.subset is None


def main_results(run: PageRun, task: str, protocol: Protocol = "chat") -> list[Result]:
    """A task's own metric over all questions under one protocol, one result per mode and budget."""
    found = [result for result in run.results if result.task == task and is_whole(result)]
    return [result for result in found if result.metric == found[0].metric and result.protocol == protocol]


def is_rebuilt(run: PageRun, result: Result) -> bool:
    """Whether the report asked other questions than the task of a result does."""
    planned = run.record.manifest.entry(result.cell)
    return planned is not None and planned.rebuilt


def is_length(run: PageRun, result: Result) -> bool:
    """Whether a result is that of all parts at one of the lengths of a task of long prompts."""
    planned = run.record.manifest.entry(result.cell)
    return planned is not None and bool(planned.lengths) and (result.subset or "").isdecimal()
