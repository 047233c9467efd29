"""Texts that would take long: the time grows with the length alone."""

from __future__ import annotations

import time

import pytest
from choice_texts import CITIES, FORMS, REASONING

from qwen3_eval.grading.choice import choice_letter

# hostile texts

MEGABYTE = 1 << 20
HOSTILE = {
    "empty lines": "\n",
    "letters": "A ",
    "letters in parentheses": "(A) ",
    "letters in bold": "**A** ",
    "letter lines": "a\n",
    "heads": "Answer: ",
    "several": "the answer is A or ",
    "boxes": "\\boxed{",
    "braces": "{",
    "fields": '{"answer": ',
    "links": "is the ",
    "predicates": "Option A is correct, ",
    "choosing": "I will I will choose ",
    "Chinese": "选",
    "Chinese heads": "答案是",
    "wide letters": "Ａ，",
    "combining marks": "\u0327\u0301",
    "surrogates": "\ud800",
    "invisible": "\u200b",
    "dashes": "-",
    "gaps": "the correct answer to ",
    "controls": "\x00\x1b",
    "option lines": "A. x\nB. y\n",
    "small option lines": "a. x\nb. y\n",
    "small Cyrillic letters": "в. ",
    "small Greek letters": "α) ",
    "suppositions": "If it were so, the answer would be A. ",
    "reports": "Some say the answer is A, ",
    "examples": 'e.g. "answer": "A" ',
    "open objects": '{"a": ',
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    quarter, whole = (seconds_for(unit * (length // len(unit))) for length in (MEGABYTE // 4, MEGABYTE))
    assert whole < 8 * max(quarter, 0.02), "four times the text takes some four times as long; sixteen were quadratic"


def seconds_for(text: str) -> float:
    """CPU seconds of two answers of that length."""
    start = time.process_time()
    choice_letter(text, 4, options=CITIES)
    choice_letter(f"{text}A", 10)
    return time.process_time() - start


def test_ten_thousand_answers_take_less_than_two_seconds() -> None:
    answers = [
        f"{REASONING * (1 + index % 8)}{FORMS[index % len(FORMS)].format('ABCD'[index % 4])}" for index in range(10_000)
    ]
    start = time.process_time()
    assert [choice_letter(answer, 4) for answer in answers] == ["ABCD"[index % 4] for index in range(10_000)]
    assert time.process_time() - start < 2
