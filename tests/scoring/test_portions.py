"""How many answers go to a worker at once."""

from __future__ import annotations

from qwen3_eval.scoring.backlog import MOST, SECONDS, Portions


def test_portions_follow_what_judging_costs_by_kind() -> None:
    portions = Portions(1)
    assert portions.size("short") == portions.size("long") == 1
    for _ in range(20):
        portions.took("short", 4, 4 * SECONDS / 1_000)
        portions.took("long", 1, 10 * SECONDS)
    assert (portions.size("short"), portions.size("long")) == (MOST, 1)
    for _ in range(20):
        portions.took("short", MOST, MOST * SECONDS / 5)
    assert 4 <= portions.size("short") <= 5


def test_what_waits_all_at_once_begins_with_many() -> None:
    assert Portions(MOST).size("any") == MOST
