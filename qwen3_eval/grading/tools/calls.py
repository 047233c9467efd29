"""Tool calls in the formats that Qwen models write: ``<tool_call>`` around one JSON object, or around XML.

JSON (Hermes) is what Qwen3's chat template asks for in its system prompt: "For each function call, return a json object
with function name and arguments within <tool_call></tool_call> XML tags". XML is what the templates of Qwen3-Coder and
of Qwen3.5 and later ask for, see ``qwen3_eval.grading.tools.xml``; those models often leave the outer tags away. A call
in another format is one that cannot be read, with its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qwen3_eval.grading.tools.unread import unread_format
from qwen3_eval.grading.tools.xml import Schema, strict, xml_calls
from qwen3_eval.toolcalls import calls_as_text
from qwen3_eval.types import Json, JsonValue

UNREAD = "a call in a format that is not read"
# A block runs to its closing tag, to the next opening tag, or to the end of a text that was cut. Without the outer
# tags only a function that is closed is one, since prose may speak of the tag.
BLOCK = re.compile(
    r"<tool_call>(?P<inner>.*?)(?:</tool_call>|(?=<tool_call>)|\Z)"
    r"|(?P<bare><function=[^<>\n]{1,200}>(?:(?!<tool_call>|<function=).)*?</function>)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. ``error`` says what is broken in a call that cannot be made; empty when it is sound.

    raw: the text between the tags.
    """

    name: str
    arguments: Json = field(default_factory=dict)
    error: str = ""
    raw: str = ""


def parse_tool_calls(text: str, schemas: Mapping[str, Schema] | None = None) -> list[ToolCall]:
    """All tool calls in the order of the text; a broken one is in the list, with its ``error``.

    schemas: JSON schema of the arguments of each function that may be called, by its name; it gives the values of XML
    their types, and tells a call of one of them that stands there without any tags.
    """
    known = schemas or {}
    found = [call for match in BLOCK.finditer(strict(text)) for call in _calls(match, known)]
    if any(not call.error for call in found):
        return found
    unread = unread_format(text, () if found else known)
    return [ToolCall("", error=f"{UNREAD}: {unread}", raw=text)] if unread else found


def schemas_of(tools: Iterable[Mapping[str, Any]]) -> dict[str, Schema]:
    """The schemas of functions that are declared as a prompt shows them, by name."""
    return {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}


def without_calls(text: str) -> str:
    """What a text says beside its calls."""
    return BLOCK.sub("", text).strip()


def tool_call_text(calls: Sequence[object]) -> str:
    """Recorded calls as Qwen3 writes them; what ``parse_tool_calls`` reads back.

    Raises ValueError for what is no call. Arguments whose text is no JSON object stay text: such a call is broken.
    """
    return calls_as_text(calls, lenient=True)


def _calls(match: re.Match[str], schemas: Mapping[str, Schema]) -> Iterator[ToolCall]:
    raw = (match["inner"] or match["bare"] or "").strip()
    if raw.startswith("{") or "<function=" not in raw:
        yield _call(raw)
        return
    for name, arguments, error in xml_calls(raw, schemas):
        yield ToolCall(name, {} if error else arguments, error, raw)


def _call(raw: str) -> ToolCall:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return ToolCall("", error=f"not JSON: {error}", raw=raw)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return ToolCall("", error="not an object with a name", raw=raw)
    return _with_arguments(value["name"], value.get("arguments", {}), raw)


def _with_arguments(name: str, arguments: JsonValue, raw: str) -> ToolCall:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError) as error:
            return ToolCall(name, error=f"arguments are not JSON: {error}", raw=raw)
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return ToolCall(name, error="arguments are not an object", raw=raw)
    return ToolCall(name, arguments, raw=raw)
