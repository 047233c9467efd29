"""Averages of scores, and pass@k where samples repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from qwen3_eval import stats
from qwen3_eval.metrics.base import Averaged, Described, Number
from qwen3_eval.metrics.parts import QuestionPart, lowest_of_groups, mean_parts, own_value
from qwen3_eval.types import AskedDoc, Scored


@dataclass(frozen=True)
class Mean(Averaged):
    """The mean of the scores, each doc weighing what ``Doc.weights`` gives it under the metric's name; else one.

    together: how many docs with one ``Doc.group`` make one question, whose score is the lowest of theirs: 2 where both
        docs of a pair have to be right. They share language and subset. A group that lacks docs has no score.
    """

    name: str = "accuracy"
    together: int = field(default=1, kw_only=True)

    def parts(self, samples: Sequence[Scored]) -> list[QuestionPart]:
        """Each question with the sums of its scores."""
        rows = samples if self.together < 2 else lowest_of_groups(samples, self.together)
        return mean_parts(rows, own_value(self.name), self.over)

    @property
    def of_scores(self) -> bool:
        """It is, unless docs are counted together."""
        return self.together < 2

    def question_of(self, doc: AskedDoc) -> str:
        """The doc's own id, or that of the docs that it is counted together with."""
        return doc.id if self.together < 2 else doc.group

    def describe(self) -> Described:
        """As every average, with the number of docs that are counted together where they are several."""
        told = super().describe()
        return told if self.together < 2 else {**told, "together": self.together}

    def repeated(self, own: Sequence[stats.Question], *, whole: bool) -> Iterator[Number]:
        """pass@k beyond 1."""
        for k in _attempts_of(own, whole=whole):
            yield from self.number(f"pass@{k}", _passes(own, k))


def _attempts_of(own: Sequence[stats.Question], *, whole: bool) -> list[int]:
    """The k of pass@k beyond 1: how many samples all questions have; over all questions the powers of two up to it too.

    None for partial credit.
    """
    most = min((q.count for q in own), default=0)
    if most < 2 or any(q.total != q.squares for q in own):
        return []
    return [*(2**power for power in range(1, most.bit_length()) if 2**power < most and whole), most]


def _passes(own: Sequence[stats.Question], k: int) -> list[stats.Question]:
    """pass@k of each question."""
    chances = [stats.pass_at_k(q.count, round(q.total), k) for q in own]
    return [replace(q, count=1, total=chance, squares=chance**2) for q, chance in zip(own, chances, strict=True)]
