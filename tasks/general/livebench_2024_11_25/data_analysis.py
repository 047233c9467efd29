"""LiveBench data analysis: tablejoin and cta here, tablereformat in ``tables``.

Source: ``livebench/process_results/data_analysis/*/utils.py`` of the reference that ``scorers`` names.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any

from .finding import Finding
from .text import END_OF_SOLUTION, SOLUTION, between, last_box, unboxed

FENCES = ("```python", "```json", "```")
QUOTED = re.compile(r"\\text\{['|\"]")
END_OF_QUOTED = re.compile(r"['|\"]\}")
NOT_WORD = re.compile(r"[^\w]")


def tablejoin(facts: Mapping[str, Any], answer: str) -> Finding:
    """F1 of the column mapping, to two decimals; a wrong partner of a column that has one counts as both errors."""
    truth = facts["ground_truth"]
    truth = truth if isinstance(truth, dict) else ast.literal_eval(truth)
    given = _mapping(answer)
    if not given:
        return Finding(0.0, None)
    right = sum(1 for key, value in given.items() if truth.get(key) and truth[key] == value)
    false = len(given) - right
    missed = sum(1 for key, value in given.items() if truth.get(key) and truth[key] != value)
    missed += sum(1 for key in truth if not given.get(key))
    share = 2 * right / (2 * right + false + missed)
    return Finding(round(share * 100) / 100, str(given), f"{right} of {len(truth)} columns are right")


def _mapping(answer: str) -> dict[Any, Any]:
    """The Python dict in the answer, without its None values; empty where there is none."""
    tagged = between(answer, SOLUTION, END_OF_SOLUTION, lines=True)
    text = tagged[-1].strip() if tagged else answer
    try:
        found = _literal(text)
    except ValueError:
        inside = _fenced(text).replace("null", "None")
        if inside == text:
            return {}
        try:
            found = _literal(inside)
        except ValueError:
            return {}
    return {key: value for key, value in found.items() if value is not None} if isinstance(found, dict) else {}


def _literal(text: str) -> Any:
    """``ast.literal_eval``. Raises ValueError whatever is wrong with the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"not a Python literal: {error}") from error


def _fenced(text: str) -> str:
    line = text.replace("\n", "")
    for fence in FENCES:
        blocks = between(line, fence, "```")
        if blocks:
            return blocks[-1]
    box = last_box(line) if "\\boxed" in text else None
    return _requoted(unboxed(box)).replace("\\", "") if box else text


def _requoted(text: str) -> str:
    r"""``\text{"a"}`` becomes ``'a'``."""
    parts: list[str] = []
    place = 0
    while (start := QUOTED.search(text, place)) and (end := END_OF_QUOTED.search(text, start.end())):
        parts += [text[place : start.start()], "'", text[start.end() : end.start()], "'"]
        place = end.end()
    return "".join([*parts, text[place:]])


def cta(facts: Mapping[str, Any], answer: str) -> Finding:
    """The class must be the last thing in the answer, or in its box; case, blanks and punctuation do not count."""
    text = answer
    if "\\boxed{" in answer:
        text = unboxed(last_box(answer)).replace("\\text{", "").replace("}", "").replace("\\", "")
    wanted, given = _letters(str(facts["ground_truth"])), _letters(text)
    right = given == wanted or given[-len(wanted) :] == wanted
    return Finding(float(right), text.strip().rpartition("\n")[2] if given else None)


def _letters(text: str) -> str:
    return NOT_WORD.sub("", text.lower().strip())
