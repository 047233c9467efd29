"""How far two raters agree, and what moves one of them: each figure with its 95 % interval over questions.

All verdicts about one question are one cluster. Shares and means have analytic intervals (``stats.over_questions``,
and the linearised variance of a ratio); the others a bootstrap of clusters under a fixed seed (Davison and Hinkley,
Bootstrap Methods and their Application, 1997, section 3.8): each draw takes as many questions as there are, with
replacement, and the interval is the estimate with Student's t times the spread of the draws, on Fisher's scale
(arctanh) for what lies between -1 and 1. A figure that is not defined says why, and is never a number.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from qwen3_eval import stats
from qwen3_eval.types import Interval

if TYPE_CHECKING:
    import numpy as np

    Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

DRAWS = 1000
SEED = 0
# Of the draws, how many a statistic must be defined in for its interval to mean anything.
DEFINED = 0.9
# Where Fisher's scale ends: what is nearer to 1 counts as this near.
EDGE = 1 - 1e-6
NOTHING = "there is nothing to compare"
ONE_QUESTION = "all of it is about one question"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure of ``n`` things about ``clusters`` questions; where it is not defined, ``why`` and no value."""

    value: float | None = None
    interval: Interval | None = None
    n: int = 0
    clusters: int = 0
    why: str = ""


# A statistic of a draw: how often each thing was drawn, to a number, which is not finite where it is not defined. Of
# pairs: the different ones, their first and their second parts.
OfDraw: TypeAlias = "Callable[[Floats], float]"
OfPairs: TypeAlias = "Callable[[Floats, Floats, Floats], float]"


def share(flags: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """The mean of numbers from 0 to 1, with the interval of ``stats.over_questions``: Wilson's, clustered."""
    if why := _too_few(groups):
        return Statistic(n=len(groups), why=why)
    of: defaultdict[Hashable, list[float]] = defaultdict(list)
    for flag, group in zip(flags, groups, strict=True):
        of[group].append(float(flag))
    questions = [stats.question(group, values) for group, values in of.items()]
    weighted = [replace(each, weight=float(each.count)) for each in questions]
    found = stats.over_questions(weighted)
    return Statistic(found.mean, found.interval, len(flags), len(of))


def mean_difference(changes: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """The mean of paired differences, with Student's t times its error clustered by question.

    The variance is that of a ratio of sums over clusters (Cochran, Sampling Techniques, 3rd ed. 1977, eq. 6.13).
    """
    if why := _too_few(groups):
        return Statistic(n=len(groups), why=why)
    sums, counts = _by_cluster(changes, groups)
    mean = math.fsum(sums) / len(changes)
    rests = [total - mean * count for total, count in zip(sums, counts, strict=True)]
    return _around(mean, [each / len(changes) for each in rests], len(changes))


def contrast(
    own: tuple[Sequence[float], Sequence[Hashable]], others: tuple[Sequence[float], Sequence[Hashable]]
) -> Statistic:
    """The mean of some less the mean of others, each with their questions, which may be the same.

    The variance is that of the difference of two ratios, linearised (Cochran, Sampling Techniques, 3rd ed. 1977,
    section 6.17): what both means owe to one question is taken together.
    """
    n = len(own[0]) + len(others[0])
    if not own[0] or not others[0]:
        return Statistic(n=n, why=NOTHING)
    if why := _too_few([*own[1], *others[1]]):
        return Statistic(n=n, why=why)
    influence: defaultdict[Hashable, float] = defaultdict(float)
    means = [math.fsum(values) / len(values) for values, _ in (own, others)]
    for sign, mean, (values, groups) in zip((1, -1), means, (own, others), strict=True):
        for value, group in zip(values, groups, strict=True):
            influence[group] += sign * (value - mean) / len(values)
    return _around(means[0] - means[1], list(influence.values()), n)


def _around(value: float, influence: Sequence[float], n: int) -> Statistic:
    """An estimate with Student's t times its error. influence: of each cluster, summing to 0."""
    clusters = len(influence)
    stderr = math.sqrt(clusters / (clusters - 1) * math.fsum(each * each for each in influence))
    half = stats.t_quantile(clusters - 1) * stderr
    return Statistic(value, Interval(value - half, value + half), n, clusters)


def kappa(first: Sequence[str], second: Sequence[str], groups: Sequence[Hashable]) -> Statistic:
    """Cohen's kappa of two raters' labels: (p_o - p_e) / (1 - p_e).

    p_o: share of equal labels. p_e: the share that independent raters with the same margins would have. Source: Cohen,
    Educational and Psychological Measurement 20 (1960), pp. 37-46. Where all labels are equal the draws have no
    spread, and the lower bound is what kappa would be if p_o were at its own.
    """
    import numpy as np

    if why := _too_few(groups):
        return Statistic(n=len(groups), why=why)
    labels = sorted({*first, *second})
    if len(labels) < 2:
        return Statistic(n=len(groups), why=f"all verdicts are {labels[0]}")
    place = {label: number for number, label in enumerate(labels)}
    size = len(labels)

    def of(a: Floats, b: Floats, weights: Floats) -> float:
        cells = (a * size + b).astype(int)
        table = np.bincount(cells, weights, size * size).reshape(size, size) / weights.sum()
        chance = float((table.sum(1) * table.sum(0)).sum())
        return (float(np.trace(table)) - chance) / (1 - chance) if chance < 1 else math.nan

    found = _of_pairs(of, [place[label] for label in first], [place[label] for label in second], groups)
    if list(first) == list(second) and found.value is not None:
        least = share([1.0] * len(first), groups).interval
        chance = sum((list(first).count(label) / len(first)) ** 2 for label in labels)
        assert least is not None
        low = (least.low - chance) / (1 - chance)
        return Statistic(found.value, Interval(low, 1.0), found.n, found.clusters)
    return found


def weighted_kappa(first: Sequence[float], second: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """Cohen's kappa of two raters' numbers with quadratic weights: 1 - mean (a - b)^2 over what independence gives.

    The latter is var(a) + var(b) + (mean(a) - mean(b))^2, with variances that divide by n. Sources: Cohen,
    Psychological Bulletin 70 (1968), pp. 213-220; Fleiss and Cohen, Educational and Psychological Measurement 33
    (1973), pp. 613-619.
    """

    if why := _too_few(groups):
        return Statistic(n=len(groups), why=why)
    if len({*first, *second}) < 2:
        return Statistic(n=len(groups), why=f"all verdicts are {first[0]:g}")

    def of(a: Floats, b: Floats, weights: Floats) -> float:
        total = weights.sum()
        mean_a, mean_b = (weights * a).sum() / total, (weights * b).sum() / total
        apart = (weights * ((a - mean_a) ** 2 + (b - mean_b) ** 2)).sum() / total
        chance = float(apart + (mean_a - mean_b) ** 2)
        return 1 - float((weights * (a - b) ** 2).sum() / total) / chance if chance > 0 else math.nan

    return _of_pairs(of, first, second, groups)


def pearson(first: Sequence[float], second: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """Pearson's correlation."""
    if why := _too_few(groups) or _constant(first) or _constant(second):
        return Statistic(n=len(groups), why=why)
    return _of_pairs(_correlation, first, second, groups)


def spearman(first: Sequence[float], second: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs.

    Source: Kendall and Gibbons, Rank Correlation Methods, 5th ed. 1990, section 3.8. Each draw is ranked anew.
    """
    if why := _too_few(groups) or _constant(first) or _constant(second):
        return Statistic(n=len(groups), why=why)

    def of(a: Floats, b: Floats, weights: Floats) -> float:
        return _correlation(_midranks(a, weights), _midranks(b, weights), weights)

    return _of_pairs(of, _places(first), _places(second), groups)


def beyond_chance(first: Sequence[bool], second: Sequence[bool], groups: Sequence[Hashable]) -> Statistic:
    """By how much two things go together more often than if they were independent: p_o - p_e as in ``kappa``."""
    if why := _too_few(groups):
        return Statistic(n=len(groups), why=why)

    def of(a: Floats, b: Floats, weights: Floats) -> float:
        total = weights.sum()
        one, other = (weights * a).sum() / total, (weights * b).sum() / total
        return float((weights * (a == b)).sum() / total - one * other - (1 - one) * (1 - other))

    return _of_pairs(of, first, second, groups)


@dataclass(frozen=True, slots=True)
class RatedTwice:
    """What both raters gave an answer of a model to a question."""

    model: str
    group: Hashable
    first: float
    second: float


def model_order(rated: Sequence[RatedTwice], how: Callable[[Sequence[float], Sequence[float]], float]) -> Statistic:
    """The rank correlation of models by their mean scores with either rater; ``n`` is how many models there are.

    how: ``tau_b`` or ``rho``. Each draw takes questions, and the models' answers to them, with all that was given.
    """
    import numpy as np

    models = sorted({each.model for each in rated})
    groups = [each.group for each in rated]
    if len(models) < 3:
        return Statistic(n=len(models), why=f"there are {len(models)} models, and an order needs three")
    if why := _too_few(groups):
        return Statistic(n=len(models), why=why)
    of_model = np.array([models.index(each.model) for each in rated])
    a, b = (np.array([getattr(each, name) for each in rated]) for name in ("first", "second"))

    def of(weights: Floats) -> float:
        counts = np.bincount(of_model, weights, len(models))
        if not counts.all():
            return math.nan
        means = (np.bincount(of_model, weights * each, len(models)) / counts for each in (a, b))
        return how(*(each.round(12).tolist() for each in means))

    found = _drawn(of, groups, fisher=False)
    why = "a rater gives all models the same" if found.value is None else ""
    return Statistic(found.value, found.interval, len(models), found.clusters, why)


def tau_b(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's tau-b: (concordant - discordant) / sqrt(pairs untied in one * pairs untied in the other).

    Not finite where one of them is constant. Source: Kendall, Biometrika 33 (1945), pp. 239-251.
    """
    total, untied_first, untied_second = 0, 0, 0
    for i in range(len(first)):
        for j in range(i):
            x, y = _sign(first[i] - first[j]), _sign(second[i] - second[j])
            total, untied_first, untied_second = total + x * y, untied_first + x * x, untied_second + y * y
    return total / math.sqrt(untied_first * untied_second) if untied_first and untied_second else math.nan


def rho(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation without an interval; not finite where one of them is constant."""
    import numpy as np

    ones = np.ones(len(first))
    ranks = [_midranks(np.array(_places(each)), ones) for each in (first, second)]
    return _correlation(ranks[0], ranks[1], ones)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _too_few(groups: Sequence[Hashable]) -> str:
    return NOTHING if not groups else ONE_QUESTION if len({*groups}) < 2 else ""


def _constant(values: Sequence[float]) -> str:
    return f"all of one side are {values[0]:g}" if len({*values}) < 2 else ""


def _places(values: Sequence[float]) -> list[int]:
    """Each value's place among the different ones, from the smallest."""
    place = {value: number for number, value in enumerate(sorted({*values}))}
    return [place[value] for value in values]


def _correlation(a: Floats, b: Floats, weights: Floats) -> float:
    total = weights.sum()
    a, b = a - (weights * a).sum() / total, b - (weights * b).sum() / total
    spread = math.sqrt(float((weights * a * a).sum()) * float((weights * b * b).sum()))
    return float((weights * a * b).sum()) / spread if spread > 1e-12 else math.nan


def _midranks(places: Any, weights: Floats) -> Floats:
    """Ranks of values that are there as often as their weights say. places: of each among the different values."""
    import numpy as np

    codes = places.astype(int)
    counts = np.bincount(codes, weights)
    ranks: Floats = (np.cumsum(counts) - counts / 2)[codes]
    return ranks


def _by_cluster(values: Sequence[float], groups: Sequence[Hashable]) -> tuple[list[float], list[int]]:
    """Sum and number of the values of each cluster."""
    sums: defaultdict[Hashable, float] = defaultdict(float)
    counts: defaultdict[Hashable, int] = defaultdict(int)
    for value, group in zip(values, groups, strict=True):
        sums[group] += value
        counts[group] += 1
    return list(sums.values()), list(counts.values())


def _of_pairs(of: OfPairs, first: Sequence[float], second: Sequence[float], groups: Sequence[Hashable]) -> Statistic:
    """A statistic of pairs of values with its interval; of verdicts there are few different ones."""
    import numpy as np

    number: dict[tuple[float, float], int] = {}
    cells = np.array([number.setdefault(pair, len(number)) for pair in zip(first, second, strict=True)])
    a, b = np.array(list(number), float).T
    return _drawn(lambda weights: of(a, b, np.bincount(cells, weights, len(number)).astype(float)), groups)


def _drawn(of: OfDraw, groups: Sequence[Hashable], *, fisher: bool = True) -> Statistic:
    """A statistic of all things, with its interval by a bootstrap of their clusters."""
    import numpy as np

    value = of(np.ones(len(groups)))
    if not math.isfinite(value):
        return Statistic(n=len(groups), why="it is not defined for these values")
    number: Mapping[Hashable, int] = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    place, clusters = np.array([number[group] for group in groups]), len(number)
    rng = np.random.default_rng(SEED)
    even = np.full(clusters, 1 / clusters)
    draws = np.array([of(rng.multinomial(clusters, even)[place].astype(float)) for _ in range(DRAWS)])
    kept = draws[np.isfinite(draws)]
    if len(kept) < DEFINED * DRAWS:
        return Statistic(n=len(groups), why="too few questions: it is not defined in many draws of them")
    bounds = _fisher(value, kept, clusters) if fisher else _percentiles(kept)
    return Statistic(value, bounds, len(groups), clusters)


def _percentiles(draws: Floats) -> Interval:
    import numpy as np

    low, high = np.quantile(draws, [(1 - stats.CONFIDENCE) / 2, (1 + stats.CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def _fisher(value: float, draws: Floats, clusters: int) -> Interval:
    """Student's t times the spread of the draws on Fisher's scale."""
    import numpy as np

    centre, spread = math.atanh(max(-EDGE, min(EDGE, value))), np.arctanh(np.clip(draws, -EDGE, EDGE)).std(ddof=1)
    half = stats.t_quantile(clusters - 1) * float(spread)
    low, high = math.tanh(centre - half), math.tanh(centre + half)
    return Interval(min(low, value), max(high, value))
