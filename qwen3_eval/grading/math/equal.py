"""``math_equal``: what is certain is decided exactly and at once, the rest by math-verify."""

from __future__ import annotations

from qwen3_eval.grading.math.decide import MAX_CHARS, decide
from qwen3_eval.grading.math.verify import verified


def math_equal(answer: str | None, target: str) -> bool:
    """Whether an answer equals the target. None, an absent answer, equals nothing.

    May run for ever on a hostile answer: to be called in a process that can be killed.
    """
    if answer is None or not answer.strip():
        return False
    verdict = decide(answer, target)
    if verdict is None and max(len(answer), len(target)) <= MAX_CHARS:
        return verified(answer, target)
    return bool(verdict)
