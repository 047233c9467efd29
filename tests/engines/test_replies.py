"""What a server may answer: replies that did not come to their end, of any form, with calls that it parsed itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from places import TOYS
from server_requests import FAST, ask, choice, request, streamed
from stub_server import MODEL, TEXT, Body, Stub

from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import http
from qwen3_eval.engines.base import Completion, EngineError
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.replies import FailedReply, choices_of, counts, finish_reason, read_answer, token_ids
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.types import IncompleteError, Sampling, UsageError

PLAIN = Sampling(0.6, 0.95, 20)


def said(content: Any, **facts: Any) -> Body:
    return {"choices": [{"message": {"content": content, **facts}, "finish_reason": "stop"}]}


# --- answers that did not come to their end


@pytest.mark.parametrize(
    "reply",
    [
        choice(finish_reason="abort"),
        choice(finish_reason="error"),
        choice(finish_reason="cancelled"),
        choice(finish_reason="insufficient_system_resource"),
        choice(finish_reason="worker_exception"),
        choice(finish_reason="client-disconnected"),
        choice(finish_reason=7),
        choice(finish_reason=["stop"]),
        choice(finish_reason="stop", error={"message": "a replica died", "code": 502}),
        {**choice(finish_reason="stop"), "error": {"message": "upstream"}},
        {"error": {"message": "upstream", "code": 503}},
        {"object": "error", "message": "internal", "code": 500},
    ],
    ids=str,
)
def test_an_answer_that_failed_is_asked_for_again_and_then_left(reply: Body) -> None:
    with Stub(reply=lambda body: reply) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.retryable and not error.value.refused
    assert stub.count == FAST.tries
    replies = [reply, None]
    with Stub(reply=lambda body: replies.pop(0)) as better:
        assert ask(better.url, lambda engine: engine.generate(request())).text == TEXT


@pytest.mark.parametrize("reason", ["content_filter", "CONTENT_FILTER", "safety", "refusal", "blocked_by_policy"])
def test_an_answer_that_was_filtered_is_refused(reason: str) -> None:
    with Stub(reply=lambda body: choice(finish_reason=reason)) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.refused and not error.value.retryable and stub.count == 1


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        *((word, word) for word in ("stop", "length", "tool_calls", "eos_token", "xyz")),
        *(
            (word, "length")
            for word in ("max_tokens", "model_length", "repetition", "FINISH_REASON_LENGTH", "incomplete")
        ),
        *((word, "stop") for word in (None, "")),
    ],
)
def test_reasons_of_answers_that_ended(reason: str | None, wanted: str) -> None:
    with Stub(reply=lambda body: choice(finish_reason=reason)) as stub:
        assert ask(stub.url, lambda engine: engine.generate(request())).finish_reason == wanted


def test_an_answer_as_long_as_it_may_be_without_a_reason_was_cut() -> None:
    with Stub(reply=lambda body: {**choice(), "usage": {"completion_tokens": body["max_tokens"]}}) as stub:
        assert ask(stub.url, lambda engine: engine.generate(request())).finish_reason == "length"


@pytest.mark.parametrize(
    "finish",
    [
        "abort",
        "error",
        {"error": {"message": "the engine died", "code": 500}},
        {"object": "error", "message": "the engine died"},
        {"choices": [{"index": 0, "error": {"message": "gone"}}]},
        {"choices": [{"index": 0, "token_ids": [], "finish_reason": "abort"}]},
        {"choices": [{"index": 0, "finish_reason": "error"}]},
        {"choices": "none"},
        [1],
    ],
    ids=str,
)
def test_a_stream_that_failed_is_no_answer(finish: Any) -> None:
    async def gather(engine: ServerEngine) -> EngineError:
        with pytest.raises(EngineError) as error:
            await streamed(engine, request(ids=[5, 6], sampling=PLAIN, max_tokens=99))
        return error.value

    with Stub(finish=finish) as stub:
        assert ask(stub.url, gather, "client").retryable
        assert stub.count == FAST.tries


def test_a_stream_that_was_filtered_is_refused() -> None:
    with Stub(finish="content_filter") as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: streamed(engine, request(ids=[5], sampling=PLAIN)), "client")
    assert error.value.refused and stub.count == 1


# --- replies of any form


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("4", "4", None),
        (None, "", None),
        ([{"type": "text", "text": "a"}, {"type": "output_text", "text": "b"}, "c"], "abc", None),
        ({"type": "text", "text": "4"}, "4", None),
        ([None, {"type": "text", "text": None}, {"type": "text", "text": "4"}], "4", None),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "4"}], "4", "hm"),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "4"}],
            "4",
            "hm",
        ),
        ([{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "4"}], "4", "hm"),
        ([{"type": "redacted_thinking", "data": "x"}, {"text": "4"}], "4", ""),
        ([], "", None),
        ("\ud83d", "\ufffd", None),
    ],
)
def test_content_in_parts(content: Any, text: str, reasoning: str | None) -> None:
    found = read_answer(said(content), request(), text_only=True)
    assert (found.text, found.reasoning or None) == (text, reasoning or None)


@pytest.mark.parametrize(
    ("facts", "reasoning"),
    [
        ({"reasoning": "hm"}, "hm"),
        ({"reasoning_content": "", "reasoning": "hm"}, "hm"),
        ({"reasoning_content": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]}, "hm"),
        ({"reasoning": {"type": "reasoning.text", "text": "hm"}}, "hm"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "hm"),
        ({"reasoning": {}, "reasoning_content": []}, None),
        ({"reasoning": {"effort": None, "summary": None}}, None),
        ({"thinking": "hm"}, "hm"),
    ],
)
def test_thinking_under_its_names(facts: Body, reasoning: str | None) -> None:
    assert read_answer(said("4", **facts), request(), text_only=True).reasoning == reasoning


UNREADABLE: list[Any] = [
    {},
    [],
    None,
    7,
    "x",
    {"choices": {}},
    {"choices": [None]},
    {"choices": ["x"]},
    {"choices": [{"message": None}]},
    {"choices": [{"message": "x"}]},
    said(7),
    said(True),
    said([7]),
    said([{"type": "image_url", "image_url": {}}]),
    said("4", reasoning=7),
    said("4", tool_calls="x"),
    b"[" * 200_000,
    b'{"choices": ' + b"[" * 200_000,
    b"\xff\xfe",
    b"NaN",
    b"",
    b'{"choices": [{"message": {"content": "\xe2\x28"}}]}',
]


@pytest.mark.parametrize("reply", UNREADABLE, ids=[str(each)[:40] for each in UNREADABLE])
def test_what_cannot_be_read_is_an_error_of_that_record(reply: Any) -> None:
    with Stub(reply=lambda body: b"null" if reply is None else reply) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.retryable and "\n" not in str(error.value)


USAGES = ["x", [1], 7, {"completion_tokens": [3]}, {"completion_tokens": "7"}, {"prompt_tokens": -1}]
USAGES += [{"completion_tokens": 1e300, "prompt_tokens": True}, {"prompt_tokens_details": [1]}]


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_counts_that_are_none_are_not_known(usage: Any) -> None:
    assert counts(usage) == (None, None, None)
    with Stub(reply=lambda body: {**said("4"), "usage": usage}) as stub:
        assert ask(stub.url, lambda engine: engine.generate(request())).completion_tokens is None


@pytest.mark.parametrize("tokens", [["x"], [None], [-1], [2**40], [1.5], [[1]], "ab", {"a": 1}, 7])
def test_tokens_that_are_none(tokens: Any) -> None:
    with pytest.raises(FailedReply):
        token_ids({"token_ids": tokens})


def test_bodies_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_BODY", 1000)
    with Stub(reply=lambda body: said("x" * 2000)) as stub, pytest.raises(EngineError, match="longer than"):
        ask(stub.url, lambda engine: engine.generate(request()))
    with Stub(tokens=lambda body: tuple(range(100))) as stub, pytest.raises(EngineError, match="longer than"):
        ask(stub.url, lambda engine: streamed(engine, request(ids=[5], sampling=PLAIN, max_tokens=99)), "client")


NAMES = (
    "choices message content text type thinking tool_calls function name arguments usage completion_tokens token_ids "
    "finish_reason error code reasoning data id function_call object refusal max_model_len owned_by"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
CHOICES = st.fixed_dictionaries({"choices": st.lists(JSON, max_size=2)}, optional={"usage": JSON, "error": JSON})
CHOICES |= st.builds(lambda inner: {"choices": [{"message": inner, "finish_reason": "stop"}]}, JSON)


@settings(max_examples=200)
@given(JSON | CHOICES, st.booleans())
@example({"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": [7]}}]}}]}, True)
def test_no_form_of_a_reply_is_a_crash(reply: Any, text_only: bool) -> None:
    try:
        found = read_answer(reply, request(), text_only=text_only)
    except (EngineError, FailedReply) as error:
        assert "\n" not in str(error)
        return
    assert isinstance(found.text, str) and isinstance(found.finish_reason, str)
    assert found.reasoning is None or isinstance(found.reasoning, str)
    assert found.completion_tokens is None or 0 <= found.completion_tokens < 2**63
    json.dumps([found.text, found.reasoning], ensure_ascii=False).encode()


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["choices", "error", "usage", "object"]), JSON, max_size=4) | JSON)
def test_no_form_of_an_event_is_a_crash(event: Any) -> None:
    try:
        sound = http._sound(event)
        for each in choices_of(sound):
            finish_reason(each)
            assert all(0 <= token < 2**31 for token in token_ids(each))
    except (EngineError, FailedReply, http.Refused):
        return


@pytest.fixture(scope="module")
def any_form() -> Any:
    with Stub() as stub:
        yield stub


@settings(max_examples=60)
@given(JSON | CHOICES, st.sampled_from([200, 200, 200, 400, 404, 422, 429, 500, 503]), st.booleans())
def test_nothing_but_our_own_errors_comes_out(any_form: Stub, reply: Any, status: int, streams: bool) -> None:
    """Through the whole engine: a reply of any form, under any status, alone and in a stream."""
    any_form.reply = None if streams and status == 200 else lambda body: (status, reply)
    any_form.finish = reply if streams else "stop"

    async def run() -> None:
        config = RunConfig(
            MODEL, ("toy",), engine=EngineConfig("server", any_form.url, "client" if streams else "auto")
        )
        engine = ServerEngine(config, Retry(tries=1, base_s=0.001, timeout_s=5, trial_s=0.001))
        await engine.start()
        wanted = request(ids=[5], sampling=PLAIN, max_tokens=99) if streams else request()
        try:
            parts = await streamed(engine, wanted) if streams else [await engine.generate(wanted)]
            assert all(isinstance(part, Completion) for part in parts)
        except (EngineError, UsageError, IncompleteError) as error:
            assert str(error)
        finally:
            await engine.close()

    asyncio.run(run())


@settings(max_examples=60)
@given(JSON | st.builds(lambda entries: {"data": entries}, st.lists(JSON, max_size=3)) | st.binary(max_size=20))
@example({"data": [{"id": 7, "max_model_len": [1]}]})
@example({"data": {"id": "stub/model"}})
def test_no_form_of_a_list_of_models_is_a_crash(any_form: Stub, listing: Any) -> None:
    any_form.listing = b"null" if listing is None or isinstance(listing, int) else listing

    async def run() -> None:
        engine = ServerEngine(RunConfig(MODEL, ("toy",), engine=EngineConfig("server", any_form.url)), FAST)
        try:
            await engine.start()
        except UsageError as error:
            assert "does not serve" in str(error)
        finally:
            await engine.close()

    asyncio.run(run())


def test_a_run_of_odd_replies_ends_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every question gets another form; each is an error of its own record, and the run is one to go on with."""
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "1")
    replies = [b"null" if each is None else each for each in UNREADABLE]
    words = ["run", "--model", MODEL, "--tasks", "toy_sum", "--tasks-dir", str(TOYS), "--mode", "non-thinking"]
    with Stub(reply=lambda body: replies[len(stub.bodies) % len(replies)]) as stub:
        code = main([*words, "--base-url", stub.url, "--samples", "1", "--run-dir", str(tmp_path / "run")])
    records = [json.loads(line) for line in (tmp_path / "run" / "generations.jsonl").read_text("utf-8").splitlines()]
    assert code == 3 and len(records) == 20
    assert all(record["error"] and record["retryable"] for record in records)
    assert "Traceback" not in capfd.readouterr().err


# --- calls that the server parsed itself


def call(name: Any, arguments: Any) -> Body:
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}


def hermes(*calls: Body) -> str:
    return "\n".join(f"<tool_call>\n{json.dumps(each)}\n</tool_call>" for each in calls)


AREA = {"name": "area", "arguments": {"base": 10, "unit": "µm"}}


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"tool_calls": [call("area", '{"base": 10, "unit": "µm"}')]}, [AREA]),
        ({"tool_calls": [call("area", AREA["arguments"])]}, [AREA]),
        (
            {"tool_calls": [call("area", '{"base": 10, "unit": "µm"}'), call("f", "")]},
            [AREA, {"name": "f", "arguments": {}}],
        ),
        ({"function_call": {"name": "area", "arguments": '{"base": 10, "unit": "µm"}'}}, [AREA]),
        ({"tool_calls": []}, []),
        ({"tool_calls": None, "function_call": None}, []),
    ],
)
@pytest.mark.parametrize("content", [None, "", "I call it."])
def test_calls_are_written_back_as_text(facts: Body, wanted: list[Body], content: str | None) -> None:
    found = read_answer(said(content, **facts), request(), text_only=True)
    blocks = [json.loads(part.split("</tool_call>")[0]) for part in found.text.split("<tool_call>")[1:]]
    assert blocks == wanted
    assert found.text.startswith(content or "")


def test_calls_that_stand_in_the_text_too_are_not_doubled() -> None:
    text = hermes(AREA)
    facts = {"tool_calls": [call("area", json.dumps(AREA["arguments"]))]}
    assert read_answer(said(text, **facts), request(), text_only=True).text == text


@pytest.mark.parametrize(
    "calls",
    [[call("f", '{"a": ')], [call("", "{}")], [{"id": "c1"}], ["f()"], [call("f", "[1]")], [call(7, "{}")]],
    ids=str,
)
def test_calls_that_a_parser_broke_are_an_error_that_names_it(calls: list[Any]) -> None:
    with Stub(message={"content": None, "tool_calls": calls}) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert "tool-call parser" in str(error.value) and not error.value.retryable and stub.count == 1
