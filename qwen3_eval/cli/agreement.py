"""``judge-agreement``: judges, people and published verdicts on the same answers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command, add_data_dir


def add_agreement(commands: Any) -> None:
    """The command ``judge-agreement``."""
    text = (
        "How far judges agree on the same answers: those of RUN, those kept in RUN/judges, those of other runs, and "
        "verdicts out of a file; with what else moves a judge: places, lengths, its own model."
    )
    parser = add_command(commands, "judge-agreement", _agreement, text)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run directories; of several models, too")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help='JSONL of verdicts: {"id": …, "sample": 0, "call": …, "verdict": …}, with "task", "mode" and "budget" '
        "where the first RUN has several; or judgments as the benchmark publishes them",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_data_dir(parser)


def _agreement(args: argparse.Namespace) -> None:
    from qwen3_eval.agreement import agreement, as_json, text_lines

    found = agreement(args.runs, args.against, args.data_dir, args.tasks_dir)
    if args.json:
        print(json.dumps(as_json(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(text_lines(found)))
