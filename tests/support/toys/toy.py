"""Toy sums, for tests of the run loop."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Prompt, Score, Task, task

FACTS: dict[str, Any] = {
    "category": "demo",
    "version": "1",
    "reference": "this file",
    "max_tokens": 64,
    "answer_tokens": 16,
}


class Sums(Task):
    """What the toy tasks share."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"a": rng.randrange(10**6), "b": rng.randrange(10**6)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(f"{row['a']}+{row['b']}", f"{row['a']}+{row['b']}=", str(row["a"] + row["b"]))

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(float(answer.strip() == doc.target), extracted=answer.strip())


@task(name="toy_sum", source=Generated(seed=1, count=20), suites=("toy",), **FACTS)
class ToySum(Sums):
    """Scored at once."""


@task(name="toy_slow", source=Generated(seed=2, count=20), suites=("toy",), **FACTS)
class ToySlow(Sums):
    """Each answer takes 50 ms to judge."""

    def score(self, doc: Doc, answer: str) -> Score:
        time.sleep(0.05)
        return super().score(doc, answer)


@task(name="toy_hang", source=Generated(seed=3, count=3), score_seconds=1.0, **FACTS)
class ToyHang(Sums):
    """Judging never ends."""

    def score(self, doc: Doc, answer: str) -> Score:
        while True:
            pass


@task(name="toy_broken", source=Generated(seed=4, count=3), **FACTS)
class ToyBroken(Sums):
    """Judging raises."""

    def score(self, doc: Doc, answer: str) -> Score:
        raise ValueError("a bug in the scorer")


@task(name="toy_many", source=Generated(seed=5, count=2000), **FACTS)
class ToyMany(Sums):
    """As many questions as a real benchmark."""


@task(name="toy_picky", source=Generated(seed=6, count=6), score_seconds=1.0, **FACTS)
class ToyPicky(Sums):
    """Judging the first answer never ends, and the second one raises."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        for number in range(6):
            yield {"a": number, "b": 1}

    def score(self, doc: Doc, answer: str) -> Score:
        while doc.id == "0+1":
            pass
        if doc.id == "1+1":
            raise ValueError("a bug in the scorer")
        return super().score(doc, answer)


@task(name="toy_metrics", source=Generated(seed=7, count=10), **FACTS)
class ToyMetrics(Sums):
    """Has a further metric, and one of the thinking."""

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("loose",)

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(float(answer.strip() == doc.target), metrics={"loose": float(doc.target in answer)})

    def score_thinking(self, doc: Doc, thinking: str) -> Mapping[str, float]:
        return {"thinking_words": len(thinking.split()) / 10}


@task(name="toy_late_program", source=Generated(seed=8, count=2), **FACTS)
class ToyLateProgram(Sums):
    """Judges with a program that never ends in time."""

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(0.0, "timeout")
