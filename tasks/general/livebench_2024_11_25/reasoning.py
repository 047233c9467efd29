"""LiveBench reasoning: web_of_lies_v2, zebra_puzzle and spatial.

Source: ``livebench/process_results/reasoning/*/utils.py`` of the reference that ``scorers`` names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .finding import Finding
from .text import between, last_box, solutions, unboxed

NEW_FORMAT = "2024-11-25"
DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty"
).split()
LIES = ("yes", "no", "unknown")
# Shapes that may carry an article, a number or an adjective.
SHAPES = ("tetrahedra", "tetrahedron", "triangle", "square")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
VERY_BOLD = re.compile(r"\*\*\*(\w+)\*\*\*")
WORD = re.compile(r"\b\w+\b")


def web_of_lies(facts: Mapping[str, Any], answer: str) -> Finding:
    """Three words, yes or no: in solution tags, else the last three bold ones, else in a box, else as they stand."""
    truth = str(facts["ground_truth"]).lower()
    found = _lies(answer)
    if not found:
        return Finding(0.0, None)
    # The official count: "unknown" counts twice, since "no" is in it.
    three = sum(found.count(word) for word in LIES) == 3
    return Finding(float(found == truth or (three and truth in found)), found)


def _lies(answer: str) -> str | None:
    tagged = solutions(answer)
    found = tagged[-1] if tagged else _bold_lies(answer)
    text = answer
    if found is None or not found.strip():
        text = answer.replace("\\\\boxed{\\\\textbf{", "\\\\boxed{").replace("\\\\fbox{", "\\\\boxed{")
        text = text.replace("\\textbf{", "\\boxed{")
        box = last_box(text)
        found = unboxed(box) if box else found
    return found if found is not None else _plain_lies(text.lower())


def _bold_lies(answer: str) -> str | None:
    words = [word for bold in between(answer, "**", "**") for word in bold.split()]
    plain = (word.lower().strip().replace(",", "").replace(".", "")[: max(len(word), 3)] for word in words)
    said = [word for word in plain if word in LIES]
    return ", ".join(said[-3:]) if said else None


def _plain_lies(text: str) -> str | None:
    """Of the 27 triples, the one whose first occurrence is last."""
    triples = (", ".join(words) for words in itertools.product(LIES, repeat=3))
    placed = [(text.find(triple), triple) for triple in triples]
    place, triple = max(placed, key=lambda pair: pair[0])
    return triple if place >= 0 else None


def zebra_puzzle(facts: Mapping[str, Any], answer: str) -> Finding:
    """Half for all answers being right, half for the share that is; by the rule of the question's release."""
    truth = str(facts["ground_truth"])
    if str(facts["livebench_release_date"]) < NEW_FORMAT:
        return _old_zebra(truth, answer)
    wanted = truth.split(",")
    given = _zebra_answers(answer, len(wanted))
    if given is None:
        return Finding(0.0, None)
    pairs = zip(wanted, given, strict=False)
    right = sum(_spaced(want) in _spaced(word).replace("position", "") for want, word in pairs)
    value = ((right == len(wanted)) + right / len(wanted)) / 2
    return Finding(value, ",".join(given), f"{right} of {len(wanted)} answers are right")


def _spaced(word: str) -> str:
    return word.strip().lower().replace("-", " ")


def _zebra_answers(answer: str, count: int) -> Sequence[str] | None:
    """Comma-separated answers: in solution tags, else in a box, else the last line when it holds as many."""
    found = solutions(answer)
    if not found:
        box = last_box(answer.replace("\\\\fbox{", "\\\\boxed{"))
        if box:
            found = [unboxed(box).replace("\\text{", "").replace("}", "").replace("\\", "")]
    if not found:
        last = answer.strip().rpartition("\n")[2]
        found = [last] if last.count(",") == count - 1 else []
    if not found:
        return None
    if len(found) == 1:
        return found[0].split(",")
    return [word for text in found for word in text.split(",")][-count:]


def _old_zebra(truth: str, answer: str) -> Finding:
    """One word: the last one between three asterisks, else the last word of all."""
    words = VERY_BOLD.findall(answer) or WORD.findall(answer)
    if not words:
        return Finding(0.0, None)
    word = words[-1]
    spelled = DIGITS["123456789".index(word)] if word in set("123456789") else word
    wanted = truth.lower()
    right = wanted in (word.lower(), spelled, f"{word.lower()} movies")
    return Finding(float(right), word)


def spatial(facts: Mapping[str, Any], answer: str) -> Finding:
    """A number or a shape among the last three bold phrases, else in a box."""
    truth = str(facts["ground_truth"])
    if answer == truth:
        return Finding(1.0, answer)
    bold = [phrase.strip().lower() for phrase in BOLD.findall(answer)[-3:]]
    wanted = truth.strip().lower()
    if any(_same_place(phrase, wanted) for phrase in bold):
        return Finding(1.0, ", ".join(bold))
    box = last_box(answer.replace("\\\\fbox{", "\\\\boxed{"))
    if not box:
        return Finding(0.0, ", ".join(bold) or None)
    inside = unboxed(box)
    for part in ("\\textbf{", "\\mathbf{", "\\text{", "}"):
        inside = inside.replace(part, "")
    return Finding(float(inside == truth), inside)


def _same_place(phrase: str, wanted: str) -> bool:
    if phrase == wanted or (phrase in NUMBERS and str(NUMBERS.index(phrase)) == wanted):
        return True
    return wanted in SHAPES and wanted in phrase and len(phrase) < 2 * len(wanted) + 5
