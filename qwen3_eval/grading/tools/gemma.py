"""Gemma 4: ``<|tool_call>call:name{key:<|"|>text<|"|>,number:1,nested:{key:[true]}}<tool_call|>``.

Text stands between marks, keys are bare, all else is written as Python or JSON writes it.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NAME, NOT_JSON, CallForm, Read, Schema, Schemas, ToolCall, one, past
from qwen3_eval.grading.tools.xml import typed
from qwen3_eval.types import JsonValue

QUOTE = '<|"|>'
BEGIN = regex(rf"(?:<\|tool_call>\s*call:({NAME})|\bcall:({NAME}))\s*(?=\{{)")
TAIL = regex(r"\s*(?:<tool_call\|>)?")
SPACE = regex(r"\s*")
KEY = regex(r"([^:<>{}\[\]]{1,200})\s*:")
BARE = regex(r"[^,{}\[\]]*")


class NoValue(ValueError):
    """No value of this form. The message says what is missing."""


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    name, text = match[1] or match[2], match.string
    try:
        arguments, end = _object(text, match.end(), schemas.get(name, {}))
    except NOT_JSON as error:
        raw = text[match.start() : match.end() + 200]
        return one(ToolCall(name, error=str(error) or "nested too deeply", raw=raw), match.end())
    return one(ToolCall(name, arguments, raw=text[match.start() : end]), past(TAIL, text, end))


def _object(text: str, at: int, schema: Schema) -> tuple[dict[str, JsonValue], int]:
    """The object that begins with a brace at a place, and where it ends. Raises NoValue."""
    found: dict[str, JsonValue] = {}
    properties = schema.get("properties", {})
    at = past(SPACE, text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _key(text, at)
        found[key], at = _value(text, at, properties.get(key))
        at = _next(text, at, "}")
    return found, at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    if text.startswith(QUOTE, at):
        key, at = _quoted(text, at)
        at = past(SPACE, text, at)
        if text[at : at + 1] != ":":
            raise NoValue("a key without a value")
        return key, past(SPACE, text, at + 1)
    match = KEY.match(text, at)
    if match is None:
        raise NoValue("the arguments are not closed, or have no keys")
    return match[1].strip(), past(SPACE, text, match.end())


def _value(text: str, at: int, schema: Schema | None) -> tuple[JsonValue, int]:
    if text.startswith(QUOTE, at):
        return _quoted(text, at)
    if text[at : at + 1] == "{":
        return _object(text, at, schema or {})
    if text[at : at + 1] == "[":
        return _list(text, at, schema or {})
    end = past(BARE, text, at)
    return typed(text[at:end].strip(), schema), end


def _list(text: str, at: int, schema: Schema) -> tuple[list[JsonValue], int]:
    found: list[JsonValue] = []
    items = schema.get("items")
    at = past(SPACE, text, at + 1)
    while text[at : at + 1] != "]":
        value, at = _value(text, at, items if isinstance(items, dict) else None)
        found.append(value)
        at = _next(text, at, "]")
    return found, at + 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    start = at + len(QUOTE)
    end = text.find(QUOTE, start)
    if end < 0:
        raise NoValue("a text is not closed")
    return text[start:end], end + len(QUOTE)


def _next(text: str, at: int, closing: str) -> int:
    """Past a comma; at the closing mark where there is none. Raises NoValue where neither stands."""
    at = past(SPACE, text, at)
    if text[at : at + 1] == ",":
        return past(SPACE, text, at + 1)
    if text[at : at + 1] != closing:
        raise NoValue(f"{closing!r} is missing")
    return at


GEMMA = CallForm("call:name{...}, as of Gemma", BEGIN, _read, regex(r"<\|tool_call>|\bcall:[\w.\-]+\{"))
