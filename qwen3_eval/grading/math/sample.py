r"""Tells closed forms apart by their values at a few points.

``differ`` spares the computer algebra system what is plainly different: nested roots, continued fractions, high
powers of sums. It never says that two forms are equal.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from qwen3_eval.grading.math.reader import COMMAND, WORD, FormulaReader
from qwen3_eval.grading.math.values import PI, UndecidedError
from qwen3_eval.grading.patterns import regex

POINTS = (0.0, 0.37)
APART = 1e-6
LOST = 1e-12
SUM = regex(r"[\w)}] ?[+-]")
# Letters that may be a number, a function or a sign rather than a variable.
RESERVED = frozenset("ijedfgh") | {"\\infty"}


def differ(left: str, right: str) -> bool:
    """Whether two forms have clearly different values; False wherever that is not plain."""
    if any(WORD.search(COMMAND.sub("", text)) for text in (left, right)):
        return False
    try:
        return all(_apart(_Float(left, point), _Float(right, point)) for point in POINTS)
    except (UndecidedError, OverflowError, ZeroDivisionError):
        return False


def _apart(left: _Float, right: _Float) -> bool:
    first, second = left.whole(), right.whole()
    # A product of other letters may be a number with a unit, a sum of them cannot.
    if left.letters != right.letters and any(side.letters and not SUM.search(side.text) for side in (left, right)):
        raise UndecidedError
    doubt = APART * max(abs(first), abs(second)) + LOST * max(left.peak, right.peak)
    return abs(first - second) > doubt


class _Float(FormulaReader[float]):
    """Values at one point: each letter stands for a number between 1 and 3."""

    deepest = 40

    def __init__(self, text: str, point: float) -> None:
        super().__init__(text)
        self.point = point
        self.letters: set[str] = set()
        self.peak = 1e-9

    def number(self, value: Fraction) -> float:
        return self._kept(float(value))

    def letter(self, token: str) -> float:
        if token == PI:
            return math.pi
        name = token.lower()
        if name in RESERVED:
            raise UndecidedError
        self.letters.add(name)
        return 1.0 + (sum(map(ord, name)) * 0.6180339887 + self.point) % 2.0

    def add(self, left: float, right: float, sign: int = 1) -> float:
        return self._kept(left + sign * right)

    def multiply(self, left: float, right: float) -> float:
        return self._kept(left * right)

    def invert(self, value: float) -> float:
        return self._kept(1.0 / value)

    def power(self, base: float, exponent: float) -> float:
        if base < 0 and exponent != int(exponent):
            raise UndecidedError
        return self._kept(math.pow(base, exponent)) if base else 0.0

    def root(self, value: float, degree: int) -> float:
        if degree < 2 or value < 0:
            raise UndecidedError
        return self._kept(value ** (1.0 / degree))

    def constant(self, value: float, text: str) -> float | None:
        return None if re.search(r"[A-Za-z]", text.replace("\\frac", "")) else value

    def _kept(self, value: float) -> float:
        if not math.isfinite(value):
            raise UndecidedError
        self.peak = max(self.peak, abs(value))
        return value
