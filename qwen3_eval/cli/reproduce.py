"""``reproduce``: a table or figure of the report, ours beside theirs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command, add_data_dir, choice
from qwen3_eval.reproduce import FORMATS


def add_reproduce(commands: Any) -> None:
    """The command ``reproduce``."""
    text = "A table or figure of the report: ours, its interval, the reported number and whether they agree."
    parser = add_command(commands, "reproduce", _reproduce, text)
    parser.add_argument("table", help="table3 … table37, or figure2")
    parser.add_argument("--model", required=True, help="hub id, folder, or 'demo' for the bundled model")
    parser.add_argument("--from", type=Path, nargs="+", default=[], dest="runs", metavar="RUN", help="measured already")
    parser.add_argument("--as", default="", dest="like", metavar="COLUMN", help="hold another model against this one")
    parser.add_argument("--others", action="store_true", help="the reported numbers of other models too")
    parser.add_argument("--format", type=choice(FORMATS), default="terminal", help=", ".join(FORMATS))
    add_data_dir(parser)


def _reproduce(args: argparse.Namespace) -> None:
    from qwen3_eval.registry import load_tasks
    from qwen3_eval.reproduce.cells import Wanted, fill
    from qwen3_eval.reproduce.runs import read_run
    from qwen3_eval.reproduce.tables import layout
    from qwen3_eval.reproduce.write import WRITERS

    table = layout(args.table)
    runs = [read_run(folder) for folder in args.runs]
    sheet = fill(table, Wanted(args.model, args.like, args.others), runs, load_tasks(args.tasks_dir))
    print(WRITERS[args.format](sheet), end="")
