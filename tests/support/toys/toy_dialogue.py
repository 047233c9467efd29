"""Toy conversations, for tests of the loop that asks for one reply after another."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Message, Prompt, Reply, Score, Task, task, tools

STEPS = 4


@task(
    name="toy_dialogue",
    category="demo",
    version="1",
    reference="this file",
    source=Generated(seed=7, count=6),
    max_tokens=64,
    answer_tokens=16,
)
class ToyDialogue(Task):
    """Doubles a number again and again; the model sees its own replies, its thinking and its calls."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"start": rng.randrange(10**6)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        start = int(row["start"])
        return Doc(str(start), f"double {start}", [start * 2**step for step in range(1, STEPS + 1)])

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        if len(replies) == STEPS or not replies[-1].answer:
            return None
        messages = list(self.prompt(doc).messages)
        for reply in replies:
            call = {"name": "say", "arguments": {"text": reply.answer}}
            messages += [Message("assistant", "", reasoning=reply.thinking, tool_calls=(call,))]
            messages += [Message("tool", f"now double {reply.answer}")]
        return Prompt(tuple(messages))

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        right = [answer == str(target) for answer, target in zip(answers, doc.target, strict=False)]
        return Score(float(len(right) == STEPS and all(right)), extracted=answers[-1], detail=f"{len(answers)} replies")

    def calls_text(self, doc: Doc, calls: Sequence[Any]) -> Sequence[str]:
        return [tools.tool_call_text([call]) for call in calls]
