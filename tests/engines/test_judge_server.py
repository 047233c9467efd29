"""A judge behind ``--judge-url``: what it is told, what is learnt of it, and what is said where it cannot judge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from server_requests import FAST, choice, request
from stub_server import MODEL, TEXT, Body, Stub

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, EngineError
from qwen3_eval.engines.finish import checked
from qwen3_eval.engines.judge_server import KEY, JudgeServer
from qwen3_eval.engines.launch import free_port
from qwen3_eval.engines.verdicts import NO_LIMIT
from qwen3_eval.prepare.judge import of_the_judge
from qwen3_eval.prepare.model import known_family
from qwen3_eval.thinking import Split
from qwen3_eval.types import IncompleteError, Message, Prompt, Sampling, UsageError

T = TypeVar("T")
GREEDY = Sampling(temperature=0.0)
PROMPT = Prompt((Message("system", "Be strict."), Message("user", "Judge {this}: <think>no</think>")))
UNSUPPORTED = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)


def asked(url: str, what: Callable[[JudgeServer], Awaitable[T]], model: str = MODEL, family: str = "") -> T:
    config = RunConfig(model, (), family=family, engine=EngineConfig("server", url))

    async def run() -> T:
        with of_the_judge():
            engine = JudgeServer(config, FAST)
            engine.take(known_family(config, None))
            try:
                await engine.start()
                return await what(engine)
            finally:
                await engine.close()

    return asyncio.run(run())


def judge(
    stub: Stub, sampling: Sampling = GREEDY, max_tokens: int = 9, model: str = MODEL, family: str = ""
) -> Completion:
    wanted = request(PROMPT, sampling=sampling, max_tokens=max_tokens, mode="non-thinking")
    return asked(stub.url, lambda engine: engine.generate(wanted), model, family)


async def room(engine: JudgeServer) -> int | None:
    return engine.max_context


def test_it_is_told_what_the_benchmark_states_and_nothing_more() -> None:
    with Stub() as stub:
        found = judge(stub)
        judge(stub, Sampling(temperature=1.0, top_p=0.95), NO_LIMIT)
    messages = [{"role": message.role, "content": message.content} for message in PROMPT.messages]
    assert found.text == TEXT
    assert stub.bodies == [
        {"model": MODEL, "messages": messages, "temperature": 0.0, "max_tokens": 9},
        {"model": MODEL, "messages": messages, "temperature": 1.0, "top_p": 0.95, "seed": 7},
    ]


def test_a_family_that_was_named_is_told_how_to_think() -> None:
    with Stub() as stub:
        judge(stub, family="qwen3")
        judge(stub, family="instruct")
    assert stub.bodies[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert all("chat_template_kwargs" not in body or body["chat_template_kwargs"] for body in stub.bodies)


@pytest.mark.parametrize("listing", [404, {"data": []}, {"models": "none"}, b"<html>"])
def test_a_server_without_a_list_of_models_judges(listing: Any) -> None:
    with Stub(listing=listing) as stub:
        assert judge(stub, model="whatever").text == TEXT
    assert stub.bodies[0]["model"] == "whatever"


def test_a_model_that_is_not_listed_is_refused_with_the_nearest_before_it_is_asked() -> None:
    names = tuple(f"model-{number}" for number in range(3000))
    with Stub(models=(*names, "gpt-4o")) as stub:
        with pytest.raises(UsageError, match=r"the judge: the server does not serve 'gpt-4'.*'gpt-4o'") as error:
            judge(stub, model="gpt-4")
        assert len(str(error.value)) < 200
        assert stub.count == 0


def test_a_name_that_is_no_more_than_an_alias_is_asked_for() -> None:
    with Stub(aliases=("some/judge-latest",)) as stub:
        judge(stub, model="some/judge-latest")
    assert stub.bodies[0]["model"] == "some/judge-latest"


def test_the_key_is_its_own_then_the_usual_one_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Stub(key="sk-of-the-judge") as stub:
        with pytest.raises(UsageError, match=f"judge.* wants a key .401.; set {KEY}$"):
            asked(stub.url, room)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-judge")
        assert asked(stub.url, room) == 512
        monkeypatch.setenv(KEY, "sk-another-key")
        with pytest.raises(UsageError, match=f"takes another key .401.; set {KEY}$"):
            asked(stub.url, room)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-another-key")
        monkeypatch.setenv(KEY, " sk-of-the-judge\n")
        assert asked(stub.url, room) == 512
    with Stub(faults=["400 bad key sk-of-the-judge"] * 2) as stub, pytest.raises(UsageError) as error:
        judge(stub)
    assert "sk-of-the-judge" not in str(error.value) and "***" in str(error.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "localhost:8000", "http://a b"])
def test_one_that_cannot_be_reached_is_refused_in_words_of_the_judge(url: str) -> None:
    with pytest.raises(UsageError) as error:
        asked(url.format(port=free_port()), room)
    assert "--base-url" not in str(error.value)
    assert "judge" in str(error.value) and "\n" not in str(error.value)


def test_a_wrong_path_is_asked_about_by_the_judges_option() -> None:
    with Stub(reply=lambda body: 404) as stub, pytest.raises(UsageError, match="is --judge-url right"):
        judge(stub)


def test_credentials_in_the_address_go_before_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEY, "sk-of-the-judge")
    with Stub(basic="me:secret-word") as stub:
        assert asked(stub.url.replace("//", "//me:secret-word@"), room) == 512
    assert capsys.readouterr().err == f"the credentials in --judge-url are sent, and {KEY} is not\n"


def test_the_newer_name_of_the_limit_is_learnt_once() -> None:
    def newer(body: Body) -> Any:
        return (400, {"error": {"message": UNSUPPORTED}}) if "max_tokens" in body else None

    wanted = request(PROMPT, sampling=GREEDY, max_tokens=9)

    async def thrice(engine: JudgeServer) -> Any:
        for _ in range(3):
            await engine.generate(wanted)
        return engine.describe()

    with Stub(reply=newer) as stub:
        told = asked(stub.url, thrice)
    assert ["max_tokens" in body for body in stub.bodies] == [True, False, False, False]
    assert [body.get("max_completion_tokens") for body in stub.bodies] == [None, 9, 9, 9]
    assert told["wording"] == {"max_tokens": "max_completion_tokens"} and told["deviations"] == []


def test_those_that_were_on_their_way_when_it_was_learnt_are_sent_again() -> None:
    def newer(body: Body) -> Any:
        return (400, {"error": {"message": UNSUPPORTED}}) if "max_tokens" in body else None

    async def together(engine: JudgeServer) -> list[Completion]:
        wanted = request(PROMPT, sampling=GREEDY, max_tokens=9)
        return list(await asyncio.gather(*(engine.generate(wanted) for _ in range(8))))

    with Stub(reply=newer, latency=lambda number: 0.02) as stub:
        assert [each.text for each in asked(stub.url, together)] == [TEXT] * 8
    assert stub.count == 16


def test_one_that_takes_neither_name_ends_the_run_in_its_own_words() -> None:
    with Stub(reply=lambda body: (400, {"error": {"message": UNSUPPORTED}})) as stub:
        with pytest.raises(UsageError, match="refuses every request: HTTP 400: Unsupported parameter"):
            judge(stub)
        assert stub.count < 8


def test_a_seed_that_is_not_taken_is_left_out_and_said() -> None:
    def seedless(body: Body) -> Any:
        return (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}) if "seed" in body else None

    async def twice(engine: JudgeServer) -> Any:
        for _ in range(2):
            await engine.generate(request(PROMPT, sampling=Sampling(temperature=1.0)))
        return engine.describe()["deviations"]

    with Stub(reply=seedless) as stub:
        assert "takes no seed" in asked(stub.url, twice)[0]
    assert ["seed" in body for body in stub.bodies] == [True, False, False]


def vllm_of(context: int, prompt: int) -> Callable[[Body], Any]:
    """Refuses as vLLM does what does not fit."""

    def reply(body: Body) -> Any:
        asked_for = body.get("max_tokens")
        if asked_for is None or prompt + asked_for <= context:
            return None
        said = (
            f"'max_tokens' or 'max_completion_tokens' is too large: {asked_for}. This model's maximum context length "
            f"is {context} tokens and your request has {prompt} input tokens ({asked_for} > {context} - {prompt})."
        )
        return 400, {"error": {"message": said, "type": "BadRequestError", "code": 400}}

    return reply


def test_a_limit_beyond_the_context_is_what_the_server_says_that_fits() -> None:
    """Not what can be guessed of the prompt, which would cut a verdict short."""
    with Stub(reply=vllm_of(512, 100)) as stub:
        judge(stub, max_tokens=4096)
    assert [body["max_tokens"] for body in stub.bodies] == [4096, 412]


def test_without_a_limit_the_server_leaves_what_the_context_has() -> None:
    async def describe(engine: JudgeServer) -> Any:
        await engine.generate(request(PROMPT, sampling=GREEDY, max_tokens=NO_LIMIT))
        return engine.describe()["deviations"]

    with Stub(reply=vllm_of(512, 100)) as stub:
        assert asked(stub.url, describe) == []
    assert "max_tokens" not in stub.bodies[0]


def test_a_default_limit_of_the_server_that_does_not_fit_is_replaced() -> None:
    def reply(body: Body) -> Any:
        if body.get("max_tokens", 4096) <= 412:
            return None
        said = (
            "This model's maximum context length is 512 tokens. However, you requested 4196 tokens (100 in the "
            "messages, 4096 in the completion). Please reduce the length of the messages or completion."
        )
        return 400, {"error": {"message": said}}

    with Stub(reply=reply) as stub:
        assert judge(stub, max_tokens=NO_LIMIT).text == TEXT
    assert [body.get("max_tokens") for body in stub.bodies] == [None, 412]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((400, {"error": {"message": "maximum context length is 512 tokens, and 900 in the messages"}}), "context: "),
        ((400, {"error": {"code": "content_filter", "message": "filtered"}}), "refused: "),
        (choice(finish_reason="content_filter"), "refused: "),
        ({"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]}, "refused: "),
    ],
)
def test_what_is_turned_down_is_an_outcome_of_that_call_alone(reply: Any, said: str) -> None:
    with Stub(reply=lambda body: reply) as stub, pytest.raises(EngineError, match=f"^{said}") as error:
        checked(judge(stub, max_tokens=NO_LIMIT))
    assert error.value.refused and not error.value.retryable
    assert stub.count == 1


def test_a_spent_quota_ends_the_run_and_says_whose() -> None:
    reply = (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}})
    with Stub(reply=lambda body: reply) as stub, pytest.raises(IncompleteError, match="the judge: the server at"):
        judge(stub)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thinking_that_the_server_split_off_comes_apart(name: str) -> None:
    with Stub(message={name: "Let me see."}) as stub:
        found = judge(stub)
    assert (found.reasoning, found.text) == ("Let me see.", TEXT)


def test_arguments_for_a_server_of_somebody_else_are_refused() -> None:
    engine = EngineConfig("server", "http://x", args={"seed": 1})
    with pytest.raises(UsageError, match=r"--judge-engine-arg is .* the server at --judge-url"), of_the_judge():
        JudgeServer(RunConfig("j", (), engine=engine))


@pytest.mark.parametrize(
    "reply",
    [
        "[[A>B]], since B shows a stray </think> tag",
        '{"score": 7, "reason": "</think> is left in"}',
        '```json\n{"score": 7,\n"reason": "a </think>"}\n```',
        "B has <think> left in it. [[A>B]]",
        "\n B has `</think>` twice, </think> too many. [[A>B]] ",
    ],
)
def test_a_verdict_that_names_the_tags_of_an_answer_is_read_as_it_stands(reply: str) -> None:
    assert said(reply) == Split("", reply, finished=True)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("<think>\nB is better </think> perhaps\n</think>\n\n[[A>B]]", "[[A>B]]"),
        ("B is better: [[B>A]]\n</think>\n\n[[A>B]]", "[[A>B]]"),
        ("B is better.</think>[[A>B]]", "[[A>B]]"),
        ("B shows a </think> tag [[B>A]]\n</think>\n\n[[A>B]]", "[[A>B]]"),
        ("no tag [[A>B]]", "no tag [[A>B]]"),
    ],
)
def test_a_judge_that_thinks_is_read_behind_its_thinking(reply: str, answer: str) -> None:
    assert said(reply).answer == answer


def said(reply: str) -> Split:
    engine = JudgeServer(RunConfig("j", (), engine=EngineConfig("server", "http://x")), FAST)
    engine.take(None)
    return engine.reader.split(reply)
