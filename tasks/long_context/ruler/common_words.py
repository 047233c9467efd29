"""``cwe``: a numbered list of words, ten of which come more often than the others.

Random numbers are drawn as ``scripts/data/synthetic/common_words_extraction.py`` draws them. Its longer list of English
words is needed where a list would have more words than ``wonderwords`` has; here it ends with those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .fitting import SHORT, Drawn, Sized

# The official probe: words of a list, whatever the length.
PROBE = 4096


@dataclass(frozen=True, slots=True)
class WordRepeats:
    """How often common words stand in a list, and how often others do."""

    common: int
    other: int


@dataclass(frozen=True, slots=True)
class ListCounts:
    """The words of the example in front, and repeats in it and in the list that is asked about."""

    example_words: int
    example: WordRepeats
    asked: WordRepeats


class CommonWords(Sized):
    """Its size is the number of different words."""

    factor = 2

    @property
    def increment(self) -> int:
        return 10

    @property
    def floor(self) -> int:
        return self._n_common

    def estimate(self) -> int:
        probe = min(PROBE, len(self._words))
        return int(self.space.room // (self.trial(probe) / probe)) * self.factor

    def trial(self, size: int) -> int:
        """A list of more words than there are does not fit."""
        return super().trial(size) if size <= len(self._words) else self.space.room + 1

    def draw(self, size: int, index: int) -> Drawn:
        counts = self._counts
        example, shown = self._list(counts.example_words, counts.example)
        listed, common = self._list(size, counts.asked)
        solved = f"{self.filled(example, shown).whole} {_numbered(shown)}"
        asked = self.filled(listed, common)
        return Drawn(f"{solved}\n{asked.text}", asked.prefix, asked.question, asked.answers)

    @cached_property
    def _words(self) -> list[str]:
        lists = {row["list"]: row["words"] for row in self.tables["words"]}
        words = sorted({*lists["noun"], *lists["adjective"], *lists["verb"]})
        self.streams.shuffle(words)
        return words

    @cached_property
    def _counts(self) -> ListCounts:
        """Short lengths have fewer repeats, and take no heed of those that the task names."""
        if self.space.length < SHORT:
            return ListCounts(20, WordRepeats(3, 1), WordRepeats(6, 1))
        return ListCounts(40, WordRepeats(10, 3), WordRepeats(self.part.args["freq_cw"], self.part.args["freq_ucw"]))

    @property
    def _n_common(self) -> int:
        return int(self.part.args["num_cw"])

    def _list(self, size: int, repeats: WordRepeats) -> tuple[str, list[str]]:
        """A numbered list of so many words, and those that come more often."""
        drawn = self.streams.random.sample(self._words, size)
        common, others = drawn[: self._n_common], drawn[self._n_common :]
        return _numbered(self.streams.shuffled(common * repeats.common + others * repeats.other)), common


def _numbered(words: Sequence[str]) -> str:
    return " ".join([f"{number}. {word}" for number, word in enumerate(words, 1)])
