"""Toy sums for base models, in two subsets, for tests of protocols."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from qwen3_eval.api import Doc, Generated, NamedPrompt, Prompt, Score, Task, metrics, task

DIGIT = NamedPrompt("digit", "3", "Answer with the last digit.", "this file")
FACTS: dict[str, Any] = {
    "category": "demo",
    "version": "1",
    "source": Generated(seed=1, count=21),
    "reference": "this file",
    "max_tokens": 64,
    "base_max_tokens": 4,
    "prompts": (DIGIT,),
}


class Digits(Task):
    """The last digit of a sum."""

    def rows(self, rng: Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"a": rng.randrange(100), "b": rng.randrange(100)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        name = f"{row['a']}+{row['b']}"
        subset = "small" if row["a"] + row["b"] < 100 else "large/odd" if row["a"] % 2 else "large/even"
        digit = str((row["a"] + row["b"]) % 10)
        return Doc(name, f"{name}=", digit, subset=subset, weights={"by_length": float(len(name))})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question} {DIGIT}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        return Prompt.complete(doc.question, choices=tuple(f" {digit}" for digit in range(10)))

    def score(self, doc: Doc, answer: str) -> Score:
        right = float(answer.strip()[-1:] == doc.target)
        return Score(right, extracted=answer, metrics={"by_length": right})

    def base_score(self, doc: Doc, answer: str) -> Score:
        return Score(float(answer == f" {doc.target}"), extracted=answer)


@task(
    name="toy_both", protocols=("chat", "base"), metric=metrics.Mean(over="subsets"), suites=("toy_protocols",), **FACTS
)
class ToyBoth(Digits):
    """Asked in chat and as a completion."""


@task(name="toy_base", protocols=("base",), suites=("toy_protocols",), **FACTS)
class ToyBase(Digits):
    """Asked as a completion only."""
