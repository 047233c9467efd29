"""``fwe``: coded words whose frequencies follow a zeta law; the three that come most often are asked for.

Random numbers are drawn as ``scripts/data/synthetic/freq_words_extraction.py`` draws them. The word that comes most
often of all stands as dots, and is to be ignored.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, repeat

from .fitting import Drawn, Generator

LETTERS = 6
DOTS = "..."
# Tokens of the room for each word of the vocabulary, and the steps of the search that the room has.
TOKENS_A_WORD, STEPS = 50, 32
# Ranks that are asked for; the first is that of the dots.
ASKED = slice(1, 4)
# The zeta function at the exponent of the law, 2.
ZETA = math.pi**2 / 6


class FrequentWords(Generator):
    """Its size is the number that frequencies are shares of: somewhat more than the words of the text."""

    def sampler(self) -> Callable[[int], Drawn]:
        if self._n_words < ASKED.stop:
            raise self.too_short()
        return partial(self._sample, self._search())

    def smallest(self) -> int:
        """For the words that are asked for, each of them once at least, between the frame of the text."""
        least = self._least
        tokens = max(self.space.count(self._text(self._vocabulary(ASKED.stop), least).whole) for _ in range(5))
        return max(tokens + least, TOKENS_A_WORD * ASKED.stop) + self.part.limit

    @property
    def _room(self) -> int:
        """Tokens of the prompt."""
        return self.space.room - self.part.limit

    @property
    def _n_words(self) -> int:
        return self._room // TOKENS_A_WORD

    @property
    def _step(self) -> int:
        return self._room // STEPS

    @property
    def _least(self) -> int:
        """The size at which the last rank that is asked for comes once."""
        return math.ceil(ZETA * math.pow(ASKED.stop, self._exponent)) + 1

    @property
    def _exponent(self) -> float:
        return float(self.part.args["alpha"])

    def _search(self) -> int:
        """The official search goes up in steps, one too far and back, with one vocabulary."""
        words, size = self._vocabulary(self._n_words), self._room // LETTERS
        while self.space.count(self._text(words, size).whole) < self._room:
            size += self._step
        return size - self._step

    def _sample(self, size: int, _: int) -> Drawn:
        """A sample with words of its own. Raises UsageError where not even the fewest of them fit."""
        words = self._vocabulary(self._n_words)
        while self.space.count((drawn := self._text(words, size)).whole) > self._room:
            size -= self._step
        if size < self._least:
            raise self.too_short()
        return drawn

    def _vocabulary(self, n_words: int) -> list[str]:
        """Different words, from the most to the least frequent."""
        words = [self._word() for _ in range(n_words)]
        while len(different := set(words)) < n_words:
            words.append(self._word())
        return [DOTS, *self.streams.shuffled(sorted(different))[1:]]

    def _word(self) -> str:
        return "".join(self.streams.random.choices(string.ascii_lowercase, k=LETTERS))

    def _text(self, words: Sequence[str], size: int) -> Drawn:
        repeated = list(chain.from_iterable(map(repeat, words, self._counts(len(words), size))))
        return self.filled(" ".join(self.streams.shuffled(repeated)), words[ASKED])

    def _counts(self, n_words: int, size: int) -> list[int]:
        """How often each rank comes, rounded down: as NumPy reckons, whose powers may differ in the last digit."""
        import numpy

        ranks = numpy.arange(1, n_words + 1)
        counts: list[int] = (size * (ranks**-self._exponent) / ZETA).astype(int).tolist()
        return counts
