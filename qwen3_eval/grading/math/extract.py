r"""Finds the final answer in what a model wrote: ``\boxed{...}``, GSM8K's ``####``, a phrase, the last number.

Every function is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import deque

from qwen3_eval.grading.math.characters import digits

BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])")
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
HASHES = re.compile(r"####\s*\$?\s*(-?[\d.,]+)")
NUMBER = re.compile(r"(?:(?<![\w.)\]}])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?:(?<![\w.)\]}])-)?(?<!\d)\.\d+")
HOPE = re.compile(r"final answer is:?((?:(?!final answer is).){1,500}?)\.?\s{0,9}I hope it is correct", re.DOTALL)
PHRASE = re.compile(r"answer is|答案是", re.IGNORECASE)
LEAD = re.compile(r"(?:\s|[:：*]|\$\$|\\\[)*")
ANY_NUMBER = re.compile(r"-?\d*\.?\d+")


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
    last = _last(NUMBER, digits(text))
    return None if last is None else last[0].replace(",", "")


def after_hashes(text: str) -> str | None:
    """The number after GSM8K's ``####``, without thousands separators; None when there is none."""
    match = HASHES.search(digits(text))
    number = match[1].replace(",", "").rstrip(".") if match else ""
    return number or None


def final_answer(text: str) -> str | None:
    r"""The answer to a MATH problem, found in the order of Qwen2.5-Math's ``evaluation/parser.py``.

    What stands between "final answer is" and "I hope it is correct", else the last ``\boxed``, else what the last
    "answer is" announces in its line, else the last number. A box that is not closed was cut off: then there is no
    answer, rather than a guess from its pieces.
    """
    if hope := HOPE.search(text):
        return boxed(hope[1]) if BOX.search(hope[1]) else _bare(hope[1])
    if BOX.search(text):
        return boxed(text)
    if phrase := _last(PHRASE, text):
        lead = LEAD.match(text, phrase.end())
        return _bare(text[lead.end() if lead else phrase.end() :].split("\n", 1)[0])
    number = _last(ANY_NUMBER, digits(text).replace(",", ""))
    return number[0] if number else None


def _bare(text: str) -> str | None:
    text = text.strip().rstrip("*. ")
    math = re.fullmatch(r"\$+([^$]+)\$+|\\\((.+)\\\)", text)
    return (math[1] or math[2]).strip() if math else text or None
