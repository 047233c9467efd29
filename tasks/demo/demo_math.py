"""Chains of single-digit operations modulo 10, worked from left to right.

qwen3_eval's own family for the bundled demo model. A chain of 2 to 12 operations takes as many
lines of thinking as it has operations, so that the accuracy rises with the thinking budget.
"""

import random
from collections.abc import Iterator, Mapping
from typing import Any

from qwen3_eval.api import Doc, Generated, Prompt, Sampling, Score, Task, boxed, task

SHORTEST, LONGEST = 2, 12
QUESTION = "Compute from left to right, modulo 10: {expression}"


def chain(rng: random.Random, operations: int) -> str:
    """Digits 1 to 9 joined by that many operators, such as ``3+4*2``."""
    digits = [str(rng.randint(1, 9)) for _ in range(operations + 1)]
    return digits[0] + "".join(rng.choice("+-*") + digit for digit in digits[1:])


def value(expression: str) -> int:
    """The chain's value, reduced modulo 10 after each operation; no operator binds tighter."""
    result = int(expression[0])
    for operator, digit in zip(expression[1::2], map(int, expression[2::2]), strict=True):
        result = {"+": result + digit, "-": result - digit, "*": result * digit}[operator] % 10
    return result


@task(
    name="demo_math",
    category="demo",
    version="2",
    source=Generated(seed=20_251, count=60),
    reference="qwen3_eval's own: exact match of the boxed digit",
    max_tokens=160,
    answer_tokens=24,
    suites=("demo",),
    sampling={"thinking": Sampling(), "non-thinking": Sampling()},
)
class DemoMath(Task):
    """The digit in the last ``\\boxed{}`` must be the chain's value."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"expression": chain(rng, rng.randint(SHORTEST, LONGEST))}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        expression = str(row["expression"])
        question = QUESTION.format(expression=expression)
        return Doc(expression, question, str(value(expression)), meta={"expression": expression})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        found = boxed(answer)
        if found is None:
            return Score.no_answer("no \\boxed{}")
        return Score(float(found.strip() == doc.target), extracted=found)
