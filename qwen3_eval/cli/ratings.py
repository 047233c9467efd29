"""``ratings``: models of several runs by their games against one model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command, add_data_dir, count, tasks_at_hand
from qwen3_eval.types import UsageError

# As the published code draws battles again, but ten times as often: it costs next to nothing.
ROUNDS = 1000


def add_ratings(commands: Any) -> None:
    """The command ``ratings``."""
    text = "Rates the models of runs by games in which a judge compared their answers with those of one model."
    parser = add_command(commands, "ratings", _ratings, text)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run directories")
    parser.add_argument("--task", default="", help="the benchmark, where the runs have several with games")
    parser.add_argument("--rounds", type=count, default=ROUNDS, help="how often battles are drawn again (default 1000)")
    parser.add_argument("--style", action="store_true", help="with style control too: length and Markdown set aside")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    add_data_dir(parser)


def _ratings(args: argparse.Namespace) -> None:
    from qwen3_eval.ratings import looks, table
    from qwen3_eval.ratings.battles import players
    from qwen3_eval.records.record import open_run

    found = players([open_run(folder) for folder in args.runs], args.task)
    if args.style and len(found) < 2:
        raise UsageError("--style needs two models or more: what style explains is learnt from the battles of all")
    style = None
    if args.style:
        rows = looks.compared(found, tasks_at_hand(args), args.data_dir)
        style = table.controlled(found, rows, args.rounds)
    rated = table.Table(table.rate(found, args.rounds), args.rounds, style)
    print(
        json.dumps(table.as_json(rated), ensure_ascii=False, indent=1)
        if args.json
        else "\n".join(table.text_lines(rated))
    )
