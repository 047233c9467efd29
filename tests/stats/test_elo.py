"""Ratings: by contests, by problems in simulation, and percentiles as the report prints them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from fake_run import Fake, write_run
from opened import summary_of
from summaries import find

from qwen3_eval import reference
from qwen3_eval.metrics import ladder
from qwen3_eval.stats import elo
from qwen3_eval.types import Ladder

LADDER: Ladder = {
    "problems": {
        "1A": {"contest": "1", "points": 500.0, "rating": 800},
        "1B": {"contest": "1", "points": 1000.0, "rating": 1500},
        "2A": {"contest": "2", "points": None, "rating": 900},
        "2B": {"contest": "2", "points": None, "rating": None},
    },
    "contests": {"1": [], "2": []},
}


@pytest.mark.parametrize(
    ("failures", "points", "solved"),
    [
        ((0, 0), (1500, 0), (2, 0)),
        ((2, 0), (1400, 0), (2, 20)),
        ((7, None), (150, 0), (1, 70)),
        ((None, 3), (850, 0), (1, 30)),
        ((None, None), (0, 0), (0, 0)),
    ],
)
def test_failed_attempts_cost_points_or_minutes(
    failures: tuple[int | None, ...], points: ladder.Outcome, solved: ladder.Outcome
) -> None:
    assert ladder.outcome((500.0, 1000.0), failures) == points
    assert ladder.outcome((None, None), failures) == solved


def test_a_score_never_falls_below_nothing() -> None:
    assert ladder.outcome((250.0,), (7,)) == (0, 0)


@pytest.mark.parametrize(
    ("verdicts", "count"),
    [([], None), ([False] * 8, None), ([False, True, False], 1), ([True], 0), ([False] * 8 + [True], None)],
)
def test_the_first_right_one_of_eight_attempts(verdicts: list[bool], count: int | None) -> None:
    assert ladder.failures(verdicts) == count


def with_tables() -> Ladder:
    tables = {name: [[score, penalty, 1000 + score + penalty] for score, penalty in ladder.outcomes(points)]
              for name, points in (("1", (500.0, 1000.0)), ("2", (None, None)))}  # fmt: skip
    return {**LADDER, "contests": tables}


def test_a_contest_counts_when_each_of_its_problems_was_attempted() -> None:
    attempts = {"1A": [True], "1B": [False, True], "2A": [True]}
    assert ladder.contest_ratings(with_tables(), attempts) == {"1": 1000 + 500 + 950}
    assert ladder.contest_ratings(with_tables(), {**attempts, "2B": [False]})["2"] == 1001
    assert ladder.contest_ratings(LADDER, {**attempts, "2B": [False]}) == {}


def test_a_single_contest_tells_nothing_of_the_spread() -> None:
    one = elo.over_contests([1700.0], 3600)
    assert (one.mean, one.stderr, one.interval.low, one.interval.high) == (1700, 0, 0, 3600)


# problems with ratings


@pytest.mark.parametrize("rating", [900, 1500, 2600])
def test_ratings_by_problems_by_simulation(rating: int) -> None:
    rng = random.Random(rating)
    difficulties = [rng.randrange(800, 3500, 100) for _ in range(80)]
    found = [
        elo.over_problems([(level, rng.random() < elo.win(rating, level)) for level in difficulties])
        for _ in range(250)
    ]
    assert abs(fmean(each.mean for each in found) - rating) < 12
    assert 0.91 <= fmean(each.interval.low <= rating <= each.interval.high for each in found) <= 0.99
    spread = fmean((each.mean - rating) ** 2 for each in found) ** 0.5
    assert spread == pytest.approx(fmean(each.stderr for each in found), rel=0.15)


def test_all_or_no_problems_solved_give_a_rating_all_the_same() -> None:
    every, none = (elo.over_problems([(1200, solved)] * 9) for solved in (True, False))
    assert 1200 < every.mean < 2200
    assert every.mean - 1200 == pytest.approx(1200 - none.mean, abs=0.1)
    assert every.interval.low < every.mean < every.interval.high
    assert elo.over_problems([(1200, True), (1200, False)]).mean == pytest.approx(1200, abs=0.1)


# percentiles


def test_the_reports_ratings_have_the_reports_percentiles() -> None:
    printed: dict[tuple[Any, ...], dict[str, float]] = {}
    for row in reference.results():
        if row.benchmark == "codeforces":
            printed.setdefault((row.table, row.model, row.variant, row.mode), {})[row.metric] = row.value
    assert len(printed) == 36
    for pair in printed.values():
        assert reference.rating_percentile(pair["rating"]) == pair["percentile"]
    assert reference.rating_percentile(-100) == 0
    assert reference.rating_percentile(4500) == 100


# from journals to results


def results_of(folder: Path, kept: Ladder) -> dict[str, Any]:
    """Four problems: the first right at once, the second at the third attempt, the third never, the last at the end."""
    extra = {"ladders": {"demo_math": kept}}
    run = write_run(folder, Fake(tasks=("demo_math",), docs=4, samples=8, budgets=(), unfinished=0.0, extra=extra))
    first_right = dict(zip(("1A", "1B", "2A", "2B"), (0, 2, 99, 7), strict=True))
    lines = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
    names = dict(zip(dict.fromkeys(line["id"] for line in lines), first_right, strict=False))
    for line in lines:
        line["id"] = names[line["id"]]
        line["score"] = float(line["sample"] >= first_right[line["id"]])
    random.Random(1).shuffle(lines)
    (run / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return summary_of(run)


def test_a_run_has_a_rating_by_its_contests(tmp_path: Path) -> None:
    found = results_of(tmp_path / "run", with_tables())
    rating = find(found, "demo_math", "thinking", None, metric="rating")
    first, second = 1000 + 500 + 900, 1000 + 1 + 70
    assert rating["score"] == (first + second) / 2
    assert (rating["unit"], rating["n_docs"], rating["n_samples"]) == ("elo", 4, 32)
    assert rating["ci95"][0] < second < first < rating["ci95"][1]
    percentile = find(found, "demo_math", "thinking", None, metric="percentile")
    assert percentile["score"] == reference.rating_percentile(rating["score"])
    assert (percentile["unit"], percentile["ci95"]) == ("percent", [0.0, 100.0])
    metrics = [row["metric"] for row in found["results"] if row["mode"] == "thinking"]
    assert metrics == ["rating", "percentile", "pass@1", "pass@2", "pass@4", "pass@8"]
    shares = {row["metric"]: row["score"] for row in found["results"] if row["mode"] == "thinking"}
    assert shares["pass@1"] == 100 * (8 + 6 + 0 + 1) / 32
    assert shares["pass@8"] == 75


def test_without_standings_the_rating_has_another_name(tmp_path: Path) -> None:
    found = results_of(tmp_path / "run", LADDER)
    rating = find(found, "demo_math", "thinking", None, metric="rating_by_problems")
    wanted = elo.over_problems([(800, True), (1500, True), (900, False)])
    assert rating["score"] == pytest.approx(wanted.mean)
    assert rating["n_docs"] == 3
    assert not [row for row in found["results"] if row["metric"] in ("rating", "percentile")]
    assert find(found, "demo_math", "thinking", None, metric="percentile_by_problems")["unit"] == "percent"
