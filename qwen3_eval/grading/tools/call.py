"""One call, and what each format is read by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from qwen3_eval.grading.patterns import regex
from qwen3_eval.types import Json, JsonValue

Schema = Mapping[str, Any]
# Of each function's arguments, by its name.
Schemas = Mapping[str, Schema]
# A name is short, so that a text full of marks without an end is read in linear time.
NAME = r"[\w.\-/]{1,200}"
SPACE = regex(r"\s*")
DECODER = json.JSONDecoder()
NOT_JSON = (ValueError, RecursionError)
# Characters of a broken call that are kept.
LONGEST_BROKEN = 2_000


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. ``error`` says what is broken in a call that cannot be made; empty when it is sound.

    raw: the text between the tags.
    """

    name: str
    arguments: Json = field(default_factory=dict)
    error: str = ""
    raw: str = ""


class Read(NamedTuple):
    """The calls of a block, and where in the text it ends."""

    calls: list[ToolCall]
    end: int


def as_it_is(text: str) -> str:
    """The text."""
    return text


@dataclass(frozen=True, slots=True)
class CallForm:
    """How a format is read.

    title: in words, for a reader of a record. begin: what a block of calls begins with, or all of it. read: the calls
    from there. mark: what a text has that holds a call in this format, broken or not, and no other text. clean: puts
    a text into the form of the templates before it is read.
    """

    title: str
    begin: re.Pattern[str]
    read: Callable[[re.Match[str], Schemas], Read]
    mark: re.Pattern[str]
    clean: Callable[[str], str] = as_it_is


class Block(NamedTuple):
    """A part of a text that holds calls."""

    start: int
    end: int
    calls: list[ToolCall]


def blocks(text: str, form: CallForm, schemas: Schemas) -> Iterator[Block]:
    """The parts of a text that hold calls in a format."""
    at = 0
    while found := form.begin.search(text, at):
        calls, end = form.read(found, schemas)
        yield Block(found.start(), end, calls)
        at = max(end, found.end(), found.start() + 1)


def one(call: ToolCall, end: int) -> Read:
    """A block that holds one call."""
    return Read([call], end)


def json_at(text: str, at: int) -> tuple[JsonValue, int]:
    """The JSON value that begins at a place, and where it ends. Raises one of NOT_JSON."""
    start = SPACE.match(text, at)
    value: JsonValue
    value, end = DECODER.raw_decode(text, start.end() if start else at)
    return value, end


def past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """The end of a pattern that may stand at a place."""
    found = pattern.match(text, at)
    return found.end() if found else at


def called(name: str, arguments: JsonValue, raw: str) -> ToolCall:
    """A call with arguments as JSON: an object, the text of one, or none."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except NOT_JSON as error:
            return ToolCall(name, error=f"arguments are not JSON: {error}", raw=raw)
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return ToolCall(name, error="arguments are not an object", raw=raw)
    return ToolCall(name, arguments, raw=raw)


def named(value: JsonValue, raw: str, keys: Iterable[str] = ("arguments",)) -> ToolCall:
    """A call as one object with its name. keys: those under which its arguments may stand."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return ToolCall("", error="not an object with a name", raw=raw)
    found: JsonValue = next((value[key] for key in keys if key in value), {})
    return called(value["name"], found, raw)


def called_at(match: re.Match[str], name: str, tail: re.Pattern[str]) -> Read:
    """A call whose arguments are the JSON that follows a match. tail: what may close it."""
    text = match.string
    try:
        arguments, end = json_at(text, match.end())
    except NOT_JSON as error:
        raw = text[match.start() : match.end() + LONGEST_BROKEN]
        return one(ToolCall(name, error=f"arguments are not JSON: {error}", raw=raw), match.end())
    return one(called(name, arguments, text[match.start() : end]), past(tail, text, end))


def listed_at(match: re.Match[str], tail: re.Pattern[str], keys: Iterable[str] = ("arguments",)) -> Read:
    """The calls in the JSON that follows a match: an object with its name, or a list of them. tail: what may close it.

    keys: as for ``named``.
    """
    text = match.string
    try:
        value, end = json_at(text, match.end())
    except NOT_JSON as error:
        raw = text[match.start() : match.end() + LONGEST_BROKEN]
        return one(ToolCall("", error=f"not JSON: {error}", raw=raw), match.end())
    listed = value if isinstance(value, list) else [value]
    return Read([named(each, text[match.end() : end], keys) for each in listed], past(tail, text, end))
