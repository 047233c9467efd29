"""Ours minus reported, with its 95 % interval: does a model as good as the report's differ so much by chance?

The report's number is an estimate like ours, from one evaluation of its own. Which errors the two have:

- ``samples``. Several samples of the same questions. Ours has the error over samples (Cochran, Sampling Techniques,
  3rd ed. 1977, eq. 5.6). The report's has the same but for its own number of samples: with as many, the difference
  has sqrt(2) times the error of one.
- ``once``. One sampled answer to each of the same questions. How answers vary from sample to sample cannot be seen.
  The error over questions bounds it from above: the variance of a 0 or 1 over questions is that of their difficulties
  plus the mean variance of a sample, E[p (1 - p)]. So ``differs`` holds, while ``agrees`` says less than elsewhere.
  Both numbers have this error.
- ``others``. Each evaluation drew questions of its own (a sample of 10 % that the report does not name, or prompts that
  are made by chance). The error over questions is the right one, and both have it.
- ``greedy``. Few-shot completions of base models, decoded greedily: the same model repeats its answers but for
  numerics, so that neither number has an error of sampling. Answers that tip over by numerics are fewer than the error
  over questions allows for, which is taken once: ours lies around a fixed number.

The interval of the difference is put together from both intervals: Newcombe, Statistics in Medicine 17 (1998),
pp. 873-890, method 10; for estimates in general Zou and Donner, Statistics in Medicine 27 (2008), pp. 1693-1702.
Half of the last printed digit is added on either side, because the report rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from qwen3_eval.stats import CONFIDENCE, bounds, wilson
from qwen3_eval.types import Interval, Result

Basis = Literal["samples", "once", "others", "greedy", "mean"]
# The highest number of each unit that has one.
SCALES = {"percent": 100.0, "points_0_100": 100.0, "points_0_10": 10.0}
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class BesideReport:
    """Our number beside a printed one, in the printed unit.

    interval: of ours. printed: of the report's number, as if it had been measured like ours. further: ours beside the
    other numbers that are printed for the same model.
    """

    ours: float
    interval: Interval
    reported: float
    printed: Interval
    rounding: float
    basis: Basis
    further: tuple[BesideReport, ...] = ()

    @property
    def difference(self) -> float:
        """Ours minus reported."""
        return self.ours - self.reported

    @property
    def bounds(self) -> Interval:
        """The 95 % interval of the difference."""
        return bounds.of_difference((self.ours, self.interval), (self.reported, self.printed), self.rounding)

    @property
    def differs(self) -> bool:
        """Whether ours lies outside of what all printed numbers leave open: no zero between the outermost bounds."""
        every = [self.bounds, *(each.bounds for each in self.further)]
        return not min(each.low for each in every) <= 0 <= max(each.high for each in every)

    @property
    def differs_alone(self) -> bool:
        """Whether zero lies outside of the interval of this difference."""
        return not self.bounds.low <= 0 <= self.bounds.high


def compare(result: Result, reported: float, decimals: int, basis: Basis, weight: float, scale: float) -> BesideReport:
    """A result beside the report's number.

    weight: how many draws (samples, or questions) stand behind the report's number for each of ours.
    scale: of the printed unit, 100 for percent; 0 for one without ends, such as a rating.
    """
    unit = times(result.unit, scale)
    own = bounds.scaled(interval_of(result, basis), unit)
    printed = _printed(result, reported, basis, weight, scale, unit)
    return BesideReport(unit * result.score, own, reported, printed, 0.5 * 10**-decimals, basis)


def times(unit: str, scale: float) -> float:
    """What a number in a unit is multiplied with to be on a printed scale; 1 where one of them has no ends."""
    return scale / SCALES.get(unit, scale) if scale else 1.0


def interval_of(result: Result, basis: Basis) -> Interval:
    """The interval that shows the error in question."""
    return result.interval_samples if basis == "samples" and result.interval_samples else result.interval


def _printed(result: Result, reported: float, basis: Basis, weight: float, scale: float, unit: float) -> Interval:
    """The interval of the report's number: with the effective number of draws of ours, times ``weight``."""
    if basis == "greedy":
        return bounds.exactly(reported)
    if not scale:
        return bounds.with_draws((result.score, result.interval), reported, weight)
    around = wilson(reported / scale, weight * _effective(result, basis, scale / unit), Z)
    return bounds.scaled(around, scale)


def _effective(result: Result, basis: Basis, full: float) -> float:
    """Draws behind a result. full: the highest score there is, in the unit of the result."""
    share, draws = result.score / full, result.n_samples if basis == "samples" else result.n_docs
    stderr = (result.stderr_samples or 0.0) if basis == "samples" else result.stderr
    stderr = max(stderr / full, 1 / draws if basis == "samples" else 0.0)
    return bounds.effective_draws(share, stderr, draws)


def averaged(parts: Sequence[BesideReport], reported: float, decimals: int) -> BesideReport:
    """The mean of several comparisons beside the mean that the report prints."""
    ours, interval = bounds.of_mean([(part.ours, part.interval) for part in parts])
    centre, around = bounds.of_mean([(part.reported, part.printed) for part in parts])
    printed = bounds.recentred((centre, around), reported)
    return BesideReport(ours, interval, reported, printed, 0.5 * 10**-decimals, "mean")
