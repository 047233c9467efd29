"""The table of words of each language."""

from __future__ import annotations

import pytest
from choice_texts import phrases

from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.grading.choice.words import LANGUAGES as LANGUAGE_WORDS
from qwen3_eval.grading.choice.words import UNSPACED

# the table of words


@pytest.mark.parametrize("code", LANGUAGE_WORDS)
def test_every_word_for_answer_announces(code: str) -> None:
    words = LANGUAGE_WORDS[code]
    for word in phrases(words.answer):
        for form in (f"{word}: C", f"{word.capitalize()}: **C**", f"**{word.upper()}**: C. x", f"{word} : (C)"):
            assert choice_letter(form, 4) == "C", form
        for link in words.link.split():
            assert choice_letter(f"x y. {word} {link} C.", 4) == "C", (word, link)
        for verb in words.after.split():
            assert choice_letter(f"{word} C {verb}", 4) == "C", (word, verb)
        assert choice_letter(f"{word} A, C", 4) is None
        assert choice_letter(f"{word}: A, C", 4) is None
    for option in words.option.split():
        for link in words.link.split():
            if words.correct:
                assert choice_letter(f"{words.correct.split()[0]} {option} {link} C", 4) == "C", (option, link)
        assert choice_letter(f"{option} C x y z", 4) is None, option


def test_the_table_covers_the_languages_of_the_report() -> None:
    assert len(LANGUAGE_WORDS) + len(UNSPACED) >= 70
    assert not set(LANGUAGE_WORDS) & set(UNSPACED)
