"""TrueSkill: figures of the package, draws, and what must hold of any games."""

from __future__ import annotations

import math

import pytest

from qwen3_eval.stats.trueskill import Encounter, Skill, after_draw, after_win, solve

NEW = Skill(1200.0, 400.0)


def figures(*skills: Skill) -> list[float]:
    """Mean and deviation of each, one after the other."""
    return [figure for each in skills for figure in (each.mean, each.sigma)]


def test_the_figures_of_the_package() -> None:
    winner, loser = after_win(NEW, NEW)
    assert figures(winner, loser) == pytest.approx([1401.863, 345.351, 998.137, 345.351], abs=1e-3)


def test_the_figures_of_the_package_after_many_games() -> None:
    found = solve(3, [Encounter(0, 1, 2), Encounter(2, 1, 1), Encounter(0, 1, -3), Encounter(2, 0, 4)])
    expected = [870.395629, 187.878708, 1288.715917, 207.108897, 1543.113199, 255.517948]
    assert figures(*found) == pytest.approx(expected, abs=1e-3)


def test_a_draw_brings_both_together() -> None:
    first, second = after_draw(Skill(1300.0, 100.0), Skill(1000.0, 80.0))
    assert figures(first, second) == pytest.approx([1268.840, 94.740, 1019.960, 77.389], abs=1e-3)
    same, other = after_draw(NEW, NEW)
    assert same == other
    assert same.sigma < NEW.sigma


def test_a_player_without_games_is_as_at_the_start() -> None:
    assert solve(3, [Encounter(0, 1, 1)])[2] == NEW


def test_an_unlikely_win_is_a_number() -> None:
    winner, loser = after_win(Skill(-1e5, 10.0), Skill(1e5, 10.0))
    assert all(math.isfinite(each) for skill in (winner, loser) for each in (skill.mean, skill.sigma))
