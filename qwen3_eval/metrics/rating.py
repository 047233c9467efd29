"""A rating among people, and its percentile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval import stats
from qwen3_eval.metrics.base import Averaged, Described, Metric, Number
from qwen3_eval.metrics.ladder import contest_ratings, failures
from qwen3_eval.metrics.mean import Mean
from qwen3_eval.stats import elo
from qwen3_eval.types import Ladder, Scored

# The unit of ratings.
RATED = "elo"
SHARES = Mean("pass@1")


@dataclass(frozen=True)
class Rating(Metric):
    """A rating among people and its percentile, over all questions: by contests, else by the ratings of problems.

    It is no mean over questions: what two runs are compared by, and what is told of parts of the questions, are the
    ``shares`` of right answers. kept: what the rating is made of beside the verdicts, out of ``run.json``; a task that
    has a rating names a class of its own, whose ``ladder`` makes it.
    """

    name: str = "rating"
    unit: str = RATED
    kept: Ladder | None = None
    shares: Averaged = SHARES

    def numbers(self, samples: Sequence[Scored], *, whole: bool) -> Iterator[Number]:
        """The rating and the percentile of all questions, then the shares of right answers."""
        if whole and self.kept:
            yield from _rated(self.kept, verdicts_of(samples))
        yield from self.shares.numbers(samples, whole=whole)

    def describe(self) -> Described:
        """As the shares, under the name and in the unit of the rating."""
        return {**self.shares.describe(), "metric": self.name, "unit": self.unit}

    @property
    def paired(self) -> Averaged:
        """The shares of right answers."""
        return self.shares

    @property
    def of_scores(self) -> bool:
        """It is no mean."""
        return False

    @property
    def counts(self) -> bool:
        """As the shares."""
        return self.shares.counts


def verdicts_of(samples: Sequence[Scored]) -> dict[str, list[bool]]:
    """Whether each attempt at a question was right, in their order."""
    found: dict[str, list[bool]] = {}
    for row in sorted(samples, key=lambda row: row.sample):
        found.setdefault(row.question.id, []).append(row.value == 1)
    return found


def _rated(ladder: Ladder, verdicts: dict[str, list[bool]]) -> Iterator[Number]:
    by_contest = contest_ratings(ladder, verdicts)
    if by_contest:
        highest = max(rating for contest in by_contest for *_, rating in ladder["contests"][contest])
        docs = sum(problem["contest"] in by_contest for problem in ladder["problems"].values())
        yield from _with_percentile(elo.over_contests(list(by_contest.values()), highest), docs)
        return
    known = {name: problem["rating"] for name, problem in ladder["problems"].items()}
    solved = [
        (rating, failures(found) is not None)
        for name, found in verdicts.items()
        if (rating := known.get(name)) is not None
    ]
    if solved:
        yield from _with_percentile(elo.over_problems(solved), len(solved), "_by_problems")


def _with_percentile(rating: stats.Estimate, docs: int, how: str = "") -> Iterator[Number]:
    """A rating, and the share of people below it. ``how`` tells apart how it was made."""
    from qwen3_eval.reference import rating_percentile

    yield Number(f"rating{how}", RATED, rating, None, docs)
    yield Number(f"percentile{how}", "percent", rating.through(rating_percentile), None, docs)
