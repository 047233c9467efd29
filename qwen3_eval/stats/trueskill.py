"""TrueSkill of two players a game: ratings that are moved by one game after the other.

Herbrich, Minka and Graepel, "TrueSkill: a Bayesian skill rating system" (NIPS 2006); for two players without draws
the update has a closed form. Figures are those of the package ``trueskill`` (0.4.5) with a chance of a draw of 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Skill:
    """What is believed of a player: mean and standard deviation."""

    mean: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Where players begin, how far chance decides a game (``beta``), and how far skill moves between two (``tau``)."""

    start: Skill = Skill(1200.0, 400.0)
    beta: float = 200.0
    tau: float = 4.0


DEFAULT = Setting()


@dataclass(frozen=True, slots=True)
class Encounter:
    """Of two players, by their places. wins: as how many games it counts, below 0 for the second; 0: a draw."""

    first: int
    second: int
    wins: int


def after_win(winner: Skill, loser: Skill, setting: Setting = DEFAULT) -> tuple[Skill, Skill]:
    """Both after a game that one of them won."""
    up, down, spread = _spread(winner, loser, setting)
    lead = (winner.mean - loser.mean) / spread
    chance = NORMAL.cdf(lead)
    pull = NORMAL.pdf(lead) / chance if chance else -lead
    sure = min(1.0, pull * (pull + lead)) / spread**2
    return (
        Skill(winner.mean + up / spread * pull, math.sqrt(up * (1 - up * sure))),
        Skill(loser.mean - down / spread * pull, math.sqrt(down * (1 - down * sure))),
    )


def after_draw(first: Skill, second: Skill, setting: Setting = DEFAULT) -> tuple[Skill, Skill]:
    """Both after a drawn game, where draws have no chance: the limit of the formulas for a margin of 0.

    The package takes a margin of 1e-5, and its deviations are off by what is then lost in rounding.
    """
    up, down, spread = _spread(first, second, setting)
    lead = (first.mean - second.mean) / spread
    return (
        Skill(first.mean - up / spread * lead, math.sqrt(up * (1 - up / spread**2))),
        Skill(second.mean + down / spread * lead, math.sqrt(down * (1 - down / spread**2))),
    )


def _spread(first: Skill, second: Skill, setting: Setting) -> tuple[float, float, float]:
    """Variances of both before a game, and the standard deviation of its outcome."""
    one, other = (each.sigma**2 + setting.tau**2 for each in (first, second))
    return one, other, math.sqrt(one + other + 2 * setting.beta**2)


def solve(players: int, games: Iterable[Encounter], setting: Setting = DEFAULT) -> list[Skill]:
    """The skills of players after all games, in their order."""
    found = [setting.start] * players
    for game in games:
        better, worse = (game.first, game.second) if game.wins >= 0 else (game.second, game.first)
        update = after_win if game.wins else after_draw
        for _ in range(max(1, abs(game.wins))):
            found[better], found[worse] = update(found[better], found[worse], setting)
    return found
