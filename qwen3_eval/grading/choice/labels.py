"""Which of a few named classes an answer settles on: "science/technology", not a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from qwen3_eval.grading.choice.before import NEGATED
from qwen3_eval.grading.choice.letters import plain
from qwen3_eval.grading.patterns import regex

# What stands before the last characters of a long text is read by nobody.
LONGEST = 200_000
MARKS = r"[\s\"'`*_~:=>(\[{“”„«»「『【\\-]*"
NOUN = r"(?:answer|category|topic|label|class|classification|choice)"
# From the surest form to the loosest; in each the last one counts. A colon may stand behind the closing quote.
FIELD = regex(rf"[\"']{NOUN}[\"']\s*:\s*[\"'\[]*([^\"'\n\]]*)|\\boxed\s*\{{([^{{}}]*)\}}", re.IGNORECASE)
SAID = regex(rf"\b{NOUN}\b{MARKS}(?::|\bis\b|\bwould be\b|=){MARKS}([^.\n]*)", re.IGNORECASE)
HEAD = regex(
    r"\b(?:related to|regarding|about|(?:categori[sz]ed|classified) (?:as|under)|belongs? (?:to|in)"
    rf"|(?:falls?|fits?) (?:under|in|into))(?:\s+(?:the|a|an))?(?:\s+{NOUN}(?:\s+of)?)?{MARKS}\Z",
    re.IGNORECASE,
)
HEAD_WINDOW = 80
# A denial reaches to the end of its clause; "but" begins another one.
CLAUSE = regex(r"(?:(?!\b(?:but|however|instead|therefore)\b)[^.!?\n。！？])+", re.IGNORECASE)
MARK = r"[\s\"'*_`”“,/&]*"
JOINED = regex(rf"{MARK}(?:(?:and|or|as well as|possibly|also|perhaps|potentially)\b{MARK})+|\s*\W?\s*[,/&]{MARK}")


def choice_label(answer: str, spellings: Mapping[str, Sequence[str]]) -> str | None:
    r"""The label that an answer settles on, or None.

    spellings: further ways to write each label, without regard to case.

    The last ``"answer": "sports"`` or ``\boxed{sports}`` counts, then the last "category: sports", then the only label
    behind "is about" and the like, then the only one in the last line, then the only one at all. Labels that a
    clause denies are passed over; several at once ("travel or sports") are no answer.
    """
    text, labels = plain(answer[-LONGEST:]), _labels(tuple((label, tuple(forms)) for label, forms in spellings.items()))
    for pattern in (FIELD, SAID):
        values = [next(filter(None, match.groups()), "") for match in pattern.finditer(text)]
        named = [found for value in values if (found := {mention.label for mention in labels.mentions(value)})]
        if named:
            return named[-1].pop() if len(named[-1]) == 1 else None
    mentions = list(labels.mentions(text))
    headed = [
        place for place, each in enumerate(mentions) if HEAD.search(text[max(0, each.start - HEAD_WINDOW) : each.start])
    ]
    last_line = len(text.rstrip().rpartition("\n")[0])
    for found in (
        {mentions[place].label for first in headed for place in _joined(text, mentions, first)},
        {each.label for each in mentions if each.start >= last_line},
        {each.label for each in mentions},
    ):
        if found:
            return found.pop() if len(found) == 1 else None
    return None


class _Mention(NamedTuple):
    """A label in a text."""

    label: str
    start: int
    end: int


def _joined(text: str, mentions: Sequence[_Mention], place: int) -> Iterator[int]:
    """A mention and those that an "and" or "or" joins to it, by their places in the list."""
    yield place
    for following in range(place + 1, len(mentions)):
        if not JOINED.fullmatch(text[mentions[following - 1].end : mentions[following].start]):
            return
        yield following


class _Labels:
    """The labels of a benchmark and what finds them in a text."""

    def __init__(self, spellings: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
        self._label = {written.casefold(): label for label, forms in spellings for written in (label, *forms)}
        longest_first = sorted(self._label, key=len, reverse=True)
        self._pattern = regex(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

    def mentions(self, text: str) -> Iterator[_Mention]:
        """Labels in their order, without those that the words before them in their clause deny."""
        for clause in CLAUSE.finditer(text) if self._pattern.search(text) else ():
            denied = NEGATED.search(clause[0])
            for match in self._pattern.finditer(clause[0]):
                if denied is None or match.start() < denied.start():
                    yield _Mention(
                        self._label[match[0].casefold()], clause.start() + match.start(), clause.start() + match.end()
                    )


_labels = lru_cache(maxsize=16)(_Labels)
