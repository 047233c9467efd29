"""A rating among people, and its percentile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qwen3_eval import stats
from qwen3_eval.measure.results import Figure, Measured, Slice, result_of
from qwen3_eval.records.samples import Scored
from qwen3_eval.stats import elo
from qwen3_eval.types import Interval, Result


def rating_results(measured: Measured, part: Slice, model: str) -> Iterator[Result]:
    """A rating among people and its percentile, over all questions: by contests, else by the ratings of problems."""
    if part != Slice():
        return
    ladder, verdicts = measured.planned.ladder, verdicts_of(measured.scored)
    by_contest = elo.contest_ratings(ladder, verdicts)
    if by_contest:
        highest = max(rating for contest in by_contest for *_, rating in ladder["contests"][contest])
        docs = sum(problem["contest"] in by_contest for problem in ladder["problems"].values())
        yield from rated(measured, elo.over_contests(list(by_contest.values()), highest), docs, "", model)
        return
    known = {name: problem["rating"] for name, problem in ladder["problems"].items() if problem["rating"] is not None}
    solved = [(known[name], elo.failures(found) is not None) for name, found in verdicts.items() if name in known]
    if solved:
        yield from rated(measured, elo.over_problems(solved), len(solved), "_by_problems", model)


def verdicts_of(scored: Sequence[Scored]) -> dict[str, list[bool]]:
    """Whether each attempt at a question was right, in their order."""
    found: dict[str, list[bool]] = {}
    for row in sorted(scored, key=lambda row: row.sample):
        found.setdefault(row.question.id, []).append(row.value == 1)
    return found


def rated(measured: Measured, rating: stats.Estimate, docs: int, how: str, model: str) -> Iterator[Result]:
    """The results for a rating: itself, and the share of people below it. ``how`` tells apart how it was made."""
    from qwen3_eval.reference import codeforces_percentile as share

    bounds = Interval(share(rating.interval.low), share(rating.interval.high))
    spread = (share(rating.mean + rating.stderr) - share(rating.mean - rating.stderr)) / 2
    percentile = stats.Estimate(share(rating.mean), spread, bounds)
    yield result_of(measured, Slice(), Figure(f"rating{how}", "elo", rating, None, docs), model)
    yield result_of(measured, Slice(), Figure(f"percentile{how}", "percent", percentile, None, docs), model)
