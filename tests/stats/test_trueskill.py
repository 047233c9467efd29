"""TrueSkill: figures of the package, draws, and what must hold of any games."""

from __future__ import annotations

import math

import pytest

from qwen3_eval.stats.trueskill import Encounter, Skill, after_draw, after_win, solve

NEW = Skill(1200.0, 400.0)


def test_the_figures_of_the_package() -> None:
    winner, loser = after_win(NEW, NEW)
    assert (winner.mean, winner.sigma) == (pytest.approx(1401.863, abs=1e-3), pytest.approx(345.351, abs=1e-3))
    assert (loser.mean, loser.sigma) == (pytest.approx(998.137, abs=1e-3), pytest.approx(345.351, abs=1e-3))


def test_the_figures_of_the_package_after_many_games() -> None:
    found = solve(3, [Encounter(0, 1, 2), Encounter(2, 1, 1), Encounter(0, 1, -3), Encounter(2, 0, 4)])
    expected = [(870.395629, 187.878708), (1288.715917, 207.108897), (1543.113199, 255.517948)]
    assert [(each.mean, each.sigma) for each in found] == [pytest.approx(each, abs=1e-3) for each in expected]


def test_a_draw_brings_both_together() -> None:
    first, second = after_draw(Skill(1300.0, 100.0), Skill(1000.0, 80.0))
    assert (first.mean, first.sigma) == (pytest.approx(1268.840, abs=1e-3), pytest.approx(94.740, abs=1e-3))
    assert (second.mean, second.sigma) == (pytest.approx(1019.960, abs=1e-3), pytest.approx(77.389, abs=1e-3))
    same, other = after_draw(NEW, NEW)
    assert same == other
    assert same.sigma < NEW.sigma


def test_a_player_without_games_is_as_at_the_start() -> None:
    assert solve(3, [Encounter(0, 1, 1)])[2] == NEW


def test_an_unlikely_win_is_a_number() -> None:
    winner, loser = after_win(Skill(-1e5, 10.0), Skill(1e5, 10.0))
    assert all(math.isfinite(each) for skill in (winner, loser) for each in (skill.mean, skill.sigma))
