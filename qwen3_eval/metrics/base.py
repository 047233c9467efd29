"""What every metric answers: its numbers, its questions' parts, and how it is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NotRequired, TypedDict

from qwen3_eval import stats
from qwen3_eval.metrics.parts import QuestionPart, corpus_parts, counted, further_value, mean_parts, weighted
from qwen3_eval.stats.corpus import SIGNED
from qwen3_eval.types import OFFICIAL, AskedDoc, Average, Doc, Ladder, Scored

# What a fraction is multiplied with, by unit; other units are shown as they are.
SCALES = {"percent": 100.0, "points_0_10": 10.0, "points_0_100": 100.0}
# How the names of figures end that are shares in percent, whatever the unit of their metric.
SHARE = "_share"


class Described(TypedDict):
    """A metric as ``run.json`` tells it.

    figures: those made of sums, by name: how each is made (``stats.corpus``). together: of a ``Metric``,
    where it is not 1.
    """

    metric: str
    unit: str
    average: Average
    pooled: list[str]
    figures: dict[str, str]
    together: NotRequired[int]


class Number(NamedTuple):
    """A value with its errors over questions and, where samples repeat, over samples, in its unit."""

    metric: str
    unit: str
    asked: stats.Estimate
    again: stats.Estimate | None
    docs: int


class Metric(ABC):
    """A benchmark's own metric, with the further ones that its scorer reports.

    name: as the report prints it. unit: one of ``SCALES``, or one whose numbers are shown as they are.
    together: how many docs make one question.
    """

    name: str
    unit: str
    together: int = 1

    @abstractmethod
    def numbers(self, samples: Sequence[Scored], *, whole: bool) -> Iterator[Number]:
        """All numbers of some samples: the benchmark's own first. whole: they are all samples, no part of them."""

    @abstractmethod
    def describe(self) -> Described:
        """The metric as ``run.json`` tells it, without what ``ladder`` gives."""

    @property
    @abstractmethod
    def of_scores(self) -> bool:
        """Whether the metric is a mean of the samples' scores."""

    @property
    def scale(self) -> float:
        """What a fraction is multiplied with to be in the unit."""
        return SCALES.get(self.unit, 1.0)

    @property
    @abstractmethod
    def paired(self) -> Averaged:
        """What two runs are compared by, question by question: the metric itself where it is made of questions."""

    @property
    @abstractmethod
    def counts(self) -> bool:
        """Whether numbers are made of sums of counts (``Score.counts``), to which silence adds something too."""

    def ladder(self, docs: Iterable[Doc], rows: Iterable[Mapping[str, Any]]) -> Ladder | None:
        """What the metric is made of beside the samples, to be kept in ``run.json``. rows: ``Task.standings``."""
        return None


@dataclass(frozen=True)
class Averaged(Metric):
    """A metric in which each question has its part.

    over: ``docs``, all of which weigh the same; or ``subsets``: the mean of the top-level subsets, each the mean of its
        own, down to the innermost; or ``languages``: the mean of the languages.
    pooled: groups of subsets that are the mean of their questions instead, whatever subset those belong to.
    also: further figures that are made of sums (``Score.counts``), by name: how each is made, as ``stats.corpus`` says.
    """

    name: str
    unit: str = field(default="percent", kw_only=True)
    over: Average = field(default="docs", kw_only=True)
    pooled: tuple[str, ...] = field(default=(), kw_only=True)
    also: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def joint(self) -> bool:
        """Whether a question's part depends on the other questions, so that scores need all of them."""
        return False

    @abstractmethod
    def parts(self, samples: Sequence[Scored]) -> list[QuestionPart]:
        """Each question's part in the metric; those without a value are left out."""

    def question_of(self, doc: AskedDoc) -> str:
        """The id of the question that a doc belongs to: its own, but where several docs are one question."""
        return doc.id

    def repeated(self, own: Sequence[stats.Question], *, whole: bool) -> Iterator[Number]:
        """What repeated samples tell beyond their mean."""
        return iter(())

    def weighted(self, parts: Sequence[QuestionPart]) -> list[stats.Question]:
        """Some of the questions, with the weights that make their mean the benchmark's."""
        return weighted(parts, self.pooled)

    def score(self, parts: Sequence[QuestionPart]) -> float:
        """The value of some of the questions, in the unit; 0 for none."""
        return self.scale * stats.mean(self.weighted(parts)) if parts else 0.0

    def numbers(self, samples: Sequence[Scored], *, whole: bool) -> Iterator[Number]:
        """The metric, what repeated samples tell, further figures of sums, and the means of what the scorer added."""
        own = self.weighted(self.parts(samples))
        yield from self.number(self.name, own)
        yield from self.repeated(own, whole=whole)
        for name in sorted(self.also):
            # Where the official code leaves all answers out it has no figure, which is not one of 0.
            if name == OFFICIAL and not counted(samples, name):
                continue
            questions = self.weighted(corpus_parts(samples, name, self.also[name], self.over))
            yield from self.number(name, questions, bounded=self.also[name] != SIGNED)
        for name in sorted({name for row in samples for name, _ in row.metrics}):
            yield from self.number(name, self.weighted(mean_parts(samples, further_value(name), self.over)))

    def number(self, name: str, questions: Sequence[stats.Question], *, bounded: bool = True) -> Iterator[Number]:
        """The mean of questions with its errors; nothing for no question. bounded: it cannot leave 0 to 1."""
        if not questions:
            return
        unit = "percent" if name.endswith(SHARE) else self.unit
        scale, again = SCALES.get(unit, 1.0), stats.over_samples(questions, bounded=bounded)
        asked = stats.over_questions(questions, bounded=bounded).scaled(scale)
        yield Number(name, unit, asked, again.scaled(scale) if again else None, len(questions))

    def describe(self) -> Described:
        """The metric as ``run.json`` tells it."""
        return Described(
            metric=self.name,
            unit=self.unit,
            average=self.over,
            pooled=list(self.pooled),
            figures=dict(self.also),
        )

    @property
    def paired(self) -> Averaged:
        """The metric itself."""
        return self

    @property
    def of_scores(self) -> bool:
        """It is, but where a kind says otherwise."""
        return True

    @property
    def counts(self) -> bool:
        """Whether there are figures of sums."""
        return bool(self.also)
