"""``baseline`` and ``gate``: what a later run is compared with, and whether it got worse."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command
from qwen3_eval.cli.failure import say
from qwen3_eval.compare.rules import USUAL, Rules


def add_baseline(commands: Any) -> None:
    """The command ``baseline``."""
    parser = add_command(commands, "baseline", _baseline, "Writes the scores of a run for a gate to compare with.")
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, help="such as results/baselines/<name>.json")


def _baseline(args: argparse.Namespace) -> None:
    from qwen3_eval.compare.baseline import name_of, write_baseline
    from qwen3_eval.measure.health import check, warning
    from qwen3_eval.records.record import open_run

    found = write_baseline(open_run(args.run), args.out)
    for scores in found.cells.values():
        if said := check(scores.outcomes, scores.planned, scores.verdicts).reason or warning(scores.outcomes):
            print(f"warning: {name_of(scores.cell)}: {said}", file=sys.stderr)
    print(f"baseline: {args.out} ({len(found.cells)} results)")


def add_gate(commands: Any) -> None:
    """The command ``gate``."""
    text = (
        "Compares a run with a baseline. Exit codes: 0 nothing got worse by more than the margin, 1 something did, "
        "2 the two cannot be compared, 3 the run is too small, too unhealthy or not finished."
    )
    parser = add_command(commands, "gate", _gate, text)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--baseline", type=Path, required=True, help="file that `qwen3-eval baseline` wrote")
    parser.add_argument(
        "--alpha", type=float, default=USUAL.alpha, help="chance of a false alarm, all results together"
    )
    parser.add_argument("--margin", type=float, default=USUAL.margin, help="points that a score may fall")
    parser.add_argument(
        "--detect", type=float, default=USUAL.detect, help="points that must not be lost unseen; else exit 3"
    )
    parser.add_argument("--junit", type=Path, help="write the verdict as JUnit XML")
    parser.add_argument("--markdown", type=Path, help="write the verdict as Markdown")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")


def _gate(args: argparse.Namespace) -> int:
    from qwen3_eval.compare import gate, words
    from qwen3_eval.compare.baseline import read_baseline
    from qwen3_eval.files import write_text
    from qwen3_eval.records.record import open_run

    rules = Rules(args.alpha, args.margin, args.detect)
    before = read_baseline(args.baseline)
    found = gate.gate(open_run(args.run), before, rules)
    if args.junit:
        write_text(args.junit, words.junit(found))
    if args.markdown:
        write_text(args.markdown, words.markdown(found))
    if args.json:
        say(json.dumps(words.as_json(found), ensure_ascii=False, indent=1))
    else:
        say("\n".join(words.text_lines(found)))
    return found.code
