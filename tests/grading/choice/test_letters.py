"""Small letters and letters of other scripts as labels."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.grading.choice.letters import NATIVE

# small letters

SMALL = [
    "b. second option",
    "(b) second option",
    "b) second option",
    "b: second option",
    "**b**. second option",
    "**b.** second option",
    "**b) second option**",
    "b - second option",
    "b – second option",
    "answer: b",
    "the answer is b.",
    "Answer: b. second option",
    "Answer: b) second option",
    "Answer: (b) second option",
    "The answer is b) second option.",
    "The correct answer is b, because it fits.",
    "The answer is b: second option",
    "answer: b - second option",
    "The correct option is b.",
    "So we compare them.\n\nb. second option",
    "b. second option\n\nExplanation: the others are too small.",
    "b.",
    "b)",
    "(b)",
    "b. 4.5",
    "b. -3",
    "b) $x^2$",
    "b. 巴黎",
    "b) segunda opción",
    "答案：b",
    "答案：b. 巴黎",
    "答案是b。",
    "答案是b，因为",
    "Respuesta: b) segunda opción",
    "respuesta: b",
    "La respuesta correcta es b.",
    "La bonne réponse est b) Paris",
    "Die richtige Antwort ist b) Berlin.",
    "정답: b) 서울",
    "정답은 b입니다.",
    "答えはbです。",
    "Ответ: b) вторая",
    "الإجابة: b) باريس",
    "उत्तर: b) दूसरा",
    "Jawaban: b. kedua",
    "Đáp án: b) thứ hai",
    "Cevap: b) ikinci",
    "คำตอบ: b",
    "b、巴黎",
    "- b. second option",
    "> b) second option",
    "\\boxed{b. second}",
    "\\text{b. second}",
    '"answer": "b. second option"',
    '"answer": "b) second option"',
    "b.) second option",
    "b. a second option",
    "b. The second option.",
    "option b",
    "Option b.",
    "option b) second option",
    "Answer: option b",
    "[b] second option",
    "b] second",
    "б) вторая",
    "Ответ: б",
    "Ответ: б) вторая",
    "b. RL.",
    "b. 《奈何天》",
    "b. [H2O]",
    "Απάντηση: β",
    "Απάντηση: β) δεύτερη",
]

NOT_SMALL = [
    "a. m.",
    "i. e. something",
    "a good question",
    "a) first\nb) second",
    "a. first\nb. second\nc. third\nd. fourth",
    "We list steps.\na. do this",
    "a. do this\nb. do that\n\nc. so it goes",
    "d. h. lawrence wrote it",
    "The plan:\na) measure\nb) cut",
    "e. coli",
    "I bought b. and c.",
    "see fig. b.",
    "a: hello\nb: hi",
    "The answer is a good one.",
    "the answer is a matter of taste",
    "a - priori",
    "c: 299792458\nd: 12",
    "vitamin b.",
    "the answer is a, as said, b",
    "point b: here",
    "Let a - b be",
    "b - c",
    "b - 3 = 4",
    "c - x",
    "Die Antwort ist a priori klar.",
    "The set {a, b}",
    "answer: a or b",
    "a.k.a. something",
    "b.c. something",
    "a. k. a. smith",
    "d. j. trump",
]


@pytest.mark.parametrize("answer", SMALL)
def test_a_small_letter_with_a_mark_and_its_text(answer: str) -> None:
    assert choice_letter(answer, 4) == "B"


@pytest.mark.parametrize("answer", NOT_SMALL)
def test_small_letters_that_choose_nothing(answer: str) -> None:
    assert choice_letter(answer, 4) is None


@given(
    letter=st.sampled_from("abcd"),
    form=st.sampled_from(("{}. {}", "({}) {}", "{}) {}", "**{}.** {}", "answer: {}. {}")),
)
@settings(deadline=None)
def test_small_letters_count_as_capitals_do(letter: str, form: str) -> None:
    for option in ("Paris", "the second option", "12 m", "4.5", "$x^2$", "巴黎", "ver el río"):
        answer = form.format(letter, option)
        assert choice_letter(answer, 4) == choice_letter(form.format(letter.upper(), option), 4) == letter.upper()


def test_the_usual_form_of_a_letter_is_that_of_unicode() -> None:
    for char in map(chr, (*range(0xFF21, 0xFF3B), *range(0x1D400, 0x1D41A), *range(0x24B6, 0x24D0))):
        assert choice_letter(f"Answer: {char}", 26) == unicodedata.normalize("NFKC", char)


@pytest.mark.parametrize("script", NATIVE)
def test_native_letters_count_their_options(script: str) -> None:
    for index, letter in enumerate(NATIVE[script]):
        for form in ("Answer: {}", "الإجابة: ({})", "答案：{}", "\\boxed{{{}}}", "**{}**", "{}) x"):
            assert choice_letter(form.format(letter), 10) == "ABCDEFGHIJ"[index], form
        assert choice_letter(f"Answer: {letter}{letter}", 10) is None
        assert choice_letter(f"x {letter} y {letter} z", 10) is None
