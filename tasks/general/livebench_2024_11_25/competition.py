r"""AMC and SMC (multiple choice) and AIME (three digits).

The prompts ask for the letter five times over (``AAAAA``) and for three digits at the very end. The official rules
look for the right answer alone, so they forgive much and can be met by chance: ``068`` among the last fifty
characters is enough, and so is the text of the right option near the end.
"""

from __future__ import annotations

import re

from .finding import Finding
from .text import END_OF_SOLUTION, SOLUTION, between, last_box, unboxed

LETTERS = "ABCDE"
REPEATED = re.compile(r"([A-E])\1{3}")
OPTION = re.compile(r"\\textbf{\(([A-E])\)\s?}(.*?)(?:\\qquad|\$)")
# How far from the end the text of an option may begin, beside its own length.
NEAR_THE_END = 20
AIME_TAIL = 50
# What the official code looks for when the question's option is not in the usual form.
NO_OPTION = "FAILURE"


def choice_score(truth: str, answer: str, question: str) -> Finding:
    """The right letter in any of the five forms that the official code accepts. truth: A to E.

    Raises OfficialError where the official code raises: a box that it cannot open.
    """
    if len(truth) != 1 or truth not in LETTERS:
        raise ValueError(f"'ground_truth': expected A to E, got {truth!r}")
    if _tagged(answer) == truth or truth * 4 in answer:
        return Finding(1.0, truth, "the letter, repeated")
    letter = _boxed_letter(answer)
    if letter == truth:
        return Finding(1.0, truth, "the letter, boxed")
    if _option(question, truth) in answer[-NEAR_THE_END - len(_option(question, truth)) :]:
        return Finding(1.0, truth, "the option's text at the end")
    if truth.lower() in _last_line(answer):
        return Finding(1.0, truth, "the letter in the last line")
    repeated = REPEATED.findall(answer)
    return Finding(0.0, repeated[-1] if repeated else letter or _tagged(answer), "no form of the right option")


def _tagged(answer: str) -> str | None:
    """The one character that fills the last solution tags."""
    tagged = between(answer, SOLUTION, END_OF_SOLUTION)
    return tagged[-1][0].upper() if tagged and len(set(tagged[-1])) == 1 else None


def _boxed_letter(answer: str) -> str | None:
    box = last_box(answer.replace("\\\\fbox{", "\\\\boxed{"))
    if box is None:
        return None
    letter = unboxed(box).replace("\\text{", "").replace("}", "").replace("\\", "").upper()
    return letter if len(letter) == 1 and letter in LETTERS else None


def _option(question: str, letter: str) -> str:
    """The text of an option in the question."""
    found = dict(OPTION.findall(question)).get(letter, "").strip()
    return (found or NO_OPTION).strip("$").strip("~")


def _last_line(answer: str) -> tuple[str, ...]:
    """Readings of the last line: all of it without asterisks, and what its first parentheses hold."""
    line = answer.strip().split("\n")[-1]
    whole = line.strip().replace("*", "").lower()
    inside = line.split("(")[1].split(")")[0].lower() if "(" in line and ")" in line else whole
    return whole, inside


def three_digits_score(truth: str, answer: str) -> Finding:
    """The right three digits anywhere in the last fifty characters."""
    tail = answer[-AIME_TAIL:]
    if truth in tail:
        return Finding(1.0, truth)
    numbers = re.findall(r"\d+", tail)
    return Finding(0.0, numbers[-1] if numbers else None, f"not among the last {AIME_TAIL} characters")
