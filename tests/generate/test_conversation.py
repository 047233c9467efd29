"""Conversations: a prompt for each reply, a journal of steps, and a kill in the middle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_model import STOP_TEXT, FakeEngine, FakeRenderer
from opened import runs_in, summary_of
from places import TOYS

from qwen3_eval import data, run
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.replay import ReplayEngine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.conversation import converse, one
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.prepare.given import prepare_predictions
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prompts import Rendered
from qwen3_eval.records.journal import lines
from qwen3_eval.records.lines import spoken
from qwen3_eval.records.record import open_run
from qwen3_eval.report import write_report
from qwen3_eval.scoring.pool import PoolError
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Generation, IncompleteError, Prompt, Sampling, TokenLimits, UsageError

STEPS = 4


class Doubler(Engine):
    """Doubles the number that stands last in the prompt; thinks first in thinking mode."""

    real, renders, slots = False, True, 4

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.fail_at = 0
        self.answers: dict[int, str] = {}

    def describe(self) -> Mapping[str, Any]:
        return {"name": "doubler"}

    async def generate(self, request: Request) -> Completion:
        self.requests.append(request)
        step = sum(message.role == "assistant" for message in request.prompt.messages)
        if self.fail_at and step == self.fail_at:
            raise EngineError("503 from the server")
        last = request.prompt.messages[-1].content.split()[-1]
        total = self.answers.get(step, str(2 * int(last)))
        text = f"{OPEN}\nstep {step}\n{CLOSE}\n\n{total}" if request.mode == "thinking" else total
        return Completion(text=text, finish_reason="stop", prompt_tokens=5 + step, completion_tokens=7)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        yield await self.generate(request)


def config(**facts: Any) -> RunConfig:
    return RunConfig(
        model="doubler", tasks=("toy_dialogue",), tasks_dir=TOYS, engine=EngineConfig(kind="mock"), **facts
    )


def execute(folder: Path, engine: Any, **facts: Any) -> None:
    asyncio.run(run.execute(prepare(config(**facts), folder, engine=engine)))


def score(settings: RunConfig, path: Path, folder: Path) -> int:
    prepared = prepare_predictions(settings, path, folder)
    asyncio.run(run.execute(prepared))
    return int(prepared.manifest["left_out"])


def journal(folder: Path, name: str) -> list[dict[str, Any]]:
    return [line for _, line in lines(folder / name)]


def test_every_reply_is_asked_for_with_all_that_was_said(tmp_path: Path) -> None:
    engine = Doubler()
    execute(tmp_path, engine, modes=("thinking",), limit=1)
    roles = [[message.role for message in request.prompt.messages] for request in engine.requests]
    assert roles == [["user", *["assistant", "tool"] * step] for step in range(STEPS)]
    last = engine.requests[-1].prompt.messages
    assert [message.reasoning for message in last if message.role == "assistant"] == ["step 0", "step 1", "step 2"]
    assert len({request.seed for request in engine.requests}) == STEPS


def test_the_journal_holds_one_line_a_conversation_and_one_a_step(tmp_path: Path) -> None:
    execute(tmp_path, Doubler())
    generations, steps = journal(tmp_path, "generations.jsonl"), journal(tmp_path, "steps.jsonl")
    assert (len(generations), len(steps)) == (12, 12 * STEPS)
    line = next(line for line in generations if line["mode"] == "thinking")
    assert [reply["thinking"] for reply in line["replies"]] == [f"step {step}" for step in range(STEPS)]
    assert line["answer"] == line["replies"][-1]["answer"]
    assert line["tokens"]["prompt"] == sum(5 + step for step in range(STEPS))
    assert line["decoded"] == 7 * STEPS
    assert all(score["score"] == 1 for score in journal(tmp_path, "scores.jsonl"))
    shown = {prompt["prompt_sha256"]: prompt["text"] for prompt in journal(tmp_path, "prompts.jsonl")}
    assert shown[line["prompt_sha256"]].count('{"name": "say"') == STEPS - 1


def test_a_conversation_that_was_cut_off_goes_on_at_that_step(tmp_path: Path) -> None:
    engine = Doubler()
    engine.fail_at = 2
    with pytest.raises(IncompleteError, match="12 generations failed"):
        execute(tmp_path, engine)
    assert len(journal(tmp_path, "steps.jsonl")) == 12 * 2
    assert {score["outcome"] for score in journal(tmp_path, "scores.jsonl")} == {"error"}
    again = Doubler()
    execute(tmp_path, again)
    assert len(again.requests) == 12 * (STEPS - 2)
    whole = Doubler()
    execute(tmp_path / "whole", whole)
    assert {request.seed for request in again.requests} <= {request.seed for request in whole.requests}
    assert said(tmp_path) == said(tmp_path / "whole")
    assert all(result["score"] == 100 for result in summary_of(tmp_path)["results"])


def said(folder: Path) -> dict[Any, Any]:
    """The last state of each generation, by what it is an answer to."""
    return {(line["id"], line["mode"]): line["replies"] for line in journal(folder, "generations.jsonl")}


def test_a_torn_step_is_made_again(tmp_path: Path) -> None:
    engine = Doubler()
    engine.fail_at = 2
    with pytest.raises(IncompleteError):
        execute(tmp_path, engine)
    path = tmp_path / "steps.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    again = Doubler()
    execute(tmp_path, again)
    assert len(again.requests) == 12 * (STEPS - 2) + 1


def test_silence_ends_the_toy_and_is_judged(tmp_path: Path) -> None:
    engine = Doubler()
    engine.answers = {1: ""}
    execute(tmp_path, engine, modes=("non-thinking",))
    scores = journal(tmp_path, "scores.jsonl")
    assert {(score["outcome"], score["detail"]) for score in scores} == {("ok", "2 replies")}


def test_unfinished_thinking_ends_a_conversation(tmp_path: Path) -> None:
    class Endless(Doubler):
        async def generate(self, request: Request) -> Completion:
            whole = await super().generate(request)
            late = len(request.prompt.messages) > 1
            return replace(whole, text=f"{OPEN}\non and on", finish_reason="length") if late else whole

    execute(tmp_path, Endless(), modes=("thinking",))
    assert {score["outcome"] for score in journal(tmp_path, "scores.jsonl")} == {"unfinished"}
    assert all(len(line["replies"]) == 2 for line in journal(tmp_path, "generations.jsonl"))


def test_a_reply_that_is_cut_without_a_block_ends_the_conversation(tmp_path: Path) -> None:
    class Cut(Doubler):
        async def generate(self, request: Request) -> Completion:
            whole = await super().generate(request)
            late = len(request.prompt.messages) > 1
            return replace(whole, text="4, so maybe", finish_reason="length") if late else whole

    execute(tmp_path, Cut(), modes=("thinking",))
    assert {score["outcome"] for score in journal(tmp_path, "scores.jsonl")} == {"unfinished"}
    assert all(len(line["replies"]) == 2 for line in journal(tmp_path, "generations.jsonl"))


@pytest.mark.parametrize(("word", "outcome", "again"), [("abort", "error", 1), ("content_filter", "refused", 0)])
def test_a_step_that_was_broken_off_or_refused(tmp_path: Path, word: str, outcome: str, again: int) -> None:
    class Ends(Doubler):
        async def generate(self, request: Request) -> Completion:
            whole = await super().generate(request)
            return replace(whole, finish_reason=word) if len(request.prompt.messages) > 1 else whole

    with pytest.raises(IncompleteError) if again else nullcontext():
        execute(tmp_path, Ends(), modes=("thinking",), limit=1)
    assert [score["outcome"] for score in journal(tmp_path, "scores.jsonl")] == [outcome]
    assert len(journal(tmp_path, "steps.jsonl")) == 1
    later = Doubler()
    execute(tmp_path, later, modes=("thinking",), limit=1)
    assert len(later.requests) == again * (STEPS - 1)
    assert journal(tmp_path, "scores.jsonl")[-1]["outcome"] == ("ok" if again else outcome)


def test_a_world_that_breaks_is_an_error_of_the_sample(tmp_path: Path) -> None:
    async def breaks(replies: object) -> Prompt | None:
        raise PoolError("ValueError", "the world is broken", "")

    ask = an_ask()
    asker = Asker(FakeEngine(), FakeRenderer(), STOP_TEXT, native=False)  # type: ignore[arg-type]
    _, found = talk(asker, breaks, lambda prompt, step: ask)
    assert (found.error, found.retryable) == ("what follows cannot be told: ValueError: the world is broken", False)
    assert len(found.replies) == 1


def test_a_template_that_refuses_what_was_said_is_an_error_of_the_sample() -> None:
    async def goes_on(replies: object) -> Prompt | None:
        return Prompt.user("next")

    def refuses(prompt: Prompt | None, step: int) -> Ask:
        if prompt is None:
            return an_ask()
        raise UsageError("the chat template refuses this conversation: one call at once")

    asker = Asker(FakeEngine(), FakeRenderer(), STOP_TEXT, native=False)  # type: ignore[arg-type]
    _, found = talk(asker, goes_on, refuses)
    assert found.error.startswith("what follows cannot be rendered: the chat template refuses")
    assert (found.retryable, found.finish_reason, len(found.replies)) == (False, "error", 1)


def talk(asker: Asker, follow: Any, make: Any, keep: Any = lambda ask, step: None) -> tuple[Ask, Generation]:
    async def send(make: Callable[[], Ask]) -> tuple[Ask, Generation]:
        return (ask := make()), await one(asker, ask)

    return asyncio.run(converse(make, [], follow, send, keep))


def an_ask(budget: int | None = 4) -> Ask:
    return Ask(
        task="t",
        id="d",
        sample=0,
        mode="thinking",
        budgets=(budget,),
        prompt=Prompt.user("q"),
        rendered=Rendered("q", (5, 6), "00", opened=False),
        sampling=Sampling(),
        limits=TokenLimits(200, 20),
        run_seed=0,
    )


@pytest.mark.parametrize("native", [False, True])
def test_every_step_thinks_within_the_budget(native: bool) -> None:
    engine = FakeEngine(native_budget=native)
    asker = Asker(engine, FakeRenderer(), STOP_TEXT, native=native)  # type: ignore[arg-type]
    kept: list[Generation] = []

    async def follow(replies: Any) -> Prompt | None:
        return None if len(replies) == 3 else Prompt.user(f"q{len(replies)}")

    def make(prompt: Prompt | None, step: int) -> Ask:
        if prompt is None:
            return an_ask()
        rendered = Rendered(prompt.messages[0].content, (5, 6, 100 + len(kept)), "00", opened=False)
        return replace(an_ask(), prompt=prompt, rendered=rendered, step=step)

    asked, whole = talk(asker, follow, make, lambda ask, step: kept.append(step))
    assert asked.step == 2
    assert len(kept) == len(whole.replies) == 3
    assert all(step.tokens.thinking is not None and step.tokens.thinking <= 4 for step in kept)
    assert whole.tokens.thinking == sum(step.tokens.thinking or 0 for step in kept)
    assert whole.forced_stop == any(step.forced_stop for step in kept)


def test_a_replayed_conversation_gets_the_same_scores(tmp_path: Path) -> None:
    execute(tmp_path / "first", Doubler())
    execute(tmp_path / "again", ReplayEngine(tmp_path / "first"))
    assert said(tmp_path / "first") == said(tmp_path / "again")
    assert all(result["score"] == 100 for result in summary_of(tmp_path / "again")["results"])


def predictions(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "predictions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def replies_to(doc: str) -> list[str]:
    return [f"{OPEN}hm{CLOSE}{int(doc) * 2**step}" for step in range(1, STEPS + 1)]


def docs(task: str = "toy_dialogue") -> list[str]:
    return [doc.id for doc in data.docs(load_tasks(TOYS).get(task))]


def test_responses_are_scored(tmp_path: Path) -> None:
    first, second, *_ = docs()
    rows: list[dict[str, Any]] = [
        {"id": first, "responses": replies_to(first)},
        {"id": second, "response": replies_to(second)[0]},
    ]
    settings = config(modes=("thinking",))
    left = score(settings, predictions(tmp_path, rows), tmp_path / "run")
    assert left == 4
    scores = {line["id"]: line for line in journal(tmp_path / "run", "scores.jsonl")}
    assert (scores[first]["score"], scores[first]["detail"]) == (1, "4 replies")
    assert (scores[second]["score"], scores[second]["detail"]) == (0, "1 replies")


def test_recorded_calls_are_replies(tmp_path: Path) -> None:
    doc = docs()[0]
    rows = [{"id": doc, "tool_calls": [{"name": "say", "arguments": {"text": "1"}}] * 3}]
    score(config(modes=("thinking",)), predictions(tmp_path, rows), tmp_path / "run")
    [line] = journal(tmp_path / "run", "generations.jsonl")
    assert [reply["answer"].count("<tool_call>") for reply in line["replies"]] == [1, 1, 1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"responses": []}, "needs"),
        ({"responses": ["a", 1]}, "needs"),
        ({"tool_calls": "say"}, "needs"),
        ({"tool_calls": [{"name": "say"}]}, r"line 1: .*\"tool_calls\" cannot be read: call 0: 'say' has no arguments"),
        ({"tool_calls": [7]}, "cannot be read"),
    ],
)
def test_bad_rows_are_one_line(tmp_path: Path, row: dict[str, Any], reason: str) -> None:
    path = predictions(tmp_path, [{"id": docs()[0], **row}])
    with pytest.raises(UsageError, match=reason):
        score(config(modes=("thinking",)), path, tmp_path / "run")


def test_several_replies_to_a_single_question_are_refused(tmp_path: Path) -> None:
    settings = replace(config(modes=("thinking",)), tasks=("toy_sum",))
    doc = docs("toy_sum")[0]
    for row, reason in (({"responses": ["1", "2"]}, "asks for one reply"), ({"tool_calls": []}, "takes texts only")):
        path = predictions(tmp_path, [{"id": doc, **row}])
        with pytest.raises(UsageError, match=reason):
            score(settings, path, tmp_path / next(iter(row)))


def test_the_report_shows_every_reply(tmp_path: Path) -> None:
    execute(tmp_path / "run", Doubler(), limit=1)
    write_summary(open_run(tmp_path / "run"))
    page = write_report(runs_in(tmp_path / "run"), tmp_path / "page.html").read_text()
    assert "toy_dialogue" in page
    line: Any = journal(tmp_path / "run", "generations.jsonl")[0]
    assert spoken(line, "answer").startswith("[reply 1]\n")
    alone: Any = {"answer": "alone", "replies": [{"answer": "alone"}]}
    assert spoken(alone, "answer") == "alone"
