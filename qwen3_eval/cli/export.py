"""``export``: a run in the formats that other tools read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command, choice
from qwen3_eval.export import FORMATS


def add_export(commands: Any) -> None:
    """The command ``export``."""
    text = "Writes a run's samples and results as tables, or as the logs of other harnesses."
    parser = add_command(commands, "export", _export, text)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument(
        "--format",
        type=choice(FORMATS),
        required=True,
        help=f"{', '.join(FORMATS)}; in csv a text that is a formula to a spreadsheet has an apostrophe before it",
    )
    parser.add_argument("--out", type=Path, help="folder to write into; default: export/<format> in the run directory")


def _export(args: argparse.Namespace) -> None:
    from qwen3_eval.export import export_run
    from qwen3_eval.records.record import open_run

    for path in export_run(open_run(args.run), args.format, args.out or args.run / "export" / args.format):
        print(f"export: {path}")
