"""The form of a JSON value, stated once: readers check a file against it and need no checks of their own.

A shape's ``fault`` is empty for a value that fits; else it says which part does not and what it should be, so that
it can follow the name of the file: ``.plan[2].docs is not a whole number``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

# What 64 bits hold, and what can be squared and added up without becoming infinite.
WHOLE_LIMIT, REAL_LIMIT = 2**63, 1e15


class Shape(Protocol):
    """What a value must be like."""

    def fault(self, value: Any) -> str:
        """Where and why a value does not fit; empty when it does."""


@dataclass(frozen=True)
class Is:
    """A value of one of some types that passes a test; ``words`` follow "is not"."""

    words: str
    types: frozenset[type]
    test: Callable[[Any], bool] | None = None

    def fault(self, value: Any) -> str:
        """As ``Shape.fault``."""
        fits = type(value) in self.types and (self.test is None or self.test(value))
        return "" if fits else f" is not {self.words}"


@dataclass(frozen=True)
class Each:
    """A list of values of one shape."""

    inner: Shape

    def fault(self, value: Any) -> str:
        """As ``Shape.fault``."""
        if type(value) is not list:
            return " is not a list"
        return next((f"[{place}]{fault}" for place, each in enumerate(value) if (fault := self.inner.fault(each))), "")


@dataclass(frozen=True)
class Named:
    """An object whose values have one shape, whatever their names."""

    inner: Shape

    def fault(self, value: Any) -> str:
        """As ``Shape.fault``."""
        if type(value) is not dict:
            return " is not an object"
        return next((f".{name}{fault}" for name, each in value.items() if (fault := self.inner.fault(each))), "")


@dataclass(frozen=True)
class Fields:
    """An object with the names ``needed``, and perhaps those of ``optional``; others are not looked at."""

    needed: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)

    def fault(self, value: Any) -> str:
        """As ``Shape.fault``."""
        if type(value) is not dict:
            return " is not an object"
        for name, shape in self.needed.items():
            if name not in value:
                return f" has no {name!r}"
            if fault := shape.fault(value[name]):
                return f".{name}{fault}"
        for name, shape in self.optional.items():
            if name in value and (fault := shape.fault(value[name])):
                return f".{name}{fault}"
        return ""

    @cached_property
    def _plain(self) -> list[tuple[str, bool, frozenset[type], Callable[[Any], bool] | None]]:
        every = [*((name, True, each) for name, each in self.needed.items())]
        every += [(name, False, each) for name, each in self.optional.items()]
        return [(name, needed, each.types, each.test) for name, needed, each in every if isinstance(each, Is)]

    @cached_property
    def _nested(self) -> list[tuple[str, bool, Shape]]:
        return [
            (name, names is self.needed, each)
            for names in (self.needed, self.optional)
            for name, each in names.items()
            if not isinstance(each, Is)
        ]

    def fits(self, value: Any) -> bool:
        """Whether there is no fault, in a third of the time: journals have many lines."""
        if type(value) is not dict:
            return False
        for name, needed, types, test in self._plain:
            if name in value:
                each = value[name]
                if type(each) not in types or (test is not None and not test(each)):
                    return False
            elif needed:
                return False
        return all(
            not shape.fault(value[name]) if name in value else not needed for name, needed, shape in self._nested
        )


@dataclass(frozen=True)
class OrNull:
    """A value of a shape, or null."""

    inner: Shape

    def fault(self, value: Any) -> str:
        """As ``Shape.fault``."""
        return "" if value is None else self.inner.fault(value)


def rows_of(size: int) -> Is:
    """A list of so many finite numbers."""
    return Is(f"{size} numbers", frozenset({list}), lambda value: len(value) == size and not Each(NUMBER).fault(value))


def one_of(options: Collection[str]) -> Is:
    """One of some words."""
    return Is(f"one of {', '.join(options)}", frozenset({str}), frozenset(options).__contains__)


def or_null(shape: Is) -> Is:
    """The same, or null."""
    test = shape.test
    inner = None if test is None else (lambda value: value is None or test(value))
    return Is(f"{shape.words} or null", shape.types | {type(None)}, inner)


def _is_hex(value: str) -> bool:
    try:
        return bool(bytes.fromhex(value)) and value.isalnum()
    except ValueError:
        return False


def _is_time(value: str) -> bool:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return False
    return found.tzinfo is not None and 1970 <= found.year <= 9000


ANYTHING = Is("a value", frozenset({str, int, float, bool, list, dict, type(None)}))
TEXT = Is("a text", frozenset({str}))
TRUTH = Is("true or false", frozenset({bool}))
OBJECT = Is("an object", frozenset({dict}))
WHOLE = Is("a whole number of 64 bits", frozenset({int}), lambda value: -WHOLE_LIMIT <= value < WHOLE_LIMIT)
COUNT = Is("a whole number of 0 or more", frozenset({int}), lambda value: 0 <= value < WHOLE_LIMIT)
NUMBER = Is("a finite number", frozenset({int, float}), lambda value: -REAL_LIMIT < value < REAL_LIMIT)
DURATION = Is("a number of 0 or more", frozenset({int, float}), lambda value: 0 <= value < REAL_LIMIT)
SHARE = Is("a number from 0 to 1", frozenset({int, float}), lambda value: 0 <= value <= 1)
HEX = Is("a number in hexadecimal digits", frozenset({str}), _is_hex)
TIME = Is("a time with its zone (ISO 8601)", frozenset({str}), _is_time)
