"""What servers say when they turn a request down, by kind; and what follows for the question and for the run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import FIXTURES
from server_requests import FAST, ask, request, streamed
from stub_server import MODEL, TEXT, TOKENS, Body, Stub

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, EngineError
from qwen3_eval.engines.refusals import read_refusal
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.types import IncompleteError, Prompt, UsageError

# Server; status; its words; kind; context, prompt and the largest max_tokens that the words name.
Row = list[Any]
SAID: list[Row] = [json.loads(line) for line in (FIXTURES / "refusals.jsonl").read_text("utf-8").splitlines()]
FORMS: dict[str, Callable[[str, int], Any]] = {
    "openai": lambda said, status: {"error": {"message": said, "type": "BadRequestError", "code": status}},
    "old vLLM": lambda said, status: {"object": "error", "message": said, "code": status},
    "TGI": lambda said, status: {"error": said, "error_type": "validation"},
    "FastAPI": lambda said, status: {"detail": said},
    "a text": lambda said, status: said,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("row", SAID, ids=[row[0] for row in SAID])
def test_messages_are_told_apart(row: Row, form: str) -> None:
    _, status, said, *wanted = row
    found = read_refusal(status, json.dumps(FORMS[form](said, status)).encode())
    assert [found.kind, found.context, found.prompt, found.most] == wanted
    assert found.said == said[:300]


def test_llama_cpp_names_its_numbers_apart() -> None:
    error = {"code": 400, "message": "the request exceeds the available context size", "n_prompt_tokens": 9, "n_ctx": 8}
    found = read_refusal(400, json.dumps({"error": error}).encode())
    assert (found.kind, found.prompt, found.context) == ("prompt", 9, 8)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "code", "type", "n_ctx", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.integers(300, 599), JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
def test_a_refusal_of_any_form_has_one_line(status: int, body: bytes) -> None:
    found = read_refusal(status, body, "reason")
    assert "\n" not in str(found) and len(found.said) <= 300
    assert found.context is None or found.context >= 0


@given(st.integers(1, 200_000), st.integers(1, 40_000), st.integers(2, 40_000), st.integers(1, 60_000))
def test_asking_for_less_comes_to_an_end(asked: int, prompt: int, context: int, guess: int) -> None:
    """With every form of message, by a server that is as strict as the strictest."""
    for said in (
        f"maximum context length is {context} tokens, your request has {prompt} input tokens, max_tokens {asked}",
        f"max_tokens={asked} cannot be greater than max_model_len={context}",
        "max_tokens is not to our liking",
    ):
        limit, tries, current = max(0, context - prompt - 1), 0, asked
        while current > limit and tries < 99:
            refusal = read_refusal(400, json.dumps({"error": said}).encode())
            smaller = refusal.smaller(current, guess)
            if refusal.kind == "prompt" or smaller is None:
                break
            assert 1 <= smaller < current
            current, tries = smaller, tries + 1
        assert tries < 60


# --- what the engine makes of them


def strict(context: int, prompt: int, said: Callable[[int], str], status: int = 400) -> Callable[[Body], Any]:
    def reply(body: Body) -> Any:
        asked = body["max_tokens"]
        return (status, {"error": {"message": said(asked)}}) if asked + prompt > context else None

    return reply


def old(asked: int) -> str:
    asks = f"However, you requested {asked + 120} tokens (120 in the messages, {asked} in the completion)"
    return f"maximum context length is 400 tokens. {asks}"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (old, [300, 280]),
        (lambda asked: f"max_tokens={asked} cannot be greater than max_model_len=400", [300, 225]),
        (lambda asked: "`inputs` tokens + `max_new_tokens` must be <= 400. Given: 120 `inputs` tokens", [300, 280]),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_shorter(said: Callable[[int], str], wanted: list[int]) -> None:
    async def both(engine: ServerEngine) -> tuple[Completion, Any]:
        return await engine.generate(request(max_tokens=300)), engine.describe()

    with Stub(reply=strict(400, 120, said), listing=404) as stub:
        found, described = ask(stub.url, both)
    assert found.text == TEXT
    assert [body["max_tokens"] for body in stub.bodies] == wanted
    assert "max_tokens 300 does not fit" in described["deviations"][0]


def test_a_limit_of_answers_is_remembered() -> None:
    async def twice(engine: ServerEngine) -> list[Completion]:
        return [await engine.generate(request(max_tokens=300)) for _ in range(2)]

    said = strict(200, 0, lambda asked: "Range of max_tokens should be [1, 200]")
    with Stub(reply=said, listing=404) as stub:
        ask(stub.url, twice)
    assert [body["max_tokens"] for body in stub.bodies] == [300, 200, 200]


def test_streams_are_asked_for_shorter_too() -> None:
    with Stub(reply=strict(400, 2, old), listing=404) as stub:
        parts = ask(stub.url, lambda engine: streamed(engine, request(ids=[5, 6], max_tokens=800)), "client")
    assert parts[-1].token_ids == TOKENS
    assert [body["max_tokens"] for body in stub.bodies] == [800, 280]


def test_more_than_the_context_is_never_asked_for() -> None:
    with Stub() as stub:
        ask(stub.url, lambda engine: engine.generate(request(max_tokens=32_768)))
    assert 300 < stub.bodies[0]["max_tokens"] < 512


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (400, "Unrecognized request argument supplied: top_k", "'top_k', and this server does not take it"),
        (401, "Incorrect API key", "set OPENAI_API_KEY"),
        (403, "Forbidden", "set OPENAI_API_KEY"),
        (404, "The model `x` does not exist", "is --base-url right"),
        (405, "Method Not Allowed", "is --base-url right"),
        (422, "extra fields not permitted", "HTTP 422: extra fields not permitted"),
        (308, "", "it has moved to another address"),
    ],
)
def test_what_holds_for_every_question_ends_the_run(status: int, said: str, words: str) -> None:
    with Stub(reply=lambda body: (status, {"error": said})) as stub, pytest.raises(UsageError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert "refuses every request" in str(error.value) and words.split(", and")[0] in str(error.value)
    assert stub.count <= 2


def test_many_slots_do_not_ask_the_plain_question_each() -> None:
    async def all_at_once(engine: ServerEngine) -> list[Any]:
        return await asyncio.gather(*(engine.generate(request()) for _ in range(20)), return_exceptions=True)

    def odd(body: Body) -> Any:
        return None if body["messages"][0]["content"] == "Hi" else (400, {"error": "tool schema is odd"})

    with Stub(reply=odd) as stub:
        found = ask(stub.url, all_at_once)
    assert {str(each) for each in found} == {"HTTP 400: tool schema is odd"}
    assert all(isinstance(each, EngineError) and not each.retryable for each in found)
    assert sum(body["messages"][0]["content"] == "Hi" for body in stub.bodies) <= 3


def test_a_question_that_is_refused_alone_leaves_the_others() -> None:
    def picky(body: Body) -> Any:
        return (400, {"error": "bad schema"}) if "bad" in body["messages"][0]["content"] else None

    async def both(engine: ServerEngine) -> Completion:
        with pytest.raises(EngineError, match="HTTP 400: bad schema") as error:
            await engine.generate(request(Prompt.user("bad")))
        assert not error.value.retryable
        return await engine.generate(request())

    with Stub(reply=picky) as stub:
        assert ask(stub.url, both).text == TEXT


def test_a_key_that_ends_and_money_that_ends_leave_the_run_to_be_gone_on_with() -> None:
    async def later(engine: ServerEngine) -> None:
        await engine.generate(request())
        stub.reply = lambda body: (401, {"error": "key expired"})
        with pytest.raises(IncompleteError, match="key expired"):
            await engine.generate(request())

    with Stub() as stub:
        ask(stub.url, later)
    with Stub(reply=lambda body: (402, {"error": "Insufficient Balance"})) as poor, pytest.raises(IncompleteError):
        ask(poor.url, lambda engine: engine.generate(request()))
    assert poor.count == 1


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (400, 3)])
def test_a_model_that_is_unloaded_in_the_middle_ends_the_run(status: int, asked: int) -> None:
    async def later(engine: ServerEngine) -> int:
        await engine.generate(request())
        stub.reply = lambda body: (status, {"error": "nothing of that name here"})
        for number in range(asked - 1):
            with pytest.raises(EngineError, match="nothing of that name"):
                await engine.generate(request(seed=number))
        with pytest.raises(IncompleteError, match="run the same command again"):
            await engine.generate(request())
        return stub.count

    with Stub() as stub:
        assert ask(stub.url, later) == 1 + asked + 1


@pytest.mark.parametrize(("status", "said"), [(400, "data_inspection_failed"), (400, "content management policy")])
def test_a_filtered_question_is_refused(status: int, said: str) -> None:
    with Stub(reply=lambda body: (status, {"error": said})) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.refused and not error.value.retryable


def test_a_prompt_that_fills_the_context_says_so_by_itself() -> None:
    said = "The input (600 tokens) is longer than the model's context length (512 tokens)."
    with (
        Stub(reply=lambda body: (400, {"error": said})) as stub,
        pytest.raises(EngineError, match=r"^context: ") as error,
    ):
        ask(stub.url, lambda engine: engine.generate(request()))
    assert not error.value.retryable and stub.count == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "The maximum number of tokens 512 exceeds session_len 300"),
        (400, "input token length 9 + max_new_tokens 512 exceeds session_len 300"),
        (400, "max_total_tokens (512) must be less than or equal to max_seq_len (300)"),
        (400, "Invalid request: Your request exceeded model token limit: 300"),
        (
            400,
            "The sum of prompt length (9.0) and max_tokens (512) should not exceed max_num_tokens (300)",
        ),
        (400, "it has a maxOutputTokens value of 512 but the supported range is from 1 to 301 (exclusive)"),
        (400, "The maximum tokens you requested exceeds the model limit of 300"),
        (422, "Input validation error: `max_new_tokens` must be <= 291. Given: 512"),
        (400, "This model's maximum context length is 300 tokens."),
        (400, "max_tokens must be at least 1, got 0."),
        (413, "Request too large on tokens per minute (TPM): Limit 300, Requested 512"),
    ],
)
def test_what_may_be_about_room_is_found_out_by_asking_for_one_token(status: int, said: str) -> None:
    def small(body: Body) -> Any:
        return (status, {"error": {"message": said}}) if body["max_tokens"] > 291 else None

    async def twice(engine: ServerEngine) -> str:
        await engine.generate(request(max_tokens=500))
        await engine.generate(request(max_tokens=500))
        deviations: Any = engine.describe()["deviations"]
        return " ".join(deviations)

    with Stub(reply=small) as stub:
        assert "max_tokens 500 does not fit" in ask(stub.url, twice)
    assert max(asked for body in stub.bodies if (asked := body["max_tokens"]) <= 291) > 1


def test_what_is_refused_for_itself_is_not_asked_for_less() -> None:
    with Stub(reply=lambda body: (400, {"error": "too many images"})) as stub, pytest.raises(UsageError):
        ask(stub.url, lambda engine: engine.generate(request()))
    assert stub.count == 3 and stub.bodies[1]["max_tokens"] == 1


# --- where the server is


@pytest.mark.parametrize(
    ("prefix", "given"),
    [
        ("/v1", ""),
        ("/v1", "/"),
        ("/v1", "/v1"),
        ("/v1", "/v1/"),
        ("/v1", "/v1/chat/completions"),
        ("/v1", "/v1/chat/completions/"),
        ("/v1", "/v1/completions"),
        ("/v1", "/v1/models"),
        ("/api/v3", "/api/v3"),
        ("/api/v3", "/api/v3/chat/completions"),
        ("/compatible-mode/v1", "/compatible-mode/v1"),
        ("/openai/v1", "/openai"),
        ("/openai", "/openai"),
        ("/v1beta/openai", "/v1beta/openai/"),
        ("", ""),
        ("", "/chat/completions"),
        ("/v1", "/v1?api-version=3"),
    ],
)
def test_addresses_are_taken_for_what_they_are(prefix: str, given: str) -> None:
    with Stub(prefix=prefix) as stub:
        found = ask(f"http://127.0.0.1:{stub.port}{given}", lambda engine: engine.generate(request()))
    assert found.text == TEXT and stub.count == 1
    assert set(stub.queries) == {"api-version=3" if "?" in given else ""}


def test_an_address_where_nothing_answers_is_refused_at_once() -> None:
    with Stub(prefix="/there/v1") as stub, pytest.raises(UsageError, match=r"HTTP 404.*is --base-url right"):
        ask(f"http://127.0.0.1:{stub.port}/here/v1", lambda engine: engine.generate(request()))
    assert stub.count == 0


@pytest.mark.parametrize(
    "address", ["localhost:8000", "http://", "http://[::1", "http://h:99999/v1", "http://u:p#w@h/v1"]
)
def test_what_is_no_address(address: str) -> None:
    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", address))
    with pytest.raises(UsageError, match="--base-url") as error:
        ServerEngine(config, FAST)
    assert "p#w" not in str(error.value)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"max_model_len": 99}, 99),
        ({"context_length": 99}, 99),
        ({"max_context_length": 99}, 99),
        ({"max_model_len": "99"}, None),
        ({"max_model_len": True}, None),
        ({"max_model_len": -1, "context_length": 7}, 7),
        ({"meta": {"n_ctx_train": 99}, "owned_by": "llamacpp"}, None),
    ],
)
def test_the_context_under_its_names(entry: Body, wanted: int | None) -> None:
    async def nothing(engine: ServerEngine) -> int | None:
        return engine.max_context

    with Stub(listing={"data": [{"id": MODEL, **entry}]}) as stub:
        assert ask(stub.url, nothing) == wanted
