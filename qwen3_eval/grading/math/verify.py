"""math-verify behind one function.

It is the slow half of ``math_equal``: importing it takes a second, a comparison milliseconds, a hostile
one for ever. Its own time-outs (SIGALRM) are off, so it belongs into a process that is killed from
outside.
"""

from __future__ import annotations

import functools
import importlib
import logging
from typing import Any

from qwen3_eval.loading import once

TINY = 1e-3
EPSILON = 1e-14
WARMING = ("$\\frac{x+1}{2}$", "$\\sqrt{3}$")


def verified(answer: str, target: str) -> bool:
    """Whether math-verify finds the two equal. Not symmetric: the target says what form is asked for."""
    try:
        found, gold = _parse(answer), _parse(target)
        if not found or not gold:
            return False
        if not _library().verify(gold, found, timeout_seconds=None):
            return _same_complex(found[0], gold[0])
        return not _tiny_and_different(found[0], gold[0])
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - all kinds, on texts that are no mathematics; such a text equals nothing
        return False


def _tiny_and_different(first: Any, second: Any) -> bool:
    """Whether two rational numbers differ that the library takes for the same, as it looks at six decimals."""
    values = [one.doit() for one in (first, second) if getattr(one, "is_number", False)]
    if len(values) != 2 or not all(getattr(one, "is_Rational", False) for one in values):
        return False
    return bool(values[0] != values[1] and max(abs(one) for one in values) < TINY)


def _same_complex(first: Any, second: Any) -> bool:
    """Whether two complex numbers are equal to 14 digits, such as one in polar form and one in Cartesian.

    The library reads ``i`` as any letter.
    """
    letters: list[list[Any]] = [list(getattr(one, "free_symbols", ())) for one in (first, second)]
    if any([str(letter) for letter in each] != ["i"] for each in letters):
        return False
    unit = importlib.import_module("sympy").I
    one, other = (
        complex(each.subs(letter, unit).evalf(20)) for each, (letter,) in zip((first, second), letters, strict=True)
    )
    return abs(one - other) <= EPSILON * abs(other)


@functools.lru_cache(maxsize=1024)
def _parse(text: str) -> list[Any]:
    """Expressions in a text, under the library's recommended configuration: LaTeX, then plain expressions."""
    library = _library()
    return list(library.parse(f"${one_line(text)}$", parsing_timeout=None))


def one_line(text: str) -> str:
    """The text without what would end an inline formula: dollar signs and line breaks."""
    return " ".join(text.replace("\\$", "").replace("$", "").split())


@once
def _library() -> Any:
    """The library, with the parser and the patterns that it builds when it is first used."""
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    library = importlib.import_module("math_verify")
    library.verify(*(library.parse(text, parsing_timeout=None) for text in WARMING), timeout_seconds=None)
    return library
