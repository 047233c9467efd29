r"""When two answers are equal by the rule of PolyMath's authors.

It is the rule of ``eval/run_eval.py`` and ``eval/scripts.py`` of QwenLM/PolyMath, with its generosity (a hundredth
and the hundredfold of a number count, and four digits are enough) and its strictness (a unit in the box does not
count, nor does a command for the layout). What two pieces of mathematics mean is asked of ``symbolic``.
"""

from __future__ import annotations

import re
from math import isclose

from .symbolic import same_value

CLOSE = 1e-4
BOX = "boxed{"
BRACE = re.compile(r"[{}]")
LETTERS = re.compile(r"\b([A-E])\b")
BRACKETED = re.compile(r"[(\[].+[)\]]")
BRACED = re.compile(r"\{.*,.*}")
MATRIX_STARTS = (r"\begin{pmatrix}", r"\begin{bmatrix}")
MATRIX_ENDS = (r"\end{pmatrix}", r"\end{bmatrix}")
# Brackets within brackets are compared part by part; nobody answers with more of them.
MAX_DEPTH = 20


def first_box(text: str) -> str | None:
    r"""Content of the first ``\boxed{}`` that is closed, without spaces; None when there is none. Linear."""
    text = text.replace(" ", "")
    first, opened = text.find(BOX), []
    found: tuple[int, int] | None = None
    for brace in BRACE.finditer(text, first) if first >= 0 else ():
        if brace[0] == "{":
            opened.append(brace.end())
        elif opened:
            start = opened.pop()
            if text.endswith(BOX, 0, start) and (found is None or start < found[0]):
                found = start, brace.start()
            if start == first + len(BOX):
                break
    return text[found[0] : found[1]] if found else None


def polymath_equal(answer: str | None, target: str) -> bool:
    """Whether an answer counts for the target. None, an absent answer, equals nothing.

    May run long where the two are mathematics: to be called in a process that can be killed.
    """
    return answer is not None and _equal(answer, target, 0)


def _equal(answer: str, target: str, depth: int) -> bool:
    if answer.strip().lower() == target.strip().lower() or _same_choice(answer, target):
        return True
    number, other = _number(answer), _number(target)
    if number is not None and other is not None:
        return any(isclose(value, number, rel_tol=CLOSE) for value in (other / 100, other, other * 100))
    return bool(answer) and depth < MAX_DEPTH and _same_form(answer.strip(), target.strip(), depth)


def _same_choice(answer: str, target: str) -> bool:
    """A letter from A to E, which may stand in a sentence."""
    if target not in tuple("ABCDE"):
        return False
    letters = LETTERS.findall(answer.strip("\n").rstrip(".").rstrip("/").strip(" ").lstrip(":").upper())
    return bool(letters) and letters[-1] == target


def _number(text: str) -> float | None:
    """What Python reads as a number without its commas; a percentage is its hundredth."""
    text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        pass
    if not text.endswith("%"):
        return None
    try:
        return float(text[:-1].removesuffix("\\")) / 100
    except ValueError:
        return None


def _same_form(answer: str, target: str, depth: int) -> bool:
    if "pmatrix" in answer and "pmatrix" not in target:
        target = _as_matrices(target)
    return (
        _same_without_brackets(answer, target)
        or _same_parts(answer, target, depth)
        or _same_cells(answer, target, depth)
        or _same_equation(answer, target, depth)
        or same_value(answer, target)
    )


def _as_matrices(text: str) -> str:
    """Lists in braces, as columns."""
    bodies = [found.strip("{}").replace(",", "\\") for found in BRACED.findall(text.strip())]
    return ", ".join(f"{MATRIX_STARTS[0]}{body}{MATRIX_ENDS[0]}" for body in bodies)


def _same_without_brackets(answer: str, target: str) -> bool:
    """The same writing, whatever its braces and round brackets; square ones unless the other's are round."""
    square = answer.startswith("[") and answer.endswith("]") and not target.startswith("(")
    rounded = answer.startswith("(") and answer.endswith(")") and not target.startswith("[")
    if square or rounded:
        answer, target = answer.strip("[]()"), target.strip("[]()")
    drop = str.maketrans("", "", "{}()")
    return answer.translate(drop).lower() == target.translate(drop).lower()


def _same_parts(answer: str, target: str, depth: int) -> bool:
    """Points and intervals, part by part, whatever their brackets."""
    if not BRACKETED.match(answer) or not BRACKETED.match(target):
        return False
    return _each(answer[1:-1].split(","), target[1:-1].split(","), depth)


def _each(parts: list[str], others: list[str], depth: int) -> bool:
    return len(parts) == len(others) and all(
        _equal(part, other, depth + 1) for part, other in zip(parts, others, strict=True)
    )


def _same_cells(answer: str, target: str, depth: int) -> bool:
    """Matrices of one shape, cell by cell."""
    if not all(text.startswith(MATRIX_STARTS) and text.endswith(MATRIX_ENDS) for text in (answer, target)):
        return False
    rows, others = (_rows(text) for text in (answer, target))
    return len(rows) == len(others) and all(
        _each(row.split("&"), other.split("&"), depth) for row, other in zip(rows, others, strict=True)
    )


def _rows(matrix: str) -> list[str]:
    body = matrix[len(MATRIX_STARTS[0]) : -len(MATRIX_ENDS[0])]
    return [row.strip() for row in body.split("\\\\") if row.strip()]


def _same_equation(answer: str, target: str, depth: int) -> bool:
    """Two equations with the same difference of sides up to the sign, or the value that a short name is given."""
    sides, others = answer.split("="), target.split("=")
    if len(sides) == len(others) == 2:
        left, right = (f"{first.strip()} - ({second.strip()})" for first, second in (sides, others))
        return same_value(left, right) or same_value(f"-({left})", right)
    if len(sides) == 2 and len(sides[0].strip()) <= 2 and len(others) == 1:
        return _equal(sides[1], target, depth + 1)
    if len(others) == 2 and len(others[0].strip()) <= 2 and len(sides) == 1:
        return _equal(answer, others[1], depth + 1)
    return False
