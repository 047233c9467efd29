r"""Exact values of the closed forms that answers are made of.

A value is a polynomial over the rationals in the letters of the expression, in pi and in square roots
of square-free integers: ``{(radicand, ((name, exponent), ...)): coefficient}``. Square roots of different
square-free integers are linearly independent over the rationals and pi is transcendental, so two values
are equal exactly when their dictionaries are: no rounding, no simplification, no search.

``parse`` reads the part of LaTeX that maps to such values and nothing else. Whatever is ambiguous
(``1/2x``, ``2^10``, ``f(x)``), unknown (``\sin``, ``!``) or large raises ``UndecidedError``, in time linear in
the length of the text times small constants: the caller then asks a slower judge.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from fractions import Fraction

Key = tuple[int, tuple[tuple[str, int], ...]]
Value = dict[Key, Fraction]

ONE: Key = (1, ())
PI = "\\pi"
MAX_CHARS = 400
MAX_DEPTH = 12
MAX_TERMS = 60
MAX_PRODUCTS = 1000
MAX_EXPONENT = 24
MAX_BITS = 1024
MAX_RADICAND = 10**8

COMMAND = re.compile(r"\\([A-Za-z]+)")
DECIMAL = re.compile(r"\d+(?:\.\d+)?|\.\d+")
WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(r"\\(?:alpha|beta|gamma|delta|epsilon|theta|lambda|mu|rho|sigma|phi|omega|pi|infty)")
TIMES = ("*", "\\cdot", "\\times")
FUNCTIONS = frozenset("fghFGHPQ")


class UndecidedError(Exception):
    """The expression is outside of what can be decided exactly."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression. ``rounded``: it holds a decimal fraction, which may stand for a rounded number."""

    value: Value
    rounded: bool

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """The letters of the expression, in lower case, as case is not always kept."""
        return frozenset(name.lower() for _, powers in self.value for name, _ in powers if name != PI)

    @property
    def rational(self) -> Fraction | None:
        """The value where it is a rational number."""
        if not self.value:
            return Fraction(0)
        return self.value.get(ONE) if len(self.value) == 1 else None

    def approximate(self) -> float:
        """The value of a constant, as a float."""
        return sum((_float(key, factor) for key, factor in self.value.items()), 0.0)


def _float(key: Key, factor: Fraction) -> float:
    radicand, powers = key
    return float(factor) * math.sqrt(radicand) * math.pi ** sum(exponent for _, exponent in powers)


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression | None:
    """The expression in a text without white space between words; None where it cannot be decided."""
    if len(text) > MAX_CHARS or WORD.search(COMMAND.sub("", text)):
        return None
    try:
        reader = _Reader(text)
        value = reader.expression(0)
        reader.expect_end()
    except UndecidedError:
        return None
    return Expression(value, "." in text)


def number(value: Fraction | int) -> Value:
    """A rational number as a value."""
    return {ONE: Fraction(value)} if value else {}


def add(left: Value, right: Value, sign: int = 1) -> Value:
    """``left + sign * right``. Raises UndecidedError when it grows too large."""
    total = dict(left)
    for key, factor in right.items():
        total[key] = total.get(key, Fraction(0)) + sign * factor
    return _checked({key: factor for key, factor in total.items() if factor})


def multiply(left: Value, right: Value) -> Value:
    """The product. Raises UndecidedError when it grows too large."""
    if len(left) * len(right) > MAX_PRODUCTS:
        raise UndecidedError
    total: Value = {}
    for key, factor in left.items():
        for other, second in right.items():
            merged, outside = _merge(key, other)
            total[merged] = total.get(merged, Fraction(0)) + factor * second * outside
    return _checked({key: factor for key, factor in total.items() if factor})


def _merge(left: Key, right: Key) -> tuple[Key, int]:
    """Product of two keys: sqrt(a) sqrt(b) = g sqrt(ab / g^2) with g = gcd(a, b)."""
    common = math.gcd(left[0], right[0])
    powers = dict(left[1])
    for name, exponent in right[1]:
        powers[name] = powers.get(name, 0) + exponent
    kept = tuple(sorted((name, exponent) for name, exponent in powers.items() if exponent))
    if any(abs(exponent) > MAX_EXPONENT for _, exponent in kept):
        raise UndecidedError
    return (left[0] // common * (right[0] // common), kept), common


def _checked(value: Value) -> Value:
    if len(value) > MAX_TERMS:
        raise UndecidedError
    if any(factor.numerator.bit_length() + factor.denominator.bit_length() > MAX_BITS for factor in value.values()):
        raise UndecidedError
    return value


def invert(value: Value) -> Value:
    """``1 / value`` for a single term. Raises UndecidedError for zero and for sums."""
    if len(value) != 1:
        raise UndecidedError
    ((radicand, powers), factor), *_ = value.items()
    return {(radicand, tuple((name, -exponent) for name, exponent in powers)): 1 / (factor * radicand)}


def power(base: Value, exponent: Value) -> Value:
    """``base ** exponent`` for small integers, and for one half. Raises UndecidedError otherwise."""
    wanted = Expression(exponent, rounded=False).rational
    if wanted == Fraction(1, 2):
        return square_root(base)
    if wanted is None or wanted.denominator != 1 or abs(wanted) > MAX_EXPONENT:
        raise UndecidedError
    if wanted < 0:
        return power(invert(base), number(-wanted))
    result = number(1)
    for _ in range(int(wanted)):
        result = multiply(result, base)
    return result


def square_root(value: Value) -> Value:
    """The root of a non-negative rational number: sqrt(p/q) = sqrt(pq)/q. Raises UndecidedError otherwise."""
    inside = Expression(value, rounded=False).rational
    if inside is None or inside < 0 or inside.numerator * inside.denominator > MAX_RADICAND:
        raise UndecidedError
    outside, radicand = _squarefree(inside.numerator * inside.denominator)
    return {(radicand, ()): Fraction(outside, inside.denominator)} if inside else {}


@functools.lru_cache(maxsize=1024)
def _squarefree(value: int) -> tuple[int, int]:
    """(a, b) with value = a * a * b and b square-free."""
    outside, radicand, divisor = 1, 1, 2
    while divisor * divisor <= value:
        while value % (divisor * divisor) == 0:
            value //= divisor * divisor
            outside *= divisor
        if value % divisor == 0:
            value //= divisor
            radicand *= divisor
        divisor += 1
    return outside, radicand * value


class _Reader:
    """Recursive descent over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        """The next command or character, empty at the end."""
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        command = COMMAND.match(self.text, self.at)
        return command[0] if command else self.text[self.at : self.at + 1]

    def take(self, *tokens: str) -> str:
        """The next token when it is one of these, else nothing."""
        token = self.peek()
        if token and token in tokens:
            self.at += len(token)
            return token
        return ""

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise UndecidedError

    def expect_end(self) -> None:
        if self.peek():
            raise UndecidedError

    def expression(self, depth: int) -> Value:
        sign = -1 if self.take("+", "-") == "-" else 1
        total = add({}, self.term(depth), sign)
        while operator := self.take("+", "-"):
            total = add(total, self.term(depth), -1 if operator == "-" else 1)
        return total

    def term(self, depth: int) -> Value:
        mixed = self.mixed(depth)
        result, divided = self.factor(depth) if mixed is None else mixed, False
        while token := self.peek():
            if self.take(*TIMES):
                result, divided = multiply(result, self.factor(depth)), False
            elif self.take("/"):
                result, divided = multiply(result, invert(self.factor(depth))), True
            elif token in ")}+-" or divided or token.isdigit() or token == ".":
                break
            else:
                result = multiply(result, self.factor(depth))
        return result

    def mixed(self, depth: int) -> Value | None:
        r"""An integer before a fraction: ``1\frac{4}{5}`` is a sum, ``2\frac{x}{3}`` a product; None for all else."""
        start = self.at
        whole = DECIMAL.match(self.text, start) if self.peek() else None
        if whole is None or "." in whole[0]:
            return None
        self.at = whole.end()
        if self.peek() != "\\frac":
            self.at = start
            return None
        count, value = number(int(whole[0])), self.factor(depth)
        part = Expression(value, rounded=False).rational
        if part is None:
            return multiply(count, value)
        if not 0 < part < 1 or self.peek() not in ("", ")", "}", "+", "-"):
            raise UndecidedError
        return add(count, value)

    def factor(self, depth: int) -> Value:
        base = self.atom(depth)
        while self.take("^"):
            base = power(base, self.argument(depth))
            if self.peek().isdigit() or self.peek() == "^":
                raise UndecidedError
        return base

    def atom(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise UndecidedError
        digits = DECIMAL.match(self.text, self.at) if self.peek() else None
        if digits:
            self.at = digits.end()
            return number(Fraction(digits[0]))
        token = self.peek()
        self.at += len(token)
        if token in ("(", "{"):
            inside = self.expression(depth + 1)
            self.expect(")" if token == "(" else "}")
            return inside
        if token == "\\frac":
            above = self.argument(depth)
            return multiply(above, invert(self.argument(depth)))
        if token == "\\sqrt":
            return self.root(depth)
        return self.name(token)

    def root(self, depth: int) -> Value:
        inside = square_root(self.argument(depth))
        if self.peek().isdigit():
            raise UndecidedError
        return inside

    def name(self, token: str) -> Value:
        letter = len(token) == 1 and token.isalpha() and token.isascii()
        if not letter and not NAMES.fullmatch(token):
            raise UndecidedError
        if token in FUNCTIONS and self.peek() == "(":
            raise UndecidedError
        return {(1, ((token, 1),)): Fraction(1)}

    def argument(self, depth: int) -> Value:
        """A braced group, or the single digit, letter or command that TeX would take."""
        token = self.peek()
        if token.isdigit():
            self.at += 1
            return number(int(token))
        if token == "{" or token in ("\\frac", "\\sqrt") or token[:1] == "\\" or token.isalpha():
            return self.atom(depth + 1)
        raise UndecidedError
