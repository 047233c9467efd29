"""The final answer to a multiple-choice question, out of what a model wrote."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from qwen3_eval.grading.choice.after import REACH, called_correct, ends_answer, predicate_places
from qwen3_eval.grading.choice.before import BEFORE_LETTER, KNOWN, NEGATED, OPTIONS, STOPS, declared
from qwen3_eval.grading.choice.forms import Form, form_of, shown, strongest
from qwen3_eval.grading.choice.letters import LATIN, letter_pattern, plain, small, value_of
from qwen3_eval.grading.choice.lines import alone_in_line, option_named
from qwen3_eval.grading.choice.mood import Mood, called_mood, field_mood, mood
from qwen3_eval.grading.patterns import regex

Found = str | Literal["several"] | None

# Most texts declare their answer at the end; the rest is read only when they do not.
TAIL = 500
SAFE = 240
# What stands before the last characters of a long text is read by nobody.
LONGEST = 200_000
# Letters farther back than this many others are not looked at.
MOST, MOST_PREDICATES = 4000, 300
SEVERAL = "several"


def choice_letter(answer: str, letters: str | int, *, options: Sequence[str] = ()) -> str | None:
    r"""The letter that an answer settles on, or None.

    letters: the labels of the options in their order (``"ABCD"``, ``"1234"``), or how many there are.
    options: the texts of the options; given them, an announced text that is exactly one of them counts too.

    The strongest form counts, and of equal ones the last: the asked field (``"answer": "C"``), a box (``\boxed{C}``),
    then what is said in any script (``Answer: (C)``, ``the correct answer is C``, ``答案是C``). What is only supposed,
    reported, denied or given as an example is no announcement. Without one, "option C is correct" counts if no other
    letter is called so, then a letter that stands alone in the last or only line, then the one letter of sentences
    such as "if x is 3, the answer is C". A letter that merely occurs in a sentence never counts; several letters at
    once, or a letter beyond the options, are no answer.
    """
    labels = LATIN[:letters] if isinstance(letters, int) else letters
    answer = answer[-LONGEST:].rstrip()
    text = plain(answer[-TAIL:])
    said = _announced(text, labels, SAFE if len(answer) > TAIL else 0)
    if len(answer) > TAIL and said.form < Form.FIELD and (said.found is None or said.form < strongest(answer)):
        text = plain(answer)
        said = _announced(text, labels, 0)
    found = said.found or _called(text, labels, "stated") or alone_in_line(text, labels)
    found = found or said.supposed or _called(text, labels, "supposed")
    if found is None and options:
        return option_named(text, labels, options)
    return found if found is not None and found in labels and len(found) == 1 else None


class _Place(NamedTuple):
    """A letter in a text, as it is written there."""

    start: int
    end: int
    written: str


def _places(text: str, labels: str, most: int) -> Iterator[_Place]:
    """The letters that may be an answer, last one first. Small letters beyond the options are none."""
    pattern = letter_pattern(text, labels)
    for match in reversed(deque(pattern.finditer(text), maxlen=most)):
        written = match[0]
        if not small(written) or ((value := value_of(written, text)) and value in labels):
            yield _Place(match.start(), match.end(), written)


class _Announced(NamedTuple):
    """What a text announces; ``supposed`` is what sentences leave open, several if they differ."""

    found: Found
    form: Form
    supposed: Found


def _announced(text: str, labels: str, safe: int) -> _Announced:
    """The last letter in the strongest form; places before ``safe`` lack the words before them."""
    found, best, supposed, most = None, Form.NONE, set[str](), strongest(text)
    for place in _places(text, labels, MOST):
        if place.start < safe or best == most:
            break
        if (best and form_of(text, place.start)[0] <= best) or not _declared(text, place):
            continue
        form, begin = form_of(text, place.start) if most > Form.SAID else (Form.SAID, place.start)
        meant, verdict = _meant(text, place, form, begin), ends_answer(text, place.start, place.end)
        letter = (verdict == "yes" and value_of(place.written, text)) or SEVERAL
        if "no" in (meant, verdict):
            continue
        if meant == "stated":
            found, best = letter, form
        else:
            supposed.add(letter)
    return _Announced(found, best, next(iter(supposed)) if len(supposed) == 1 else SEVERAL if supposed else None)


def _declared(text: str, place: _Place) -> bool:
    """Whether the words before a letter announce it as the answer."""
    mentioned = _merely_mentioned(text, place.start)
    return (not mentioned and declared(text, place.start, place.end)) or _at_the_end(text, place)


def _meant(text: str, place: _Place, form: Form, begin: int) -> Mood:
    """Whether an announcement means it; what stands in a field is not read as a sentence."""
    if form == Form.SAID:
        return mood(text, place.start, place.end)
    meant = shown(text, begin)
    if meant != "stated":
        return meant
    return field_mood(text, begin) if form == Form.FIELD else mood(text, place.start, place.end)


def _merely_mentioned(text: str, start: int) -> bool:
    """Whether the words right before a letter can be part of no announcement: a quick look that settles most cases."""
    left = text[max(0, start - 40) : start].rstrip(" (*$\"'`[")
    if left[-1:] in (",", ".", ";", "!", "?", ")"):
        return True
    before, _, word = left.rpartition(" ")
    above, _, first = word.rpartition("\n")
    if above and first.lower() in OPTIONS:
        return above.rstrip("\n").endswith(".")
    if not (word.isalpha() and word.isascii()):
        return False
    lower = word.lower()
    if lower in OPTIONS:
        earlier = before.rpartition(" ")[2]
        return earlier.isalpha() and earlier.isascii() and earlier.lower() not in BEFORE_LETTER
    return lower not in BEFORE_LETTER


ANNOUNCING = regex(r"\b(?:answer|correct (?:option|choice|statement))\b[^\n.?!]{0,40}?(?:\bis\b|:)", re.IGNORECASE)
BARE_OPTION = regex(r"[^\n]*\(\s*(?:option\s+|choice\s+)?\Z", re.IGNORECASE)


def _at_the_end(text: str, place: _Place) -> bool:
    """Whether a letter in parentheses ends a line that announces an answer: "The answer is Paris (C).\""""
    if not re.match(r"\)[\s.*_\"'`)]*(?:\n|\Z)", text[place.end : place.end + 12]):
        return False
    line = text[max(0, place.start - 200) : place.start].rpartition("\n")[2]
    head = ANNOUNCING.search(line) if BARE_OPTION.match(line) else None
    if head is None or NEGATED.search(line):
        return False
    return letter_pattern(line, "A").search(line, head.end()) is None


SUBJECTS = frozenset("so thus therefore hence that only since because conclude conclusion and answer is".split())
JOINS = frozenset("and or nor neither both und oder et ou y o e и или".split()) - {"e", "o", "y"}


def _called(text: str, labels: str, meant: Mood) -> Found:
    """The one letter that the text calls correct in that mood; several when it does so with more than one."""
    calling = predicate_places(text)
    found: set[str] = set()
    for place in _places(text, labels, MOST_PREDICATES) if calling else ():
        following = bisect_left(calling, place.end)
        near = following < len(calling) and calling[following] - place.end < REACH
        calls = near and not small(place.written) and called_correct(text, place.end)
        if calls and called_mood(text, place.start, place.end) == meant:
            found |= _subject(text[max(0, place.start - 60) : place.start], value_of(place.written, text))
    return next(iter(found)) if len(found) == 1 else SEVERAL if found else None


def _subject(left: str, value: str) -> set[str]:
    """The letter as the subject of its sentence: by itself, one of several, or not at all."""
    bare = left.rstrip(" \t\"'`*_~#$\\({[-")
    if not bare or bare[-1] in "\n.!?;:,)。，；：、！？":
        return {value}
    if bare[-1] >= "\u0e00":
        return set() if bare.endswith(("不", "如果", "若", "假如")) else {value}
    word = STOPS.split(bare)[-1].lower()
    if word in JOINS:
        return {value, SEVERAL}
    return {value} if word in SUBJECTS or word in KNOWN else set()
