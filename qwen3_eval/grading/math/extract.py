r"""Finds the final answer in what a model wrote: ``\boxed{...}``, GSM8K's ``####``, a phrase, the last number.

Every function is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import deque

BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])")
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
HASHES = re.compile(r"####\s*\$?\s*(-?[\d.,]+)")
NUMBER = re.compile(r"(?:(?<![\w.)\]}])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?:(?<![\w.)\]}])-)?(?<!\d)\.\d+")
HOPE = re.compile(r"final answer is:?\s*(.{1,500}?)\.?\s*I hope", re.DOTALL)
PHRASE = re.compile(r"answer is:?", re.IGNORECASE)


def boxed(text: str) -> str | None:
    r"""Content of the last ``\boxed``, ``\fbox`` or ``\framebox``; None when there is none or it is not closed.

    Without a brace it reaches to the next ``$`` or the end of the line, as in hendrycks/math.
    """
    last = _last(BOX, text)
    if last is None:
        return None
    start = last.end()
    while start < len(text) and text[start] in " \t\n":
        start += 1
    if text[start : start + 1] == "{":
        return _group(text, start)
    bare = re.split(r"[$\n]", text[start:], maxsplit=1)[0].strip().rstrip(".,")
    return bare or None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _group(text: str, start: int) -> str | None:
    """What stands between the brace at ``start`` and its partner; escaped braces do not count."""
    depth = 0
    for token in BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return text[start + 1 : token.start()].strip() or None
    return None


def last_number(text: str) -> str | None:
    """The last number in a text, without thousands separators; None when there is none."""
    last = _last(NUMBER, text)
    return None if last is None else last[0].replace(",", "")


def after_hashes(text: str) -> str | None:
    """The number after GSM8K's ``####``, without thousands separators; None when there is none."""
    match = HASHES.search(text)
    number = match[1].replace(",", "").rstrip(".") if match else ""
    return number or None


def final_answer(text: str) -> str | None:
    r"""The answer to a MATH problem: ``\boxed``, else a phrase that announces it, else the last number.

    The order of Qwen2.5-Math's ``evaluation/parser.py``, with the box first. A box that is not closed
    was cut off: then there is no answer, rather than a guess from its pieces.
    """
    if BOX.search(text):
        return boxed(text)
    if hope := HOPE.search(text):
        return _bare(hope[1])
    phrase = _last(PHRASE, text)
    return _bare(text[phrase.end() :].strip().split("\n")[0]) if phrase else last_number(text)


def _bare(text: str) -> str | None:
    text = text.strip().rstrip(".").strip()
    math = re.fullmatch(r"\$+([^$]+)\$+|\\\((.+)\\\)", text)
    return (math[1] or math[2]).strip() if math else text or None
