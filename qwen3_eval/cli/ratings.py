"""``ratings``: models of several runs by their games against one model, or by comparing their answers in pairs."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qwen3_eval.cli import interrupts
from qwen3_eval.cli.arguments import (
    add_command,
    add_data_dir,
    add_judge,
    add_patience,
    count,
    judge_config,
    tasks_at_hand,
)
from qwen3_eval.config import JudgeConfig, RunConfig
from qwen3_eval.types import UsageError

# As the published code draws battles again, but ten times as often: it costs next to nothing.
ROUNDS = 1000
# As far apart as models meet that the published code samples around a rank.
NEIGHBOURS = 3


def add_ratings(commands: Any) -> None:
    """The command ``ratings``."""
    text = "Rates the models of runs by games in which a judge compared their answers with those of one model."
    parser = add_command(commands, "ratings", _ratings, text)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run directories")
    parser.add_argument("--task", default="", help="the benchmark, where the runs have several with games")
    parser.add_argument("--rounds", type=count, default=ROUNDS, help="how often battles are drawn again (default 1000)")
    parser.add_argument("--style", action="store_true", help="with style control too: length and Markdown set aside")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    parser.add_argument(
        "--pairwise", type=Path, metavar="FOLDER", help="have a judge compare their answers; its calls are kept there"
    )
    parser.add_argument(
        "--anchor",
        type=anchor,
        action="append",
        default=[],
        metavar="MODEL=RATING",
        help="with --pairwise; at most two",
    )
    parser.add_argument(
        "--neighbours", type=count, default=NEIGHBOURS, help="with --pairwise: ranks that models are apart (default 3)"
    )
    add_judge(parser)
    add_patience(parser)
    add_data_dir(parser)


def anchor(text: str) -> tuple[str, float]:
    """``MODEL=RATING``."""
    name, _, rating = text.rpartition("=")
    try:
        value = float(rating)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise UsageError(f"--anchor takes MODEL=RATING, got {text!r}")
    return name, value


def _ratings(args: argparse.Namespace) -> None:
    judge = judge_config(args)
    if args.pairwise is not None:
        _pairwise(args, judge)
        return
    if judge or args.anchor:
        raise UsageError("--judge-model and --anchor are of --pairwise; games are in the runs and need no judge")
    _games(args)


def _pairwise(args: argparse.Namespace, judge: JudgeConfig | None) -> None:
    from qwen3_eval.prepare.judge import MISSING, judge_alone
    from qwen3_eval.ratings import pairwise
    from qwen3_eval.ratings.duelling import Duelling, Kept
    from qwen3_eval.ratings.entrants import field_of
    from qwen3_eval.records.record import open_run

    if judge is None:
        raise UsageError(f"--pairwise {MISSING}")
    if args.style:
        raise UsageError("--style is of games against one model, not of --pairwise")
    field = field_of([open_run(folder) for folder in args.runs], tasks_at_hand(args), args.task, args.data_dir)
    pairwise.check_anchors(field, dict(args.anchor))
    settled = judge_alone(RunConfig(model=judge.model, tasks=(), judge=judge))
    with Kept(args.pairwise) as kept:
        asking = Duelling(field, settled, kept).all(args.neighbours)
        found = interrupts.run(asking, args.pairwise, "--pairwise")
    ladder = pairwise.Comparisons(field, found, dict(args.anchor), args.rounds)
    _print(args, pairwise.as_json(ladder, judge.model), pairwise.text_lines(ladder, judge.model))


def _print(args: argparse.Namespace, content: Mapping[str, object], lines: Iterable[str]) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1) if args.json else "\n".join(lines))


def _games(args: argparse.Namespace) -> None:
    from qwen3_eval.ratings import looks, table
    from qwen3_eval.ratings.battles import players
    from qwen3_eval.records.record import open_run

    found = players([open_run(folder) for folder in args.runs], args.task)
    if args.style and sum(player.battles.total > 0 for player in found) < 2:
        raise UsageError("--style needs two models or more with games: what style explains is learnt from all battles")
    style = None
    if args.style:
        rows = looks.compared(found, tasks_at_hand(args), args.data_dir)
        style = table.controlled(found, rows, args.rounds)
    rated = table.Table(table.rate(found, args.rounds), args.rounds, style)
    _print(args, table.as_json(rated), table.text_lines(rated))
