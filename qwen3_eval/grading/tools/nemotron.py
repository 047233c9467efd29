"""Nemotron-Nano-v2: ``<TOOLCALL>[{"name": ..., "arguments": {...}}, ...]</TOOLCALL>``."""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import CallForm, Read, Schemas, listed_at

BEGIN = regex(r"<TOOLCALL>")
TAIL = regex(r"\s*</TOOLCALL>")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    return listed_at(match, TAIL)


NEMOTRON = CallForm("<TOOLCALL>, as of Nemotron", BEGIN, _read, BEGIN)
