r"""Finds the final answer in what a model wrote: ``\boxed{...}``, GSM8K's ``####``, a phrase, the last number.

Every function is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import deque

from qwen3_eval.grading.math.characters import digits
from qwen3_eval.grading.patterns import regex

BOX = regex(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])")
OPEN_BOX = regex(BOX.pattern + r"[ \t\n]*\{")
SPACES = (" ", "\t", "\n")
# What stands in a box where a text says how to answer: nothing, dots, a gap, or the name of what belongs there.
GAP = (
    r"(?:\s|[.…?*_~,:;!$#-]|\\(?:[ ,;:!_]|$)|"
    r"\\(?:[lc]?dots[bcimo]?|cdots?|square|q?quad|text\w*|mathrm|mathbf|boldsymbol|boxed|fbox)(?![A-Za-z])|\\(?:h?phantom|hspace|underline)\s*\{[^{}]*\}|[{}])*"
)
CALLED = r"\b(?:insert|put|place|write|the|my|your|our|a|an|final|correct|numerical|numeric|exact|short)\b"
NAMES = (
    r"(?:\b(?:answer|ans|result|value|solution|contents?|expression|number|integer|placeholder|option|choice|letter)\b|"
    r"答案|最终答案|你的答案|答え|정답|답|\b(?:ответ|réponse|respuesta|antwort|resposta|risposta)\b)"
)
PLACEHOLDER = regex(
    rf"{GAP}(?:[\[(<]?(?:{CALLED}{GAP})*{NAMES}{GAP}(?:\b(?:goes|here|only|is)\b{GAP})*[\])>]?{GAP})?", re.IGNORECASE
)
SENTENCE_END = regex(r"[.!?](?=\s|$)")
PROSE = regex(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
# The last box with an answer is among so many; a bare one is no longer than that.
MOST_BOXES = 64
MOST_BARE = 2000
BRACE = regex(r"\\.|[{}]", re.DOTALL)
# Groups of three digits, or as in India of two above the thousands.
GROUPED = r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})(?!\d)"
NUMBER = regex(rf"(?:(?<![\w.)\]}}])-)?(?:{GROUPED}|\d+)(?:\.\d+)?|(?:(?<![\w.)\]}}])-)?(?<!\d)\.\d+")
GROUPS = regex(r"(?<=\d)(?:\{,\}|,?\\[,!]|['’\u00a0\u2009\u202f])(?=\d{3}(?!\d))")
HOPE = regex(r"final answer is:?((?:(?!final answer is).){1,500}?)\.?\s{0,9}I hope it is correct", re.DOTALL)
PHRASE = regex(r"answer is|答案是", re.IGNORECASE)
LEAD = regex(r"(?:\s|[:：*]|\$\$|\\\[)*")
ANY_NUMBER = regex(r"-?\d*\.?\d+")


def boxed(text: str) -> str | None:
    r"""Content of the last ``\boxed``, ``\fbox`` or ``\framebox`` that holds something; None when none does.

    A box that is empty or names its own content (``\boxed{}``, ``\boxed{answer}``) only restates how to answer. One
    that is not closed was cut off: then there is no answer. Without a brace a box reaches to the next ``$`` or the end
    of the line, as in hendrycks/math; if that is prose, it counts only where no other box does.
    """
    prose = None
    for box in reversed(deque(BOX.finditer(text), maxlen=MOST_BOXES)):
        start = box.end()
        while text[start : start + 1] in SPACES:
            start += 1
        if text[start : start + 1] == "{":
            found = _group(text, start)
            if found is None or found[:1].isdigit() or not PLACEHOLDER.fullmatch(found):
                return found
        elif bare := re.split(r"[$\n]", text[start : start + MOST_BARE], maxsplit=1)[0].strip().rstrip(".,"):
            if not PROSE.search(bare):
                return bare
            prose = prose or bare
    return prose


def has_box(text: str) -> bool:
    r"""Whether there is a ``\boxed`` that holds an answer, or was cut off before it did."""
    return boxed(text) is not None or _cut_off(text)


def _cut_off(text: str) -> bool:
    """Whether the last box is not closed."""
    last = _last(OPEN_BOX, text)
    return last is not None and _group(text, last.end() - 1) is None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _group(text: str, start: int) -> str | None:
    """What stands between the brace at ``start`` and its partner; escaped braces do not count."""
    depth = 0
    for token in BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return text[start + 1 : token.start()].strip()
    return None


def last_number(text: str) -> str | None:
    """The last number in a text, without thousands separators; None when there is none."""
    last = _last(NUMBER, _grouped(text))
    return None if last is None else last[0].replace(",", "")


def _grouped(text: str) -> str:
    """The text with ASCII digits and signs, and commas between groups of digits that LaTeX or a thin space parts."""
    return GROUPS.sub(",", digits(text).replace("−", "-"))


def final_answer(text: str) -> str | None:
    r"""The answer to a MATH problem, found in the order of Qwen2.5-Math's ``evaluation/parser.py``.

    What stands between "final answer is" and "I hope it is correct", else the last ``\boxed``, else what the last
    "answer is" announces in its line, else the last number. A box that is not closed was cut off: then there is no
    answer, rather than a guess from its pieces.
    """
    if hope := HOPE.search(text):
        return boxed(hope[1]) if has_box(hope[1]) else _bare(hope[1])
    found = boxed(text)
    if found is not None or _cut_off(text):
        return found
    if phrase := _last(PHRASE, text):
        lead = LEAD.match(text, phrase.end())
        line = text[lead.end() if lead else phrase.end() :].split("\n", 1)[0]
        return _bare(SENTENCE_END.split(line)[0] if BOX.search(line) else line)
    number = _last(ANY_NUMBER, _grouped(text).replace(",", ""))
    return number[0] if number else None


def _bare(text: str) -> str | None:
    text = text.strip().rstrip("*. ")
    math = re.fullmatch(r"\$+([^$]+)\$+|\\\((.+)\\\)", text)
    return (math[1] or math[2]).strip() if math else text or None
