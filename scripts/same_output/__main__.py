"""Shows that a change changed nothing: records what a checkout puts out, and compares two recordings.

    python -m scripts.same_output record OUT --house CHECKOUT [--data-dir DIR] [--only demo,score] [--resume-from OLD]
    python -m scripts.same_output compare BEFORE AFTER

A recording asks the commands of the checkout alone, so that the same script records two whose insides are strangers.
Run directories stay in ``OUT/scratch``; ``OUT/record`` is what is compared. Parts may be recorded side by side.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.same_output.difference import differences, group_of
from scripts.same_output.parts import REPOSITORY, conversation, demo, look, suites, vllm
from scripts.same_output.recorder import Recorder
from scripts.same_output.resumes import resume
from scripts.same_output.scores import forms, score

PARTS = {
    "look": look,
    "demo": demo,
    "conversation": conversation,
    "suites": suites,
    "score": score,
    "forms": forms,
    "vllm": vllm,
}
ALL = (*PARTS, *(f"resume-{name}" for name in PARTS if name not in ("look", "forms")))


def main(argv: Sequence[str] | None = None) -> int:
    """Records or compares; 1 when two recordings differ."""
    args = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = args.command
    return command(args)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.same_output", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    record = commands.add_parser("record", help="asks a checkout's commands and keeps what they put out")
    record.set_defaults(command=_record)
    record.add_argument("out", type=Path)
    record.add_argument("--house", type=Path, default=REPOSITORY, help="a checkout; default: this one")
    record.add_argument(
        "--data-dir", type=Path, default=REPOSITORY.parent / "shared/data", help="mirror of the datasets"
    )
    fixtures = "rows for tasks of which the mirror lacks some; default: those of this checkout's tests"
    record.add_argument("--further-data", type=Path, default=_fixtures(), help=fixtures)
    record.add_argument("--only", type=_parts, default=ALL, metavar="PART,PART", help=f"of {', '.join(ALL)}")
    record.add_argument("--resume-from", type=Path, help="the recording whose runs are resumed; default: this one")
    record.add_argument("--workers", type=int, default=2, help="commands at a time")
    held = commands.add_parser("compare", help="says in what two recordings differ")
    held.set_defaults(command=_compare)
    held.add_argument("before", type=Path)
    held.add_argument("after", type=Path)
    text = "of the parts; default: all that were recorded on either side"
    held.add_argument("--only", type=_parts, default=(), metavar="PART,PART", help=text)
    return parser


def _parts(text: str) -> tuple[str, ...]:
    """Names of parts. Raises ArgumentTypeError for one that is none."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in ALL]:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}; there are {', '.join(ALL)}")
    return names


def _fixtures() -> Path:
    """The rows of the tests: the folder of this checkout's tests that is a mirror."""
    return next((REPOSITORY / "tests").rglob("MANIFEST.json"), REPOSITORY / "tests/fixtures/MANIFEST.json").parent


def _record(args: argparse.Namespace) -> int:
    data = [args.data_dir.resolve(), args.further_data.resolve()]
    for name in args.only:
        start = time.monotonic()
        recorder = Recorder.begin(args.out.resolve(), name, args.house.resolve(), args.workers, data)
        if name in PARTS:
            PARTS[name](recorder)
        else:
            resume(recorder, (args.resume_from or args.out).resolve(), name.removeprefix("resume-"))
        print(f"{name}: {time.monotonic() - start:.0f} s, {recorder.outcome()}", flush=True)
    return 0


def _compare(args: argparse.Namespace) -> int:
    files, found = differences(args.before, args.after, args.only)
    unlike = {group_of(each.name) for each in found}
    for each in found:
        print(f"DIFFERS {each.name}", *each.lines, sep="\n")
    for group, count in sorted(files.items()):
        print(f"{'DIFFERS' if group in unlike else 'same'}  {group}  {count} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
