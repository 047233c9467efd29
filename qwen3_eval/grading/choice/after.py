"""What stands after a letter: whether the letter ends there, goes on as a word or formula, or is one of several."""

from __future__ import annotations

import re
from typing import Literal

from qwen3_eval.grading.choice.letters import ANY_LETTER, DIGIT, small, value_of
from qwen3_eval.grading.choice.words import PREDICATE_WORDS, PREDICATES
from qwen3_eval.grading.patterns import regex

Verdict = Literal["yes", "no", "several"]

WINDOW = 200
CLOSING = r"[ \t\"'`*_~)}\]>$\\»”」』】〕]*"
# Parts of words, names and formulas: A's, X-ray, C++, A.B., C_1, P(A), f^2.
GOES_ON = regex(r"['’](?!d[iıuü]r|t[iıuü]r)\w|[-‐‑](?!d[iıuü]r\b)\w|[+#^&@]|_\w|\.[A-Za-z]\.|\.\d|\(\w\)|\\?%")
FORMULA = regex(rf"{CLOSING}(?:[=≤≥×÷+]|<(?=\s|\d)|\?)")
DENIED = regex(
    rf"{CLOSING}(?:(?:is|are|was)\s+(?:not|incorrect|wrong|false)\b|(?:选项|項|项)?(?:是|为)?(?:错误|不正确|不对|不是|錯誤)"
    r"|(?:가|이|은|는)?\s*아(?:닙|니)|(?:では|じゃ)(?:ない|なく|あり)|değil|नहीं|নয়|bukan\b|ไม่ใช่)"
)
AND = (
    r"(?:[,/;、|]|\\?&|and/or|and|or|und|oder|et|ou|y|o|e|i|и|или|та|або|og|och|eller|en|of|ve|veya|dan|atau|và|hoặc|na|au"
    r"|和|或者|或|与|及|と|または|및|또는|와|과|หรือ|และ|أو|و|یا|और|या|এবং|বা)"
)
UPRIGHT = r"(?:\\?text\{ ?)?"
BESIDE = r"(?:\s*(?:and|or|also|as well as|option|choice|perhaps|maybe|possibly)){0,3}[ \t\"'`*_~(){}\[$]*"
OTHER = regex(rf"{CLOSING}{UPRIGHT}{AND}{BESIDE}{UPRIGHT}")
NEXT_TO_IT = regex(r"[ \t]+[A-H](?=\s*(?:\n|\Z|[.,;]))")
# After an article or pronoun a sentence goes on; these words go on after an answer.
SENTENCE = regex(
    r"[ \t]+(?!(?:because|since|as|is|was|for|in|at|on|by|according|based|due|from|with|when|where|and|or|but|not|so|"
    r"which|that|given|weil|denn|car|parce|porque|pois|perché|потому|так|option|choice)\b)[a-zà-ÿ]"
)
LISTED = regex(r"[.):][^\n]{0,160}\n[\s*(\-]*([A-Z])[*]*(?:[.):]|\s*\Z)")
# Predicates end within this many characters, and no more of them are looked at.
REACH, MOST_PREDICATES = 180, 2000
PREDICATE = regex(
    rf"(?:[.):][^.?!\n;]{{0,100}}?|[ \t]*\([^)\n]{{0,80}}\))?{CLOSING}[ \t]*(?:{'|'.join(PREDICATES)})", re.IGNORECASE
)


def ends_answer(text: str, start: int, end: int) -> Verdict:
    """Whether the letter from ``start`` to ``end`` stands for itself: ``yes``, ``no``, or one of ``several``."""
    letter = text[start:end]
    right = text[end : end + WINDOW]
    if not right:
        return "yes"
    if GOES_ON.match(right) or FORMULA.match(right) or DENIED.match(right):
        return "no"
    if letter in "AI" and SENTENCE.match(right):
        return "no"
    if _joined(right, letter) or NEXT_TO_IT.match(right):
        return "several"
    return "no" if _opens_list(text[max(0, start - 12) : start], letter, right) else "yes"


def _opens_list(left: str, letter: str, right: str) -> bool:
    """Whether the letter heads a line and the next line goes on with the next letter: a list of options."""
    if left.rpartition("\n")[2].strip(" *(-"):
        return False
    listed = LISTED.match(right)
    return listed is not None and ord(listed[1]) == ord(letter[0]) + 1


def _joined(right: str, letter: str) -> bool:
    """Whether another letter follows after a comma, an "and" or an "or"."""
    link = OTHER.match(right)
    pattern = DIGIT if letter.isdigit() else ANY_LETTER
    other = pattern.match(right, link.end()) if link else None
    if other is None or (small(other[0]) and not small(letter)) or value_of(other[0], right) in ("", letter):
        return False
    return not (other[0] in "AI" and SENTENCE.match(right, other.end())) and not GOES_ON.match(right, other.end())


def predicate_places(text: str) -> list[int]:
    """Where words stand that may end "C is correct", in order; found first, since most texts have few."""
    found: list[int] = []
    for word in PREDICATE_WORDS:
        place = text.find(word)
        while place >= 0 and len(found) < MOST_PREDICATES:
            found.append(place)
            place = text.find(word, place + 1)
    return sorted(found)


def called_correct(text: str, end: int) -> bool:
    """Whether the words after a letter call it the answer: "C is correct", "C项正确"."""
    return PREDICATE.match(text[end : end + WINDOW]) is not None
