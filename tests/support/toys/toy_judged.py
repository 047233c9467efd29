"""Toy essays that a model judges, for tests of the judge's way."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Prompt, Score, judged, metrics, task

MARK = re.compile(r"\[(\d+)\]")
LENIENT = re.compile(r"score (\d+)")


@task(
    name="toy_judged",
    category="demo",
    version="1",
    reference="this file",
    source=Generated(seed=1, count=6),
    max_tokens=64,
    answer_tokens=16,
    suites=("toy_judged",),
    metric=metrics.Mean("judge_score", unit="points_0_10", also={"official_mean": "ratios"}),
    judge=judged.JudgeSpec(
        model="toy-judge",
        since="this file",
        prompt="1",
        rule="1",
        calls=2,
        tokens=(20, 5),
        max_tokens=32,
        attempts=2,
    ),
)
class ToyJudged(judged.Judged):
    """Two calls an answer, a number from 1 to 10 in brackets each."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"n": rng.randrange(10**6)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(str(row["n"]), f"Write about {row['n']}.", None)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        template = "Judge {{by}} {what}: {answer}"
        return [
            judged.JudgeCall(what, judged.to_judge(template, {"what": what, "answer": answer}, system="Be strict."))
            for what in ("style", "form")
        ]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> int | None:
        found = MARK.search(replies[-1]) or (LENIENT.search(replies[-1]) if lenient else None)
        return int(found[1]) if found else None

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        if None in verdicts.values():
            return self.unanswered(doc)
        value = sum(verdicts.values()) / len(verdicts) / 10
        counts = {"official_mean": (value, 1.0)}
        return Score(value, extracted=", ".join(map(str, verdicts.values())), counts=counts)

    def unanswered(self, doc: Doc) -> Score:
        return Score(0.1, "error", counts={"official_mean": (0.0, 0.0)})

    def marked(self, answer: str) -> bool:
        return bool(MARK.search(answer))
