"""LiveBench plot_unscrambling: the sentences of a plot in their order.

Source: ``livebench/process_results/writing/plot_unscrambling/utils.py`` of the reference that ``scorers`` names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from .finding import Finding

OPENING, CLOSING = "<PLOT_SUMMARY>", "</PLOT_SUMMARY>"
NOT_SENTENCES = ("", CLOSING, "**End of Plot Summary**")
# Pairs of characters that are compared at most, about three seconds; an answer of the right length needs some percent.
MOST_PAIRS = 100_000_000
# What the cheaper bounds take, in such pairs: by the letters of a sentence, and by its length.
PAIRS_OF_COUNTING = 10
PAIRS_OF_LENGTHS = 100


def plot_unscrambling(facts: Mapping[str, Any], answer: str) -> Finding:
    """1 less the edit distance between the order of the sentences and the true one, by their number."""
    wanted = [sentence for part in str(facts["ground_truth"]).split(".") if (sentence := part.strip())]
    given = [sentence for part in _summary(answer).split(".") if (sentence := part.strip()) not in NOT_SENTENCES]
    if not given:
        return Finding(0.0, None)
    # Equal sentences are the first of them to the reference.
    places = {sentence: place for place, sentence in reversed(list(enumerate(given)))}
    closest = Closest(list(places))
    found = [closest.to(sentence) for sentence in wanted]
    if closest.pairs > MOST_PAIRS:
        return Finding(0.0, None, "the answer is too long to be compared with the plot")
    order = [places[sentence] for sentence in found]
    value = 1 - _distance(range(len(wanted)), order) / len(wanted)
    return Finding(value, " ".join(map(str, order)), "places in the answer of the plot's sentences, in order")


def _summary(answer: str) -> str:
    """From the first opening tag to the last closing one, else to the end; without a tag everything."""
    _, opened, rest = answer.partition(OPENING)
    if not opened:
        return answer
    inside, closed, _ = rest.rpartition(CLOSING)
    return inside if closed else rest


class Closest:
    """``difflib.get_close_matches(word, sentences, n=1, cutoff=0)`` without the comparisons that cannot win."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._sentences = sentences
        self.pairs = 0

    def to(self, word: str) -> str:
        """The most similar sentence; of equally similar ones the last by alphabet."""
        if len(self._sentences) == 1:
            return self._sentences[0]
        matcher = SequenceMatcher(b=word)
        best = (-1.0, "")
        for bound, sentence in self._bounds(matcher):
            if bound < best[0] or self.pairs > MOST_PAIRS:
                break
            matcher.set_seq1(sentence)
            self.pairs += PAIRS_OF_COUNTING * len(sentence)
            if matcher.quick_ratio() >= best[0]:
                self.pairs += len(word) * len(sentence)
                best = max(best, (matcher.ratio(), sentence))
        return best[1]

    def _bounds(self, matcher: SequenceMatcher[str]) -> list[tuple[float, str]]:
        """What the ratio of each sentence can be at most, by its length; the highest first."""
        bounds = []
        for sentence in self._sentences:
            matcher.set_seq1(sentence)
            bounds.append((matcher.real_quick_ratio(), sentence))
        self.pairs += PAIRS_OF_LENGTHS * len(bounds)
        return sorted(bounds, reverse=True)


def _distance(first: Sequence[int], second: Sequence[int]) -> int:
    """Levenshtein distance."""
    row = list(range(len(second) + 1))
    for place, left in enumerate(first, start=1):
        before, row[0] = row[0], place
        for column, right in enumerate(second, start=1):
            cost = before if left == right else 1 + min(before, row[column], row[column - 1])
            before, row[column] = row[column], cost
    return row[-1]
