"""avg@k, pass@k, standard errors and 95 % intervals.

Scores are fractions (0 to 1); the caller puts them into a unit. Two errors, never mixed:

- *over questions*: would other questions of this kind give another score? Questions are clustered
  by ``Doc.group``, because translations of one question are not independent questions.
- *over samples*: would the same questions, sampled again, give another score?

Plain Python: 100,000 samples are reduced to sums per question before they get here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from msgspec import Struct
from msgspec.structs import replace

from qwen3_eval.types import Interval

CONFIDENCE = 0.95
WHOLE = Interval(0.0, 1.0)


class Question(Struct, frozen=True, gc=False):
    """The samples of one question as sums.

    group: questions that share it form one cluster. weight: what the question counts in the mean.
    stratum: a part of the benchmark that other questions would have too, such as a subtask.
    """

    group: Hashable
    count: int
    total: float
    squares: float
    weight: float = 1.0
    stratum: Hashable = None

    @property
    def mean(self) -> float:
        """Average score of the question's samples."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """Unbiased variance of the question's samples; 0 for a single sample."""
        if self.count < 2:
            return 0.0
        return max(0.0, self.squares - self.total**2 / self.count) / (self.count - 1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, its standard error and its 95 % interval, all as fractions unless they were scaled."""

    mean: float
    stderr: float
    interval: Interval

    def scaled(self, scale: float) -> Estimate:
        """The same in a unit of which a fraction has ``scale``."""
        bounds = Interval(scale * self.interval.low, scale * self.interval.high)
        return Estimate(scale * self.mean, scale * self.stderr, bounds)

    def through(self, rising: Callable[[float], float]) -> Estimate:
        """The estimate of a rising function of it: bounds go over, the error is half of what one on each side is."""
        bounds = Interval(rising(self.interval.low), rising(self.interval.high))
        spread = (rising(self.mean + self.stderr) - rising(self.mean - self.stderr)) / 2
        return Estimate(rising(self.mean), spread, bounds)


def question(group: Hashable, scores: Iterable[float]) -> Question:
    """Sums the samples of one question."""
    values = list(scores)
    return Question(group, len(values), math.fsum(values), math.fsum(value * value for value in values))


def mean(questions: Sequence[Question]) -> float:
    """Weighted mean over questions of the mean over samples: avg@k. Raises ValueError for no question."""
    if not questions:
        raise ValueError("the mean of no question is not defined")
    return math.fsum(q.weight * q.mean for q in questions) / math.fsum(q.weight for q in questions)


def averaged_by_path(questions: Sequence[tuple[str, Question]], pooled: Iterable[str] = ()) -> list[Question]:
    """The questions with the weights that make their mean the mean of the subsets, each the mean of its own.

    A path such as ``math/olympiad`` names the subset of a question; each subset that holds questions is a
    stratum. In a pooled group all questions weigh the same, whatever their subset. Weights sum to 1.
    """
    children: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    sizes: defaultdict[tuple[str, ...], float] = defaultdict(float)
    groups = {group: f"{group}/" for group in pooled}

    @cache
    def counted_in(path: str) -> tuple[str, ...]:
        return tuple(next((group for group, head in groups.items() if path.startswith(head)), path).split("/"))

    for path, q in questions:
        parts = counted_in(path)
        sizes[parts] += q.weight
        for depth, part in enumerate(parts):
            children[parts[:depth]].add(part)
    shares = {
        parts: math.prod(1 / len(children[parts[:depth]]) for depth in range(len(parts))) / size
        for parts, size in sizes.items()
    }
    return [replace(q, weight=q.weight * shares[counted_in(path)], stratum=path) for path, q in questions]


def over_questions(questions: Sequence[Question], *, bounded: bool = True) -> Estimate:
    """Score with its error over questions, clustered by group.

    bounded: as in ``interval``.

    The interval is Wilson's with an effective number of questions (see ``interval``) and Student's
    t with ``degrees_of_freedom``. Raises ValueError for no question.
    """
    score = mean(questions)
    places = {(q.group, q.stratum) for q in questions}
    clusters, df = len({group for group, _ in places}), degrees_of_freedom(places)
    stderr = clustered_stderr(questions)
    draws = sum(q.count for q in questions)
    # Points between the ends of the scale lie closer together than right and wrong answers of the same mean.
    most = math.inf if stderr > 0 and any(q.total != q.squares for q in questions) else draws
    return Estimate(score, stderr, interval(score, stderr, when_flat=clusters, most=most, df=df, bounded=bounded))


def degrees_of_freedom(places: Collection[tuple[Hashable, Hashable]]) -> int:
    """Clusters less the means that are taken from them; ``places``: each group in each of its strata.

    One for every stratum, but only one for all strata that the same clusters lie in, such as the languages of
    translated questions: their sums of residuals are constrained together.
    """
    first: dict[Hashable, Hashable] = {}
    joined = {stratum: stratum for _, stratum in places}

    def root(stratum: Hashable) -> Hashable:
        while joined[stratum] != stratum:
            stratum = joined[stratum]
        return stratum

    for group, stratum in places:
        if (other := first.setdefault(group, stratum)) != stratum:
            joined[root(stratum)] = root(other)
    return len(first) - len({root(stratum) for stratum in joined})


def over_samples(questions: Sequence[Question], *, bounded: bool = True) -> Estimate | None:
    """Score with its error over samples of the same questions; None where nothing was sampled twice.

    bounded: as in ``interval``.

    The mean of question means with weights w has the variance sum(w_i^2 s_i^2 / k_i) / (sum w_i)^2
    (stratified sampling with fixed strata: Cochran, Sampling Techniques, 3rd ed. 1977, eq. 5.6). It is never taken as
    smaller than one sample's weight, since k equal samples do not prove that all would be equal.
    """
    if not questions or min(q.count for q in questions) < 2:
        return None
    score = mean(questions)
    draws = sum(q.count for q in questions)
    total = math.fsum(q.weight for q in questions)
    stderr = math.sqrt(math.fsum(q.weight**2 * q.variance / q.count for q in questions)) / total
    most, df = math.inf, draws - len(questions)
    bounds = interval(score, max(stderr, 1 / draws), when_flat=draws, most=most, df=df, bounded=bounded)
    return Estimate(score, stderr, bounds)


def clustered_stderr(questions: Sequence[Question]) -> float:
    """Standard error of the weighted mean when questions of one group move together.

    With residuals r around the mean of the stratum and G groups in it: sqrt(sum_g (sum_{i in g}
    sqrt(G / (G - 1)) w_i r_i)^2) / sum w_i. Source: Liang and Zeger, Biometrika 73 (1986); for
    evaluations Miller, "Adding Error Bars to Evals" (arXiv 2411.00640), eq. 4, here with the factor
    G / (G - 1) for few clusters (Cameron and Miller, Journal of Human Resources 50 (2015), section
    II.B); strata and the weights of a ratio: Cochran, Sampling Techniques, 3rd ed. 1977, eq. 5.6 and
    6.13. With one question a group, one stratum and equal weights this is s / sqrt(N). A single group tells
    nothing about its spread: 0. Strata of a single group are taken together with the others.
    """
    strata: defaultdict[Hashable, list[Question]] = defaultdict(list)
    for q in questions:
        strata[q.stratum].append(q)
    if min(len({q.group for q in part}) for part in strata.values()) < 2:
        strata = defaultdict(list, {None: list(questions)})
    residuals: defaultdict[Hashable, float] = defaultdict(float)
    for part in strata.values():
        centre, groups = mean(part), len({q.group for q in part})
        if groups < 2:
            return 0.0
        factor = math.sqrt(groups / (groups - 1))
        for q in part:
            residuals[q.group] += factor * q.weight * (q.mean - centre)
    return math.sqrt(math.fsum(r * r for r in residuals.values())) / math.fsum(q.weight for q in questions)


def interval(
    score: float, stderr: float, *, when_flat: float, most: float, df: float, bounded: bool = True
) -> Interval:
    """95 % interval of a score between 0 and 1 that stays inside 0 and 1.

    A score outside of them, as of a benchmark that counts less than nothing, has Student's t around it instead, and so
    has one that is not ``bounded``: it may lie there.

    Wilson's interval for n* = score (1 - score) / stderr^2 independent yes-or-no questions, the
    effective sample size of Korn and Graubard (Survey Methodology 24 (1998), pp. 193-201), with t
    for z as in the modified Wilson interval of Franco, Little, Louis and Slud (Journal of Survey
    Statistics and Methodology 7 (2019), pp. 334-364).

    when_flat: n* where the score is 0 or 1 and shows no spread. most: n* is at most this, the
    number of draws behind the score where answers are right or wrong. df: degrees of freedom; below 1 nothing is known.
    """
    if df < 1:
        return Interval(min(WHOLE.low, score), max(WHOLE.high, score))
    if not bounded or not WHOLE.low <= score <= WHOLE.high:
        half = t_quantile(df) * stderr
        return Interval(score - half, score + half)
    spread = score * (1 - score)
    if spread <= 1e-12:
        effective = when_flat
    else:
        effective = min(most, spread / stderr**2) if stderr > 0 else most
    return wilson(score, effective, t_quantile(df))


def wilson(score: float, n: float, z: float) -> Interval:
    """Wilson's score interval for a proportion out of ``n`` (need not be whole) at ``z`` standard errors.

    Source: Wilson, Journal of the American Statistical Association 22 (1927), pp. 209-212.
    """
    centre = score + z * z / (2 * n)
    half = z * math.sqrt(score * (1 - score) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def t_quantile(df: float, confidence: float = CONFIDENCE) -> float:
    """Two-sided quantile of Student's t: P(|T| <= t) = confidence.

    Exact for 1 and 2 degrees of freedom, else the expansion in Abramowitz and Stegun, Handbook of
    Mathematical Functions, 26.7.5 (off by 0.2 % at 3 degrees, less above). Raises ValueError below 1.
    """
    if df < 1:
        raise ValueError(f"Student's t needs at least one degree of freedom, got {df}")
    if df < 2:
        return math.tan(math.pi * confidence / 2)
    if df < 3:
        return confidence * math.sqrt(2 / (1 - confidence**2))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, 1))


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Chance that at least one of ``k`` samples is right, unbiased, from ``correct`` right ones among ``n``.

    1 - C(n - c, k) / C(n, k), as a product. Source: Chen et al., "Evaluating Large Language Models
    Trained on Code" (arXiv 2107.03374), eq. 1. Raises ValueError unless 1 <= k <= n and 0 <= correct <= n.
    """
    if not (1 <= k <= n and 0 <= correct <= n):
        raise ValueError(f"pass@{k} of {correct} right among {n} samples is not defined")
    if n - correct < k:
        return 1.0
    return 1.0 - math.prod(1 - k / i for i in range(n - correct + 1, n + 1))
