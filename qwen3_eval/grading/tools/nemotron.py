"""Nemotron-Nano-v2: ``<TOOLCALL>[{"name": ..., "arguments": {...}}, ...]</TOOLCALL>``."""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NOT_JSON, Notation, Read, Schemas, ToolCall, json_at, named, one, past

BEGIN = regex(r"<TOOLCALL>")
TAIL = regex(r"\s*</TOOLCALL>")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    text = match.string
    try:
        value, end = json_at(text, match.end())
    except NOT_JSON as error:
        return one(ToolCall("", error=f"not JSON: {error}", raw=text[match.start() : match.end() + 200]), match.end())
    raw = text[match.end() : end]
    listed = value if isinstance(value, list) else [value]
    return Read([named(each, raw) for each in listed], past(TAIL, text, end))


NEMOTRON = Notation("<TOOLCALL>, as of Nemotron", BEGIN, _read, BEGIN)
