"""Calls in other formats than the expected one, told by their marks: they must never pass for an answer without a call.

The formats are those of the families' chat templates and of the parsers that servers have for them. Marks that are
special tokens may be missing from a text, so that what stands between them is looked for too where it is telling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import Notation
from qwen3_eval.grading.tools.known import others

# Formats that nothing reads: their name, and what only a call in them has.
MARKS = {
    "<|python_tag|>, as of Llama": regex(r"<\|python_tag\|>"),
    "<function_call>": regex(r"<function_calls?>\s*[\[{\w]"),
    "action marks, as of Command R and InternLM": regex(r"<\|START_ACTION\|>|<\|action_start\|>"),
    "✿FUNCTION✿, as of Qwen2": regex(r"✿FUNCTION✿"),
    "functools[...], as of Phi": regex(r"\bfunctools\[\s*\{"),
    "[TOOL_CALL] blocks": regex(r"\[TOOL_CALL\]"),
    "tags with a name of their own": regex(r"<(?:\w+_tool_call|toolcall|tools)>\s*[\[{]"),
    "<|tool_calls|>": regex(r"<\|tool_calls?\|>|<tool_calls>\s*[\[{]"),
}
FENCED = regex(r"```\w*[ \t]*\n((?:(?!```).)*)```\Z", re.DOTALL)
# What may close a text behind the JSON of a call.
CLOSING = regex(r"(?:\s|```|</\w{1,40}>|<\|\w{1,40}\|>)*\Z")
NAMED = regex(r"\"(?:name|function|tool|tool_name|function_name|action)\"\s*:\s*\"([^\"\n]{1,200})\"")
ARGUED = regex(r"\"(?:arguments|parameters|args|input|action_input|kwargs)\"\s*:")
PYTHON = regex(r"(?:print\()?\[?\s*([\w.]+)\(")
SAID = regex(r"\bAction:\s*`?([\w.\-]+)`?\s*\n+\s*Action Input:|\A([\w.\-]+)\s*\n\s*\{|<([\w.\-]+)(?=[\s/>])[^<>\n]*>")
LONGEST_CLOSING = 200
# A text as long as this is no bare call.
LONGEST = 100_000


def unread_format(text: str, notation: Notation, functions: Iterable[str] = ()) -> str:
    """Name of the format of a call that the text holds and that is not the expected one; empty where there is none.

    functions: those that may be called. A text that ends with a call of one of them as JSON, or that is nothing but
    one as Python or ends with it in a block of code, is told too.
    """
    foreign = {each.title: each.mark for each in others(notation)}
    for name, mark in (foreign | MARKS).items():
        if mark.search(text):
            return name
    return _bare(text.strip(), set(functions))


def _bare(text: str, functions: set[str]) -> str:
    if not functions or len(text) > LONGEST:
        return ""
    if _ends_with_json(text, functions):
        return "bare JSON"
    fenced = FENCED.search(text)
    inner = fenced[1].strip() if fenced else text
    name = PYTHON.match(inner)
    if name and name[1] in functions and inner.rstrip("]").rstrip().endswith(")"):
        return "bare Python"
    said = {name for found in SAID.finditer(text) for name in found.groups() if name}
    return "the function's name and its arguments" if said & functions else ""


def _ends_with_json(text: str, functions: set[str]) -> bool:
    """Whether the text ends with JSON that names a function and its arguments."""
    tail = text[-LONGEST_CLOSING:]
    end = CLOSING.search(tail)
    if end is None or tail[: end.start()][-1:] not in ("}", "]"):
        return False
    called = any(found[1] in functions for found in NAMED.finditer(text))
    return called and ARGUED.search(text) is not None
