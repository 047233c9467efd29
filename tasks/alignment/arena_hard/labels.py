"""How the replies of the judge are read: a label that says which of two answers is better, and by how much.

Two rules, each as its state of the authors' code has it; ``task.py`` says which task follows which. Both are linear.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

DOUBLE = re.compile(r"\[\[([AB<>=]+)\]\]")
SINGLE = re.compile(r"\[([AB<>=]+)\]")
# What a lenient reader takes for a label beside these: a bold one, and one with blanks in it.
LENIENT = re.compile(r"(?:\[|\*\*)[ ]?([AB])[ ]?(<<|>>|[<>=])[ ]?([AB])[ ]?(?:\]|\*\*)")
# A label that says "significantly better" makes three battles of a game.
HEAVY = 3


class GameResult(NamedTuple):
    """What came of a game for one side: 1, 0.5 or 0, and how many battles that makes."""

    outcome: float
    weight: int

    @property
    def swapped(self) -> "GameResult":
        """What came of it for the other side."""
        return GameResult(1 - self.outcome, self.weight)


# For the assistant in the first place.
LABELS: Mapping[str, GameResult] = {
    "A>>B": GameResult(1.0, HEAVY),
    "A>B": GameResult(1.0, 1),
    "A=B": GameResult(0.5, 1),
    "B>A": GameResult(0.0, 1),
    "B>>A": GameResult(0.0, HEAVY),
}
MIRRORED: Mapping[str, GameResult] = {
    **LABELS,
    "A<<B": GameResult(0.0, HEAVY),
    "A<B": GameResult(0.0, 1),
    "B=A": GameResult(0.5, 1),
    "B<A": GameResult(1.0, 1),
    "B<<A": GameResult(1.0, HEAVY),
}


class ParseRule(NamedTuple):
    """How a text is read. names: the labels that count. found: all that it takes for a label. pick: the one it takes.

    A pick that is no label that counts is no verdict.
    """

    names: Mapping[str, GameResult]
    found: Callable[[str], list[str]]
    pick: Callable[[list[str]], str]

    def label(self, text: str) -> str | None:
        """The label in a text; None where it reads no verdict."""
        picked = self.pick(self.found(text))
        return picked if picked in self.names else None


def _only(found: list[str]) -> str:
    return found[0] if len(set(found)) == 1 else ""


def _last(found: list[str]) -> str:
    return found[-1] if found else ""


def _either(text: str) -> list[str]:
    """Those in double brackets; those in single ones where there are none."""
    return DOUBLE.findall(text.upper()) or SINGLE.findall(text.upper())


def _loosely(text: str) -> list[str]:
    return [found for parts in LENIENT.findall(text.upper()) if (found := "".join(parts)) in MIRRORED]


# The code of 2024: labels that differ are no verdict.
FIRST = ParseRule(LABELS, DOUBLE.findall, _only)
# The code of 2025: the last label counts, in whatever case.
SECOND = ParseRule(MIRRORED, _either, _last)
LOOSE = ParseRule(MIRRORED, _loosely, _last)
