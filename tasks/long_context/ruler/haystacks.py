"""What needles are put into: one line again and again, needles of no use, or essays.

Words and sentences of essays are those of the official script: white space is single blanks, words are what stands
between these, sentences are NLTK's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from qwen3_eval.api import instructions

NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
# Where in an essay a needle may stand, in percent: 40 places, evenly spaced.
DEPTHS = tuple(round(place * 100 / 39) for place in range(40))
BLANKS = re.compile(r"\s+")
# So many sentences before its end, the beginning of a text is divided as it is within the whole.
ANEW = 3


class Essays:
    """The beginning of essays, as long as is asked for; they begin again where they end.

    A beginning of ``n`` words is divided into sentences in a moment: where a sentence ends is decided by the words
    around that place, so that only the last sentences of a beginning are not those of the whole.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = BLANKS.sub(" ", "".join(texts)).split(" ")
        self._text = " ".join(self._words)
        self._ends = list(accumulate(len(word) + 1 for word in self._words))
        self._rounds, self._spans = 0, [(0, 0)]
        self.sentences = lru_cache(maxsize=4)(self._sentences)

    def __len__(self) -> int:
        """How many words there are before they begin again."""
        return len(self._words)

    def _sentences(self, words: int) -> Sequence[str]:
        """The sentences of the first ``words`` words."""
        rounds = -(-words // len(self))
        if rounds > self._rounds:
            self._divide(rounds)
        end = self._place(words)
        kept = max(0, bisect_right(self._spans, end, key=lambda span: span[1]) - ANEW)
        text = self._repeated(rounds)[:end]
        start = self._spans[kept][0]
        return [*(text[slice(*span)] for span in self._spans[:kept]), *divided(text[start:])]

    def _divide(self, rounds: int) -> None:
        text = self._repeated(rounds)
        self._rounds, self._spans = rounds, list(spans(text))

    def _repeated(self, rounds: int) -> str:
        return " ".join([self._text] * rounds)

    def _place(self, words: int) -> int:
        """Where the text of the first ``words`` words ends."""
        before, rest = divmod(words, len(self))
        return before * self._ends[-1] + (self._ends[rest - 1] if rest else 0) - 1


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text stand; blanks around it belong to none."""
    start = len(text) - len(text.lstrip())
    for first, last in instructions.sentences(text.strip()):
        yield start + first, start + last


def divided(text: str) -> list[str]:
    """The sentences of a text."""
    return [text[slice(*span)] for span in spans(text)]


class Pairs:
    """All pairs ``adjective-noun``, each once, sorted, without their millions of texts.

    All pairs of one adjective stand together, unless another one continues it behind a hyphen: those are sorted
    together.
    """

    def __init__(self, adjectives: Iterable[str], nouns: Iterable[str]) -> None:
        self._nouns = sorted(set(nouns))
        self._blocks = list(map(self._block, _families({f"{adjective}-" for adjective in adjectives})))
        self._ends = list(accumulate(len(block) for block in self._blocks))

    def _block(self, family: Sequence[str]) -> _Block | list[str]:
        if len(family) == 1:
            return _Block(family[0], self._nouns)
        return sorted({head + noun for head in family for noun in self._nouns})

    def __len__(self) -> int:
        """Distinct pairs."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, place: int) -> str:
        """The pair at a place, from 0."""
        at = bisect_right(self._ends, place)
        return self._blocks[at][place - self._ends[at]]


class _Block:
    """All pairs of one adjective."""

    def __init__(self, head: str, nouns: Sequence[str]) -> None:
        self._head, self._nouns = head, nouns

    def __len__(self) -> int:
        return len(self._nouns)

    def __getitem__(self, place: int) -> str:
        return self._head + self._nouns[place]


def _families(heads: Iterable[str]) -> Iterator[Sequence[str]]:
    """Sorted heads, those together that begin with the first of them."""
    family: list[str] = []
    for head in sorted(heads):
        if family and not head.startswith(family[0]):
            yield family
            family = []
        family.append(head)
    if family:
        yield family
