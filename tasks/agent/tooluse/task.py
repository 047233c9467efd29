"""ToolUse: single-turn, multi-turn and multi-step tool calls in a small world of our own.

Rows: drawn from a seed: scenes in eleven domains (bank, calendar, restaurants, files, home, messages, music, shop,
tickets, travel, weather) with 91 tools that really act on a state. The report's own set is in-house and not public.
Parts: ``single_turn`` (one message, one reply: one call, several at once, or none, because none is needed, none is
offered that fits, or something must be asked first), ``multi_turn`` (two to five messages that lean on each other) and
``multi_step`` (one message, calls that need the results of others), a third each.
Asked: the tools in the model's chat template; their results, errors among them, go back to the model.
Judged: intent, format and parameter accuracy (see ``grade``); the score is their mean, and
``solved`` the share of docs without a fault. Report: Table 22 prints an in-house benchmark of this name.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Paper, Prompt, Reply, Score, Task, metrics, task

from .conversation import next_prompt, recorded_replies
from .grade import score_of
from .world.scenes import drawn_rows


@task(
    name="tooluse",
    category="agent",
    version="3",
    source=Generated(seed=22, count=300),
    reference=(
        "qwen3_eval's own, with metrics after open-compass/T-Eval@58f22406404d7e2a4f36856a19c7f4dc28a0a5f0 "
        "teval/evaluators, ShishirPatil/gorilla@6ea57973c7a6097fd7c5915698c54c17c5b1b6c8 bfcl_eval/eval_checker and "
        "sierra-research/tau-bench@59a200c6d575d595120f1cb70fea53cef0632f6b tau_bench/envs/base.py"
    ),
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    metric=metrics.Mean("tool_use_accuracy", over="subsets"),
    suites=("agent",),
    deviations=(
        "the report's set is in-house and not public; the scenes are ours",
        "the report does not say how intent, format and parameters are weighed; here the score is their mean",
    ),
)
class ToolUse(Task):
    """Calls are made on a world that is simulated again from the replies."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        return drawn_rows(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        turns = row["turns"]
        users = [turn["user"] for turn in turns]
        asks = [number for number, turn in enumerate(turns) if turn.get("ask")]
        world = {name: row[name] for name in ("today", "tools", "world")}
        return Doc(
            id=f"{row['part']}/{row['kind']}-{row['number']}",
            question="\n".join(users),
            target=[turn["steps"] for turn in turns],
            subset=row["part"],
            meta={**world, "users": users, "asks": asks},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return self.follow(doc, ()) or Prompt()

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        return next_prompt(doc, replies)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("intent", "format", "parameter", "solved")

    def score(self, doc: Doc, answer: str) -> Score:
        return self.score_replies(doc, (answer,))

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        return score_of(doc, answers)

    def calls_text(self, doc: Doc, calls: Sequence[Any]) -> Sequence[str]:
        return recorded_replies(doc, calls)
