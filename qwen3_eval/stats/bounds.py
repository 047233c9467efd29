"""Intervals of what is made of estimates: in other units, about another centre, of a difference and of a mean.

Of a difference and of a mean they are put together from the distances of both bounds to the estimates: Newcombe,
Statistics in Medicine 17 (1998), pp. 873-890, method 10; for estimates in general Zou and Donner, Statistics in
Medicine 27 (2008), pp. 1693-1702.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qwen3_eval.types import Interval

# An estimate and its interval.
Bounded = tuple[float, Interval]


def exactly(value: float) -> Interval:
    """Of a number without an error."""
    return Interval(value, value)


def scaled(interval: Interval, scale: float) -> Interval:
    """The same in a unit of which one has ``scale``."""
    return Interval(scale * interval.low, scale * interval.high)


def recentred(around: Bounded, centre: float) -> Interval:
    """An interval of the same width around another estimate."""
    value, interval = around
    return Interval(centre + interval.low - value, centre + interval.high - value)


def with_draws(around: Bounded, centre: float, times: float) -> Interval:
    """An interval around another estimate, which has ``times`` as many draws behind it."""
    value, interval = around
    low, high = value - interval.low, interval.high - value
    return Interval(centre - low / math.sqrt(times), centre + high / math.sqrt(times))


def of_difference(ours: Bounded, theirs: Bounded, more: float = 0.0) -> Interval:
    """Of ours minus theirs, whose errors are independent. more: what is added on either side."""
    (one, of_one), (other, of_other) = ours, theirs
    below = math.hypot(one - of_one.low, of_other.high - other) + more
    above = math.hypot(of_one.high - one, other - of_other.low) + more
    return Interval(one - other - below, one - other + above)


def of_mean(estimates: Sequence[Bounded]) -> Bounded:
    """The plain mean of estimates whose errors are independent, with its interval: the distances add as squares."""
    centre = math.fsum(value for value, _ in estimates) / len(estimates)
    below = math.hypot(*(value - interval.low for value, interval in estimates)) / len(estimates)
    above = math.hypot(*(interval.high - value for value, interval in estimates)) / len(estimates)
    return centre, Interval(centre - below, centre + above)


def effective_draws(share: float, stderr: float, draws: int) -> float:
    """How many independent yes-or-no draws have the standard error of a share (see ``stats.interval``).

    draws: those that there are, where it shows no spread.
    """
    spread = share * (1 - share)
    return spread / stderr**2 if spread > 1e-12 and stderr > 0 else draws
