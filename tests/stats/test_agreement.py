"""Agreement of raters against values made by hand, and intervals against truths that are known."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from qwen3_eval.stats import agreement
from qwen3_eval.stats.agreement import RatedTwice, Statistic, model_order, rho, tau_b


def each(count: int) -> list[int]:
    """Every thing about a question of its own."""
    return list(range(count))


def told(found: Statistic) -> float:
    assert found.value is not None, found.why
    return found.value


def test_kappa_is_that_of_a_table_worked_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 equal, 0.5 by chance, so 0.4."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = agreement.kappa([a for a, _ in pairs], [b for _, b in pairs], each(50))
    assert told(found) == pytest.approx(0.4)
    # Fleiss, Cohen and Everitt (Psychological Bulletin 72 (1969)), eq. 13, has an error of 0.127 for it.
    assert found.interval is not None
    assert (found.interval.high - found.interval.low) / 4 == pytest.approx(0.127, abs=0.015)


def test_weighted_kappa_is_that_of_the_weighted_table() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0, 2.0, 3.0], [1.0, 3.0, 3.0, 2.0, 2.0, 4.0]
    observed = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / 6
    chance = sum((a - b) ** 2 for a in first for b in second) / 36
    assert told(agreement.weighted_kappa(first, second, each(6))) == pytest.approx(1 - observed / chance)
    assert told(agreement.weighted_kappa(first, [5 - each for each in first], each(6))) < 0


def test_correlations_are_those_of_textbooks() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]
    assert told(agreement.pearson(first, second, each(5))) == pytest.approx(0.8)
    assert told(agreement.spearman(first, [each**3 for each in second], each(5))) == pytest.approx(0.8)
    # With ties: ranks 1.5, 1.5, 3 and 1, 2.5, 2.5.
    assert rho([1, 1, 2], [1, 2, 2]) == pytest.approx(0.5)
    assert tau_b([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(4 / 6)
    assert tau_b([1, 1, 2], [1, 2, 2]) == pytest.approx(1 / 2)
    assert math.isnan(tau_b([1, 1], [1, 2])) and math.isnan(rho([1, 1], [1, 2]))


def test_means_and_contrasts_of_pairs() -> None:
    found = agreement.mean_difference([1.0, 2.0, 3.0], each(3))
    assert told(found) == 2.0 and found.interval is not None
    # Student's t with 2 degrees of freedom, 4.303, times 1 / sqrt(3).
    assert found.interval.high - 2.0 == pytest.approx(4.303 / math.sqrt(3), rel=1e-3)
    same = agreement.contrast(([1.0, 3.0], [0, 1]), ([0.0, 2.0], [0, 1]))
    assert told(same) == 1.0 and same.interval is not None and same.interval.high == pytest.approx(1.0)
    apart = agreement.contrast(([1.0, 3.0], [0, 1]), ([0.0, 2.0], [2, 3]))
    assert apart.interval is not None and apart.interval.high > 3


def test_what_goes_together_by_chance_is_taken_off() -> None:
    first = [True, True, False, False] * 5
    assert told(agreement.beyond_chance(first, [True, False, True, False] * 5, each(20))) == pytest.approx(0)
    assert told(agreement.beyond_chance(first, first, each(20))) == pytest.approx(0.5)


def test_equal_verdicts_have_a_lower_bound_that_is_not_one() -> None:
    labels = ["a", "b"] * 10
    found = agreement.kappa(labels, labels, each(20))
    assert found.value == 1 and found.interval is not None
    assert 0.5 < found.interval.low < 0.8 and found.interval.high == 1


Undefined = Callable[[], Statistic]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: agreement.kappa([], [], []), "nothing to compare"),
        (lambda: agreement.share([], []), "nothing to compare"),
        (lambda: agreement.kappa(["a", "a"], ["a", "a"], [0, 1]), "all verdicts are a"),
        (lambda: agreement.kappa(["a", "b"], ["a", "b"], [0, 0]), "about one question"),
        (lambda: agreement.weighted_kappa([2.0, 2.0], [2.0, 2.0], [0, 1]), "all verdicts are 2"),
        (lambda: agreement.pearson([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], each(3)), "all of one side are 1"),
        (lambda: agreement.spearman([1.0, 2.0], [3.0, 3.0], each(2)), "all of one side are 3"),
        (lambda: agreement.spearman([1.0, 2.0], [3.0, 4.0], each(2)), "too few questions"),
        (lambda: agreement.contrast(([1.0], [0]), ([], [])), "nothing to compare"),
        (lambda: model_order([RatedTwice("m", 0, 1.0, 1.0)], tau_b), "an order needs three"),
        (
            lambda: model_order([RatedTwice(m, q, 1.0, 1.0) for m in "abc" for q in (0, 1)], tau_b),
            "all models the same",
        ),
    ],
)
def test_what_is_not_defined_says_why_and_is_no_number(make: Undefined, why: str) -> None:
    found = make()
    assert found.value is None and found.interval is None and why in found.why


def test_models_that_both_order_alike_are_ordered_alike_by_any_questions() -> None:
    rng = random.Random(1)
    means = {"bad": 0.2, "fair": 0.5, "good": 0.8}
    rated = [
        RatedTwice(model, q, mean + rng.gauss(0, 0.1), mean / 2 + rng.gauss(0, 0.1))
        for model, mean in means.items()
        for q in range(40)
    ]
    found = model_order(rated, tau_b)
    assert (found.value, found.n, found.clusters) == (1.0, 3, 40)
    assert found.interval is not None and found.interval.low == 1.0
    turned = [RatedTwice(one.model, one.group, one.first, -one.second) for one in rated]
    assert told(model_order(turned, rho)) == pytest.approx(-1)


def raters(rng: random.Random, questions: int, samples: int = 2) -> tuple[list[float], list[float], list[int]]:
    """Two raters who each see a question's quality with an error, in several answers to it."""
    first, second, groups = [], [], []
    for number in range(questions):
        quality = rng.gauss(0, 1)
        for _ in range(samples):
            first.append(quality + rng.gauss(0, 0.7))
            second.append(quality + rng.gauss(0, 0.7))
            groups.append(number)
    return first, second, groups


def labelled(values: list[float]) -> list[str]:
    return ["low" if value < -0.5 else "middle" if value < 0.5 else "high" for value in values]


def of_labels(first: list[float], second: list[float], groups: list[int]) -> Statistic:
    return agreement.kappa(labelled(first), labelled(second), groups)


# Their values for endless questions: 1 / 1.49 for the correlation; the other two by 40,000 questions of ``raters``.
TRUTHS: list[tuple[Any, float]] = [(agreement.pearson, 0.671), (agreement.spearman, 0.654), (of_labels, 0.353)]


@pytest.mark.parametrize(("how", "truth"), TRUTHS)
def test_intervals_hold_the_truth_about_as_often_as_they_say(
    monkeypatch: pytest.MonkeyPatch, how: Callable[..., Statistic], truth: float
) -> None:
    monkeypatch.setattr(agreement, "DRAWS", 100)
    bounds = [how(*raters(random.Random(seed), 25)).interval for seed in range(120)]
    held = sum(each is not None and each.low <= truth <= each.high for each in bounds)
    assert 0.88 <= held / len(bounds) <= 1
    narrow = [how(*raters(random.Random(seed), 100)).interval for seed in range(3)]
    assert all(each is not None and each.high - each.low < 0.35 for each in narrow)


def test_a_seed_is_all_that_the_draws_depend_on() -> None:
    made = raters(random.Random(3), 12)
    assert agreement.pearson(*made) == agreement.pearson(*made)
