r"""Arithmetic of the closed forms that answers are made of, without rounding.

A value is a polynomial over the rationals in the letters of the expression, in pi and in square roots
of square-free integers: ``{(radicand, ((name, exponent), ...)): coefficient}``. Square roots of different
square-free integers are linearly independent over the rationals and pi is transcendental, so two values
are equal exactly when their dictionaries are: no rounding, no simplification, no search.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

Key = tuple[int, tuple[tuple[str, int], ...]]
Value = dict[Key, Fraction]

ONE: Key = (1, ())
PI = "\\pi"
MAX_TERMS = 60
MAX_PRODUCTS = 1000
MAX_EXPONENT = 24
MAX_BITS = 8192
MAX_RADICAND = 10**8


class UndecidedError(Exception):
    """The expression is outside of what can be decided exactly."""


def rational(value: Value) -> Fraction | None:
    """The value where it is a rational number."""
    if not value:
        return Fraction(0)
    return value.get(ONE) if len(value) == 1 else None


def approximate(value: Value) -> float:
    """The value of a constant, as a float."""
    return sum((_float(key, factor) for key, factor in value.items()), 0.0)


def _float(key: Key, factor: Fraction) -> float:
    radicand, powers = key
    return float(factor) * math.sqrt(radicand) * math.pi ** sum(exponent for _, exponent in powers)


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
    wanted = rational(exponent)
    if wanted == Fraction(1, 2):
        return square_root(base)
    if wanted is None or wanted.denominator != 1 or abs(wanted) > MAX_BITS:
        raise UndecidedError
    if wanted < 0:
        return power(invert(base), number(-wanted))
    if (constant := rational(base)) is not None:
        return number(_power(constant, int(wanted)))
    if wanted > MAX_EXPONENT:
        raise UndecidedError
    result = number(1)
    for _ in range(int(wanted)):
        result = multiply(result, base)
    return result


def _power(base: Fraction, exponent: int) -> Fraction:
    if (base.numerator.bit_length() + base.denominator.bit_length()) * exponent > MAX_BITS:
        raise UndecidedError
    return base**exponent


def square_root(value: Value) -> Value:
    """The root of a non-negative rational number: sqrt(p/q) = sqrt(pq)/q. Raises UndecidedError otherwise."""
    inside = rational(value)
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
