"""Two recordings held against each other, file by file."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 20
WIDTH = 240
# Larger texts are not aligned line by line: of them the first lines that differ are shown.
ALIGNED = 200_000


@dataclass(frozen=True)
class Difference:
    """A file that is not the same in both, or is in one alone; ``lines`` say in what."""

    name: str
    lines: tuple[str, ...]


def group_of(name: str) -> str:
    """The part of a recording and the kind of file in it."""
    return "/".join(name.split("/")[:2])


def differences(before: Path, after: Path, only: Sequence[str] = ()) -> tuple[Counter[str], list[Difference]]:
    """How many files each group has, and those that differ. only: parts, or none for all that either side has.

    Raises FileNotFoundError when there is nothing to compare.
    """
    names = sorted({name for side in (before, after) for name in _files(side / "record", only)})
    if not names:
        raise FileNotFoundError(f"{before} and {after} hold no recording of {', '.join(only) or 'any part'}")
    found = [_difference(name, before / "record" / name, after / "record" / name) for name in names]
    return Counter(map(group_of, names)), [each for each in found if each]


def _files(root: Path, only: Sequence[str]) -> Iterator[str]:
    names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    yield from (name for name in names if not only or name.split("/")[0] in only)


def _difference(name: str, before: Path, after: Path) -> Difference | None:
    for path, side in ((before, "after"), (after, "before")):
        if not path.is_file():
            return Difference(name, (f"only {side}",))
    old, new = before.read_text("utf-8"), after.read_text("utf-8")
    return None if old == new else Difference(name, tuple(unified(old, new)))


def unified(old: str, new: str) -> Iterator[str]:
    """The first lines of a unified diff, long ones shortened about the place where they part."""
    before, after = old.splitlines(), new.splitlines()
    if len(old) + len(new) > ALIGNED:
        before, after = _unlike(before, after)
    lines = [*difflib.unified_diff(before, after, "before", "after", lineterm="", n=1)]
    for line in lines[:SHOWN]:
        yield line if len(line) <= WIDTH else f"{line[:WIDTH]}…"
    if len(lines) > SHOWN:
        yield f"… {len(lines) - SHOWN} more lines"


def _unlike(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """Lines that the other side does not have, cut to the place where the first of them part."""
    kept_before, kept_after = set(before), set(after)
    old = [line for line in before if line not in kept_after][:SHOWN]
    new = [line for line in after if line not in kept_before][:SHOWN]
    if old and new:
        same = next((at for at, (a, b) in enumerate(zip(old[0], new[0], strict=False)) if a != b), 0)
        start = max(same - 60, 0)
        return [old[0][start:], *old[1:]], [new[0][start:], *new[1:]]
    return old, new
