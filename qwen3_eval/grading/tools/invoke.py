"""``<invoke name=...>`` with ``<parameter name=...>``: MiniMax-M2, and in marks of its own DeepSeek-V3.2 and V4 (DSML).

    <minimax:tool_call>
    <invoke name="name">
    <parameter name="key">value</parameter>
    </invoke>
    </minimax:tool_call>

MiniMax writes text bare and all else as JSON. DSML says of each value with ``string="true"`` that it is text, and with
``string="false"`` that it is JSON; its outer tags are ``function_calls`` (V3.2) or ``tool_calls`` (V4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NOT_JSON, Notation, Read, Schema, Schemas, ToolCall
from qwen3_eval.grading.tools.xml import typed
from qwen3_eval.types import JsonValue

QUOTED = r"""["']?([^"'<>\n]{1,200})["']?"""
DSML_MARK = r"(?:｜DSML｜|\|DSML\|)"


def _patterns(mark: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Of a function's tags and of a parameter's. mark: what their names begin with."""
    invoke = rf"<{mark}invoke\s+name={QUOTED}\s*>(.*?)(</{mark}invoke>|(?=<{mark}invoke\s)|\Z)"
    parameter = (
        rf"<{mark}parameter\s+name={QUOTED}(?:\s+string={QUOTED})?\s*>(.*?)"
        rf"(</{mark}parameter>|(?=<{mark}parameter\s)|\Z)"
    )
    return regex(invoke, re.DOTALL), regex(parameter, re.DOTALL)


def _block(opening: str, closing: str, mark: str) -> re.Pattern[str]:
    """The outer tags and all within them; without them, a function that is closed."""
    bare = rf"<{mark}invoke\s+name={QUOTED}\s*>(?:(?!<{mark}invoke\s).)*?</{mark}invoke>"
    return regex(rf"{opening}.*?(?:{closing}|(?={opening})|\Z)|{bare}", re.DOTALL)


def _reader(mark: str) -> Callable[[re.Match[str], Schemas], Read]:
    invoke, parameter = _patterns(mark)

    def read(match: re.Match[str], schemas: Schemas) -> Read:
        found = list(_calls(match[0], schemas, invoke, parameter))
        return Read(found or [ToolCall("", error="no invoke tags", raw=match[0])], match.end())

    return read


def _calls(block: str, schemas: Schemas, invoke: re.Pattern[str], parameter: re.Pattern[str]) -> Iterator[ToolCall]:
    for match in invoke.finditer(block):
        name, closed = match[1].strip(), bool(match[3])
        arguments, error = _arguments(match[2], schemas.get(name, {}), parameter)
        if not (error or closed or arguments):
            error = "the call is not closed"
        yield ToolCall(name, {} if error else arguments, error, match[0])


def _arguments(body: str, schema: Schema, parameter: re.Pattern[str]) -> tuple[dict[str, JsonValue], str]:
    found: dict[str, JsonValue] = {}
    properties = schema.get("properties", {})
    for match in parameter.finditer(body):
        name = match[1].strip()
        found[name] = _value(match[3], match[2], properties.get(name))
        if not match[4] and match.end() == len(body):
            return found, f"parameter {name!r} is not closed"
    if not found and body.strip():
        return found, "neither parameters nor nothing stands in the function's tags"
    return found, ""


def _value(text: str, said: str | None, schema: Schema | None) -> JsonValue:
    """said: whether the tag says that the value is text."""
    if said == "true":
        return text
    if said == "false":
        try:
            value: JsonValue = json.loads(text)
        except NOT_JSON:
            return typed(text, schema)
        return value
    return typed(text, schema)


MINIMAX = Notation(
    "invoke tags, as of MiniMax",
    _block("<minimax:tool_call>", "</minimax:tool_call>", ""),
    _reader(""),
    regex(r"<minimax:tool_call>|(?<!minimax\[>\[)<invoke name=[\"']?[\w.\-]+"),
)
DSML_CALLS = rf"{DSML_MARK}(?:function|tool)_calls>"
DSML = Notation(
    "DSML tags, as of DeepSeek-V3.2",
    _block(f"<{DSML_CALLS}", f"</{DSML_CALLS}", DSML_MARK),
    _reader(DSML_MARK),
    regex(rf"<{DSML_MARK}"),
)
