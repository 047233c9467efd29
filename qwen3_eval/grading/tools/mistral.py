"""Mistral: ``[TOOL_CALLS]name[ARGS]{...}`` for each call; in earlier models ``[TOOL_CALLS]`` and a list of objects."""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NAME, CallForm, Read, Schemas, called_at, listed_at

BEGIN = regex(rf"\[TOOL_CALLS\]\s*(?:({NAME})\s*(?:\[CALL_ID\]\s*\w{{1,100}}\s*)?(?:\[ARGS\])?)?")
TAIL = regex(r"")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    return called_at(match, match[1], TAIL) if match[1] else listed_at(match, TAIL)


MISTRAL = CallForm("[TOOL_CALLS], as of Mistral", BEGIN, _read, regex(r"\[TOOL_CALLS\]|\[ARGS\]\s*\{"))
