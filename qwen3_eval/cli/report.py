"""``report``: the page of one run, or of several."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command


def add_report(commands: Any) -> None:
    """The command ``report``."""
    parser = add_command(commands, "report", _report, "HTML report of one run, or of several side by side.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--out", type=Path, help="default: reports/<run>.html")


def _report(args: argparse.Namespace) -> None:
    from qwen3_eval.store import read_manifest

    for folder in args.runs:
        read_manifest(folder)
    write_page(args.runs, args.out or Path("reports") / f"{args.runs[0].resolve().name}.html")


def write_page(runs: Sequence[Path], out: Path) -> None:
    """Writes the HTML report of runs and says where."""
    from qwen3_eval.report import write_report

    print(f"report: {write_report(runs, out)}")
