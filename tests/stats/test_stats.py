"""Statistics against known values, against each other, and by simulation."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qwen3_eval import stats

UNIFORM, U_SHAPED, EASY, HARD = (1.0, 1.0), (0.4, 0.4), (3.0, 0.6), (0.8, 2.4)
RUNS = 1500

SETTINGS = [
    pytest.param(30, 64, UNIFORM, id="30x64-even"),
    pytest.param(30, 64, U_SHAPED, id="30x64-u-shaped"),
    pytest.param(30, 64, EASY, id="30x64-easy"),
    pytest.param(198, 10, U_SHAPED, id="198x10-u-shaped"),
    pytest.param(198, 10, EASY, id="198x10-easy"),
    pytest.param(500, 1, UNIFORM, id="500x1-even"),
    pytest.param(500, 1, EASY, id="500x1-easy"),
    pytest.param(500, 1, HARD, id="500x1-hard"),
]


def covered(estimate: stats.Estimate | None, truth: float) -> bool:
    assert estimate is not None
    return estimate.interval.low <= truth <= estimate.interval.high


def answered(right: np.ndarray, samples: int) -> list[stats.Question]:
    return [stats.Question(i, samples, float(count), float(count)) for i, count in enumerate(right)]


@pytest.mark.parametrize(("docs", "samples", "difficulty"), SETTINGS)
def test_interval_over_questions_covers_the_truth(docs: int, samples: int, difficulty: tuple[float, float]) -> None:
    rng = np.random.default_rng(7)
    truth = difficulty[0] / sum(difficulty)
    hits = 0
    for _ in range(RUNS):
        right = rng.binomial(samples, rng.beta(*difficulty, docs))
        hits += covered(stats.over_questions(answered(right, samples)), truth)
    assert 0.93 <= hits / RUNS <= 0.97


@pytest.mark.parametrize(("docs", "samples"), [(32, 3), (683, 1)])
def test_interval_of_points_covers_and_is_no_wider_than_they_spread(docs: int, samples: int) -> None:
    rng = np.random.default_rng(5)
    hits, widths = 0, []
    for _ in range(RUNS // 3):
        means = rng.beta(40, 10, docs)
        points = rng.beta(60 * means[:, None], 60 * (1 - means[:, None]), (docs, samples))
        asked = [stats.Question(i, samples, float(row.sum()), float((row**2).sum())) for i, row in enumerate(points)]
        estimate = stats.over_questions(asked)
        hits += covered(estimate, 0.8)
        widths.append((estimate.interval.high - estimate.interval.low) / estimate.stderr)
    assert 0.93 <= hits / (RUNS // 3) <= 0.97
    assert float(np.mean(widths)) == pytest.approx(2 * stats.t_quantile(docs - 1), rel=0.02)


def test_points_that_are_all_the_same_tell_no_more_than_answers() -> None:
    asked = [stats.Question(i, 1, 0.8, 0.64) for i in range(20)]
    assert stats.over_questions(asked).interval.high < 1


@pytest.mark.parametrize(("docs", "samples"), [(30, 64), (198, 10)])
def test_interval_over_samples_covers_the_score_of_these_questions(docs: int, samples: int) -> None:
    rng = np.random.default_rng(11)
    chances = rng.random(docs)
    hits = 0
    for _ in range(RUNS):
        right = rng.binomial(samples, chances)
        hits += covered(stats.over_samples(answered(right, samples)), float(chances.mean()))
    assert 0.93 <= hits / RUNS <= 0.97


def test_interval_over_questions_covers_when_questions_are_clustered() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(RUNS):
        right = rng.random((60, 5)) < rng.beta(*U_SHAPED, 60)[:, None]
        questions = [stats.Question(g, 1, float(x), float(x)) for g in range(60) for x in right[g]]
        hits += covered(stats.over_questions(questions), 0.5)
    assert 0.93 <= hits / RUNS <= 0.97


@pytest.mark.parametrize(
    ("df", "expected"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (29, 2.0452), (499, 1.9647), (10**7, 1.95996)],
)
def test_t_quantile_matches_the_tables(df: int, expected: float) -> None:
    assert stats.t_quantile(df) == pytest.approx(expected, rel=2e-3)


def test_a_score_outside_of_the_scale_has_a_plain_interval() -> None:
    for score in (-0.05, 1.2):
        found = stats.interval(score, 0.01, when_flat=30, most=30, df=29)
        assert [found.low - score, found.high - score] == pytest.approx([-0.02045, 0.02045], abs=1e-4)
        alone = stats.interval(score, 0.0, when_flat=1, most=1, df=0)
        assert (alone.low, alone.high) == (min(score, 0.0), max(score, 1.0))


def test_wilson_matches_a_printed_example() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20."""
    assert stats.wilson(81 / 263, 263, 1.959964).low == pytest.approx(0.2553, abs=1e-4)
    assert stats.wilson(81 / 263, 263, 1.959964).high == pytest.approx(0.3662, abs=1e-4)
    assert stats.wilson(0.0, 20, 1.959964).high == pytest.approx(0.1611, abs=1e-4)


def test_one_sample_a_question_is_the_textbook_standard_error() -> None:
    questions = [stats.question(i, [float(i < 12)]) for i in range(30)]
    estimate = stats.over_questions(questions)
    assert estimate.mean == pytest.approx(0.4)
    assert estimate.stderr == pytest.approx(math.sqrt(0.4 * 0.6 / 29))
    assert stats.over_samples(questions) is None


def test_copies_of_a_question_do_not_shrink_the_error() -> None:
    once = stats.over_questions([stats.question(i, [float(i % 3 == 0)]) for i in range(30)])
    copied = [stats.question(i, [float(i % 3 == 0)]) for i in range(30) for _ in range(4)]
    assert stats.over_questions(copied).stderr == pytest.approx(once.stderr)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_perfect_or_empty_score_still_has_a_width(score: float) -> None:
    bounds = stats.over_questions([stats.question(i, [score] * 64) for i in range(30)]).interval
    assert 0.08 < bounds.high - bounds.low < 0.15
    assert score in (bounds.low, bounds.high)


def test_equal_samples_keep_the_weight_of_one_sample() -> None:
    estimate = stats.over_samples([stats.question(i, [float(i < 10)] * 4) for i in range(20)])
    assert estimate is not None and estimate.stderr == 0.0
    assert 0.0 < estimate.interval.high - estimate.interval.low < 0.1


def test_one_question_tells_nothing_about_questions() -> None:
    estimate = stats.over_questions([stats.question(0, [1.0, 0.0])])
    assert (estimate.interval.low, estimate.interval.high) == (0.0, 1.0)


def test_no_question_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no question"):
        stats.over_questions([])


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=6), min_size=1, max_size=40))
def test_interval_holds_the_score_and_stays_between_0_and_1(scores: list[list[float]]) -> None:
    estimate = stats.over_questions([stats.question(i, samples) for i, samples in enumerate(scores)])
    assert 0.0 <= estimate.interval.low <= estimate.mean + 1e-9
    assert estimate.mean - 1e-9 <= estimate.interval.high <= 1.0


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_answer(n: int, data: st.DataObject) -> None:
    correct, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(itertools.combinations(range(n), k))
    share = sum(min(subset) < correct for subset in subsets) / len(subsets)
    assert stats.pass_at_k(n, correct, k) == pytest.approx(share)


def test_pass_at_k_refuses_too_few_samples() -> None:
    with pytest.raises(ValueError, match="pass@5"):
        stats.pass_at_k(4, 1, 5)


# weights and strata


def one(value: float, group: int, weight: float = 1.0) -> stats.Question:
    return replace(stats.question(group, [value]), weight=weight)


def test_the_mean_of_subsets_is_not_that_of_questions() -> None:
    rows = [("a", one(1.0, 0)), ("b/x", one(0.0, 1)), ("b/y", one(1.0, 2)), ("b/y", one(0.5, 3))]
    assert stats.mean(stats.averaged_by_path(rows)) == pytest.approx((1 + (0 + 0.75) / 2) / 2)
    assert sum(q.weight for q in stats.averaged_by_path(rows)) == pytest.approx(1)


def test_weights_of_questions_count_within_their_subset() -> None:
    rows = [("a", one(1.0, 0, 3.0)), ("a", one(0.0, 1, 1.0)), ("b", one(0.0, 2, 100.0))]
    assert stats.mean(stats.averaged_by_path(rows)) == pytest.approx((0.75 + 0) / 2)


def test_a_pooled_group_is_the_mean_of_its_questions() -> None:
    rows = [("a", one(1.0, 0)), ("b/x", one(0.0, 1)), ("b/y", one(1.0, 2)), ("b/y", one(0.5, 3)), ("bc", one(0.0, 4))]
    assert stats.mean(stats.averaged_by_path(rows, ("b",))) == pytest.approx((1 + 0.5 + 0) / 3)
    assert {q.stratum for q in stats.averaged_by_path(rows, ("b",))} == {"a", "b/x", "b/y", "bc"}
    assert stats.mean(stats.averaged_by_path(rows[1:4], ("b",))) == pytest.approx(0.5)


def test_equal_subsets_change_nothing_but_the_strata() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    plain = [one(value, index) for index, value in enumerate(values)]
    strata = stats.averaged_by_path([("ab"[index % 2], q) for index, q in enumerate(plain)])
    assert stats.mean(strata) == pytest.approx(stats.mean(plain))
    assert stats.over_questions(strata).stderr < stats.over_questions(plain).stderr * 1.2


def test_languages_of_translated_questions_take_one_degree_of_freedom_together() -> None:
    translated = [("shared", language) for language in "abc"]
    assert stats.degrees_of_freedom([*translated, ("second", "a"), ("third", "b")]) == 3 - 1
    assert stats.degrees_of_freedom([("first", "a"), ("second", "a"), ("third", "b"), ("fourth", "b")]) == 4 - 2
    rng, hits = np.random.default_rng(5), 0
    for _ in range(150):
        right = rng.random((20, 30)) < rng.beta(1, 1, 20)[:, None]
        rows = [(str(place), one(float(right[group, place]), group)) for group in range(20) for place in range(30)]
        estimate = stats.over_questions(stats.averaged_by_path(rows))
        assert estimate.interval.high - estimate.interval.low < 0.5
        hits += covered(estimate, 0.5)
    assert 0.9 <= hits / 150 <= 0.99


def test_a_stratum_of_one_question_falls_back_to_a_single_stratum() -> None:
    rows = stats.averaged_by_path([("a", one(1.0, 0)), ("b", one(0.0, 1)), ("b", one(1.0, 2))])
    assert stats.over_questions(rows).stderr > 0


def spread(draw: Callable[[random.Random], list[stats.Question]], times: int = 600) -> tuple[float, float]:
    """Standard deviation of the mean over simulated benchmarks, and the root mean square of the standard errors."""
    rng = random.Random(7)
    found = [stats.over_questions(draw(rng)) for _ in range(times)]
    return pstdev(each.mean for each in found), math.sqrt(fmean(each.stderr**2 for each in found))


def test_the_error_of_a_mean_of_subsets_is_that_of_its_strata() -> None:
    """Easy, middling and hard subsets of different sizes: the difference between them is no noise."""

    def draw(rng: random.Random) -> list[stats.Question]:
        kinds = (("easy", 0.95, 60), ("mixed/x", 0.5, 30), ("mixed/y", 0.6, 20), ("hard", 0.1, 100))
        rows = [(path, one(float(rng.random() < p), number)) for path, p, n in kinds for number in range(n)]
        return stats.averaged_by_path([(path, replace(q, group=(path, q.group))) for path, q in rows])

    true, stated = spread(draw)
    assert stated == pytest.approx(true, rel=0.08)


def test_the_error_of_a_ratio_of_sums() -> None:
    """Docs with 1 to 3 instructions, which are followed less often where there are many."""

    def draw(rng: random.Random) -> list[stats.Question]:
        sizes = [rng.randint(1, 3) for _ in range(200)]
        return [
            one(sum(rng.random() < 1 - size / 5 for _ in range(size)) / size, number, float(size))
            for number, size in enumerate(sizes)
        ]

    true, stated = spread(draw)
    assert stated == pytest.approx(true, rel=0.08)
