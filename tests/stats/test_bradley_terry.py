"""Ratings out of battles: against the published code's own numbers, drawn again, bounded, with style control."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from qwen3_eval.stats import bradley_terry, style
from qwen3_eval.stats.bradley_terry import Battles

# What lmarena/arena-hard-auto@d99b1392 utils_math.py made of ``rows()``, with scikit-learn 1.9.1: ratings, percentiles
# 2.5 and 97.5 of 1,000 draws; with style control (there the anchor has 1114) fitted to the maximum.
OFFICIAL = (814.623, 884.774, 1051.467, 1190.849)
DRAWN = ((718.3, 888.3), (809.2, 951.1), (983.3, 1122.9), (1123.0, 1273.9))
COUNTS = (779.891, 909.468, 1054.948, 1188.614), (0.50306, -0.04235, -0.07473, 0.29136)
COUNTS_DRAWN = ((685.8, 858.5), (828.6, 983.5), (992.8, 1122.5), (1118.2, 1276.4))
# Win rates in percent of @196f6b82 utils/math_utils.py, whose 50 steps end before the maximum; and there, with
# coefficients.
DENSITIES_STEPS = (22.566, 37.354, 56.793, 74.914)
DENSITIES = (22.3707, 37.2715, 56.8439, 75.0987), (0.5183, -0.0710, -0.0708, 0.2504)


def rows() -> list[style.Compared]:
    """Four models about thirty questions each; the stronger ones have the higher numbers, longer answers win."""
    rng = random.Random(5)
    others = [
        style.Look(rng.randrange(50, 900), rng.randrange(4), rng.randrange(12), rng.randrange(9)) for _ in range(30)
    ]
    found = []
    for model in range(4):
        for other in others:
            tokens = int(other.tokens * rng.uniform(0.4, 2.5))
            own = style.Look(tokens, rng.randrange(6), rng.randrange(15), rng.randrange(9))
            lead = (own.tokens - other.tokens) / (own.tokens + other.tokens)
            chance = 1 / (1 + math.exp(1.5 - 0.8 * model - 2 * lead))
            counts = [0, 0, 0]
            for _ in range(2):
                draw = rng.random()
                counts[1 if draw < 0.1 else 0 if rng.random() < chance else 2] += 3 if 0.1 <= draw < 0.4 else 1
            found.append(style.Compared(model, Battles(*counts), own, other))
    return found


def summed(found: Sequence[style.Compared]) -> list[Battles]:
    sums = [Battles() for _ in range(4)]
    for row in found:
        sums[row.model] = sums[row.model].plus(row.battles)
    return sums


def test_ratings_are_those_of_the_published_fit() -> None:
    found = [bradley_terry.rating(each.share) for each in summed(rows())]
    assert found == pytest.approx(OFFICIAL, abs=0.01)


def test_intervals_are_those_of_the_published_draws() -> None:
    drawn = bradley_terry.drawn_again(summed(rows()), 4000, pooled=True)
    for place, (low, high) in enumerate(DRAWN):
        found = bradley_terry.between(drawn[:, place], (2.5, 97.5))
        # Percentiles of 1,000 draws vary by some three points themselves.
        assert bradley_terry.rating(found.low) == pytest.approx(low, abs=10)
        assert bradley_terry.rating(found.high) == pytest.approx(high, abs=10)


@pytest.mark.parametrize("pooled", [True, False])
def test_battles_drawn_again_vary_as_draws_do(pooled: bool) -> None:
    found = [Battles(30, 20, 50), Battles(5, 0, 1)]
    drawn = bradley_terry.drawn_again(found, 20_000, pooled=pooled)
    assert drawn.shape == (20_000, 2)
    assert drawn[:, 0].mean() == pytest.approx(0.4, abs=0.002)
    second_moment = 0.3 + 0.2 / 4
    assert drawn[:, 0].std() == pytest.approx(math.sqrt((second_moment - 0.16) / 100), rel=0.05)
    assert np.isnan(drawn).any() == pooled
    assert not math.isnan(bradley_terry.between(drawn[:, 1], (2.5, 97.5)).low)
    again = bradley_terry.drawn_again(found, 20_000, pooled=pooled)
    assert np.array_equal(drawn, again, equal_nan=True)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 1000), (10 / 11, 1400), (0.0, -math.inf), (1.0, math.inf)])
def test_a_rating_says_how_often_one_wins(share: float, expected: float) -> None:
    assert bradley_terry.rating(share) == pytest.approx(expected)


def test_all_lost_and_all_won_leave_a_bound_on_one_side() -> None:
    lost, won = bradley_terry.one_sided(0.0, 59), bradley_terry.one_sided(1.0, 59)
    assert lost.low == 0 and lost.high == pytest.approx(1 - 0.05 ** (1 / 59))
    assert (1 - lost.high) ** 59 == pytest.approx(0.05)
    assert won.low == pytest.approx(1 - lost.high) and won.high == 1
    assert Battles(0, 0, 8).one_sided and Battles(8, 0, 0).one_sided
    assert not Battles(0, 1, 8).one_sided and not Battles(0, 8, 0).one_sided


@pytest.mark.parametrize(
    ("control", "ratings", "coefficients"),
    [
        (style.COUNTS, COUNTS[0], COUNTS[1]),
        (style.DENSITIES, [bradley_terry.rating(each / 100) for each in DENSITIES[0]], DENSITIES[1]),
    ],
)
def test_style_control_is_the_maximum_of_the_published_fit(
    control: style.Control, ratings: Sequence[float], coefficients: Sequence[float]
) -> None:
    found = style.Regression(rows(), control).whole
    # The coefficients of the first are for the answer of the anchor less the model's, with outcomes to match.
    assert [bradley_terry.rating(each) for each in found.shares] == pytest.approx(ratings, abs=0.02)
    assert list(found.coefficients) == pytest.approx(coefficients, abs=1e-4)


def test_the_published_steps_end_near_the_maximum() -> None:
    found = style.Regression(rows(), style.DENSITIES).whole
    assert list(100 * found.shares) == pytest.approx(DENSITIES_STEPS, abs=0.3)


def test_style_is_drawn_again_as_published() -> None:
    drawn = np.asarray([each.shares for each in style.Regression(rows(), style.COUNTS).drawn_again(400)])
    for place, (low, high) in enumerate(COUNTS_DRAWN):
        found = bradley_terry.between(drawn[:, place], (2.5, 97.5))
        assert bradley_terry.rating(found.low) == pytest.approx(low, abs=15)
        assert bradley_terry.rating(found.high) == pytest.approx(high, abs=15)


def test_what_style_explains_is_no_part_of_a_win_rate() -> None:
    """Two equal models; one writes long answers, and long answers win."""
    rng, found = random.Random(1), []
    for model, most in ((0, 1.2), (1, 4.0)):
        for _ in range(2000):
            tokens = rng.uniform(0.5, most) * 400
            won = rng.random() < 1 / (1 + math.exp(-2.5 * (tokens - 400) / (tokens + 401)))
            found.append(
                style.Compared(model, Battles(won, 0, not won), style.Look(tokens, 0, 0, 0), style.Look(400, 0, 0, 0))
            )
    plain = [sum(row.battles.won for row in found if row.model == model) / 2000 for model in (0, 1)]
    fitted = style.Regression(found, style.COUNTS).whole.shares
    assert plain[1] - plain[0] > 0.15
    assert abs(fitted[1] - fitted[0]) < 0.05


@pytest.mark.parametrize("control", [style.COUNTS, style.DENSITIES])
def test_a_model_that_loses_all_does_not_move_the_others(control: style.Control) -> None:
    own = rows()
    hopeless = [style.Compared(7, Battles(0, 0, 6), row.own, row.other) for row in own[:30]]
    with np.errstate(all="raise"):
        fit = style.Regression([*own, *hopeless], control)
        alone, both = style.Regression(own, control).whole, fit.whole
    assert fit.models == [0, 1, 2, 3, 7]
    assert list(both.shares[:4]) == pytest.approx(list(alone.shares), abs=0.03)
    assert both.shares[4] < 0.02 if control.ridge else both.shares[4] == 0
    for each in fit.drawn_again(5):
        assert np.isfinite(each.shares).all()


def test_covariates_that_are_all_alike_have_no_part() -> None:
    plain = style.Look(100, 0, 0, 0)
    found = style.Regression([style.Compared(0, Battles(3, 2, 1), plain, plain)], style.DENSITIES).whole
    assert found.shares[0] == pytest.approx(4 / 6)
    assert list(found.coefficients) == [0, 0, 0, 0]
