"""MiniMax-M3: every tag stands behind a mark, arguments are elements, and nested values are elements again.

    ]<]minimax[>[<tool_call>
    ]<]minimax[>[<invoke name="name">]<]minimax[>[<key>value]<]minimax[>[</key>]<]minimax[>[</invoke>
    ]<]minimax[>[</tool_call>

(Lines are broken here for the eye.) Items of a list are elements named ``item``; null is left out; an empty list and an
empty object are empty elements, told apart by the function's schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NOT_JSON, Notation, Read, Schema, Schemas, ToolCall
from qwen3_eval.grading.tools.xml import kinds_of, typed
from qwen3_eval.types import JsonValue

MARK = re.escape("]<]minimax[>[")
INVOKE = rf"{MARK}<invoke\s+name=[\"']?([^\"'<>\n]{{1,200}})[\"']?>"
BLOCK = regex(
    rf"{MARK}<tool_call>.*?(?:{MARK}</tool_call>|(?={MARK}<tool_call>)|\Z)"
    rf"|{INVOKE}(?:(?!{MARK}<invoke).)*?{MARK}</invoke>",
    re.DOTALL,
)
CALL = regex(rf"{INVOKE}(.*?)({MARK}</invoke>|(?={MARK}<invoke)|\Z)", re.DOTALL)
TAG = regex(rf"{MARK}<(/?)([^<>\n]{{1,200}})>")
ITEM = "item"


@dataclass(slots=True)
class Element:
    """A value: text, or elements by name, in their order."""

    name: str
    text: str = ""
    inner: list[Element] = field(default_factory=list)


class NotNested(ValueError):
    """Tags that do not close each other."""


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    found = [_call(each, schemas) for each in CALL.finditer(match[0])]
    return Read(found or [ToolCall("", error="no invoke tags", raw=match[0])], match.end())


def _call(match: re.Match[str], schemas: Schemas) -> ToolCall:
    name = match[1].strip()
    try:
        root = _element(match[2])
        arguments = _object(root, schemas.get(name, {}))
    except NOT_JSON as error:
        return ToolCall(name, error=str(error) or "nested too deeply", raw=match[0])
    if root.text.strip() or not (match[3] or arguments):
        return ToolCall(name, error="not elements alone, or not closed", raw=match[0])
    return ToolCall(name, arguments, raw=match[0])


def _element(body: str) -> Element:
    """The arguments as one element. Raises NotNested."""
    open_ones = [Element("")]
    at = 0
    for tag in TAG.finditer(body):
        open_ones[-1].text += body[at : tag.start()]
        at = tag.end()
        if not tag[1]:
            open_ones.append(Element(tag[2]))
        elif len(open_ones) > 1 and open_ones[-1].name == tag[2]:
            closed = open_ones.pop()
            open_ones[-1].inner.append(closed)
        else:
            raise NotNested(f"</{tag[2]}> closes nothing")
    if len(open_ones) > 1:
        raise NotNested(f"<{open_ones[-1].name}> is not closed")
    open_ones[0].text += body[at:]
    return open_ones[0]


def _value(element: Element, schema: Schema | None) -> JsonValue:
    kinds = kinds_of(schema or {})
    if not element.inner:
        empty = not element.text.strip() and "string" not in kinds
        if empty and kinds & {"array", "object"}:
            return [] if "array" in kinds else {}
        return typed(element.text, schema)
    listed = all(each.name == ITEM for each in element.inner)
    if "array" in kinds or (listed and "object" not in kinds):
        items = (schema or {}).get("items")
        return [_value(each, items if isinstance(items, dict) else None) for each in element.inner]
    return _object(element, schema or {})


def _object(element: Element, schema: Schema) -> dict[str, JsonValue]:
    properties = schema.get("properties", {})
    return {each.name: _value(each, properties.get(each.name)) for each in element.inner}


MINIMAX_M3 = Notation("marked tags, as of MiniMax-M3", BLOCK, _read, regex(MARK))
