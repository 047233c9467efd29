"""GLM-4.5 to 5.3 and Ling 3: the function's name, then a pair of tags for each argument.

    <tool_call>name
    <arg_key>key</arg_key>
    <arg_value>value</arg_value>
    </tool_call>

Line breaks between the tags are those of GLM-4.5 and 4.6; later templates write none. Text is bare, all else is JSON.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NAME, Notation, Read, Schemas, ToolCall, one
from qwen3_eval.grading.tools.xml import typed
from qwen3_eval.types import JsonValue

BLOCK = regex(rf"<tool_call>\s*({NAME})(.*?)(</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
PAIR = regex(r"\s*<arg_key>([^<>\n]{1,200})</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    name, body = match[1], match[2]
    properties = schemas.get(name, {}).get("properties", {})
    found: dict[str, JsonValue] = {}
    at = 0
    while pair := PAIR.match(body, at):
        key = pair[1].strip()
        found[key], at = typed(pair[2], properties.get(key)), pair.end()
    raw = match[0]
    if body[at:].strip():
        return one(ToolCall(name, error="not pairs of arg_key and arg_value", raw=raw), match.end())
    if not match[3] and not found:
        return one(ToolCall(name, error="the call is not closed", raw=raw), match.end())
    return one(ToolCall(name, found, raw=raw), match.end())


GLM = Notation(
    "arg_key and arg_value, as of GLM",
    BLOCK,
    _read,
    regex(rf"<arg_key>[^<]{{0,200}}</arg_key>|<tool_call>\s*{NAME}\s*</tool_call>"),
)
