"""Toy essays that a model compares with a fixed one, in both orders, for tests of what moves a judge."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Prompt, Score, judged, task

GAMES = ("behind", "ahead")
FIRST = {"A": 1.0, "tie": 0.5, "B": 0.0}


@task(
    name="toy_duel",
    category="demo",
    version="1",
    reference="this file",
    source=Generated(seed=2, count=12),
    max_tokens=64,
    answer_tokens=16,
    suites=("toy_judged",),
    judge=judged.JudgeSpec(
        model="toy-judge", since="this file", prompt="1", rule="1", calls=2, tokens=(20, 5), max_tokens=32
    ),
)
class ToyDuel(judged.Judged):
    """In the game ``behind`` the judged answer stands in the second place, in ``ahead`` in the first."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"n": rng.randrange(10**6)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(str(row["n"]), f"Write about {row['n']}.", "x" * 20)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        orders = zip(GAMES, ((doc.target, answer), (answer, doc.target)), strict=True)
        return [judged.JudgeCall(name, Prompt.user("\n".join((*order, doc.id)))) for name, order in orders]

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> str | None:
        return replies[-1] if replies[-1] in FIRST else None

    def placed(self, call: str, verdict: Any) -> judged.Placed:
        return judged.Placed(FIRST[verdict], own=call == "ahead")

    def published(self, row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
        if "duels" not in row:
            return None
        return str(row["number"]), dict(zip(GAMES, (duel["winner"] for duel in row["duels"]), strict=True))

    def opponent(self, doc: Doc) -> str:
        return str(doc.target)

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        if None in verdicts.values():
            return self.unanswered(doc)
        behind, ahead = (FIRST[verdicts[name]] for name in GAMES)
        return Score((1 - behind + ahead) / 2)

    def unanswered(self, doc: Doc) -> Score:
        return Score(0.0, "error")

    def marked(self, answer: str) -> bool:
        return answer in FIRST
