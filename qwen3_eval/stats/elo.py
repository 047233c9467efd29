"""Elo ratings of a model among people: by its places in their contests, or by the problems that it solved.

The first is CodeElo's (arXiv 2501.01257): QwenLM/CodeElo@0bffc84f0477abe5fd641d4cb4c859318a572c70 ``calc_rating.py``.
In each contest the model has the score that its attempts would have had; its rating is the one at which a person is
expected to end at that place, and the ratings of all contests are averaged. The second needs no standings.

A ladder is what a rating is made of beside the attempts, as JSON: ``problems`` by the id of their doc, each with its
``contest``, its ``points`` (null where a solved problem counts one) and its own ``rating``; and ``contests``, each a
list of ``[score, penalty, rating]`` for every outcome that the problems allow.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from statistics import fmean, stdev
from typing import Any

from qwen3_eval.stats import Estimate, t_quantile
from qwen3_eval.types import Interval, UsageError

SCALE = 400.0
# How many attempts a problem has, and what each that fails costs: points, or minutes where problems have no points.
ATTEMPTS = 8
POINTS_LOST, PENALTY = 50, 10
# A contest with no more rated people than this has no rating.
FEWEST_PEOPLE = 200
LOWEST, HIGHEST = -2000.0, 6000.0
Outcome = tuple[float, float]
Ladder = Mapping[str, Any]


def win(rating: float, other: float) -> float:
    """Chance that the first is better than the second; a problem counts as an opponent."""
    return 1 / (1 + math.exp((other - rating) * math.log(10) / SCALE))


def place(standings: Sequence[Outcome], outcome: Outcome) -> int:
    """How many of the sorted standings (score, penalty) are at least as good."""
    return bisect_right(standings, _order(outcome), key=_order)


def _order(outcome: Outcome) -> tuple[float, float]:
    return -outcome[0], outcome[1]


def rating_of_place(ratings: Iterable[int]) -> Callable[[int], int]:
    """The rating at which a person is expected to end at a place, among people of these ratings.

    The bisection of the reference, over whole numbers from 0 to 100 above the best of the people: the greatest rating
    whose expected place, counted from 1, is not below the place.
    """
    import numpy as np

    people = Counter(ratings)
    others, counts, top = np.array(list(people)), np.array(list(people.values())), max(0, *people) + 100

    @cache
    def expected(rating: int) -> float:
        return 1 + float(counts @ (1 / (1 + 10 ** ((rating - others) / SCALE))))

    @cache
    def rating(place: int) -> int:
        low, high = 0, top
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if expected(middle) < place else (middle, high)
        return low

    return rating


def outcome(points: Iterable[float | None], failures: Iterable[int | None]) -> Outcome:
    """Score and penalty of a contest, by the points of its problems and the failed attempts before the first right one.

    None for the points: the problem counts one. None for the failures: it was not solved.
    """
    return _sum(_gain(worth, failed) for worth, failed in zip(points, failures, strict=True))


def _gain(worth: float | None, failed: int | None) -> Outcome:
    if failed is None:
        return 0.0, 0.0
    return (1.0, PENALTY * failed) if worth is None else (max(0.0, worth - POINTS_LOST * failed), 0.0)


def _sum(gains: Iterable[Outcome]) -> Outcome:
    gains = list(gains)
    return sum(score for score, _ in gains), sum(penalty for _, penalty in gains)


def outcomes(points: Iterable[float | None]) -> set[Outcome]:
    """Every outcome that the problems allow."""
    found: set[Outcome] = {(0.0, 0.0)}
    for worth in points:
        gains = {_gain(worth, failed) for failed in (None, *range(ATTEMPTS))}
        found = {_sum((before, gain)) for before in found for gain in gains}
    return found


def contest_table(
    points: Sequence[float | None], standings: Sequence[Outcome], ratings: Sequence[int]
) -> list[list[float]]:
    """A contest of a ladder; empty for one that has no rating.

    standings: outcomes of the rated people, the best first. ratings: of the same people, before the contest.
    """
    if len(standings) != len(ratings) or len(standings) <= FEWEST_PEOPLE:
        return []
    rating = rating_of_place(ratings)
    ordered = sorted(standings, key=_order)
    return [[*each, rating(place(ordered, each))] for each in sorted(outcomes(points))]


def contest_ratings(ladder: Ladder, attempts: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """The rating in each contest of which every problem was attempted. attempts: verdicts in order, by doc."""
    members: dict[str, list[str]] = {}
    for name, problem in ladder["problems"].items():
        members.setdefault(problem["contest"], []).append(name)
    return {
        contest: _rating_in(ladder, contest, members[contest], attempts)
        for contest, table in ladder["contests"].items()
        if table and members.get(contest) and attempts.keys() >= set(members[contest])
    }


def _rating_in(ladder: Ladder, contest: str, names: Sequence[str], attempts: Mapping[str, Sequence[bool]]) -> float:
    table = {(score, penalty): rating for score, penalty, rating in ladder["contests"][contest]}
    points = [ladder["problems"][name]["points"] for name in names]
    found = outcome(points, (failures(attempts[name]) for name in names))
    if found not in table:
        raise UsageError(f"the ladder of contest {contest!r} in run.json has no rating for the outcome {found}")
    return float(table[found])


def failures(verdicts: Sequence[bool]) -> int | None:
    """Failed attempts before the first right one; None when there is no right one."""
    first = [bool(verdict) for verdict in verdicts[:ATTEMPTS]]
    return first.index(True) if True in first else None


def over_contests(ratings: Sequence[float], highest: float) -> Estimate:
    """The mean rating with its error over contests; from 0 to ``highest`` when a single one tells nothing of it."""
    if len(ratings) < 2:
        return Estimate(ratings[0], 0.0, Interval(0.0, highest))
    mean, stderr = fmean(ratings), stdev(ratings) / math.sqrt(len(ratings))
    half = t_quantile(len(ratings) - 1) * stderr
    return Estimate(mean, stderr, Interval(mean - half, mean + half))


def over_problems(solved: Sequence[tuple[float, bool]]) -> Estimate:
    """The rating at which as many problems as were solved are expected to be, each by its own rating.

    A problem of rating d is solved with the chance ``win(r, d)``; that is what the rating of a problem means on
    Codeforces. The maximum of the likelihood is taken with Firth's correction (Biometrika 80 (1993), pp. 27-38), which
    is of order 1/n and finite where all or no problems are solved; the error is that of the Fisher information.
    """
    low, high = LOWEST, HIGHEST
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if _surplus(middle, solved) > 0 else (low, middle)
    rating = (low + high) / 2
    stderr = SCALE / math.log(10) / math.sqrt(sum(_spread(rating, solved)))
    half = 1.96 * stderr
    return Estimate(rating, stderr, Interval(rating - half, rating + half))


def _surplus(rating: float, solved: Sequence[tuple[float, bool]]) -> float:
    """How many more problems were solved than are expected, with Firth's correction."""
    chances = [win(rating, difficulty) for difficulty, _ in solved]
    spreads = _spread(rating, solved)
    skew = math.fsum(spread * (0.5 - chance) for spread, chance in zip(spreads, chances, strict=True))
    return math.fsum(right - chance for (_, right), chance in zip(solved, chances, strict=True)) + skew / sum(spreads)


def _spread(rating: float, solved: Sequence[tuple[float, bool]]) -> list[float]:
    return [chance * (1 - chance) for chance in (win(rating, difficulty) for difficulty, _ in solved)]
