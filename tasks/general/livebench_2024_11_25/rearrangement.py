"""Olympiad: which formula belongs into which gap of a proof, scored by edit distance.

The answer is a list of numbers, one a gap. The score is 1 - d / n, where d is the Levenshtein distance between the
two lists and n the length of the longer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from .finding import Finding
from .text import OfficialError, last_box, unboxed

Numbers = list[int | None]
LABEL = "answer:"
MARKUP = ("$", "{", "}", "\\", "boxed", "<", ">")
SUBSCRIPT_TWO = "₂"


def rearrangement_score(truth: str, answer: str) -> Finding:
    """The part of the list that is right. truth: numbers between commas.

    Raises OfficialError where the official code raises.
    """
    right = [int(number) for number in truth.split(",")]
    found = _numbers(answer)
    value = 1 - distance(right, found) / max(len(found), len(right))
    said = ", ".join("?" if number is None else str(number) for number in found[: 2 * len(right)])
    return Finding(value, said or None, f"{len(found)} numbers for {len(right)} gaps")


def _numbers(answer: str) -> Numbers:
    """The first of four readings that finds a number; None stands for an item that is no number."""
    for found in (_labelled(answer), _boxed(answer), _in_last_line(answer)):
        if any(number is not None for number in found):
            return found
    return _after_label(answer)


def _labelled(answer: str) -> Numbers:
    """What the last line with the label says behind it, or the next line when that is nothing."""
    lines = answer.lower().strip().split("\n")
    places = [place for place, line in enumerate(lines) if LABEL in line]
    if not places:
        return []
    said = _plain(lines[places[-1]].split(LABEL)[1])
    if not said and places[-1] < len(lines) - 1:
        said = _plain(lines[places[-1] + 1])
    return [_integer(_without_markup(item.strip().split(" ")[-1])) for item in said.split(",")]


def _plain(text: str) -> str:
    return text.replace("**", "").replace(".", "").strip()


def _without_markup(text: str) -> str:
    for mark in MARKUP:
        text = text.replace(mark, "")
    return text


def _boxed(answer: str) -> Numbers:
    """What the last box holds; a box that is not closed gives the whole text."""
    if "\\boxed" not in answer:
        return []
    box = last_box(answer)
    text = answer if box is None else unboxed(box)
    text = text.replace("\\text{", "").replace("}", "").replace("\\", "")
    return [_integer(item.strip()) for item in text.strip().split(",")]


def _in_last_line(answer: str) -> Numbers:
    """The first run of digits of each item of the last line that has one."""
    items = answer.strip().lower().split("\n")[-1].strip().split(",")
    return [_integer(digits) for digits in map(_first_digits, items) if digits]


def _after_label(answer: str) -> Numbers:
    """Items behind the last label, up to the first, but not the very first, that is more than digits."""
    return list(_leading_numbers([item.strip() for item in answer.lower().split(LABEL)[-1].split(",")]))


def _leading_numbers(items: Sequence[str]) -> Iterator[int]:
    for place, item in enumerate(items):
        digits = _first_digits(item)
        if digits and digits != SUBSCRIPT_TWO:
            number = _integer(digits)
            if number is None:
                raise OfficialError(f"{digits[:20]!r} is no number")
            yield number
        if place and digits != item:
            return


def _first_digits(text: str) -> str:
    start = next((place for place, character in enumerate(text) if character.isdigit()), len(text))
    return "".join(takewhile(str.isdigit, text[start:]))


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def distance(pattern: Sequence[object], sequence: Sequence[object]) -> int:
    """Levenshtein distance; a step of few integer operations for each item of the sequence.

    The bit-parallel algorithm of Myers (1999) as Hyyrö (2003) gives it: bit i stands for row i + 1 of a column.
    """
    matches: dict[object, int] = {}
    for place, item in enumerate(pattern):
        matches[item] = matches.get(item, 0) | 1 << place
    every, last = (1 << len(pattern)) - 1, 1 << len(pattern) - 1
    up, down, total = every, 0, len(pattern)
    for item in sequence:
        match = matches.get(item, 0)
        level = (((match & up) + up) ^ up) | match | down
        right, left = down | ~(level | up) & every, up & level
        total += bool(right & last) - bool(left & last)
        right, left = (right << 1 | 1) & every, left << 1 & every
        up, down = left | ~(level | right) & every, right & level
    return total
