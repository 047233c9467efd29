"""What a rating among people is made of beside the attempts, and the rules of a contest that it goes by.

The rating by contests is CodeElo's (arXiv 2501.01257): QwenLM/CodeElo@0bffc84f0477abe5fd641d4cb4c859318a572c70
``calc_rating.py``. In each contest the model has the score that its attempts would have had; its rating is the one at
which a person is expected to end at that place, and the ratings of all contests are averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qwen3_eval.types import Ladder, UsageError

# How many attempts a problem has, and what each that fails costs: points, or minutes where problems have no points.
ATTEMPTS = 8
POINTS_LOST, PENALTY = 50, 10
Outcome = tuple[float, float]


def outcome(points: Iterable[float | None], failures: Iterable[int | None]) -> Outcome:
    """Score and penalty of a contest, by the points of its problems and the failed attempts before the first right one.

    None for the points: the problem counts one. None for the failures: it was not solved.
    """
    return _sum(_gain(worth, failed) for worth, failed in zip(points, failures, strict=True))


def _gain(worth: float | None, failed: int | None) -> Outcome:
    if failed is None:
        return 0.0, 0.0
    return (1.0, PENALTY * failed) if worth is None else (max(0.0, worth - POINTS_LOST * failed), 0.0)


def _sum(gains: Iterable[Outcome]) -> Outcome:
    gains = list(gains)
    return sum(score for score, _ in gains), sum(penalty for _, penalty in gains)


def outcomes(points: Iterable[float | None]) -> set[Outcome]:
    """Every outcome that the problems allow."""
    found: set[Outcome] = {(0.0, 0.0)}
    for worth in points:
        gains = {_gain(worth, failed) for failed in (None, *range(ATTEMPTS))}
        found = {_sum((before, gain)) for before in found for gain in gains}
    return found


def contest_ratings(ladder: Ladder, attempts: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """The rating in each contest of which every problem was attempted. attempts: verdicts in order, by doc."""
    members: dict[str, list[str]] = {}
    for name, problem in ladder["problems"].items():
        members.setdefault(problem["contest"], []).append(name)
    return {
        contest: _rating_in(ladder, contest, members[contest], attempts)
        for contest, table in ladder["contests"].items()
        if table and members.get(contest) and attempts.keys() >= set(members[contest])
    }


def _rating_in(ladder: Ladder, contest: str, names: Sequence[str], attempts: Mapping[str, Sequence[bool]]) -> float:
    table = {(score, penalty): rating for score, penalty, rating in ladder["contests"][contest]}
    points = [ladder["problems"][name]["points"] for name in names]
    found = outcome(points, (failures(attempts[name]) for name in names))
    if found not in table:
        raise UsageError(f"the ladder of contest {contest!r} in run.json has no rating for the outcome {found}")
    return float(table[found])


def failures(verdicts: Sequence[bool]) -> int | None:
    """Failed attempts before the first right one; None when there is no right one."""
    first = [bool(verdict) for verdict in verdicts[:ATTEMPTS]]
    return first.index(True) if True in first else None
