"""Paired differences, their tests and their power, against known values and by simulation; coverage of the intervals.

What the intervals keep, and where. Over samples: 93 to 97 % in 30x64 and 198x10 at every score. Over questions: 93 to
97 % in 500x1, 14,000x1 and 198x10 from 2 % to 98 %, and in 30x64. Two cases cannot be had: with fewer than about ten
right (or wrong) answers expected, the score takes so few values that coverage jumps between 90 and 98 % (Brown, Cai
and DasGupta, Statistical Science 16 (2001)); and where the whole score hangs on a question or two of thirty, what the
others would be cannot be known: at least 85 % is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from qwen3_eval import stats
from qwen3_eval.stats.paired import Difference, Pair, difference, holm, sign_flip, t_tail

Difficulty = tuple[float, float] | float
UNIFORM, U_SHAPED = (1.0, 1.0), (0.4, 0.4)
SCORES = (0.02, 0.5, 0.98)


def drawn(rng: np.random.Generator, docs: int, difficulty: Difficulty) -> np.ndarray:
    return rng.beta(*difficulty, docs) if isinstance(difficulty, tuple) else np.full(docs, difficulty)


# intervals of a single run


@cache
def once(docs: int, right: int) -> tuple[float, float]:
    """The interval over questions of ``right`` out of ``docs``, as ``over_questions`` makes it."""
    score = right / docs
    found = stats.interval(score, math.sqrt(score * (1 - score) / (docs - 1)), when_flat=docs, most=docs, df=docs - 1)
    return found.low, found.high


def coverage(docs: int, chance: float) -> float:
    """Exact: the sum of the chances of all counts whose interval holds the truth."""
    width = 8 * math.sqrt(docs * chance * (1 - chance)) + 8
    covered = 0.0
    for right in range(max(0, int(docs * chance - width)), min(docs, int(docs * chance + width)) + 1):
        low, high = once(docs, right)
        if low <= chance <= high:
            ways = math.lgamma(docs + 1) - math.lgamma(right + 1) - math.lgamma(docs - right + 1)
            covered += math.exp(ways + right * math.log(chance) + (docs - right) * math.log(1 - chance))
    return covered


def test_the_short_way_is_that_of_over_questions() -> None:
    for docs, right in ((30, 11), (500, 490), (198, 0)):
        rows = [stats.Question(i, 1, float(i < right), float(i < right)) for i in range(docs)]
        found = stats.over_questions(rows).interval
        assert once(docs, right) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize("docs", [198, 500, 14_000])
def test_coverage_over_questions_asked_once(docs: int) -> None:
    for chance in (*SCORES, *(np.linspace(0.02, 0.98, 40) if docs < 1000 else (0.1, 0.7, 0.95))):
        assert 0.93 <= coverage(docs, float(chance)) <= 0.97 + 0.005 * (docs < 500)


def test_coverage_jumps_where_few_right_answers_are_expected() -> None:
    found = [coverage(500, right / 500) for right in np.linspace(0.7, 10, 60)]
    assert min(found) > 0.9
    assert 0.94 < float(np.mean(found)) < 0.97


def bounds_of(right: np.ndarray, samples: int, over: str) -> np.ndarray:
    """Intervals of many runs at once: rows are runs, columns are questions."""
    means, docs = right / samples, right.shape[1]
    scores = means.mean(axis=1)
    if over == "questions":
        errors, flat, most, df = means.std(axis=1, ddof=1) / math.sqrt(docs), docs, docs * samples, docs - 1
    else:
        within = (means * (1 - means)).sum(axis=1) / (samples - 1)
        errors = np.maximum(np.sqrt(within) / docs, 1 / (docs * samples))
        flat, most, df = docs * samples, math.inf, docs * samples - docs
    found = [
        stats.interval(float(score), float(error), when_flat=flat, most=most, df=df)
        for score, error in zip(scores, errors, strict=True)
    ]
    return np.array([(each.low, each.high) for each in found])


def test_many_runs_at_once_are_as_one_by_one() -> None:
    right = np.random.default_rng(1).binomial(10, np.random.default_rng(2).random((3, 20)))
    for run, questions, samples in zip(
        right, *(bounds_of(right, 10, o) for o in ("questions", "samples")), strict=True
    ):
        rows = [stats.Question(i, 10, float(count), float(count)) for i, count in enumerate(run)]
        again = stats.over_samples(rows)
        assert again is not None
        assert tuple(questions) == pytest.approx((*vars_of(stats.over_questions(rows)),))
        assert tuple(samples) == pytest.approx((*vars_of(again),))


def vars_of(estimate: stats.Estimate) -> tuple[float, float]:
    return estimate.interval.low, estimate.interval.high


@pytest.mark.parametrize(("docs", "samples"), [(30, 64), (198, 10)])
@pytest.mark.parametrize("difficulty", [*SCORES, UNIFORM, U_SHAPED])
def test_coverage_over_questions_and_over_samples(docs: int, samples: int, difficulty: Difficulty) -> None:
    rng, runs = np.random.default_rng(17), 2500
    chances = drawn(rng, runs * docs, difficulty).reshape(runs, docs)
    right = rng.binomial(samples, chances)
    truth = difficulty[0] / sum(difficulty) if isinstance(difficulty, tuple) else difficulty
    asked, again = bounds_of(right, samples, "questions"), bounds_of(right, samples, "samples")
    these = chances.mean(axis=1)
    assert 0.93 <= np.mean((asked[:, 0] <= truth) & (truth <= asked[:, 1])) <= 0.972
    assert 0.93 <= np.mean((again[:, 0] <= these) & (these <= again[:, 1])) <= 0.97


@pytest.mark.parametrize("difficulty", [(0.1, 4.9), (4.9, 0.1)])
def test_coverage_where_a_question_or_two_make_the_score(difficulty: tuple[float, float]) -> None:
    rng, runs = np.random.default_rng(23), 1500
    right = rng.binomial(64, rng.beta(*difficulty, (runs, 30)))
    truth = difficulty[0] / sum(difficulty)
    bounds = bounds_of(right, 64, "questions")
    assert 0.85 <= np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1])) <= 0.97


# two runs


def answered(before: np.ndarray, after: np.ndarray, samples: int) -> Difference:
    rows = zip(before.tolist(), after.tolist(), strict=True)
    return difference([Pair(a / samples, b / samples, samples, i) for i, (a, b) in enumerate(rows)])


def resampled(rng: np.random.Generator, chances: np.ndarray, samples: int) -> Difference:
    return answered(rng.binomial(samples, chances), rng.binomial(samples, chances), samples)


ALIKE = [
    pytest.param(30, 64, UNIFORM, 600, id="30x64-even"),
    pytest.param(30, 64, 0.98, 600, id="30x64-98"),
    pytest.param(198, 10, U_SHAPED, 200, id="198x10-u-shaped"),
    pytest.param(198, 10, 0.02, 200, id="198x10-2"),
    pytest.param(500, 1, U_SHAPED, 150, id="500x1-u-shaped"),
    pytest.param(500, 1, 0.98, 150, id="500x1-98"),
    pytest.param(30, 1, 0.9, 800, id="30x1-90"),
]


def most_of(chance: float, runs: int) -> float:
    """A share that so many runs exceed with a chance of 1 in 1,000 when ``chance`` is true."""
    return chance + 3.1 * math.sqrt(chance * (1 - chance) / runs)


@pytest.mark.parametrize(("docs", "samples", "difficulty", "runs"), ALIKE)
def test_two_runs_of_one_model(docs: int, samples: int, difficulty: Difficulty, runs: int) -> None:
    """Coverage of the interval, and false alarms at most as stated, without a margin and with one."""
    rng = np.random.default_rng(29)
    covered, alarms, with_margin = 0, {0.01: 0, 0.05: 0}, 0
    for _ in range(runs):
        found = resampled(rng, drawn(rng, docs, difficulty), samples)
        covered += found.interval.low <= 0 <= found.interval.high
        p = found.p_worse(0.0)
        with_margin += found.p_worse(0.01) <= 0.05
        for alpha in alarms:
            alarms[alpha] += p <= alpha
    assert covered / runs >= 0.93
    assert covered / runs <= 0.97 or docs * samples < 2000  # pseudo-observations make few flips wider
    assert with_margin <= alarms[0.05]
    for alpha, count in alarms.items():
        assert count / runs <= most_of(alpha, runs)


def test_clusters_of_translations_are_no_more_than_themselves() -> None:
    """Five translations that rise and fall together count once."""
    rng, runs, alarms = np.random.default_rng(31), 150, 0
    for _ in range(runs):
        moves = rng.choice([-1, 0, 1], 60, p=[0.15, 0.7, 0.15])
        pairs = [Pair(0.5 - move / 2, 0.5 + move / 2, 1, group) for group, move in enumerate(moves) for _ in range(5)]
        alarms += difference(pairs).p <= 0.05
    assert alarms / runs <= most_of(0.05, runs)


@pytest.mark.parametrize(
    ("docs", "samples", "difficulty", "margin", "alpha"),
    [
        (30, 64, UNIFORM, 0.01, 0.01),
        (198, 10, U_SHAPED, 0.01, 0.01),
        (500, 1, UNIFORM, 0.01, 0.01),
        (500, 1, 0.98, 0.0, 0.01),
        (60, 1, 0.9, 0.01, 0.001),
    ],
)
def test_the_smallest_drop_is_found_with_80_percent(
    docs: int, samples: int, difficulty: Difficulty, margin: float, alpha: float
) -> None:
    """Every right answer is lost with the chance that makes the mean fall by that much."""
    rng, runs = np.random.default_rng(37), 80
    alike = [resampled(rng, drawn(rng, docs, difficulty), samples) for _ in range(20)]
    drop, found = float(np.mean([each.detectable(margin, alpha) for each in alike])), 0
    for _ in range(runs):
        chances = drawn(rng, docs, difficulty)
        less = chances * (1 - drop / chances.mean())
        both = answered(rng.binomial(samples, chances), rng.binomial(samples, less), samples)
        found += both.p_worse(margin) <= alpha
    assert 0.72 <= found / runs <= 0.97


def test_as_many_questions_as_it_asks_for_find_the_drop() -> None:
    rng = np.random.default_rng(41)
    few = resampled(rng, rng.random(100), 1)
    times = few.times_more(0.1, 0.01, 0.01)
    more = [resampled(rng, rng.random(math.ceil(100 * times)), 1).detectable(0.01, 0.01) for _ in range(10)]
    assert float(np.mean(more)) == pytest.approx(0.1, abs=0.015)
    assert few.times_more(0.01, 0.01, 0.01) == math.inf


# exact values


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ([-1.0] * 7, 1 / 128),
        ([-1.0] * 5 + [1.0], 7 / 64),
        ([-0.1, -0.25, 0.75], 5 / 8),
        ([-0.1, -math.sqrt(0.07), 0.75], 5 / 8),
        ([], 1.0),
    ],
)
def test_flips_are_counted_out(sums: Sequence[float], expected: float) -> None:
    assert sign_flip(sums) == pytest.approx(expected)


def test_flips_of_many_unlike_sums_are_left_to_students_t() -> None:
    assert sign_flip([math.sqrt(i) for i in range(2, 40)]) is None


def test_holm_as_printed() -> None:
    """Holm's steps for 0.01, 0.04, 0.03: 3 · 0.01, 2 · 0.03, and never below the one before."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@pytest.mark.parametrize(
    ("t", "df", "expected"),
    [(12.706205, 1, 0.025), (2.570582, 5, 0.025), (2.462021, 29, 0.01), (3.310091, 499, 0.0005), (0.0, 7, 0.5)],
)
def test_tails_of_students_t_match_the_tables(t: float, df: int, expected: float) -> None:
    assert t_tail(t, df) == pytest.approx(expected, rel=5e-4)
    assert t_tail(-t, df) == pytest.approx(1 - expected, rel=5e-4)


def test_mcnemars_test_of_single_samples() -> None:
    """10 losses against 2 wins: twice the binomial tail (1 + 12 + 66) / 4096."""
    moves = [-1] * 10 + [1] * 2 + [0] * 88
    found = difference([Pair(float(move < 0), float(move > 0), 1, i) for i, move in enumerate(moves)])
    assert found.p == pytest.approx(2 * 79 / 4096)
    assert (found.wins, found.losses, found.ties) == (2, 10, 88)
    assert found.mean == pytest.approx(-0.08)


def test_nothing_is_known_from_one_cluster() -> None:
    found = difference([Pair(1.0, 0.0, 1, "group"), Pair(1.0, 0.0, 1, "group")])
    assert (found.interval.low, found.interval.high) == (-1.0, 1.0)
    assert (found.p, found.p_worse(0.01), found.detectable(0.01, 0.05)) == (1.0, 1.0, math.inf)


def test_a_total_collapse_and_no_change_at_all() -> None:
    collapse = difference([Pair(1.0, 0.0, 1, i) for i in range(30)])
    assert collapse.p_worse(0.01) < 1e-8
    same = difference([Pair(1 / 3, 1 / 3, 3, i) for i in range(30)])
    assert (same.mean, same.p, same.ties) == (0.0, 1.0, 30)
    assert 0 < same.interval.high < 0.05
