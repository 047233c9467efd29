"""codeforces: places in contests by the formula of the reference, and what ratings of simulated places promise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_modules import task_module

from qwen3_eval.metrics import ladder
from qwen3_eval.stats import elo

contests = task_module("code/codeforces", "rating")
PEOPLE = random.Random(7).choices(range(300, 3400), k=400)


def by_the_book(place: int, ratings: Sequence[int]) -> int:
    """The bisection of the reference, word by word."""
    low, high = 0, max(ratings) + 100
    while high - low > 1:
        middle = (low + high) // 2
        seed = 1 + sum(1 / (1 + 10 ** ((middle - other) / 400)) for other in ratings)
        low, high = (low, middle) if seed < place else (middle, high)
    return low


@settings(deadline=None)
@given(place=st.integers(0, 60), seed=st.integers(0, 100))
def test_the_rating_of_a_place_is_the_references(place: int, seed: int) -> None:
    rng = random.Random(seed)
    ratings = [rng.randint(-50, 3500) for _ in range(60)]
    assert contests.rating_of_place(ratings)(place) == by_the_book(place, ratings)


@pytest.mark.parametrize("rating", [500, 1200, 2000, 3000])
def test_who_ends_where_he_is_expected_has_his_rating(rating: int) -> None:
    expected = 1 + sum(elo.win(other, rating) for other in PEOPLE)
    found = contests.rating_of_place(PEOPLE)
    assert abs(found(round(expected)) - rating) < 25
    assert found(1) == max(PEOPLE) + 99  # the best of all: as high as it goes
    assert found(len(PEOPLE) + 1) == 0


def test_every_outcome_has_a_rating_in_the_table() -> None:
    standings = [(100.0 * (len(PEOPLE) - place), 0.0) for place in range(len(PEOPLE))]
    table = contests.contest_table((500.0, 1000.0), standings, PEOPLE)
    assert {(score, penalty) for score, penalty, _ in table} == ladder.outcomes((500.0, 1000.0))
    ratings = [rating for *_, rating in table]
    assert ratings == sorted(ratings)
    assert ratings[0] == by_the_book(len(PEOPLE), PEOPLE)
    place = sum(score >= 1350 for score, _ in standings)
    assert {score: rating for score, _, rating in table}[1350] == by_the_book(place, PEOPLE)


def test_ties_are_behind_those_who_have_the_same() -> None:
    standings = [(2.0, 10.0), (2.0, 10.0), (2.0, 30.0), (1.0, 0.0)]
    assert contests.place(standings, (2.0, 0.0)) == 0
    assert contests.place(standings, (2.0, 10.0)) == 2
    assert contests.place(standings, (2.0, 20.0)) == 2
    assert contests.place(standings, (0.0, 0.0)) == 4


def test_contests_without_a_rating() -> None:
    few = [(1.0, 0.0)] * 200
    assert contests.contest_table((None,), few, [1500] * 200) == []
    assert contests.contest_table((None,), [(1.0, 0.0)] * 300, [1500] * 299) == []


def test_intervals_over_contests_hold_what_they_promise() -> None:
    """Places drawn under a rating: an interval of twenty contests covers the mean of very many of them."""
    rng, found = random.Random(3), contests.rating_of_place(PEOPLE)
    chances = [elo.win(1600, other) for other in PEOPLE]
    drawn = [float(found(1 + sum(rng.random() > chance for chance in chances))) for _ in range(4000)]
    truth = fmean(drawn)
    assert abs(truth - 1600) < 15
    suites = [elo.over_contests(drawn[start : start + 20], 4000) for start in range(0, 4000, 20)]
    assert 0.9 <= fmean(each.interval.low <= truth <= each.interval.high for each in suites) <= 0.99
