"""Parameters of tools as JSON Schema: how they are declared, what is wrong with a value, which values are the same."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Schema = Mapping[str, Any]
Kind = Literal["missing parameter", "unknown parameter", "wrong type", "value not allowed"]

# What makes a call one that the declaration does not allow, whatever its values mean.
FORM: tuple[Kind, ...] = ("missing parameter", "unknown parameter", "wrong type")
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Searching a pattern may take long in a text without end.
LONGEST_KEY = 1_000
QUOTES = str.maketrans("‘’“”", "''\"\"")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a tool."""

    schema: Schema
    required: bool = True

    def optional(self) -> Parameter:
        """The same, which may be left out and then says nothing."""
        return Parameter(self.schema, required=False)

    def default(self, value: object) -> Parameter:
        """The same, which may be left out and then has this value."""
        return Parameter({**self.schema, "default": value}, required=False)


def text(about: str) -> Parameter:
    """Words of any kind, compared without case, outer quotes and final punctuation."""
    return Parameter({"type": "string", "description": about})


def key(about: str, pattern: str) -> Parameter:
    """An identifier, compared letter by letter."""
    return Parameter({"type": "string", "description": about, "pattern": pattern})


def choice(about: str, *values: str) -> Parameter:
    """One of a few words."""
    return Parameter({"type": "string", "description": about, "enum": list(values)})


def day(about: str) -> Parameter:
    """A date, YYYY-MM-DD."""
    return Parameter({"type": "string", "description": f"{about} YYYY-MM-DD.", "format": "date"})


def clock(about: str) -> Parameter:
    """A time of the day, HH:MM."""
    return Parameter({"type": "string", "description": f"{about} HH:MM, 24-hour clock.", "pattern": CLOCK})


def whole(about: str, low: int, high: int) -> Parameter:
    """An integer in a range, ends included."""
    return Parameter({"type": "integer", "description": about, "minimum": low, "maximum": high})


def number(about: str, low: float, high: float) -> Parameter:
    """A number in a range, ends included."""
    return Parameter({"type": "number", "description": about, "minimum": low, "maximum": high})


def flag(about: str) -> Parameter:
    """True or false."""
    return Parameter({"type": "boolean", "description": about})


def set_of(about: str, item: Parameter) -> Parameter:
    """An array whose order means nothing; empty only where that is its default."""
    return Parameter({"type": "array", "description": about, "items": dict(item.schema), "uniqueItems": True})


def list_of(about: str, item: Parameter) -> Parameter:
    """An array in an order that matters, of one item at least."""
    return Parameter({"type": "array", "description": about, "items": dict(item.schema), "minItems": 1})


def record(about: str, **fields: Parameter) -> Parameter:
    """A nested object."""
    return Parameter({"description": about, **object_schema(fields)})


def object_schema(fields: Mapping[str, Parameter]) -> dict[str, Any]:
    """The schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {name: dict(field.schema) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, and where."""

    kind: Kind
    where: str

    def __str__(self) -> str:
        """``missing parameter 'date'``."""
        return f"{self.kind} {self.where!r}"


def faults(value: Any, schema: Schema, where: str = "arguments") -> Iterator[Fault]:
    """Everything that is wrong with a value; nothing for a sound one."""
    kind = schema["type"]
    if not IS_TYPE[kind](value):
        yield Fault("wrong type", where)
    elif kind == "object":
        yield from _object_faults(value, schema, "" if where == "arguments" else f"{where}.")
    elif kind == "array":
        if len(value) < schema.get("minItems", 0):
            yield Fault("value not allowed", where)
        for place, item in enumerate(value):
            yield from faults(item, schema["items"], f"{where}[{place}]")
    elif not _allowed(value, schema):
        yield Fault("value not allowed", where)


def _object_faults(value: Mapping[str, Any], schema: Schema, prefix: str) -> Iterator[Fault]:
    fields = schema["properties"]
    yield from (Fault("missing parameter", prefix + name) for name in schema["required"] if name not in value)
    for name, item in value.items():
        if name in fields:
            yield from faults(item, fields[name], prefix + name)
        else:
            yield Fault("unknown parameter", prefix + name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(_as_float(value))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


# An integer may be written with a point (3.0), as JSON Schema has it.
IS_TYPE: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}


def _allowed(value: Any, schema: Schema) -> bool:
    """Whether a value of the right type is in the range, the list or the form that the schema asks for."""
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("format") == "date":
        return _is_day(value)
    if "pattern" in schema:
        return len(value) <= LONGEST_KEY and re.search(schema["pattern"], value, re.ASCII) is not None
    return "minimum" not in schema or bool(schema["minimum"] <= value <= schema["maximum"])


def _is_day(value: str) -> bool:
    try:
        return DAY.fullmatch(value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def filled(arguments: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Sound arguments as a tool gets them: with defaults, integers without a point, sets in one order."""
    fields = schema["properties"]
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    return {name: _deep(value, fields[name]) for name, value in {**defaults, **arguments}.items()}


def _deep(value: Any, schema: Schema) -> Any:
    kind = schema["type"]
    if kind == "object":
        return filled(value, schema)
    if kind == "array":
        items = [_deep(item, schema["items"]) for item in value]
        return sorted(items, key=json.dumps) if "uniqueItems" in schema else items
    return int(value) if kind == "integer" else value


def canonical(arguments: Mapping[str, Any], schema: Schema) -> str:
    """Sound arguments as text that is equal for equal ones.

    Defaults are filled in; free text is compared without case, repeated blanks, outer quotes and final punctuation;
    3 and 3.0 are the same; the order of a set and of an object's keys means nothing.
    """
    return json.dumps(_plain(filled(arguments, schema), schema), sort_keys=True)


def _plain(value: Any, schema: Schema) -> Any:
    kind = schema["type"]
    if kind == "object":
        return {name: _plain(item, schema["properties"][name]) for name, item in value.items()}
    if kind == "array":
        items = [_plain(item, schema["items"]) for item in value]
        return sorted(items, key=json.dumps) if "uniqueItems" in schema else items
    if kind in ("integer", "number"):
        return float(value)
    exact = kind != "string" or {"enum", "pattern", "format"} & set(schema)
    return value if exact else folded(value)


def folded(words: str) -> str:
    """Free text without what does not matter in it."""
    plain = words if words.isascii() else unicodedata.normalize("NFKC", words).translate(QUOTES)
    joined = " ".join(plain.split())
    return joined.strip("'\"").rstrip(".!").casefold()
