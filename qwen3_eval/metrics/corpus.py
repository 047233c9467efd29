"""Figures of whole corpora: no means over samples, but made of their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qwen3_eval.metrics.base import Averaged, Described
from qwen3_eval.metrics.parts import QuestionPart, corpus_parts
from qwen3_eval.types import Scored


@dataclass(frozen=True)
class Corpus(Averaged):
    """A figure of the sums that samples count (``Score.counts``): of all of them, or the mean of those of the parts.

    how: it is made, as ``stats.corpus`` names it: ``bleu``, ``chrf``, ``median``, ``ratios`` or ``signed``.
    """

    how: str = field(default="ratios", kw_only=True)

    @property
    def joint(self) -> bool:
        """It is made of sums over all questions."""
        return True

    @property
    def of_scores(self) -> bool:
        """It is made of counts."""
        return False

    @property
    def counts(self) -> bool:
        """It is made of nothing else."""
        return True

    def parts(self, samples: Sequence[Scored]) -> list[QuestionPart]:
        """Each question with its part in the figure, which depends on the other questions."""
        return corpus_parts(samples, self.name, self.how, self.over)

    def describe(self) -> Described:
        """As of any metric; the figure itself stands first among those that are made of sums."""
        return {**super().describe(), "figures": {self.name: self.how, **self.also}}
