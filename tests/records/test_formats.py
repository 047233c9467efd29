"""What a line of a journal must be: what is told of one that is not."""

from __future__ import annotations

from typing import Any

import pytest

from qwen3_eval.records.formats import JOURNALS, STEPS, fault

LINE: dict[str, Any] = {
    "key": "ab",
    "task": "t",
    "id": "i",
    "sample": 0,
    "mode": "thinking",
    "budget": None,
    "seed": 1,
    "prompt_sha256": "a",
    "thinking": "",
    "answer": "",
    "finished": True,
    "forced_stop": False,
    "finish_reason": "stop",
    "tokens": {},
    "latency_s": 0,
    "error": "",
}


@pytest.mark.parametrize("part", [{"key": "\udc88"}, {"mode": "\udc88"}, {"\udc88": 1}], ids=["key", "mode", "name"])
def test_half_a_surrogate_pair_where_none_may_stand_is_a_fault(part: dict[str, Any]) -> None:
    assert fault(LINE | part, JOURNALS[STEPS])
    assert "\n" not in fault(LINE | part, JOURNALS[STEPS])


def test_a_text_may_hold_one() -> None:
    assert fault(LINE | {"thinking": "\udc88"}, JOURNALS[STEPS]) == ""
