"""Calls in formats that are not read, told by their marks: they must never pass for an answer without a call.

The formats are those of the families' chat templates and of the parsers that servers have for them. Marks that are
special tokens may be missing from a text, so that what stands between them is looked for too where it is telling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# Name of the format, and what only a call in it has.
MARKS = {
    "DSML tags, as of DeepSeek-V3.2": re.compile(r"<｜DSML｜|<\|DSML\|"),
    "DeepSeek's tool marks": re.compile(r"<｜tool▁(?:calls?▁begin|sep)｜>|<\|tool_calls?_begin\|>\s*function<"),
    "arg_key and arg_value, as of GLM": re.compile(r"<arg_key>.*?</arg_key>", re.DOTALL),
    "invoke tags, as of MiniMax": re.compile(r"<minimax:tool_call>|<invoke name=[\"']?[\w.\-]+"),
    "functions.name:0, as of Kimi": re.compile(
        r"<\|tool_calls?(?:_section)?_begin\|>|\bfunctions\.[\w.\-]+:\d+\s*(?:<\||\{)"
    ),
    "<TOOLCALL>, as of Nemotron": re.compile(r"<TOOLCALL>"),
    "call:name{...}, as of Gemma": re.compile(r"<\|tool_call>|\bcall:[\w.\-]+\{"),
    "[TOOL_CALLS], as of Mistral": re.compile(r"\[TOOL_CALLS\]|\[ARGS\]\s*\{"),
    "the commentary channel, as of gpt-oss": re.compile(r"\bto=functions\.[\w.\-]+"),
    "<|python_tag|>, as of Llama": re.compile(r"<\|python_tag\|>"),
    "<function_call>": re.compile(r"<function_calls?>\s*[\[{]"),
    "<|tool_calls|>": re.compile(r"<\|tool_calls?\|>|<tool_calls>\s*[\[{]"),
}
FENCED = re.compile(r"\A```\w*\s*\n(.*)\n\s*```\Z", re.DOTALL)
# A text as long as this is no bare call.
LONGEST = 100_000


def unread_format(text: str, functions: Iterable[str] = ()) -> str:
    """Name of the format of a call that the text holds and that is not read; empty where there is none.

    functions: those that may be called. A text that is nothing but a call of one of them, as JSON or as Python, is
    told too.
    """
    for name, mark in MARKS.items():
        if mark.search(text):
            return name
    return _bare(text.strip(), set(functions))


def _bare(text: str, functions: set[str]) -> str:
    if not functions or len(text) > LONGEST:
        return ""
    fenced = FENCED.match(text)
    inner = fenced[1].strip() if fenced else text
    if inner[:1] in ("{", "[") and _is_call(_loaded(inner), functions):
        return "bare JSON"
    name = re.match(r"\[?\s*([\w.]+)\(", inner)
    return "bare Python" if name and name[1] in functions and inner.rstrip("]").rstrip().endswith(")") else ""


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_call(value: Any, functions: set[str]) -> bool:
    """Whether JSON is a call, or a list that begins with one."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return False
    inner = first.get("function", first)
    name = inner.get("name") if isinstance(inner, dict) else inner
    return isinstance(name, str) and name in functions
