"""The HTML report: one self-contained file for one run, or for several side by side; and the page over all runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval.files import write_text
from qwen3_eval.types import UsageError

if TYPE_CHECKING:
    from qwen3_eval.report.runs import PageRun

__all__ = ["write_index", "write_report"]


def write_report(runs: Sequence[PageRun], out: Path) -> Path:
    """Writes the report of some runs to ``out`` and returns its path.

    Raises UsageError when a journal is damaged (naming file and line), when no run is given, and when ``out`` cannot
    be written.
    """
    from qwen3_eval.report.page import render

    if not runs:
        raise UsageError("no run given; name at least one run directory")
    write_text(out, render(runs))
    return out


def write_index(folder: Path, out: Path) -> Path:
    """Writes the page over all runs in ``folder`` to ``out`` and returns its path.

    What is wrong with a run stands on the page. Raises UsageError when there is no such folder or ``out`` cannot be
    written.
    """
    from qwen3_eval.report.index import render_index

    write_text(out, render_index(folder, out))
    return out
