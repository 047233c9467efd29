"""Mistral: ``[TOOL_CALLS]name[ARGS]{...}`` for each call; in earlier models ``[TOOL_CALLS]`` and a list of objects."""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import (
    NAME,
    NOT_JSON,
    Notation,
    Read,
    Schemas,
    ToolCall,
    called_at,
    json_at,
    named,
    one,
)

BEGIN = regex(rf"\[TOOL_CALLS\]\s*(?:({NAME})\s*(?:\[CALL_ID\]\s*\w{{1,100}}\s*)?(?:\[ARGS\])?)?")
TAIL = regex(r"")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    if match[1]:
        return called_at(match, match[1], TAIL)
    text = match.string
    try:
        value, end = json_at(text, match.end())
    except NOT_JSON as error:
        return one(ToolCall("", error=f"not JSON: {error}", raw=text[match.start() : match.end() + 200]), match.end())
    listed = value if isinstance(value, list) else [value]
    return Read([named(each, text[match.end() : end]) for each in listed], end)


MISTRAL = Notation("[TOOL_CALLS], as of Mistral", BEGIN, _read, regex(r"\[TOOL_CALLS\]|\[ARGS\]\s*\{"))
