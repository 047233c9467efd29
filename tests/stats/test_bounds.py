"""Intervals of what is made of estimates: units, centres, differences and means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen3_eval.stats import Estimate, bounds
from qwen3_eval.types import Interval

VALUES = st.floats(0, 100)
WIDTHS = st.floats(0, 20)
BOUNDED = st.tuples(VALUES, WIDTHS, WIDTHS).map(lambda each: (each[0], Interval(each[0] - each[1], each[0] + each[2])))


def close(found: Interval, low: float, high: float) -> bool:
    return math.isclose(found.low, low, abs_tol=1e-9) and math.isclose(found.high, high, abs_tol=1e-9)


def test_a_number_without_an_error_has_no_width() -> None:
    assert bounds.exactly(3.0) == Interval(3.0, 3.0)


@given(BOUNDED, VALUES)
def test_another_centre_keeps_the_width(around: tuple[float, Interval], centre: float) -> None:
    value, interval = around
    moved = bounds.recentred(around, centre)
    assert close(moved, centre + interval.low - value, centre + interval.high - value)
    assert close(bounds.with_draws(around, centre, 1.0), moved.low, moved.high)
    narrow = bounds.with_draws(around, centre, 4.0)
    assert narrow.high - narrow.low == pytest.approx((interval.high - interval.low) / 2, abs=1e-9)


@given(BOUNDED, BOUNDED)
def test_a_difference_is_as_wide_as_both_together(ours: tuple[float, Interval], theirs: tuple[float, Interval]) -> None:
    found = bounds.of_difference(ours, theirs)
    assert found.low <= ours[0] - theirs[0] <= found.high
    back = bounds.of_difference(theirs, ours)
    assert close(found, -back.high, -back.low)
    exact = bounds.of_difference(ours, (theirs[0], bounds.exactly(theirs[0])), 0.5)
    assert close(exact, ours[1].low - theirs[0] - 0.5, ours[1].high - theirs[0] + 0.5)


@given(BOUNDED, st.integers(1, 9))
def test_the_mean_of_equal_estimates_is_narrower(one: tuple[float, Interval], times: int) -> None:
    value, interval = bounds.of_mean([one] * times)
    assert value == pytest.approx(one[0])
    assert interval.high - value == pytest.approx((one[1].high - one[0]) / math.sqrt(times), abs=1e-9)


def test_draws_behind_a_share() -> None:
    assert bounds.effective_draws(0.5, 0.05, 7) == pytest.approx(100)
    assert bounds.effective_draws(1.0, 0.0, 7) == 7


def test_estimates_in_another_unit_and_through_a_rising_function() -> None:
    one = Estimate(0.5, 0.1, Interval(0.3, 0.7))
    assert one.scaled(100) == Estimate(50.0, 10.0, Interval(30.0, 70.0))
    assert one.through(lambda value: 2 * value + 1).interval == Interval(1.6, 2.4)
    assert one.through(lambda value: 2 * value).stderr == pytest.approx(0.2)
