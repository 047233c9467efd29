"""``repair``: what a damaged run directory can keep."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen3_eval.cli.arguments import add_command

if TYPE_CHECKING:
    from qwen3_eval.records.repair import Damage, Findings

SHOWN = 20


def add_repair(commands: Any) -> None:
    """The command ``repair``."""
    text = (
        "Says which lines of a damaged run cannot be used, and drops them with --yes. Exit codes: 0 nothing to do or "
        "done, 2 no run or one that goes on, 3 there is something to drop."
    )
    parser = add_command(commands, "repair", _repair, text)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--yes", action="store_true", help="drop them; the old files are kept beside the new ones")


def _repair(args: argparse.Namespace) -> int:
    from qwen3_eval.measure.summary import write_summary
    from qwen3_eval.records import repair

    found, copies = repair.repair(args.run, write_summary) if args.yes else (repair.examine(args.run), [])
    if found.nothing:
        print(f"nothing to do: every line of {args.run} can be used")
        return 0
    print("\n".join(text_lines(found, done=args.yes)))
    for copy in copies:
        print(f"the old file: {copy}")
    if not args.yes:
        print(f"`qwen3-eval repair {args.run} --yes` does it, and keeps the old files beside the new ones")
    return 0 if args.yes else 3


def text_lines(found: Findings, *, done: bool) -> Iterator[str]:
    """What is dropped, file by file, and what it costs."""
    for journal in found.journals.values():
        yield from _journal_lines(journal, done=done)
    again = f"{found.asked:,} answers to ask again, {found.scored:,} to score again"
    yield f"{again}: run the same command with --run-dir {found.run_dir}" if done else f"then there are {again}"


def _journal_lines(journal: Damage, *, done: bool) -> Iterator[str]:
    name = journal.path.name
    reasons = {**dict.fromkeys(journal.mended, "what can be read of it is kept"), **journal.dropped}
    for number in sorted(reasons)[:SHOWN]:
        yield f"{name}, line {number}: {reasons[number]}"
    if len(reasons) > SHOWN:
        yield f"{name}: {len(reasons) - SHOWN:,} more lines"
    if reasons:
        verb = "dropped" if done else "would drop"
        yield f"{name}: {verb} {len(journal.dropped):,} of {journal.count:,} lines, {len(journal.mended):,} mended"
