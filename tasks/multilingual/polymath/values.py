"""What signs and functions make of values: expressions of sympy that are written down and not worked out."""

from __future__ import annotations

import functools
import importlib
from typing import Any, TypeAlias

from .grammar import INVERSE, ReadError

# An expression of sympy, which is not followed by the type checker, a matrix of them, or a relation.
Value: TypeAlias = Any


@functools.cache
def sympy() -> Any:
    """The library, once something is to be read."""
    return importlib.import_module("sympy")


def negative(value: Value, other: Value = None) -> Value:
    """The value with the other sign; ``other`` is what it is added to."""
    if value.is_Matrix or (other is not None and other.is_Matrix):
        return times(-1, value)
    return -value if value.func.is_Number else times(-1, value)


def plus(left: Value, right: Value) -> Value:
    """The sum, the parts of sums in one row."""
    library = sympy()
    if left.is_Matrix or right.is_Matrix:
        return library.MatAdd(*flat(left, right, "is_MatAdd"), evaluate=False)
    return library.Add(*flat(left, right, "is_Add"), evaluate=False)


def times(left: Value, right: Value) -> Value:
    """The product, the factors of products in one row."""
    library = sympy()
    if any(getattr(one, "is_Matrix", False) for one in (left, right)):
        return library.MatMul(*flat(left, right, "is_MatMul"), evaluate=False)
    return library.Mul(*flat(left, right, "is_Mul"), evaluate=False)


def flat(left: Value, right: Value, kind: str) -> list[Value]:
    """The parts of two sums or products in one row."""
    if kind != "is_Add" and kind != "is_Mul" and not any(getattr(one, kind, False) for one in (left, right)):
        return [one.doit() if hasattr(one, "doit") else one for one in (left, right)]
    return [part for one in (left, right) for part in (one.args if getattr(one, kind, False) else [one])]


def scaled(left: Value, sign: str, right: Value) -> Value:
    """What a sign between two factors makes of them."""
    library = sympy()
    if sign in ("*", "\\times", "\\cdot"):
        return times(left, right)
    if sign == "\\mod":
        if right.is_Matrix:
            raise ReadError("a matrix is no modulus")
        return library.Mod(left, right, evaluate=False)
    return over(left, right)


def over(above: Value, below: Value) -> Value:
    """A fraction."""
    library = sympy()
    inverse = library.Pow(below, -1, evaluate=False)
    kind = library.MatMul if above.is_Matrix or below.is_Matrix else library.Mul
    return kind(above, inverse, evaluate=False)


def wrapped(opening: str, value: Value) -> Value:
    """What brackets and bars make of what they hold."""
    library = sympy()
    if opening in ("|", "\\lvert", "\\vert"):
        return library.Abs(value, evaluate=False)
    if opening == "\\|":
        return value.norm()
    if opening in ("\\lfloor", "\\llcorner"):
        return library.floor(value, evaluate=False)
    return library.ceiling(value, evaluate=False) if opening in ("\\lceil", "\\ulcorner") else value


def number(text: str) -> Value:
    """An exact number; a percentage is its hundredth."""
    library = sympy()
    percent = text.endswith("\\%")
    value = library.Rational(text.removesuffix("\\%").replace(",", ""))
    return library.Rational(value, 100) if percent else value


def applied(name: str, value: Value, below: Value) -> Value:
    """A function by its name; ``below``: the base of a logarithm, None where none is written."""
    library = sympy()
    if name in ("log", "ln"):
        base = below if below is not None else {"log": 10, "ln": library.E}[name]
        return library.log(value, base, evaluate=False)
    if name == "exp":
        return library.exp(value)
    if name in ("floor", "ceil"):
        return getattr(library, {"ceil": "ceiling"}.get(name, name))(value, evaluate=False)
    return getattr(library, INVERSE.get(name, name))(value, evaluate=False)


def related(left: Value, sign: str, right: Value) -> Value:
    """What a sign between two sides says; an equation gives its right side, or what its letters are."""
    library = sympy()
    classes = {
        library.StrictLessThan: ("<",),
        library.LessThan: ("\\leq", "\\le", "\\leqslant"),
        library.StrictGreaterThan: (">",),
        library.GreaterThan: ("\\geq", "\\ge", "\\geqslant"),
        library.Eq: ("==", "\\equiv"),
        library.Ne: ("!=", "!==", "\\ne", "\\neq", "\\not\\equiv"),
    }
    for kind, signs in classes.items():
        if sign in signs:
            return kind(left, right, evaluate=False)
    if sign == "\\in":
        raise ReadError("what is in a set is not read")
    return right if left.is_Symbol else solved(left, right)


def solved(left: Value, right: Value) -> Value:
    """An equation: what each of its letters must be."""
    library = sympy()
    difference = left - right
    letters = difference.atoms(library.Symbol)
    if not letters:
        return library.Eq(left, right, evaluate=False)
    values = [(letter, value) for letter in letters for value in library.solve(difference, letter)]
    return [library.Eq(letter, value, evaluate=False) for letter, value in values]
