"""``math_equal``: an exact fast path, then math-verify."""

from __future__ import annotations

from qwen3_eval.grading.math.verify import verified


def math_equal(answer: str | None, target: str) -> bool:
    """Whether an answer equals the target. None, an absent answer, equals nothing."""
    if answer is None:
        return False
    return answer.strip() == target.strip() or verified(answer, target)
