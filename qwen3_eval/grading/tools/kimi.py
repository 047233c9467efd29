"""Kimi-K2 and K2.5: an identifier that holds the name, then the arguments.

    <|tool_calls_section_begin|><|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{...}<|tool_call_end|>
    <|tool_calls_section_end|>

Its marks are special tokens, which a server may drop: ``functions.name:0{...}`` tells enough without them.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NAME, Notation, Read, Schemas, ToolCall, called_at, one

ARGUED = r"\s*(?:<\|tool_call_argument_begin\|>)?"
BEGIN = regex(
    r"(?:<\|tool_calls_section_begin\|>\s*)?"
    rf"(?:<\|tool_call_begin\|>\s*(?:functions\.)?(?P<marked>{NAME})(?::\d+)?{ARGUED}"
    rf"|\bfunctions\.(?P<plain>{NAME}):\d+{ARGUED}(?=\s*\{{))"
)
TAIL = regex(r"\s*(?:<\|tool_call_end\|>)?(?:\s*<\|tool_calls_section_end\|>)?")
EMPTY = regex(r"\s*<\|tool_call_end\|>(?:\s*<\|tool_calls_section_end\|>)?")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    name = match["marked"] or match["plain"]
    if nothing := EMPTY.match(match.string, match.end()):
        return one(ToolCall(name, raw=match[0]), nothing.end())
    return called_at(match, name, TAIL)


KIMI = Notation(
    "functions.name:0, as of Kimi",
    BEGIN,
    _read,
    regex(r"<\|tool_calls?(?:_section)?_begin\|>|\bfunctions\.[\w.\-]+:\d+\s*(?:<\||\{)"),
)
