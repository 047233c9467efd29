"""Models rated by what a judge found when it compared their answers two at a time.

How points become games, and games ratings, is that of EQ-bench/creative-writing-bench@e7ab0091 core/elo.py,
core/elo_helpers_cw.py and core/trueskill_solver_cw.py: the points of both orders are added up, a lead counts as one
game to several by its size, and TrueSkill goes through all games; a second pass with other counts gives the errors.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qwen3_eval.aligned import columns
from qwen3_eval.ratings.duelling import Duel, Points
from qwen3_eval.ratings.entrants import Field
from qwen3_eval.stats.trueskill import Encounter, Skill, solve
from qwen3_eval.types import Interval, UsageError, nearest

SURE = 1.96
# As near to even as the reference calls a draw.
EVEN = 1e-9
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two models, by their places, over one answer each. lead: points of the first above those of the second."""

    question: str
    first: int
    second: int
    lead: float


def meetings(found: Mapping[Duel, Points | None]) -> list[Meeting]:
    """The leads of both orders together, or of the one that was read."""
    leads: dict[tuple[str, int, int, int], float] = {}
    for duel, points in found.items():
        if points is not None:
            turned = duel.first > duel.second
            places = (duel.second, duel.first) if turned else (duel.first, duel.second)
            lead = points[1] - points[0] if turned else points[0] - points[1]
            key = (*duel.asked, *places)
            leads[key] = leads.get(key, 0.0) + lead
    return [Meeting(question, first, second, lead) for (question, _, first, second), lead in leads.items()]


def games_won(lead: float, whole: float, most: int) -> int:
    """As how many games a lead counts, below 0 for one of the other; 0 is a draw.

    ``compute_fraction_for_test_cw`` and ``bin_fraction_trueskill``, in their order of rounding: leads on the edge of a
    step fall as they do there.
    """
    margin = abs(lead) / whole / 2.0 + 0.5
    share = max(0.0, min(1.0, margin if lead > 0 else 1.0 - margin))
    if abs(share - 0.5) < EVEN:
        return 0
    beyond = share - 0.5 if share > 0.5 else 0.5 - share
    games = max(1, min(most, math.ceil(beyond / (0.5 / most))))
    return games if lead > 0 else -games


@dataclass(frozen=True)
class Scale:
    """The scale of ratings: what an own rating is multiplied with, and what is added then."""

    times: float = 1.0
    plus: float = 0.0

    def __call__(self, rating: float) -> float:
        """A rating on it."""
        return rating * self.times + self.plus

    @classmethod
    def through(cls, ratings: Mapping[str, float], anchors: Mapping[str, float]) -> Scale:
        """The one on which each anchor has its rating, as ``normalize_elo_scores_cw``; moved only for a single one."""
        (name, stated), *others = anchors.items() or [("", 0.0)]
        if not anchors:
            return cls()
        times = 1.0
        for other, rating in others:
            apart = ratings[name] - ratings[other]
            times = (stated - rating) / apart if abs(apart) >= SAME else 1.0
        return cls(times, stated - times * ratings[name])


def check_anchors(field: Field, anchors: Mapping[str, float]) -> None:
    """Raises UsageError for an anchor that is no model here, and for more than two."""
    names = [each.name for each in field.entrants]
    for name in anchors:
        if name not in names:
            raise UsageError(f"--anchor {name}: no such model; there are {', '.join(names)}{nearest(name, names)}")
    if len(anchors) > 2:
        raise UsageError("--anchor: two models settle a scale; give no more than two")


@dataclass(frozen=True)
class Standing:
    """A model. own: 95 % interval by TrueSkill's deviation, as the reference has it. over_questions: by questions drawn
    again. won, drawn, lost: answers."""

    name: str
    score: float
    rating: float
    own: Interval
    over_questions: Interval
    won: int
    drawn: int
    lost: int


@dataclass(frozen=True)
class Comparisons:
    """All that was found in a field. anchors: ratings that are given. rounds: how often questions are drawn again."""

    field: Field
    found: Mapping[Duel, Points | None]
    anchors: Mapping[str, float]
    rounds: int

    @cached_property
    def met(self) -> Sequence[Meeting]:
        """What both orders together came to."""
        return meetings(self.found)

    @property
    def unread(self) -> int:
        """Calls in whose replies nothing was read."""
        return sum(points is None for points in self.found.values())

    @property
    def first_share(self) -> float:
        """Of the calls with a lead, those in which the answer that was shown first has it; 0.5 for none."""
        led = [points[0] > points[1] for points in self.found.values() if points and points[0] != points[1]]
        return sum(led) / len(led) if led else 0.5

    def standings(self) -> list[Standing]:
        """The models, the best first."""
        most, for_errors = self.field.task.duels.wins
        skills, errors = self._skills(self.met, most), self._skills(self.met, for_errors)
        drawn = [*self._drawn_again(most)]
        scale = self._scale(skills)
        found = [
            self._standing(place, scale, skills[place].mean, errors[place].sigma, [each[place] for each in drawn])
            for place in range(len(self.field.entrants))
        ]
        return sorted(found, key=lambda each: -each.rating)

    def _standing(self, place: int, scale: Scale, mean: float, sigma: float, drawn: Sequence[float]) -> Standing:
        entrant, ends = self.field.entrants[place], sorted(scale(mean + side * SURE * sigma) for side in (-1, 1))
        leads = [each.lead if each.first == place else -each.lead for each in self.met if place in _both(each)]
        return Standing(
            entrant.name,
            entrant.score,
            scale(mean),
            Interval(*ends),
            _percentiles(drawn) if drawn else Interval(*ends),
            sum(lead > 0 for lead in leads),
            sum(lead == 0 for lead in leads),
            sum(lead < 0 for lead in leads),
        )

    def _skills(self, met: Iterable[Meeting], most: int) -> list[Skill]:
        whole = self.field.task.duels.whole
        games = (Encounter(each.first, each.second, games_won(each.lead, whole, most)) for each in met)
        return solve(len(self.field.entrants), games)

    def _scale(self, skills: Sequence[Skill]) -> Scale:
        ratings = {each.name: skill.mean for each, skill in zip(self.field.entrants, skills, strict=True)}
        return Scale.through(ratings, self.anchors)

    def _drawn_again(self, most: int) -> Iterator[list[float]]:
        """Ratings out of questions that were drawn again, with all their answers, each on its own scale."""
        by_question: dict[str, list[Meeting]] = {}
        for each in self.met:
            by_question.setdefault(each.question, []).append(each)
        rng, names = random.Random(0), [*by_question]
        for _ in range(self.rounds if len(names) > 1 else 0):
            # In the order of the questions: TrueSkill depends on it, and that is no error of theirs.
            drawn = sorted(rng.choices(range(len(names)), k=len(names)))
            skills = self._skills((each for place in drawn for each in by_question[names[place]]), most)
            scale = self._scale(skills)
            yield [scale(each.mean) for each in skills]


def _both(meeting: Meeting) -> tuple[int, int]:
    return meeting.first, meeting.second


def _percentiles(values: Sequence[float]) -> Interval:
    """The middle 95 % of values."""
    ordered, last = sorted(values), len(values) - 1
    return Interval(ordered[math.floor(0.025 * last)], ordered[math.ceil(0.975 * last)])


def text_lines(ladder: Comparisons, judge: str) -> Iterator[str]:
    """The ratings for a terminal, with what there is to know about them."""
    heads = ("model", "rating", "95 %", "over questions", "won", "drawn", "lost", "own score")
    yield from columns([heads, *map(_cells, ladder.standings())], left=(0,))
    spec = ladder.field.task.duels.judge
    yield f"{len(ladder.found):,} calls of {judge} over {len(ladder.met):,} pairs of answers, {ladder.unread} unread."
    yield f"The answer that is shown first is ahead in {100 * ladder.first_share:.0f} % of them."
    anchored = " and ".join(f"{name} at {rating:g}" for name, rating in ladder.anchors.items()) or "no model"
    yield f"TrueSkill, anchored with {anchored}; 95 % by its own deviation, and by questions drawn again."
    yield "Not the published ladder: that one has the pieces of many models, and picks which of them meet."
    if judge != spec.model:
        yield f"Judged by {judge} instead of {spec.model} ({spec.since}): not comparable with published ratings."


def _cells(each: Standing) -> tuple[str, ...]:
    intervals = (f"[{found.low:.0f}, {found.high:.0f}]" for found in (each.own, each.over_questions))
    counts = map(str, (each.won, each.drawn, each.lost))
    return (each.name, f"{each.rating:.0f}", *intervals, *counts, f"{100 * each.score:.1f}")


def as_json(ladder: Comparisons, judge: str) -> dict[str, object]:
    """The ratings for scripts."""
    return {
        "task": ladder.field.task.spec.name,
        "judge": judge,
        "calls": len(ladder.found),
        "unread": ladder.unread,
        "first_share": 100 * ladder.first_share,
        "anchors": dict(ladder.anchors),
        "rounds": ladder.rounds,
        "models": [
            {
                "model": each.name,
                "rating": each.rating,
                "ci95_trueskill": [*_ends(each.own)],
                "ci95": [*_ends(each.over_questions)],
                "won": each.won,
                "drawn": each.drawn,
                "lost": each.lost,
                "score": 100 * each.score,
            }
            for each in ladder.standings()
        ],
    }


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high
