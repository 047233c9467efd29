"""The letter of generated answers: prose around an announcement, several of them, none of them."""

from __future__ import annotations

from itertools import product

from choice_texts import FORMS, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.grading.choice import choice_letter

# properties

LAST_LINES = ("{}", "({})", "**{}**", "{}. Paris", "**{}) Paris**", "Option {} is correct.")
shape = st.sampled_from(["plain", "wide", "marks"])


def reshaped(letter: str, form: str) -> str:
    if form == "wide":
        return chr(ord(letter) + 0xFEE0)
    return f"\u200e{letter}\u200f" if form == "marks" else letter


@given(before=prose, after=prose, form=st.sampled_from(FORMS), count=st.integers(2, 26), data=st.data(), written=shape)
@settings(deadline=None, max_examples=400)
def test_an_announced_letter_is_found_in_prose(
    before: str, after: str, form: str, count: int, data: st.DataObject, written: str
) -> None:
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count]))
    text = f"{before}\n\n{form.format(reshaped(letter, written))}\n\n{after}"
    assert choice_letter(text, count) == letter


@given(before=prose, form=st.sampled_from(LAST_LINES), letter=st.sampled_from("ABCD"))
@settings(deadline=None, max_examples=200)
def test_a_letter_that_is_the_last_line_is_found(before: str, form: str, letter: str) -> None:
    assert choice_letter(f"{before}\nThat settles it.\n\n{form.format(letter)}", 4) == letter


def strength(form: str) -> int:
    """The asked field counts before a box, a box before what is said."""
    return 3 if 'answer"' in form or "answer'" in form else 2 if "boxed" in form else 1


@given(middle=prose, letters=st.permutations("ABCD"))
@settings(deadline=None, max_examples=5)
def test_of_two_announcements_the_stronger_counts_and_of_equal_ones_the_last(middle: str, letters: list[str]) -> None:
    for first, last in product(FORMS, FORMS):
        text = f"{first.format(letters[0])}\n{middle}\nNo.\n{last.format(letters[1])}"
        assert choice_letter(text, 4) == letters[strength(last) >= strength(first)], (first, last)


@given(forms=st.lists(st.sampled_from(FORMS), min_size=3, max_size=6), data=st.data(), middle=prose)
@settings(deadline=None, max_examples=200)
def test_of_many_announcements_the_last_of_the_strongest_counts(
    forms: list[str], data: st.DataObject, middle: str
) -> None:
    letters = [data.draw(st.sampled_from("ABCD")) for _ in forms]
    text = f"\n{middle}\nNo.\n".join(form.format(letter) for form, letter in zip(forms, letters, strict=True))
    strongest = max(map(strength, forms))
    expected = [letter for letter, form in zip(letters, forms, strict=True) if strength(form) == strongest][-1]
    assert choice_letter(text, 4) == expected


@given(lines=st.lists(prose, max_size=6), count=st.integers(2, 10))
@settings(deadline=None, max_examples=400)
def test_prose_without_an_announcement_gives_nothing(lines: list[str], count: int) -> None:
    text = "\n".join(["We look at it.", *lines, "and that is all there is to say about it"])
    assert choice_letter(text, count) is None


@given(text=st.text(max_size=200), count=st.integers(1, 26))
@settings(deadline=None, max_examples=400)
def test_any_text_gives_a_label_or_nothing(text: str, count: int) -> None:
    found = choice_letter(text, count)
    assert found is None or found in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count]


@given(before=prose, form=st.sampled_from(FORMS), data=st.data())
@settings(deadline=None, max_examples=200)
def test_blanks_and_invisible_marks_change_nothing(before: str, form: str, data: st.DataObject) -> None:
    text = f"{before}\n\n{form.format('B')}"
    blank = st.sampled_from(["\u200b", "\ufeff", "\u200e", "\u200f", "\u2066", "\u202c", "\u00ad"])
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=5))
    for place in sorted(places, reverse=True):
        text = text[:place] + data.draw(blank) + text[place:]
    assert choice_letter(f"  \n{text}\n \t\n", 4) == "B"
