"""``report``: the page of one run, or of several."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command
from qwen3_eval.types import UsageError


def add_report(commands: Any) -> None:
    """The command ``report``."""
    text = "HTML report of one run or of several side by side, or the page over all runs."
    parser = add_command(commands, "report", _report, text)
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN")
    parser.add_argument("--all", action="store_true", help="the page over all runs in --results")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs; default: results")
    parser.add_argument("--out", type=Path, help="default: reports/<run>.html, with --all reports/index.html")


def _report(args: argparse.Namespace) -> None:
    from qwen3_eval.store import read_manifest

    if args.all == bool(args.runs):
        raise UsageError("name the runs to report on, or give --all without any for the page over all of them")
    if args.all:
        write_all(args.results, args.out or Path("reports") / "index.html")
        return
    for folder in args.runs:
        read_manifest(folder)
    write_page(args.runs, args.out or Path("reports") / f"{args.runs[0].resolve().name}.html")


def write_all(folder: Path, out: Path) -> None:
    """Writes the page over all runs and says where."""
    from qwen3_eval.report import write_index

    print(f"report: {write_index(folder, out)}")


def write_page(runs: Sequence[Path], out: Path) -> None:
    """Writes the HTML report of runs and says where."""
    from qwen3_eval.report import write_report

    print(f"report: {write_report(runs, out)}")
