"""One pass over the rows of a task: what is checked in it, and what is said first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toy_data import ROWS, TOY, declared, write_mirror

from qwen3_eval import data
from qwen3_eval.data.content import content_sha256
from qwen3_eval.types import Doc, UsageError

PINNED = replace(TOY, revision="", sha256=content_sha256(ROWS))


def test_rows_are_held_against_their_pin_while_they_are_read(tmp_path: Path) -> None:
    found = data.read(declared(source=PINNED), write_mirror(tmp_path, ROWS))
    assert (len(found.docs), found.origin["sha256"]) == (len(ROWS), PINNED.sha256)


@pytest.mark.parametrize("change", [{"answer": "7"}, {"answer": None}, {"id": 0}], ids=["other", "no answer", "twin"])
def test_of_rows_that_are_not_the_pinned_ones_that_is_what_is_said(tmp_path: Path, change: dict[str, Any]) -> None:
    changed = [*ROWS[:2], {name: value for name, value in (ROWS[2] | change).items() if value is not None}, *ROWS[3:]]
    with pytest.raises(UsageError, match="the dataset has changed, take a mirror of the pinned rows"):
        data.read(declared(source=PINNED), write_mirror(tmp_path, changed))


def test_a_limit_lets_no_rows_by_that_are_not_the_pinned_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the dataset has changed"):
        data.read(declared(source=PINNED), write_mirror(tmp_path, [*ROWS, {"id": 9}]), data.Pick(limit=1))


def test_the_digest_is_the_same_whatever_is_picked(tmp_path: Path) -> None:
    folder = write_mirror(tmp_path, ROWS)
    found = [data.read(declared(), folder, data.Pick(limit=limit)) for limit in (1, 3, None)]
    assert [len(each.docs) for each in found] == [1, 3, len(ROWS)]
    assert {each.origin["sha256"] for each in found} == {content_sha256(ROWS)}


def test_a_limit_takes_subsets_in_turn_where_each_stands_by_itself() -> None:
    docs = [
        Doc(f"{subset}{number}", "?", None, subset=subset)
        for subset in "abc"
        for number in range(4 - (subset == "b") * 3)
    ]
    first = list(data.Pick(limit=6, in_turn=True).of(docs))
    assert [doc.id for doc in first] == ["a0", "b0", "c0", "a1", "c1", "a2"]
    assert list(data.Pick(limit=6, in_turn=True).of(first)) == first
    assert list(data.Pick(limit=9, in_turn=True).of(docs))[:6] == first
    assert list(data.Pick(in_turn=True).of(docs)) == docs
    assert [doc.id for doc in data.Pick(limit=6).of(docs)] == ["a0", "a1", "a2", "a3", "b0", "c0"]


def test_a_limit_in_each_language_takes_subsets_in_turn_too() -> None:
    docs = [
        Doc(f"{subset}{tag}", "?", None, language=tag, subset=subset)
        for subset in "ab"
        for tag in ("en", "en-GB", "en")
    ]
    first = list(data.Pick(limit_per_language=2, in_turn=True).of(docs))
    assert [doc.id for doc in first] == ["aen", "ben", "aen-GB", "ben-GB"]
