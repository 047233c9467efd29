r"""``math_equal``: what is certain is decided exactly and at once, the rest by math-verify.

Where the two are known to differ, the exact path is right: ``6.72e-5`` is scientific notation (math-verify
reads Euler's number), ``12.5\%`` is the target ``12.5`` as in hendrycks/math, ``15 cm^2`` names a unit, and
``11 2/3`` is a mixed number. ``tests/grading/math/test_equal.py`` holds the list.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.math.chains import reduced
from qwen3_eval.grading.math.decide import decide
from qwen3_eval.grading.math.normal import DEGREES, SIZES, spelled
from qwen3_eval.grading.math.relations import one_value, restated
from qwen3_eval.grading.math.size import too_large
from qwen3_eval.grading.math.verify import verified
from qwen3_eval.grading.patterns import regex

# The longest answer in MATH has 81 characters.
MAX_CHARS = 500
CIS = regex(
    r"(?:\\(?:operatorname|text|mathrm)\{\s*cis\s*\}|\\?(?<![A-Za-z])cis(?![A-Za-z]))\s*"
    r"(\([^()]*\)|\{[^{}]*\}|(?:\d+(?:\.\d+)?)?(?:\\pi|\\theta|\\frac\{[^{}]*\}\{[^{}]*\})?(?:\^\{?\\circ\}?)?)"
)


def math_equal(answer: str | None, target: str) -> bool:
    """Whether an answer equals the target. None, an absent answer, equals nothing.

    Unequal without more ado: an answer of more than 500 characters that is not the target's own text, and numbers
    of more than 20,000 digits. What is left may still run long: to be called in a process that can be killed.
    """
    if answer is None or not answer.strip():
        return False
    answer = one_value(answer, target) if len(answer) <= MAX_CHARS else answer
    verdict = decide(answer, target)
    if verdict is not None or max(len(answer), len(target)) > MAX_CHARS:
        return bool(verdict)
    value = restated(answer, target)
    value = None if value is None else reduced(value, target)
    if value is None:
        return False
    verdict = decide(value, target) if value != answer else None
    return _verified(value, target) if verdict is None else verdict


def _without_cis(text: str) -> str:
    r"""With ``\operatorname{cis} x`` spelled out, which math-verify takes for a product of letters."""
    return CIS.sub(_cis, SIZES.sub("", text)) if "cis" in text else text


def _cis(found: re.Match[str]) -> str:
    angle = DEGREES.sub(r"\\frac{\\pi}{180}", found[1])
    return f"(\\cos({angle})+i\\sin({angle}))"


def _verified(answer: str, target: str) -> bool:
    plain, other = (_without_cis(spelled(text)) for text in (answer, target))
    return not (too_large(plain) or too_large(other)) and verified(plain, other)
