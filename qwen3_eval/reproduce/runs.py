"""What runs measured: their results, out of the manifest and the scores alone, and the one that belongs to a line.

``summary.json`` is not read: the scores are what it is made of. The generations, whose texts make a journal large,
hold no scores and are read only to price a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.measure.results import cell_results, cells
from qwen3_eval.measure.summary import SCHEMA
from qwen3_eval.prepare.plan import benchmark_of
from qwen3_eval.records.formats import SCORES
from qwen3_eval.records.plans import model_name, plan_entry
from qwen3_eval.records.samples import Cell, read_scores
from qwen3_eval.records.store import read_manifest
from qwen3_eval.reference import FAMILY
from qwen3_eval.reproduce.tables import Line
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import Result, UsageError


@dataclass(frozen=True)
class Run:
    """A run directory as a table sees it. results: each with the reason why it is not valid, or nothing."""

    folder: Path
    model: str
    manifest: Mapping[str, Any]
    results: Sequence[tuple[Result, str]]

    def planned(self, result: Result) -> Mapping[str, Any]:
        """What the manifest's plan says about a result; empty when it says nothing."""
        return plan_entry(self.manifest, Cell(result.task, result.mode, result.budget, result.protocol))


@dataclass(frozen=True, slots=True)
class Found:
    """A result with the run that it comes from, and the reason why it is not valid."""

    run: Run
    result: Result
    unhealthy: str


def read_run(folder: Path) -> Run:
    """Reads a run, finished or not.

    Raises UsageError when the folder is no run or one of another schema, and naming file and line of a damaged journal.
    """
    manifest = read_manifest(folder)
    if manifest.get("schema") != SCHEMA:
        raise UsageError(f"{folder / 'run.json'} has schema {manifest.get('schema')!r}, this version reads {SCHEMA}")
    model = model_name(manifest)
    scored = read_scores(folder / SCORES)
    results = [each for cell in cells(manifest, scored, {}) for each in cell_results(cell, model)]
    return Run(folder, model, manifest, results)


def read_runs(folders: Sequence[Path], model: str) -> list[Run]:
    """Reads several runs. Raises UsageError as ``read_run``, and when one is of another model."""
    runs = [read_run(folder) for folder in folders]
    for run in runs:
        if same_model(run.model) != same_model(model):
            raise UsageError(f"{run.folder} evaluated {run.model or 'no model'}, not {model}; give --model {run.model}")
    return runs


def same_model(model: str) -> str:
    """What the spellings of one model have in common: a hub id or a folder ends in its name."""
    return model.rstrip("/").rpartition("/")[2].lower()


def find(runs: Sequence[Run], tasks: Sequence[Task], line: Line, mode: str) -> Found | None:
    """The result for a line of the table; of the last run that has one, when several do."""
    # An in-house benchmark has questions of ours, judged by a figure of ours.
    metrics = {task.spec.name: task.spec.metric.name if line.in_house else line.metric for task in tasks}
    for run in reversed(runs):
        for result, unhealthy in run.results:
            if result.metric == metrics.get(result.task) and _asks(run, result, line, mode):
                return Found(run, result, unhealthy)
    return None


def _asks(run: Run, result: Result, line: Line, mode: str) -> bool:
    asked = "base" if result.protocol == "base" else result.mode
    return (asked, result.budget) == (mode, line.budget) and part_of(line) in _parts(run, result)


def _parts(run: Run, result: Result) -> Iterator[tuple[str | None, str | None]]:
    """Language and subset of a result; in a run that asked in one language alone, this language is the whole."""
    yield result.language, result.subset
    asked = run.manifest.get("identity", {}).get("languages", ())
    if len(asked) == 1 and result.language is None:
        yield asked[0], result.subset


def part_of(line: Line) -> tuple[str | None, str | None]:
    """Language and subset of the results that a line shows."""
    if line.language.startswith(FAMILY):
        return None, line.language.removeprefix(FAMILY)
    return line.language or None, line.length or None


def tasks_for(registry: Registry, benchmark: str) -> list[Task]:
    """The tasks whose results are those of a benchmark of the report; the one with the fewest questions first."""
    found = [task for task in registry.tasks.values() if benchmark_of(task) == benchmark]
    return sorted(found, key=lambda task: task.spec.n_docs or 0)
