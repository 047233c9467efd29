r"""How strong the form of an announcement is: the asked field, a box, or what is said.

A stronger form counts before a weaker one, wherever they stand; of equal ones the last counts (docs/decisions/0012).
"""

from __future__ import annotations

import re
from enum import IntEnum

from qwen3_eval.grading.choice.before import ANSWERS, FIELDS, KNOWN
from qwen3_eval.grading.choice.mood import Mood
from qwen3_eval.grading.choice.unreal import EXAMPLES, FORMATS
from qwen3_eval.grading.patterns import regex


class Form(IntEnum):
    """The forms of an announcement from the weakest to the strongest."""

    NONE = 0
    SAID = 1
    BOX = 2
    FIELD = 3


LONGEST = 80
# A key in quotes, a bare one in braces, or a tag, and what may stand between it and its letter.
QUOTED = regex(r"[\"'`“](?P<key>[^\W\d][\w ]{0,30})\\?[\"'`”]\**\s*[:：]\**[\s\"'“(\[{\\`*]*\Z")
NESTED = regex(r"[\"'](?P<key>\w{1,30})\\?[\"']\s*:\s*\{\s*[\"']\w{1,20}\\?[\"']\s*:[\s\"'(\\]*\Z")
BARE = regex(
    r"(?:\{(?:[^{}]*,)?\s*(?P<key>\w{1,30})\s*[:：]|(?:\A|\n)\s*(?P<open>answer)\s*:\s*(?=\\?[\"']))"
    r"[\s\"'“(\[{\\`*]*\Z"
)
TAG = regex(r"<(?P<key>\w{1,30})>[\s*(\[\"'`]*\Z")
BOX = regex(r"\\(?:boxed|fbox|framebox)\s*\{[^}\n]*\Z")
KEYED, TAGGED = (QUOTED, BARE, NESTED), (TAG,)
KEY_WORDS = KNOWN | ANSWERS | FIELDS
# What the patterns above let stand between the mark that ends a key or a tag and the letter.
BETWEEN = "\"'`“([{\\*" + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
# How far back an object may begin whose last key holds the answer.
OBJECT = 200
# What may stand between the words for an example, or for a format, and the form itself.
LEADING = " \t\r\n,;:：、，(（`*\"'“「"
BESIDE = " `*\"'“「"


def strongest(text: str) -> Form:
    """No form in the text is stronger than this one."""
    keyed = '":' in text or "':" in text or '"：' in text or "”：" in text or "”:" in text or "`:" in text
    spaced = '" :' in text or "' :" in text or '"**:' in text or "answer:" in text or "answer>" in text
    if keyed or spaced:
        return Form.FIELD
    return Form.BOX if "box" in text else Form.SAID


def form_of(text: str, start: int) -> tuple[Form, int]:
    """The form in which the letter at ``start`` is announced, if it is announced, and where that begins."""
    left = text[max(0, start - LONGEST) : start]
    ended = left.rstrip(BETWEEN)[-1:]
    for pattern in KEYED if ended in (":", "：") else TAGGED if ended == ">" else ():
        if (found := pattern.search(left)) and _for_answer(next(filter(None, found.groups()), "")):
            return Form.FIELD, start - len(left) + found.start()
    box = BOX.search(left) if "box" in left else None
    return (Form.BOX, start - len(left) + box.start()) if box else (Form.SAID, start)


def shown(text: str, start: int) -> Mood:
    """Whether the field or box that begins at ``start`` is an example of the form that was asked for, or may be one."""
    left = text[max(0, start - OBJECT) : start]
    opening = left.rfind("{")
    if opening >= 0 and "}" not in left[opening:]:
        left = left[:opening]
    before = left[-60:].rstrip(LEADING).removesuffix("json").rstrip(LEADING).lower()
    if before.endswith(EXAMPLES):
        return "no"
    return "supposed" if left[-60:].rstrip(BESIDE).lower().endswith(FORMATS) else "stated"


def _for_answer(key: str) -> bool:
    """Whether a key names the answer itself: ``final_answer``, and not ``user_answer``."""
    return all(part in KEY_WORDS for part in re.split(r"[_\s]+", key.lower()) if part)
