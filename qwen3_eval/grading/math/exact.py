r"""Reads closed forms into exact values: ``parse``, which gives None for all that it is not certain about."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction

from qwen3_eval.grading.math.reader import COMMAND, WORD, FormulaReader
from qwen3_eval.grading.math.values import (
    PI,
    UndecidedError,
    Value,
    add,
    invert,
    multiply,
    number,
    power,
    rational,
    square_root,
)

MAX_CHARS = 400


@dataclass(frozen=True)
class Expression:
    """A parsed expression. ``rounded``: it holds a decimal fraction, which may stand for a rounded number."""

    value: Value
    rounded: bool

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """The letters of the expression, in lower case, as case is not always kept."""
        return frozenset(name.lower() for _, powers in self.value for name, _ in powers if name != PI)


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression | None:
    """The expression in a text without white space between words; None where it cannot be decided."""
    if len(text) > MAX_CHARS or WORD.search(COMMAND.sub("", text)):
        return None
    try:
        value = _Exact(text).whole()
    except UndecidedError:
        return None
    return Expression(value, "." in text)


class _Exact(FormulaReader[Value]):
    """Values without rounding."""

    def number(self, value: Fraction) -> Value:
        return number(value)

    def letter(self, token: str) -> Value:
        return {(1, ((token, 1),)): Fraction(1)}

    def add(self, left: Value, right: Value, sign: int = 1) -> Value:
        return add(left, right, sign)

    def multiply(self, left: Value, right: Value) -> Value:
        return multiply(left, right)

    def invert(self, value: Value) -> Value:
        return invert(value)

    def power(self, base: Value, exponent: Value) -> Value:
        return power(base, exponent)

    def root(self, value: Value, degree: int) -> Value:
        if degree != 2:
            raise UndecidedError
        return square_root(value)

    def constant(self, value: Value, text: str) -> Fraction | None:
        return rational(value)
