r"""Whether a text holds a number too large to be worked out, such as ``9^{9^{9^9}}`` or ``10^9!``.

A computer algebra system evaluates towers of powers until its memory is full. No answer to a question needs a
number of more than 20,000 digits, so a text with one is equal to the same text alone. Linear in the length.
"""

from __future__ import annotations

import math

from qwen3_eval.grading.patterns import regex

MAX_DIGITS = 20_000.0
MAX_EXPONENT_DIGITS = 6.0
MAX_DEPTH = 10
TWO = math.log10(2)
TOKEN = regex(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\*\*|\S")
OPENING = "{(["
CLOSING = "})]"
BINOMIALS = ("\\binom", "\\dbinom", "\\tbinom")
FRACTIONS = ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac")


class TooLargeError(Exception):
    """A number of too many digits, or brackets nested too deeply."""


def too_large(text: str) -> bool:
    """Whether the numbers or the nesting of a text are beyond what can be computed."""
    try:
        _Sizer(TOKEN.findall(text)).sequence(0)
    except TooLargeError:
        return True
    return False


class _Sizer:
    """Walks over the tokens; sizes are upper bounds of decimal logarithms.

    Letters count as two, since a power of letters is not worked out.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def sequence(self, depth: int) -> float:
        """Size of a sum of products, up to a closing bracket or the end."""
        if depth > MAX_DEPTH:
            raise TooLargeError
        terms = [0.0]
        while self.peek() and (depth == 0 or self.peek() not in CLOSING):
            token = self.peek()
            if token in ("+", "-", ",", "&", "="):
                self.take()
                terms.append(0.0)
            elif token == "/":
                self.take()
                self.factor(depth)
            else:
                terms[-1] += self.factor(depth)
        return _checked(max(terms) + math.log10(len(terms)))

    def factor(self, depth: int) -> float:
        """Size of an atom with its exponents and factorials."""
        size = self.atom(depth)
        while self.peek() in ("^", "**", "!"):
            if self.take() == "!":
                size = _checked(_value(size) * max(size, TWO))
            else:
                size = _checked(max(size, TWO) * _value(self.factor(depth)))
        return size

    def atom(self, depth: int) -> float:
        token = self.take() if self.peek() else ""
        if token[:1].isdecimal():
            return _log(token)
        if token and token in OPENING:
            inside = self.sequence(depth + 1)
            self.at += 1
            return inside
        if token in FRACTIONS:
            above = self.atom(depth)
            self.atom(depth)
            return above
        if token in BINOMIALS:
            above = self.atom(depth)
            self.atom(depth)
            return _checked(_value(above) * TWO)
        return TWO if token.isalpha() else 0.0


def _log(number: str) -> float:
    whole = number.partition(".")[0].lstrip("0")
    return math.log10(int(whole[:15])) + max(len(whole) - 15, 0) if whole else 0.0


def _value(size: float) -> float:
    if size > MAX_EXPONENT_DIGITS:
        raise TooLargeError
    return float(10**size)


def _checked(size: float) -> float:
    if size > MAX_DIGITS:
        raise TooLargeError
    return size
