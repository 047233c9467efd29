"""Tokens of long texts from those of their words, which come over and over.

Tokenizers that first divide a text with a pattern (byte-level BPE) never join what lies on both sides of a blank: a
text has the tokens of its words, each with the blank before it. Where a tokenizer does otherwise, texts are counted
whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

# Several blanks do not part words: for some of them there are tokens of their own. They stand as NUL.
BLANKS = re.compile("  +")
# Words of which the tokens are kept.
KEPT = 1 << 16


class WordCounter:
    """Counts a text as ``whole`` does.

    Whether words add up is tried with the first text, the second, the fourth and so on, which are counted both ways;
    once they do not, every text is counted whole.
    """

    def __init__(self, whole: Callable[[str], int]) -> None:
        self._whole = whole
        self._tokens: dict[str, int] = {}
        self._texts = 0
        self._adds_up = True

    def __call__(self, text: str) -> int:
        """Tokens of a text, without special ones."""
        self._texts += 1
        if self._adds_up and self._texts & (self._texts - 1):
            return self._sum(text)
        found = self._whole(text)
        self._adds_up = self._adds_up and self._sum(text) == found
        return found

    def _sum(self, text: str) -> int:
        first, *words = BLANKS.sub(lambda found: "\0" * len(found[0]), text).split(" ")
        often, total = Counter(words), self._count(first)
        unknown: dict[int, list[str]] = {}
        for word, times in often.items():
            tokens = self._tokens.get(word)
            if tokens is None:
                unknown.setdefault(times, []).append(word)
            else:
                total += tokens * times
        return total + sum(times * self._new(words) for times, words in unknown.items())

    def _new(self, words: list[str]) -> int:
        """Tokens of words that were not met before. They are kept while there is room for them."""
        if len(self._tokens) + len(words) > KEPT:
            return self._count(f" {' '.join(words)}")
        self._tokens |= {word: self._count(f" {word}") for word in words}
        return sum(self._tokens[word] for word in words)

    def _count(self, part: str) -> int:
        return self._whole(part.replace("\0", " "))
