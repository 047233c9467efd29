"""Two runs on the same questions: the difference, its error, tests, and the smallest drop that would be seen.

A question's difference is the mean of its samples in the later run less that in the earlier one. Pairing by question
takes the spread of difficulty out of the comparison (Miller, "Adding Error Bars to Evals", arXiv 2411.00640, section
4.2). Questions of one group move together and count as one cluster. All scores are fractions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from qwen3_eval import stats
from qwen3_eval.types import Interval

POWER = 0.8
# What counting out the flips may take: additions, and clusters where each has a weight of its own. Beyond, there are
# so many clusters that Student's t is as good.
MOST_ADDITIONS = 50_000_000
MOST_CLUSTERS = 16


class Pair(NamedTuple):
    """A question in two runs: mean scores, the smaller number of samples, and its place in the mean.

    group, weight, stratum: as in ``stats.Question``.
    """

    before: float
    after: float
    samples: int
    group: Hashable
    weight: float = 1.0
    stratum: Hashable = None

    @property
    def change(self) -> float:
        """Later less earlier; exactly 0 where the means are equal but for rounding."""
        change = self.after - self.before
        return change if abs(change) > 1e-9 else 0.0


@dataclass(frozen=True)
class Difference:
    """The mean difference of two runs.

    stderr: over questions, clustered by group, never 0. df: degrees of freedom of Student's t. step, spread: what a
    drop itself adds to the variance, see ``detectable``. sums: the weighted sum of each cluster that moved. clusters:
    how many there are.
    """

    before: float
    after: float
    stderr: float
    df: int
    step: float
    spread: float
    sums: tuple[float, ...]
    clusters: int
    wins: int
    losses: int
    ties: int

    @property
    def mean(self) -> float:
        """Later less earlier."""
        return self.after - self.before

    @property
    def interval(self) -> Interval:
        """95 % interval over questions: mean ± t · stderr, within -1 and 1, which stand for not knowing anything."""
        if self.df < 1:
            return Interval(-1.0, 1.0)
        half = stats.t_quantile(self.df) * self.stderr
        return Interval(max(-1.0, self.mean - half), min(1.0, self.mean + half))

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference: by flips where they can be counted out, else by Student's t."""
        if self.df < 1:
            return 1.0
        flips = [chance for chance in self.flips if chance is not None]
        return min(1.0, 2 * (min(flips) if flips else t_tail(abs(self.mean) / self.stderr, self.df)))

    @cached_property
    def flips(self) -> tuple[float | None, float | None]:
        """``sign_flip`` for a fall and for a rise."""
        return sign_flip(self.sums), sign_flip([-each for each in self.sums])

    def p_worse(self, margin: float) -> float:
        """One-sided p-value of "not worse by more than ``margin``" (0 or more).

        The larger of two: Student's t, which measures against the margin, and the flips, which are exact for runs that
        are alike. So a claim of a drop needs both, and where few questions moved, what Student's t makes of them does
        not decide. For no more than a cluster nothing is known: 1.
        """
        return self._p_beyond(-self.mean, margin, self.flips[0])

    def p_better(self, margin: float) -> float:
        """One-sided p-value of "not better by more than ``margin``"; as ``p_worse``."""
        return self._p_beyond(self.mean, margin, self.flips[1])

    def _p_beyond(self, by: float, margin: float, flips: float | None) -> float:
        if self.df < 1:
            return 1.0
        return max(t_tail((by - margin) / self.stderr, self.df), flips or 0.0)

    def detectable(self, margin: float, alpha: float, power: float = POWER) -> float:
        """The smallest true drop that ``p_worse(margin) <= alpha`` finds with that power; infinite when there is none.

        It solves x = margin + (t(1 - alpha) + t(power)) · stderr(x): the multiple of the standard error of Bloom,
        "Minimum Detectable Effects", Evaluation Review 19 (1995), pp. 547-556. stderr(x)^2 = stderr^2 + step · x ·
        (1 - x) + spread · x^2: lost samples add to the variance, as they add to McNemar's discordant pairs (Connor,
        Biometrics 43 (1987), pp. 207-211), and so does a drop that is not the same in every question: its variance is
        taken as x^2 / 2. A loss in proportion to the scores has x^2 / 3 where they are spread evenly from 0 to 1, and
        x^2 where half are 0 and half are 1.
        """
        if self.df < 1 or 2.0**-self.clusters > alpha:
            return math.inf
        factor = self._factor(alpha, power)
        square, linear = 1 + factor * (self.step - self.spread), 2 * margin + factor * self.step
        if square <= 0:
            return math.inf
        return (linear + math.sqrt(linear**2 - 4 * square * (margin**2 - factor * self.stderr**2))) / (2 * square)

    def _factor(self, alpha: float, power: float) -> float:
        """Square of the multiple of the standard error that a drop must have beyond the margin."""
        df = max(self.df, 1)
        return (stats.t_quantile(df, 1 - 2 * alpha) + stats.t_quantile(df, 2 * power - 1)) ** 2

    def times_more(self, drop: float, margin: float, alpha: float, power: float = POWER) -> float:
        """How many times as many questions would find that drop; infinite for a drop within the margin.

        The variance of the mean falls with their number. For two runs that are alike, it is all from sampling, and as
        many times the samples of both do the same.
        """
        if drop <= margin:
            return math.inf
        variance = self.stderr**2 + self.step * drop * (1 - drop) + self.spread * drop**2
        return self._factor(alpha, power) * variance / (drop - margin) ** 2


def difference(pairs: Sequence[Pair]) -> Difference:
    """The difference over pairs of one question each. Raises ValueError for no pair."""
    total = math.fsum(pair.weight for pair in pairs)
    changes = [pair.change for pair in pairs]
    by_cluster: defaultdict[Hashable, float] = defaultdict(float)
    for pair, change in zip(pairs, changes, strict=True):
        by_cluster[pair.group] += pair.weight * change
    sums = tuple(each for each in by_cluster.values() if abs(each) > 1e-9 * total / len(pairs))
    before = math.fsum(pair.weight * pair.before for pair in pairs) / total
    return Difference(
        before=before,
        after=before + math.fsum(by_cluster.values()) / total,
        stderr=math.hypot(_clustered(pairs, changes), math.sqrt(2) * _one_cluster(pairs, sums) / total),
        df=stats.degrees_of_freedom({(pair.group, pair.stratum) for pair in pairs}),
        step=math.fsum(pair.weight**2 / pair.samples for pair in pairs) / total**2,
        spread=math.fsum(pair.weight**2 * (1 - 1 / pair.samples) for pair in pairs) / (2 * total**2),
        sums=sums,
        clusters=len(by_cluster),
        wins=sum(change > 0 for change in changes),
        losses=sum(change < 0 for change in changes),
        ties=changes.count(0.0),
    )


def _clustered(pairs: Sequence[Pair], changes: Sequence[float]) -> float:
    """Standard error of the mean change when questions of one group move together."""
    rows = zip(pairs, changes, strict=True)
    return stats.clustered_stderr([stats.Question(p.group, 1, c, c * c, p.weight, p.stratum) for p, c in rows])


def _one_cluster(pairs: Sequence[Pair], sums: Sequence[float]) -> float:
    """By how much one further cluster would move the sum: as those that moved; a sample's worth where none did.

    One that rises and one that falls are added to the variance, as Bonett and Price add 1 to either count of discordant
    pairs (Journal of Educational and Behavioral Statistics 37 (2012), pp. 479-488).
    """
    if sums:
        return math.sqrt(math.fsum(each**2 for each in sums) / len(sums))
    return math.fsum(pair.weight / pair.samples for pair in pairs) / len(pairs)


def sign_flip(sums: Sequence[float]) -> float | None:
    """Chance of a total as low as that of ``sums`` when each sign is a coin flip; None where it cannot be counted out.

    Exact for two runs of one model with equally many samples: swapping the runs flips the signs of a cluster. Source:
    Fisher's randomisation test (Design of Experiments, 1935, section 21); for single samples it is the exact test of
    McNemar (Psychometrika 12 (1947), pp. 153-157). Sums that are multiples of one step are counted by their number, so
    that there are few.
    """
    import numpy as np

    steps = _multiples([abs(each) for each in sums])
    if steps is not None:
        chances = np.zeros(sum(steps) + 1)
        chances[0] = 1.0
        for step in steps:
            risen = chances[:-step] / 2
            chances /= 2
            chances[step:] += risen
        observed = sum(step for step, each in zip(steps, sums, strict=True) if each > 0)
        return min(1.0, float(chances[: observed + 1].sum()))
    if len(sums) > MOST_CLUSTERS:
        return None
    totals = np.zeros(1)
    for each in sums:
        totals = np.concatenate([totals + each, totals - each])
    return float((totals <= math.fsum(sums) + 1e-9 * abs(max(sums, key=abs))).mean())


def _multiples(values: Sequence[float]) -> list[int] | None:
    """The values as multiples of one number; None where that takes too many of them."""
    if not values:
        return []
    smallest = min(values)
    ratios = {value: Fraction(value / smallest).limit_denominator(128) for value in set(values)}
    if any(abs(ratio * smallest - value) > 1e-6 * value for value, ratio in ratios.items()):
        return None
    common = math.lcm(*(ratio.denominator for ratio in ratios.values()))
    multiples = [int(ratios[value] * common) for value in values]
    return multiples if len(multiples) * sum(multiples) <= MOST_ADDITIONS else None


def holm(chances: Sequence[float]) -> list[float]:
    """p-values adjusted for being many: those at most alpha are false with a chance of at most alpha, all together.

    Whatever their dependence. Source: Holm, Scandinavian Journal of Statistics 6 (1979), pp. 65-70.
    """
    found, largest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda place: chances[place])):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[place]))
        found[place] = largest
    return found


def t_tail(t: float, df: float) -> float:
    """P(T > t) for Student's t.

    Half the regularised incomplete beta function I(df / (df + t^2); df / 2, 1 / 2) (Abramowitz and Stegun, Handbook of
    Mathematical Functions, 26.7.1).
    """
    tail = _beta(df / (df + t * t), df / 2, 0.5) / 2
    return tail if t >= 0 else 1 - tail


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, on the side where its continued fraction converges fast."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logs) / (a * _beta_fraction(x, a, b))


def _beta_fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)) of the NIST Digital Library of Mathematical Functions, 8.17.22, from its end on."""
    value = 1.0
    for m in range(200, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        value = 1 + even / (1 + odd / value)
    return 1 - (a + b) * x / (a + 1) / value
