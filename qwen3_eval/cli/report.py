"""``report``: the page of one run, or of several."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen3_eval.cli.arguments import add_command
from qwen3_eval.types import UsageError

if TYPE_CHECKING:
    from qwen3_eval.records.record import RunRecord
    from qwen3_eval.report.runs import PageRun


def add_report(commands: Any) -> None:
    """The command ``report``."""
    text = "HTML report of one run or of several side by side, or the page over all runs."
    parser = add_command(commands, "report", _report, text)
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN")
    parser.add_argument("--all", action="store_true", help="the page over all runs in --results")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs; default: results")
    parser.add_argument("--out", type=Path, help="default: reports/<run>.html, with --all reports/index.html")
    plots = "folder for the budget curves as PNG, SVG and PDF, written beside the report"
    parser.add_argument("--plots", type=Path, metavar="DIR", help=plots)


def _report(args: argparse.Namespace) -> None:
    if args.all == bool(args.runs):
        raise UsageError("name the runs to report on, or give --all without any for the page over all of them")
    if args.all and args.plots:
        raise UsageError("--plots draws the runs that are named; it does not go with --all")
    if args.all:
        write_all(args.results, args.out or Path("reports") / "index.html")
        return
    from qwen3_eval.records.record import open_run

    out = args.out or Path("reports") / f"{args.runs[0].resolve().name}.html"
    write_runs([open_run(folder) for folder in args.runs], out, args.plots)


def write_all(folder: Path, out: Path) -> None:
    """Writes the page over all runs and says where."""
    from qwen3_eval.report import write_index

    print(f"report: {write_index(folder, out)}")


def write_runs(records: Sequence[RunRecord], out: Path, plots: Path | None = None) -> None:
    """Writes the HTML report of runs, and before it their plots where a folder for them is given; says where."""
    from qwen3_eval.report import write_report
    from qwen3_eval.report.runs import page_runs

    runs = page_runs(records)
    if plots is not None:
        write_plots(runs, plots)
    print(f"report: {write_report(runs, out)}")


def write_plots(runs: Sequence[PageRun], folder: Path) -> None:
    """Writes the plots of runs and says where."""
    from qwen3_eval.report.figures import write_figures

    for path in write_figures(runs, folder):
        print(f"plot: {path}")
