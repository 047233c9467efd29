"""Run directories as the page reads them, and the results of one task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qwen3_eval.measure.summary import read_result, summarise
from qwen3_eval.records.store import read_manifest
from qwen3_eval.report import plots
from qwen3_eval.types import Protocol, Result


@dataclass(frozen=True, slots=True)
class Run:
    """One run directory, read. ``name`` is unique on the page; ``series`` is the number of its colour."""

    name: str
    series: int
    path: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    results: Sequence[Result]
    reasons: Sequence[str]

    @property
    def model(self) -> str:
        """The evaluated model as it was asked for."""
        return str(self.summary["model"])


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Reads and summarises each run directory; equal names get a number."""
    seen: Counter[str] = Counter()
    runs: list[Run] = []
    for path in paths:
        summary = summarise(path)
        seen[summary["run_id"]] += 1
        count = seen[summary["run_id"]]
        name = summary["run_id"] if count == 1 else f"{summary['run_id']} ({count})"
        lines = summary["results"]
        results = [read_result(line) for line in lines]
        reasons = [line["health_reason"] for line in lines]
        series = len(runs) % len(plots.SERIES)
        runs.append(Run(name, series, path, read_manifest(path), summary, results, reasons))
    return runs


def date_of(manifest: Mapping[str, Any]) -> str:
    """Start of the run's first session, to the minute in UTC; empty when the manifest has none."""
    sessions = manifest.get("sessions") or []
    if not sessions:
        return ""
    return f"{datetime.fromisoformat(sessions[0]['start']):%Y-%m-%d %H:%M} UTC"


def is_whole(result: Result) -> bool:
    """Over all questions, not those of one language or subset."""
    return result.language is None and result.subset is None


def main_results(run: Run, task: str, protocol: Protocol = "chat") -> list[Result]:
    """A task's own metric over all questions under one protocol, one result per mode and budget."""
    found = [result for result in run.results if result.task == task and is_whole(result)]
    return [result for result in found if result.metric == found[0].metric and result.protocol == protocol]
