"""When a score is marked as not to be trusted."""

from __future__ import annotations

import pytest

from qwen3_eval.measure import health
from qwen3_eval.types import OUTCOMES


def test_a_healthy_result_is_valid_without_a_reason() -> None:
    assert health.check({"ok": 95, "no_answer": 5}, 100) == health.Health(True, "")


@pytest.mark.parametrize("limit", health.LIMITS, ids=lambda limit: limit.outcome)
def test_each_limit_holds_up_to_its_share_and_fails_past_it(limit: health.Limit) -> None:
    allowed = round(1000 * limit.share)
    assert health.check({"ok": 1000 - allowed, limit.outcome: allowed}, 1000).valid
    verdict = health.check({"ok": 999 - allowed, limit.outcome: allowed + 1}, 1000)
    assert not verdict.valid
    assert limit.meaning in verdict.reason and f"{allowed + 1} of 1,000" in verdict.reason


def test_a_run_with_missing_samples_says_how_many() -> None:
    assert health.check({"ok": 40}, 100) == health.Health(False, "incomplete: 40 of 100 samples")


def test_several_reasons_are_all_given() -> None:
    reason = health.check({"error": 5, "truncated": 5}, 20).reason
    assert reason.startswith("incomplete: 10 of 20") and "error" in reason and "cut off" in reason


def test_nothing_scored_is_not_valid() -> None:
    assert health.check({}, 0) == health.Health(False, "no sample was scored")


def test_every_outcome_has_a_limit_and_words() -> None:
    assert {limit.outcome for limit in health.LIMITS} | {"ok"} == set(OUTCOMES) == set(health.WORDS)


def test_any_timeout_is_told_even_where_the_score_is_valid() -> None:
    assert health.check({"ok": 1_318, "timeout": 1}, 1_319).valid
    assert health.warning({"ok": 1_318, "timeout": 1}).startswith("1 could not be judged in time")
    assert health.warning({"ok": 1, "unfinished": 3, "error": 2}) == ""
