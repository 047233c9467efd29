"""Tool calls in the format that Qwen3 writes (Hermes): ``<tool_call>`` around one JSON object.

The format is the one that Qwen3's chat template asks for in its system prompt: "For each function
call, return a json object with function name and arguments within <tool_call></tool_call> XML tags".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# A block runs to its closing tag, to the next opening tag, or to the end of a text that was cut.
BLOCK = re.compile(r"<tool_call>(.*?)(?=</tool_call>|<tool_call>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. ``error`` says what is broken in a call that cannot be made; empty when it is sound.

    raw: the text between the tags.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    raw: str = ""


def parse_tool_calls(text: str) -> list[ToolCall]:
    """All tool calls in the order of the text; a broken one is in the list, with its ``error``."""
    return [_call(block.strip()) for block in BLOCK.findall(text)]


def tool_call_text(calls: Sequence[Mapping[str, Any]]) -> str:
    """Calls as Qwen3 writes them, each ``{"name": ..., "arguments": {...}}``; what ``parse_tool_calls`` reads back.

    Raises KeyError for a call without a name or arguments, TypeError for what is no call.
    """
    bare = [{"name": call["name"], "arguments": call["arguments"]} for call in calls]
    return "\n".join(f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>" for call in bare)


def _call(raw: str) -> ToolCall:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return ToolCall("", error=f"not JSON: {error}", raw=raw)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return ToolCall("", error="not an object with a name", raw=raw)
    return _with_arguments(value["name"], value.get("arguments", {}), raw)


def _with_arguments(name: str, arguments: Any, raw: str) -> ToolCall:
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
