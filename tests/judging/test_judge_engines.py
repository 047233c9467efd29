"""Whatever judges, and whenever it is there: how many calls are in flight, what is started, what outlives a kill."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from here_engine import NAME, HereEngine
from here_engine import here as here  # a fixture
from opened import summary_of
from places import TOYS
from server_requests import choice
from stub_server import Body, Stub

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.launch import free_port
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.types import IncompleteError, Json, UsageError

ESSAYS, CALLS = 6, 2
PATIENCE = 30.0


def config(judge: JudgeConfig, engine: EngineConfig = EngineConfig("mock"), **facts: Any) -> RunConfig:  # noqa: B008
    settings: dict[str, Any] = {"model": "demo", "modes": ("non-thinking",), "seed": 3, **facts}
    return RunConfig(tasks=("toy_judged",), tasks_dir=TOYS, engine=engine, judge=judge, **settings)


def served(url: str, **facts: Any) -> JudgeConfig:
    return JudgeConfig("stub/model", EngineConfig("server", url, slots=facts.pop("slots", 4)), **facts)


def execute(
    folder: Path, settings: RunConfig, writer: Engine | None = None, judge: Engine | None = None
) -> list[Request]:
    """A run; returns what its writer was asked, where that is the usual one."""
    asked: list[Request] = []

    def write(request: Request) -> str:
        asked.append(request)
        return f"An essay about {request.unit.id}."

    writer = writer or (MockEngine(write) if settings.engine.kind == "mock" else None)
    asyncio.run(run.execute(prepare(settings, folder, writer, judge)))
    return asked


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def judged_once(folder: Path, essays: int = ESSAYS) -> bool:
    """Whether every answer has its score and every call its line, once."""
    calls = Counter((line["answer_key"], line["call"]) for line in read(folder, "judgments.jsonl"))
    scores = Counter(line["key"] for line in read(folder, "scores.jsonl"))
    return len(scores) == essays and len(calls) == essays * CALLS and {*calls.values(), *scores.values()} == {1}


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "2")


# --- behind a URL


def test_a_judge_behind_a_url_is_asked_and_recorded(tmp_path: Path) -> None:
    with Stub(text=lambda body: "Good. [8]") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
        assert execute(tmp_path / "run", config(served(stub.url))) == []
    assert stub.count == ESSAYS * CALLS and stub.most_running <= 4
    assert judged_once(tmp_path / "run")
    assert {line["verdict"] for line in read(tmp_path / "run", "judgments.jsonl")} == {8}
    told = manifest(tmp_path / "run")["judge"]
    assert told["engine"]["base_url"] == stub.url and told["engine"]["max_context"] == 512
    assert set(stub.bodies[0]) == {"model", "messages", "temperature", "max_tokens"}


def test_a_finished_run_needs_no_judge_to_be_there(tmp_path: Path) -> None:
    with Stub(text=lambda body: "[8]") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    before = manifest(tmp_path / "run")["judge"]
    assert execute(tmp_path / "run", config(served(stub.url))) == []
    assert manifest(tmp_path / "run")["judge"] == before


@pytest.mark.parametrize("stub", [None, Stub(models=("another",)), Stub(key="sk-wanted-by-it")])
def test_a_judge_that_cannot_judge_is_refused_before_anything_is_generated(tmp_path: Path, stub: Stub | None) -> None:
    asked: list[Request] = []
    writer = MockEngine(lambda request: asked.append(request) or "An essay.")  # type: ignore[func-returns-value]
    url = f"http://127.0.0.1:{free_port()}"
    if stub is not None:
        stub.__enter__()
        url = stub.url
    try:
        with pytest.raises(UsageError, match=r"judge|JUDGE"):
            execute(tmp_path / "run", config(served(url)), writer)
    finally:
        if stub is not None:
            stub.__exit__()
    assert asked == [] and not (tmp_path / "run").exists()


def test_a_server_whose_context_the_template_alone_fills_is_refused_with_both_lengths(tmp_path: Path) -> None:
    listing = {"data": [{"id": "stub/model", "max_model_len": 5}]}
    with Stub(listing=listing) as stub, pytest.raises(UsageError, match=r"at least 5 tokens .* is 5;"):
        execute(tmp_path / "run", config(served(stub.url)))
    assert stub.count == 0 and not (tmp_path / "run").exists()


REFUSED = (400, {"error": {"message": "The response was filtered", "code": "content_filter"}})
TOO_LONG = (400, {"error": {"message": "This model's maximum context length is 100 tokens"}})


def cut(text: str) -> Body:
    return {"choices": [{"message": {"content": text}, "finish_reason": "length"}]}


@pytest.mark.parametrize(
    ("reply", "unread", "words", "asked"),
    [
        (REFUSED, "refused", "the judge refused: refused: HTTP 400: The response was filtered", 1),
        (choice(finish_reason="content_filter"), "refused", "the judge refused", 1),
        (TOO_LONG, "too_long", "the prompt is longer than the judge's context: context: This model's", 1),
        (cut("<think>Well, [8] or"), "thinking", "the judge was still thinking at its token limit", 2),
        (cut("It is rather"), "cut", "the judge's reply was cut off before a verdict", 2),
        ({"choices": [{"message": {"content": "\n"}, "finish_reason": "stop"}]}, "empty", "reply is empty", 2),
        ({"choices": [{"message": {"content": "Eight."}, "finish_reason": "stop"}]}, "no_verdict", "no verdict", 2),
    ],
)
def test_each_way_of_saying_nothing_has_its_name(
    tmp_path: Path, reply: Any, unread: str, words: str, asked: int
) -> None:
    """asked: how often, since nothing is asked again that would meet the same error."""

    def replies(body: Body) -> Any:
        return reply if "style" in body["messages"][-1]["content"] else choice(finish_reason="stop") | EIGHT

    # A refusal of the first question of all may be one of every question: the plainest is asked for that.
    with Stub(reply=replies, text=lambda body: "[8]") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    lines = [line for line in read(tmp_path / "run", "judgments.jsonl") if line["call"] == "style"]
    assert Counter(line["unread"] for line in lines) == {unread: ESSAYS * asked}
    scores = read(tmp_path / "run", "scores.jsonl")
    assert len(scores) == ESSAYS
    assert {(line["score"], line["outcome"]) for line in scores} == {(0.1, "error")}
    assert all(words in line["detail"] and line["detail"].startswith("style: ") for line in scores)
    assert {line["metrics"]["unread_share"] for line in scores} == {0.5}
    assert summary_of(tmp_path / "run")["cost"]["judge"]["unread_reasons"] == {unread: ESSAYS * asked}


EIGHT: Body = {"choices": [{"index": 0, "message": {"content": "[8]"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    "message",
    [
        {"content": "[8]", "reasoning_content": "Perhaps [3]."},
        {"content": "<think>Perhaps [3].</think>\n\n[8]"},
        {"content": "Perhaps [3].</think>\n\n[8]"},
    ],
)
def test_what_the_judge_thinks_is_kept_and_not_read(tmp_path: Path, message: Body) -> None:
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    reply = {"choices": choices, "usage": {"prompt_tokens": 7, "completion_tokens": 5}}
    with Stub(reply=lambda body: reply) as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    lines = read(tmp_path / "run", "judgments.jsonl")
    assert {(line["reply"], line["thinking"], line["verdict"]) for line in lines} == {("[8]", "Perhaps [3].", 8)}
    took = summary_of(tmp_path / "run")["cost"]["judge"]["tokens"]
    assert (took["prompt"], took["answer"]) == (7 * ESSAYS * CALLS, 5 * ESSAYS * CALLS)


def test_a_call_that_fails_is_made_again_by_the_next_run_and_no_other(tmp_path: Path) -> None:
    def fails(body: Body) -> Any:
        return (500, {}) if "form" in body["messages"][-1]["content"] else EIGHT

    with Stub(reply=fails) as stub:
        with pytest.raises(IncompleteError, match=r"6 answers got no judgment \(.*500.*\); run the same command"):
            execute(tmp_path / "run", config(served(stub.url)))
        assert not read(tmp_path / "run", "scores.jsonl")
        stub.reply, before = lambda body: EIGHT, stub.count
        assert execute(tmp_path / "run", config(served(stub.url))) == []
        assert stub.count - before == ESSAYS
    assert len(read(tmp_path / "run", "scores.jsonl")) == ESSAYS


def test_a_judge_without_means_ends_the_run_which_goes_on_later(tmp_path: Path) -> None:
    spent = (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}})
    replies = iter([EIGHT] * 5)
    with Stub(reply=lambda body: next(replies, spent)) as stub:
        with pytest.raises(IncompleteError, match=r"the judge: the server at .* refuses to go on"):
            execute(tmp_path / "run", config(served(stub.url, slots=1)))
        assert len(read(tmp_path / "run", "judgments.jsonl")) == 5
        stub.reply, before = lambda body: EIGHT, stub.count
        execute(tmp_path / "run", config(served(stub.url)))
        assert stub.count - before == ESSAYS * CALLS - 5
    assert judged_once(tmp_path / "run")


# --- how many at once, and in which order


class Watched(Engine):
    """Answers when it is let, and knows how many wait."""

    renders, real = True, False

    def __init__(self, text: str, slots: int, let: Callable[[Request, Watched], Any]) -> None:
        self.slots, self._text, self._let = slots, text, let
        self.asked: list[Request] = []
        self.ended = self.running = self.most = 0
        self.all_there: asyncio.Event | None = None

    def describe(self) -> Json:
        return {"name": "watched"}

    async def generate(self, request: Request) -> Completion:
        self.asked.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.wait_for(self._let(request, self), PATIENCE)
        finally:
            self.running -= 1
            self.ended += 1
        return Completion(text=self._text, finish_reason="stop")

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        yield await self.generate(request)


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - there is no event: what is waited for is what others count
        await asyncio.sleep(0)


async def settled(*counts: Callable[[], int]) -> None:
    """Waits until nothing moves any more."""
    still, before = 0, [count() for count in counts]
    while still < 2_000:
        await asyncio.sleep(0)
        now = [count() for count in counts]
        still, before = (still + 1 if now == before else 0), now


def test_answers_are_judged_while_others_are_written(tmp_path: Path) -> None:
    """The last answer comes when all others are judged; then its calls, side by side, are all that is left."""

    async def write(request: Request, engine: Watched) -> None:
        if len(engine.asked) == ESSAYS:
            await until(lambda: judge.ended == (ESSAYS - 1) * CALLS)

    async def read_it(request: Request, engine: Watched) -> None:
        if len(engine.asked) > (ESSAYS - 1) * CALLS:
            await until(lambda: engine.running == CALLS or engine.ended == ESSAYS * CALLS - 1)

    judge, writer = Watched("[8]", 8, read_it), Watched("An essay.", 1, write)
    execute(tmp_path / "run", config(JudgeConfig("j", EngineConfig("mock"))), writer, judge)
    assert judged_once(tmp_path / "run")


def test_calls_in_flight_are_no_more_than_the_judge_has_slots(tmp_path: Path) -> None:
    async def read_it(request: Request, engine: Watched) -> None:
        await until(lambda: engine.running == 3 or len(engine.asked) > 5 * ESSAYS * CALLS - 3)
        await asyncio.sleep(0)

    judge = Watched("[8]", 3, read_it)
    execute(tmp_path / "run", config(JudgeConfig("j", EngineConfig("mock")), samples=5), None, judge)
    assert judge.most == 3 and judged_once(tmp_path / "run", 5 * ESSAYS)


def test_slots_of_a_judge_that_is_the_model_are_its_own(tmp_path: Path, here: type[HereEngine]) -> None:
    settings = here_both()
    assert settings.judge is not None
    own = replace(settings.judge, engine=replace(settings.judge.engine, slots=1))
    prepared = prepare(replace(settings, judge=own), tmp_path / "run")
    assert prepared.judge is not None and prepared.judge.engine is prepared.engine
    assert (prepared.judge.slots, prepared.engine.slots) == (1, HereEngine.slots)


def test_answers_wait_for_a_judge_that_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many are written ahead as may wait, and no more: memory is flat however slow the judge is."""
    monkeypatch.setattr(run, "BACKLOG", 3)
    slots = 2
    seen: list[int] = []

    async def read_it(request: Request, engine: Watched) -> None:
        if not seen:
            await settled(lambda: len(writer.asked), lambda: len(engine.asked))
            seen.append(len(writer.asked))

    async def at_once(request: Request, engine: Watched) -> None:
        return

    judge, writer = Watched("[8]", slots, read_it), Watched("An essay.", 1, at_once)
    execute(tmp_path / "run", config(JudgeConfig("j", EngineConfig("mock")), samples=10), writer, judge)
    # Those at the judge, those that wait, and the one that cannot be put down.
    assert slots <= seen[0] <= slots + 3 + 1
    assert judged_once(tmp_path / "run", 10 * ESSAYS)


# --- loaded here


def here_both(judge_args: dict[str, str] | None = None, judge_model: str = "demo") -> RunConfig:
    judge = JudgeConfig(judge_model, EngineConfig(NAME, args=judge_args or {}))
    return config(judge, EngineConfig(NAME, slots=2))


MODEL, JUDGE = "demo {}", "demo {'max_model_len': '2048'}"
OTHER = {"max_model_len": "2048"}
WHOLE = [
    f"check {JUDGE}",
    f"start {MODEL}",
    *["answer"] * ESSAYS,
    f"close {MODEL}",
    f"start {JUDGE}",
    *["verdict"] * ESSAYS * CALLS,
    f"close {JUDGE}",
]


def test_a_judge_that_is_loaded_here_too_waits_until_the_model_is_gone(tmp_path: Path, here: type[HereEngine]) -> None:
    execute(tmp_path / "run", here_both(OTHER))
    assert here.events == WHOLE
    assert judged_once(tmp_path / "run")
    assert manifest(tmp_path / "run")["judge"]["engine"]["max_context"] == 4096
    here.events.clear()
    execute(tmp_path / "run", here_both(OTHER))
    assert here.events == []


def test_a_judge_that_is_the_model_is_loaded_once_and_judges_beside(tmp_path: Path, here: type[HereEngine]) -> None:
    execute(tmp_path / "run", replace(here_both(), samples=20))
    assert (here.events[0], here.events[-1]) == (f"start {MODEL}", f"close {MODEL}")
    assert Counter(here.events)["verdict"] == 20 * ESSAYS * CALLS and Counter(here.events)[f"start {MODEL}"] == 1
    assert here.events.index("verdict") < len(here.events) - 1 - here.events[::-1].index("answer")
    assert judged_once(tmp_path / "run", 20 * ESSAYS)


def test_a_judge_beside_a_model_that_is_elsewhere_does_not_wait(tmp_path: Path, here: type[HereEngine]) -> None:
    settings = config(JudgeConfig("demo", EngineConfig(NAME)))
    execute(tmp_path / "run", settings)
    assert [event for event in here.events if event != "verdict"] == [f"start {MODEL}", f"close {MODEL}"]


class Killed(Exception):
    """Stands for SIGKILL: nothing of ours runs after it but what ends the test."""


def killed_at(here: type[HereEngine], folder: Path, settings: RunConfig, event: str, times: int) -> None:
    """Ends a run when an event would happen that often; what it did until then stays in ``here.events``."""
    seen: Counter[str] = Counter()

    def fails(happening: str) -> None:
        seen[happening] += 1
        if happening == event and seen[event] >= times:
            raise Killed

    here.fails = staticmethod(fails)
    with pytest.raises(Killed):
        execute(folder, settings)
    here.fails = staticmethod(lambda event: None)


@pytest.mark.parametrize("judge_args", [OTHER, {}])
@pytest.mark.parametrize(
    "moments",
    [
        [("answer", 3)],
        [("verdict", 1)],
        [("verdict", 7)],
        [("answer", 2), ("answer", 2), ("verdict", 5), ("verdict", 4)],
    ],
)
def test_nothing_is_asked_twice_whenever_it_is_killed(
    tmp_path: Path, here: type[HereEngine], moments: Sequence[tuple[str, int]], judge_args: dict[str, str]
) -> None:
    settings = here_both(judge_args)
    for event, times in moments:
        killed_at(here, tmp_path / "run", settings, event, times)
    execute(tmp_path / "run", settings)
    # What was in flight when it was killed has no line, and is all that may be asked again.
    counts = Counter(here.events)
    assert ESSAYS <= counts["answer"] <= ESSAYS + len(moments)
    assert ESSAYS * CALLS <= counts["verdict"] <= ESSAYS * CALLS + 4 * len(moments)
    assert judged_once(tmp_path / "run")


def test_killed_while_the_judge_loads_only_the_judge_is_started_again(tmp_path: Path, here: type[HereEngine]) -> None:
    killed_at(here, tmp_path / "run", here_both(OTHER), f"start {JUDGE}", 1)
    assert len(read(tmp_path / "run", "generations.jsonl")) == ESSAYS
    here.events.clear()
    execute(tmp_path / "run", here_both(OTHER))
    judged = ["verdict"] * ESSAYS * CALLS
    assert here.events == [f"check {JUDGE}", f"start {JUDGE}", *judged, f"close {JUDGE}"]


def test_the_model_as_judge_is_started_for_judging_alone(tmp_path: Path, here: type[HereEngine]) -> None:
    killed_at(here, tmp_path / "run", here_both(), "verdict", ESSAYS * CALLS)
    assert len(read(tmp_path / "run", "generations.jsonl")) == ESSAYS
    here.events.clear()
    execute(tmp_path / "run", here_both())
    assert "answer" not in here.events and Counter(here.events)[f"start {MODEL}"] == 1
    assert judged_once(tmp_path / "run")


def test_arguments_of_a_judge_that_comes_later_are_looked_at_first(tmp_path: Path, here: type[HereEngine]) -> None:
    def refuses(event: str) -> None:
        if event.startswith("check"):
            raise UsageError("--engine-arg: no such argument")

    here.fails = staticmethod(refuses)
    with pytest.raises(UsageError, match=r"^--judge-engine-arg: no such argument"):
        execute(tmp_path / "run", here_both(OTHER))
    assert here.events == [] and not (tmp_path / "run").exists()


# --- out of a journal


def replayed(run_dir: Path, name: str = "stub/model", **facts: Any) -> JudgeConfig:
    return JudgeConfig(name, EngineConfig("replay", replay_from=run_dir), **facts)


def test_judged_again_from_the_journal_the_scores_are_equal(tmp_path: Path) -> None:
    drawn = iter(range(1, 1000))
    with Stub(text=lambda body: f"[{next(drawn) % 11}]" if "form: " in str(body) else "[5]") as stub:
        execute(tmp_path / "run", config(served(stub.url), samples=2))
    answers = EngineConfig("replay", replay_from=tmp_path / "run")
    settings = config(replayed(tmp_path / "run"), answers, samples=2, model="writer")
    execute(tmp_path / "again", settings)

    def scores(folder: Path) -> dict[Any, Any]:
        told = ("score", "outcome", "extracted", "metrics", "detail")
        return {(line["id"], line["sample"]): [line[name] for name in told] for line in read(folder, "scores.jsonl")}

    assert scores(tmp_path / "again") == scores(tmp_path / "run")
    figures = [[(each["metric"], each["score"]) for each in summary_of(tmp_path / name)["results"]] for name in
               ("run", "again")]  # fmt: skip
    assert figures[0] == figures[1]


def test_a_journal_is_not_taken_for_the_words_of_another_judge(tmp_path: Path) -> None:
    with Stub(text=lambda body: "[8]") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    with pytest.raises(UsageError, match="were made by stub/model; name that with --judge-model"):
        execute(tmp_path / "again", config(replayed(tmp_path / "run", "another")))
    assert not (tmp_path / "again").exists()


def test_a_journal_without_a_judgment_is_refused(tmp_path: Path) -> None:
    with Stub(text=lambda body: "[8]") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    (tmp_path / "run" / "judgments.jsonl").write_text("")
    with pytest.raises(UsageError, match=r"judgments\.jsonl holds no judgment to replay$"):
        execute(tmp_path / "again", config(replayed(tmp_path / "run")))
    assert not (tmp_path / "again").exists()


def test_what_a_journal_lacks_leaves_the_run_open(tmp_path: Path) -> None:
    with Stub(text=lambda body: "[8]") as stub:
        execute(tmp_path / "run", config(served(stub.url), limit=4))
    with pytest.raises(IncompleteError, match=r"2 answers got no judgment \(.* has no judgment of "):
        execute(tmp_path / "again", config(replayed(tmp_path / "run")))
    assert len(read(tmp_path / "again", "scores.jsonl")) == 4


def test_the_rule_can_be_another_for_the_same_replies(tmp_path: Path) -> None:
    with Stub(text=lambda body: "score 7") as stub:
        execute(tmp_path / "run", config(served(stub.url)))
    execute(tmp_path / "again", config(replayed(tmp_path / "run", lenient=True)))
    assert {line["outcome"] for line in read(tmp_path / "run", "scores.jsonl")} == {"error"}
    assert {line["score"] for line in read(tmp_path / "again", "scores.jsonl")} == {0.7}


# --- what trips


def test_a_rule_that_trips_over_a_reply_reads_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config(JudgeConfig("j", EngineConfig("mock")))
    prepared = prepare(settings, tmp_path / "run", MockEngine(lambda request: "An essay."), MockEngine(lambda r: "[8]"))
    task = prepared.asked[0].task
    monkeypatch.setattr(type(task), "read", lambda *args, **facts: int("eight"))
    asyncio.run(run.execute(prepared))
    assert {line["unread"] for line in read(tmp_path / "run", "judgments.jsonl")} == {"no_verdict"}
    assert {line["outcome"] for line in read(tmp_path / "run", "scores.jsonl")} == {"error"}


def test_errors_that_are_final_are_not_asked_again(tmp_path: Path) -> None:
    asked: list[Request] = []

    def fails(request: Request) -> str:
        asked.append(request)
        raise EngineError("odd", retryable=False)

    execute(tmp_path / "run", config(JudgeConfig("j", EngineConfig("mock"))), None, MockEngine(fails))
    assert len(asked) == ESSAYS * CALLS
    assert {line["unread"] for line in read(tmp_path / "run", "judgments.jsonl")} == {"failed"}
    assert replace(asked[0].sampling, temperature=0.0) == asked[0].sampling
