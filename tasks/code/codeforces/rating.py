"""The ratings of a contest's outcomes, by the places that they would have had among the people who took part.

Source: QwenLM/CodeElo@0bffc84f0477abe5fd641d4cb4c859318a572c70 ``calc_rating.py`` (arXiv 2501.01257).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from qwen3_eval.api import Doc, metrics

SCALE = 400.0
CONTEST = re.compile(r"\d+")
# A contest with no more rated people than this has no rating.
FEWEST_PEOPLE = 200


class CodeforcesRating(metrics.Rating):
    """The rating among the people who took part in the problems' contests."""

    def ladder(self, docs: Iterable[Doc], rows: Iterable[Mapping[str, Any]]) -> metrics.Ladder:
        """The problems, and the rating of each outcome that a contest allows. docs: with ``rating`` in their meta.

        A contest is a row with what the API of Codeforces tells of it: its ``id``; its ``problems``, as
        ``contest.standings`` lists them (``index``, and ``points`` where there are any); its ``standings``, a list of
        ``[handle, points, penalty]`` for each row of those, unofficial ones left out; and ``ratings``, ``oldRating`` by
        handle, as ``contest.ratingChanges`` lists them.
        """
        problems: dict[str, metrics.Problem] = {
            doc.id: {"contest": contest_of(doc.id), "points": None, "rating": doc.meta["rating"] or None}
            for doc in docs
        }
        members: dict[str, list[str]] = {}
        for name, problem in problems.items():
            members.setdefault(problem["contest"], []).append(name)
        tables: dict[str, list[list[float]]] = {}
        for row in rows:
            contest = str(row["id"])
            points = {f"{contest}{problem['index']}": problem.get("points") for problem in row["problems"]}
            asked = members.get(contest, [])
            if asked and points.keys() >= set(asked):
                for name in asked:
                    problems[name]["points"] = points[name]
                tables[contest] = _table([points[name] for name in asked], row)
        return {"problems": problems, "contests": tables}


def contest_of(problem: str) -> str:
    """The contest of a problem: ``1971`` of ``1971A``."""
    found = CONTEST.match(problem)
    return found[0] if found else ""


def _table(points: Sequence[float | None], row: Mapping[str, Any]) -> list[list[float]]:
    """The contest among those who took part for a rating."""
    rated = [(score, penalty) for handle, score, penalty in row["standings"] if handle in row["ratings"]]
    return contest_table(points, rated, list(row["ratings"].values()))


def place(standings: Sequence[metrics.Outcome], outcome: metrics.Outcome) -> int:
    """How many of the sorted standings (score, penalty) are at least as good."""
    return bisect_right(standings, _order(outcome), key=_order)


def _order(outcome: metrics.Outcome) -> tuple[float, float]:
    return -outcome[0], outcome[1]


def rating_of_place(ratings: Iterable[int]) -> Callable[[int], int]:
    """The rating at which a person is expected to end at a place, among people of these ratings.

    The bisection of the reference, over whole numbers from 0 to 100 above the best of the people: the greatest rating
    whose expected place, counted from 1, is not below the place.
    """
    import numpy as np

    people = Counter(ratings)
    others, counts, top = np.array(list(people)), np.array(list(people.values())), max(0, *people) + 100

    @cache
    def expected(rating: int) -> float:
        return 1 + float(counts @ (1 / (1 + 10 ** ((rating - others) / SCALE))))

    @cache
    def rating(place: int) -> int:
        low, high = 0, top
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if expected(middle) < place else (middle, high)
        return low

    return rating


def contest_table(
    points: Sequence[float | None], standings: Sequence[metrics.Outcome], ratings: Sequence[int]
) -> list[list[float]]:
    """A contest of a ladder; empty for one that has no rating.

    standings: outcomes of the rated people, the best first. ratings: of the same people, before the contest.
    """
    if len(standings) != len(ratings) or len(standings) <= FEWEST_PEOPLE:
        return []
    rating = rating_of_place(ratings)
    ordered = sorted(standings, key=_order)
    return [[*each, rating(place(ordered, each))] for each in sorted(metrics.outcomes(points))]
