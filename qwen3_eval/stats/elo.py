"""Elo ratings out of results: the mean of those in several contests, or the one that solved problems tell.

The scale is Codeforces': 400 points for ten times the odds, problems rated as opponents are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from qwen3_eval.stats import Estimate, t_quantile
from qwen3_eval.types import Interval

SCALE = 400.0
LOWEST, HIGHEST = -2000.0, 6000.0


def win(rating: float, other: float) -> float:
    """Chance that the first is better than the second; a problem counts as an opponent."""
    return 1 / (1 + math.exp((other - rating) * math.log(10) / SCALE))


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
