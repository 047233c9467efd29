"""``compare``: runs on the same questions, paired."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qwen3_eval.cli.arguments import add_command


def add_compare(commands: Any) -> None:
    """The command ``compare``."""
    text = "Compares runs question by question: the first with each of the others."
    parser = add_command(commands, "compare", _compare, text)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="two run directories or more")
    parser.add_argument("--out", type=Path, help="write a page with the differences and the answers that flipped")
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def _compare(args: argparse.Namespace) -> None:
    from qwen3_eval.compare import pairs
    from qwen3_eval.records.record import open_run

    found = pairs.compare_runs([open_run(folder) for folder in args.runs])
    if args.json:
        print(json.dumps([pairs.as_json(each) for each in found], ensure_ascii=False, indent=1))
    else:
        print("\n\n".join("\n".join(pairs.text_lines(each)) for each in found))
    if args.out:
        from qwen3_eval.report.compare_page import write_comparison

        write_comparison(found, args.out)
        if not args.json:
            print(f"page: {args.out}")
