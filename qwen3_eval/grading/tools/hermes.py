"""``<tool_call>`` around one JSON object: what Qwen3's chat template asks for ("return a json object with function name
and arguments within <tool_call></tool_call> XML tags"), as do those of QwQ, Qwen2.5 and MiMo.
"""

from __future__ import annotations

import json
import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NOT_JSON, Notation, Read, Schemas, ToolCall, named, one

# A block runs to its closing tag, to the next opening tag, or to the end of a text that was cut.
BLOCK = regex(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)


def json_call(raw: str) -> ToolCall:
    """The call that stands between the tags."""
    try:
        value = json.loads(raw)
    except NOT_JSON as error:
        return ToolCall("", error=f"not JSON: {error}", raw=raw)
    return named(value, raw)


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    return one(json_call(match[1].strip()), match.end())


HERMES = Notation("JSON in <tool_call>, as of Qwen3", BLOCK, _read, regex(r"<tool_call>\s*[\[{]"))
