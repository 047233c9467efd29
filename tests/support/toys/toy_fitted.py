"""A toy benchmark of long prompts: one number among words, in two parts."""

from collections.abc import Iterator, Sequence
from random import Random

from qwen3_eval.api import Doc, Prompt, Score, fitted, metrics, task

PARTS = ("first", "last")
WORD = "word "
ROOM_FOR_ANSWER = 8


@task(
    name="toy_fitted",
    category="demo",
    version="1",
    reference="this file",
    source=fitted.Fitted(seed=3, count=2, lengths=(64, 128)),
    max_tokens=32,
    answer_tokens=16,
    budgets=(12,),
    metric=metrics.Mean(over="subsets"),
)
class ToyFitted(fitted.FittedTask):
    """Which number is hidden?"""

    def least(self, length: int) -> int:
        return 48

    def outlines(self) -> Iterator[Doc]:
        for length in self.fitting.lengths:
            for part in PARTS:
                for number in range(self.fitting.samples):
                    yield Doc(f"{part}/{length}/{number}", "", None, subset=f"{length}/{part}")

    def filled(self, doc: Doc) -> Doc:
        number = Random(f"{self.fitting.seed} {doc.id}").randrange(100, 1000)
        return Doc(doc.id, "Which number is hidden?", str(number), subset=doc.subset)

    def evidence(self, doc: Doc) -> Sequence[str]:
        return (f"The number is {doc.target}.",)

    def prompt_for(self, doc: Doc, mode: str) -> Prompt:
        part, length, _ = doc.id.split("/")
        needle, room = self.evidence(doc)[0], int(length) - self.fitting.overhead - ROOM_FOR_ANSWER
        filler = max(0, (room - self.fitting.count(f"{needle} {doc.question}")) // max(1, self.fitting.count(WORD)) - 2)
        text = [needle, WORD * filler] if part == "first" else [WORD * filler, needle]
        begin = "It is " if self.fitting.begun and mode == "non-thinking" else ""
        return Prompt(Prompt.user("\n".join([*text, doc.question])).messages, begin=begin, max_tokens=ROOM_FOR_ANSWER)

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(float(doc.target in answer), extracted=answer)
