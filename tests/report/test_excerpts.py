"""What a page has of a long prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_prompts import AT, HAY, LONG_TEXT, NEEDLE, long_run
from opened import runs_in
from unpacked import Unpacked

from qwen3_eval.records.formats import PromptLine
from qwen3_eval.records.record import open_run
from qwen3_eval.records.samples import AskedPrompt
from qwen3_eval.records.texts import LONG
from qwen3_eval.report import write_report
from qwen3_eval.report.excerpts import AROUND, LEAST, MOST, PAGE_CHARACTERS, carried, pieces, prompt_limit, shown


def line(text: str, *marks: tuple[int, int]) -> PromptLine:
    return {
        "prompt_sha256": "00",
        "task": "t",
        "id": "1",
        "mode": "thinking",
        "target": "heron",
        "text": text,
        "marks": list(marks),
        "tokens": len(text) // 4,
    }


def whole(found: list[Any]) -> int:
    return sum(
        each if isinstance(each, int) else len(each) if isinstance(each, str) else len(each[0]) for each in found
    )


def test_a_long_prompt_has_its_ends_and_its_marks_with_what_stands_around() -> None:
    found: Any = shown(line(LONG_TEXT, (AT, AT + len(NEEDLE))), 20_000)
    head, left, before, needle, after, more, tail = found["pieces"]
    assert needle == [NEEDLE] and LONG_TEXT.startswith(head) and LONG_TEXT.endswith(tail)
    assert (before, after) == (HAY[AT - AROUND : AT], HAY[AT : AT + AROUND])
    assert left == AT - AROUND - len(head) and whole(found["pieces"]) == len(LONG_TEXT) == found["characters"]
    assert more > 0 and found["tokens"] == len(LONG_TEXT) // 4
    assert carried(found) <= 20_000


def test_short_prompts_are_texts_as_ever_but_for_marks() -> None:
    assert shown(line("x" * LONG), LEAST) == "x" * LONG
    found: Any = shown(line(f"a {NEEDLE} b", (2, 2 + len(NEEDLE))), LEAST)
    assert found["pieces"] == ["a ", [NEEDLE], " b"]


def test_marks_that_no_text_has_are_passed_over() -> None:
    assert shown(line("text", (2, 9), (3, 3)), LEAST) == "text"


MARKS = st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 400)), max_size=40)


@given(MARKS, st.integers(1_500, 12_000), st.integers(0, 30_000))
@settings(max_examples=60, deadline=None)
def test_pieces_are_the_text_in_order_and_no_more_than_there_is_room_for(
    drawn: list[tuple[int, int]], limit: int, size: int
) -> None:
    text = HAY[:size]
    marks: list[tuple[int, int]] = []
    for start, length in sorted(drawn):
        if start + length <= size and (not marks or start > marks[-1][1]):
            marks.append((start, start + length))
    found, at = list(pieces(text, marks, limit)), 0
    for each in found:
        said = each[0] if isinstance(each, list) else each
        if isinstance(said, str):
            assert text.startswith(said, at) and said
        at += said if isinstance(said, int) else len(said)
    assert at == len(text)
    assert carried({"pieces": found, "characters": 0, "tokens": None}) <= max(limit, size * (size <= limit))


def test_all_long_prompts_of_a_page_share_its_room() -> None:
    def limit(*lengths: int) -> int:
        return prompt_limit([AskedPrompt("t", "1", "thinking", "chat", "00", 0, length) for length in lengths])

    assert limit(*[500_000] * 200) == PAGE_CHARACTERS // 200
    assert limit(500_000) == MOST and limit() == LEAST and limit(*[500_000] * 100_000) == LEAST
    assert limit(*[LONG] * 100_000, 500_000) == MOST


def test_a_page_of_long_prompts_is_small_and_has_their_marks(tmp_path: Path) -> None:
    run = long_run(tmp_path / "run", 20)
    path = write_report(runs_in(run), tmp_path / "x.html")
    items = Unpacked(path.read_text("utf-8")).items("prompts")
    assert len(items) == 2 * 20 == len(open_run(run).prompts)
    assert all([each for each in prompt["pieces"] if isinstance(each, list)] == [[NEEDLE]] for prompt, _ in items)
    assert sum(whole(prompt["pieces"]) for prompt, _ in items) > 40 * len(LONG_TEXT)
    assert path.stat().st_size < 1_500_000


@pytest.mark.parametrize("limit", [LEAST, 9_000])
def test_no_mark_is_cut_from_its_letter(limit: int) -> None:
    text = "é".replace("é", "e\u0301") * 10_000
    assert all(not str(each).startswith("\u0301") for each in pieces(text, [], limit) if isinstance(each, str))
