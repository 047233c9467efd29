"""Run directories as what reads them takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qwen3_eval.measure.results import results
from qwen3_eval.measure.summary import summary_json
from qwen3_eval.records.record import open_run
from qwen3_eval.report.runs import PageRun, page_runs


def runs_in(*folders: Path) -> list[PageRun]:
    """The runs in some folders, as the report takes them."""
    return page_runs(map(open_run, folders))


def summary_of(folder: Path) -> dict[str, Any]:
    """What ``summary.json`` of a run says."""
    record = open_run(folder)
    return dict(summary_json(record, results(record)))
