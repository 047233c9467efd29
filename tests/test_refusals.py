"""What servers say when they turn a request down, by kind; and what follows for the question and for the run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stub_server import MODEL, TEXT, TOKENS, Body, Stub
from test_engine_server import FAST, ask, request, streamed

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, EngineError
from qwen3_eval.engines.refusals import read_refusal
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.types import IncompleteError, Prompt, UsageError

# Server and message; status; kind; context, prompt and the largest max_tokens that the message names.
Row = tuple[str, int, str, str, int | None, int | None, int | None]
SAID: list[Row] = [
    (
        "vLLM 0.6",
        400,
        "This model's maximum context length is 16384 tokens. However, you requested 32888 tokens (120 in the messages, "
        "32768 in the completion). Please reduce the length of the messages or completion.",
        "answer",
        16384,
        120,
        None,
    ),
    (
        "vLLM 0.6, prompt",
        400,
        "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens in the messages, Please "
        "reduce the length of the messages.",
        "prompt",
        4096,
        None,
        None,
    ),
    (
        "vLLM 0.11",
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 32768. This model's maximum context length is 16384 "
        "tokens and your request has 120 input tokens (32768 > 16384 - 120).",
        "answer",
        16384,
        120,
        None,
    ),
    (
        "vLLM 0.11, prompt",
        400,
        "This model's maximum context length is 16384 tokens. However, your request has 20000 input tokens. Please "
        "reduce the length of the input messages.",
        "prompt",
        16384,
        20000,
        None,
    ),
    (
        "vLLM 0.16",
        400,
        "This model's maximum context length is 16384 tokens. However, you requested 8192 output tokens and your prompt "
        "contains at least 8193 input tokens, for a total of at least 16385 tokens. Please reduce the length of the "
        "input prompt or the number of requested output tokens.",
        "answer",
        16384,
        8193,
        None,
    ),
    (
        "vLLM 0.32",
        400,
        "max_tokens=32768 cannot be greater than max_model_len=16384. Please request fewer output tokens.",
        "answer",
        16384,
        None,
        None,
    ),
    (
        "vLLM 0.32, prompt",
        400,
        "This model's maximum context length is 16384 tokens. However, your prompt contains 20000 input tokens, which "
        "exceeds this limit even without any output tokens. Please reduce the length of the input prompt.",
        "prompt",
        16384,
        20000,
        None,
    ),
    (
        "vLLM 0.32, characters",
        400,
        "This model's maximum context length is 512 tokens. However, your prompt contains 90000 characters (more than "
        "65536 characters, which is the upper bound for 512 input tokens). Please reduce the length of the input prompt.",
        "prompt",
        512,
        None,
        None,
    ),
    ("vLLM 0.32, full", 400, "max_tokens must be at least 1, got 0.", "prompt", None, None, None),
    (
        "vLLM, in a worker",
        400,
        "Input length (20000) exceeds model's maximum context length (16384).",
        "prompt",
        16384,
        20000,
        None,
    ),
    (
        "vLLM, decoder",
        400,
        "The decoder prompt (length 20000) is longer than the maximum model length of 16384. Make sure that "
        "`max_model_len` is no smaller than the number of text tokens.",
        "prompt",
        16384,
        20000,
        None,
    ),
    (
        "SGLang",
        400,
        "Requested token count exceeds the model's maximum context length of 16384 tokens. You requested a total of "
        "32888 tokens: 120 tokens from the input messages and 32768 tokens for the completion. Please reduce the number "
        "of tokens in the input messages or the completion to fit within the limit.",
        "answer",
        16384,
        120,
        None,
    ),
    (
        "SGLang, prompt",
        400,
        "The input (20000 tokens) is longer than the model's context length (16384 tokens).",
        "prompt",
        16384,
        20000,
        None,
    ),
    (
        "TGI",
        422,
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 120 `inputs` tokens and "
        "32768 `max_new_tokens`",
        "answer",
        4096,
        120,
        None,
    ),
    (
        "TGI, prompt",
        422,
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000",
        "prompt",
        1024,
        2000,
        None,
    ),
    (
        "llama.cpp",
        400,
        "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
        "prompt",
        8192,
        9412,
        None,
    ),
    (
        "llama.cpp, older, as its own fault",
        500,
        "the request exceeds the available context size. try increasing the context size or enable context shift",
        "prompt",
        None,
        None,
        None,
    ),
    (
        "DashScope",
        400,
        "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]",
        "answer",
        None,
        None,
        8192,
    ),
    (
        "DashScope, prompt",
        400,
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
        "prompt",
        None,
        None,
        None,
    ),
    (
        "DeepSeek",
        400,
        "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
        "answer",
        None,
        None,
        8192,
    ),
    (
        "OpenAI",
        400,
        "max_tokens is too large: 32768. This model supports at most 16384 completion tokens, whereas you provided 32768.",
        "answer",
        None,
        None,
        16384,
    ),
    (
        "OpenAI, prompt",
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please "
        "reduce the length of the messages.",
        "prompt",
        8192,
        9001,
        None,
    ),
    (
        "Groq",
        400,
        "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the "
        "`context_window` for this model",
        "answer",
        None,
        None,
        8192,
    ),
    (
        "a gateway",
        400,
        "This endpoint's maximum context length is 32768 tokens. However, you requested about 33100 tokens (1100 of "
        "text input, 32000 in the output).",
        "answer",
        32768,
        1100,
        None,
    ),
    ("GLM", 400, "max_tokens参数非法：限制数值范围[1,131072]", "answer", None, None, 131072),
    ("Anthropic's form", 400, "prompt is too long: 210000 tokens > 200000 maximum", "prompt", 200000, 210000, None),
    (
        "Anthropic's form, both",
        400,
        "input length and `max_tokens` exceed context limit: 188059 + 20000 > 200000, decrease input length or `max_tokens`",
        "answer",
        200000,
        188059,
        None,
    ),
    (
        "Mistral",
        400,
        "Prompt contains 235396 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
        "prompt",
        131072,
        235396,
        None,
    ),
    (
        "LM Studio",
        400,
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context "
        "length of only 4096 tokens, which is not enough.",
        "prompt",
        4096,
        None,
        None,
    ),
    ("Fireworks", 400, "The prompt is too long: 9000, model maximum context length: 8191", "prompt", 8191, 9000, None),
    (
        "a limit by the minute",
        429,
        "Request too large on tokens per minute (TPM): Limit 12000",
        "passing",
        None,
        None,
        None,
    ),
    ("OpenAI, a parameter", 400, "Unrecognized request argument supplied: top_k", "final", None, None, None),
    ("vLLM, no model", 404, "The model `x` does not exist.", "final", None, None, None),
    ("no right", 403, "Forbidden", "final", None, None, None),
    ("no key", 401, "Incorrect API key provided", "final", None, None, None),
    ("pydantic", 422, "Input should be less than or equal to 2", "final", None, None, None),
    ("vLLM asleep", 503, "The engine is sleeping", "passing", None, None, None),
    ("llama.cpp loads", 503, "Loading model", "passing", None, None, None),
    ("overloaded, as a 400", 400, "The server is overloaded, please try again later", "passing", None, None, None),
    ("SGLang, queue", 429, "The request queue is full.", "passing", None, None, None),
    (
        "a filter",
        400,
        "Output data may contain inappropriate content. (data_inspection_failed)",
        "filtered",
        None,
        None,
        None,
    ),
    ("Azure's filter", 400, "The response was filtered due to content management policy", "filtered", None, None, None),
    ("OpenAI, no money", 429, "You exceeded your current quota, please check your plan", "quota", None, None, None),
    ("DeepSeek, no money", 402, "Insufficient Balance", "quota", None, None, None),
    ("not made", 501, "Not Implemented", "final", None, None, None),
]
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
    total = asked + 120
    return f"maximum context length is 400 tokens. However, you requested {total} tokens (120 in the messages, {asked} in the completion)"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (old, [300, 280]),
        (lambda asked: f"max_tokens={asked} cannot be greater than max_model_len=400", [300, 225, 168]),
        (lambda asked: "`inputs` tokens + `max_new_tokens` must be <= 400. Given: 120 `inputs` tokens", [300, 280]),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_shorter(said: Callable[[int], str], wanted: list[int]) -> None:
    async def both(engine: ServerEngine) -> tuple[Completion, Any]:
        return await engine.generate(request(max_tokens=300)), engine.describe()

    with Stub(reply=strict(400, 120, said), listing=404) as stub:
        found, described = ask(stub.url, both)
    assert found.text == TEXT
    assert [body["max_tokens"] for body in stub.bodies][0] == 300
    assert [body["max_tokens"] for body in stub.bodies][-1] <= 280
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


def test_many_slots_ask_the_plain_question_once() -> None:
    async def all_at_once(engine: ServerEngine) -> list[Any]:
        return await asyncio.gather(*(engine.generate(request()) for _ in range(20)), return_exceptions=True)

    def odd(body: Body) -> Any:
        return None if body["messages"][0]["content"] == "Hi" else (400, {"error": "tool schema is odd"})

    with Stub(reply=odd) as stub:
        found = ask(stub.url, all_at_once)
    assert {str(each) for each in found} == {"HTTP 400: tool schema is odd"}
    assert all(isinstance(each, EngineError) and not each.retryable for each in found)
    assert stub.count == 21


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


@pytest.mark.parametrize(("status", "said"), [(400, "data_inspection_failed"), (400, "content management policy")])
def test_a_filtered_question_is_refused(status: int, said: str) -> None:
    with Stub(reply=lambda body: (status, {"error": said})) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.refused and not error.value.retryable


def test_a_prompt_that_fills_the_context_says_so_by_itself() -> None:
    said = "The input (600 tokens) is longer than the model's context length (512 tokens)."
    with (
        Stub(reply=lambda body: (400, {"error": said})) as stub,
        pytest.raises(EngineError, match="^context: ") as error,
    ):
        ask(stub.url, lambda engine: engine.generate(request()))
    assert not error.value.retryable and stub.count == 1


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
    with Stub(prefix="/there/v1") as stub, pytest.raises(UsageError, match="HTTP 404.*is --base-url right"):
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
