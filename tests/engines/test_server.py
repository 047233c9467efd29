"""Engine ``server`` against a scripted server; ``replay``, ``mock`` and the flags for vLLM besides."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from server_requests import ask, engine_for, request, streamed
from stub_server import MODEL, TEXT, TOKENS, Body, Stub

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.arguments import check_names, command_line, context_length, default_slots
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.engines.budgeted import ThinkingBudget
from qwen3_eval.engines.launch import free_port
from qwen3_eval.engines.mock import ANSWER, MockEngine
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.replay import ReplayEngine
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.families import reader_of
from qwen3_eval.records.store import generation_line
from qwen3_eval.thinking import Tags
from qwen3_eval.types import Generation, Message, Prompt, Record, Sampling, Tokens, Unit, UsageError


def test_messages_go_to_the_chat_endpoint() -> None:
    tools = ({"type": "function", "function": {"name": "add"}},)
    prompt = Prompt((Message("system", "Be brief."), Message("user", "2+2")), tools=tools)
    with Stub(message={"reasoning_content": "two and two"}) as stub:
        found = ask(stub.url, lambda engine: engine.generate(request(prompt, mode="non-thinking")))
    assert found == Completion(None, TEXT, "two and two", "stop", 7, 5, 3)
    assert stub.bodies == [
        {
            "model": MODEL,
            "temperature": 0.6,
            "top_p": 0.95,
            "top_k": 20,
            "min_p": 0.01,
            "presence_penalty": 0.5,
            "repetition_penalty": 1.0,
            "frequency_penalty": 0.0,
            "seed": 7,
            "max_tokens": 9,
            "skip_special_tokens": False,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2"}],
            "chat_template_kwargs": {"enable_thinking": False},
            "tools": list(tools),
            "tool_choice": "none",
        }
    ]


def test_harmony_is_asked_for_calls_as_data_and_told_the_effort_beside_the_template() -> None:
    """vLLM 0.32 renders gpt-oss without its template (``use_harmony``), and drops calls under tool_choice none."""
    prompt = Prompt((Message("user", "2+2"),), tools=({"type": "function", "function": {"name": "add"}},))
    call = {"function": {"name": "add", "arguments": '{"a": 2}'}}
    with Stub(message={"reasoning": "hmm", "content": None, "tool_calls": [call]}) as stub:
        settings = {"family": "gpt-oss", "template_args": {"reasoning_effort": "low"}}
        found = ask(stub.url, lambda engine: engine.generate(request(prompt)), **settings)
    assert stub.bodies[0]["tool_choice"] == "auto"
    assert stub.bodies[0]["reasoning_effort"] == "low"
    assert stub.bodies[0]["chat_template_kwargs"] == {"reasoning_effort": "low"}
    assert '"name": "add"' in found.text and found.reasoning == "hmm"


@pytest.mark.parametrize(
    ("family", "otherwise"),
    # Gemma's tags are special tokens too.
    [("kimi-k2-instruct", None), ("deepseek-v3.1", None), ("qwen3", None), ("gemma-4", False)],
)
def test_marks_of_calls_are_asked_for_where_functions_are_offered(family: str, otherwise: bool | None) -> None:
    tools = ({"type": "function", "function": {"name": "add"}},)
    with Stub() as stub:
        for wanted in (request(Prompt((Message("user", "2+2"),), tools=tools)), request()):
            ask(stub.url, lambda engine, wanted=wanted: engine.generate(wanted), family=family)  # type: ignore[misc]
    assert [body.get("skip_special_tokens") for body in stub.bodies] == [False, otherwise]


def test_tags_of_an_unknown_family_are_asked_for() -> None:
    async def guessing(engine: ServerEngine) -> Completion:
        engine.reader = reader_of(None)
        return await engine.generate(request())

    with Stub() as stub:
        ask(stub.url, guessing)
    assert stub.bodies[0]["skip_special_tokens"] is False


def test_all_that_vllm_would_take_from_a_generation_config_is_stated() -> None:
    """Names of vLLM 0.32, ``ModelConfig.get_diff_sampling_param``; the length goes by another name there."""
    taken = "repetition_penalty presence_penalty frequency_penalty temperature top_k top_p min_p max_tokens".split()
    with Stub() as stub:
        ask(stub.url, lambda engine: engine.generate(request(sampling=Sampling())))
        ask(stub.url, lambda engine: engine.generate(request(ids=[5], sampling=Sampling())), "client")
    for body in stub.bodies:
        assert [name for name in taken if body.get(name) is None] == []
        assert body["frequency_penalty"] == 0 and body["repetition_penalty"] == 1


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_thinking_that_the_server_split_off(name: str) -> None:
    with Stub(message={name: "hmm", "content": None}) as stub:
        found = ask(stub.url, lambda engine: engine.generate(request()))
    assert (found.reasoning, found.text) == ("hmm", "")


def test_token_ids_go_to_the_completions_endpoint() -> None:
    with Stub() as stub:
        found = ask(stub.url, lambda engine: engine.generate(request(ids=[5, 6])), "client")
    assert found == Completion(TOKENS, "", None, "stop", 7, 5, 3)
    assert stub.bodies[0]["prompt"] == [5, 6]
    assert stub.bodies[0]["return_token_ids"] is True
    assert "messages" not in stub.bodies[0] and "stop" not in stub.bodies[0]


def test_completion_prompts_have_stop_strings() -> None:
    prompt = Prompt.complete("Q: 2+2\nA:", stop=("\nQ:",))
    with Stub() as stub:
        by_ids = ask(stub.url, lambda engine: engine.generate(request(prompt, ids=[5])), "client")
        by_text = ask(stub.url, lambda engine: engine.generate(request(prompt)), "server")
    assert (by_ids.token_ids, by_ids.text) == (TOKENS, TEXT)
    assert (by_text.token_ids, by_text.text) == (None, TEXT)
    assert [body["stop"] for body in stub.bodies] == [["\nQ:"]] * 2
    assert [body["prompt"] for body in stub.bodies] == [[5], "Q: 2+2\nA:"]


def test_a_server_without_token_ids_is_named() -> None:
    async def both(engine: ServerEngine) -> list[EngineError]:
        with pytest.raises(EngineError) as whole:
            await engine.generate(request(ids=[5]))
        return [whole.value]

    with Stub(token_ids=False) as stub:
        for error in ask(stub.url, both, "client"):
            assert "no token ids" in str(error)


def test_streaming_gives_growing_completions() -> None:
    with Stub() as stub:
        parts = ask(stub.url, lambda engine: streamed(engine, request(ids=[5, 6])), "client")
    assert [part.token_ids for part in parts[:5]] == [TOKENS[:size] for size in range(1, 6)]
    assert [part.finish_reason for part in parts[:5]] == [None, None, None, None, "stop"]
    assert parts[-1] == Completion(TOKENS, "", None, "stop", 2, 5, 3)


def test_leaving_a_stream_early_closes_the_connection() -> None:
    async def first(engine: ServerEngine) -> Completion:
        async with aclosing(engine.stream(request(ids=[5], max_tokens=500))) as parts:
            part = await anext(aiter(parts))
        await asyncio.sleep(0.3)
        return part

    with Stub(tokens=lambda body: tuple(range(500))) as stub:
        assert list(ask(stub.url, first, "client").token_ids or ()) == [0]
        assert stub.gone == 1 and stub.running == 0


def test_a_stream_that_breaks_goes_on_from_its_tokens() -> None:
    def after(body: dict[str, Any]) -> tuple[int, ...]:
        return TOKENS[len(body["prompt"]) - 2 :]

    plain = Sampling(0.6, 0.95, 20)
    with Stub(faults=["503", "break 2", "break 1"], tokens=after) as stub:
        parts = ask(stub.url, lambda engine: streamed(engine, request(ids=[5, 6], sampling=plain)), "client")
    assert parts[-1].token_ids == TOKENS
    assert parts[-1].finish_reason == "stop"
    assert [len(part.token_ids or ()) for part in parts] == [1, 2, 3, 4, 5, 5]
    assert [body["prompt"] for body in stub.bodies][2:] == [[5, 6, 11, 12], [5, 6, 11, 12, 13]]
    assert [body["max_tokens"] for body in stub.bodies] == [9, 9, 7, 6]


def test_a_broken_stream_under_a_presence_penalty_fails() -> None:
    with Stub(faults=["break 2"]) as stub, pytest.raises(EngineError) as error:
        ask(stub.url, lambda engine: streamed(engine, request(ids=[5, 6])), "client")
    assert error.value.retryable


@pytest.mark.parametrize("fault", ["429", "500", "503", "half", "garbage", "empty", "drop"])
def test_what_may_pass_is_tried_again(fault: str) -> None:
    with Stub(faults=[fault] * 3) as stub:
        assert ask(stub.url, lambda engine: engine.generate(request())).text == TEXT
    assert stub.count == 4


@pytest.mark.parametrize("fault", ["429 too busy", "half", "garbage", "drop"])
def test_tries_are_bounded(fault: str) -> None:
    with Stub(faults=[fault] * 9) as stub, pytest.raises(EngineError, match="after 4 tries") as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert error.value.retryable
    assert stub.count == 4
    assert "too busy" in str(error.value) or "429" not in fault


def test_a_server_that_says_nothing_times_out() -> None:
    async def hang(engine: ServerEngine) -> Completion:
        return await engine.generate(request())

    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server"))
    with Stub(faults=["hang"] * 2) as stub:
        config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", stub.url))

        async def run() -> None:
            engine = ServerEngine(config, Retry(tries=2, base_s=0.01, timeout_s=0.2))
            await engine.start()
            with pytest.raises(EngineError):
                await hang(engine)
            await engine.close()

        asyncio.run(run())
    assert stub.count == 2


def test_retry_after_is_honoured() -> None:
    with Stub(faults=["429 after 0.5"]) as stub:
        started = time.monotonic()
        ask(stub.url, lambda engine: engine.generate(request()))
        assert time.monotonic() - started >= 0.5


def test_a_question_that_is_refused_by_itself_has_no_answer() -> None:
    with Stub(faults=["400 min_p is odd"]) as stub, pytest.raises(EngineError, match="HTTP 400: min_p is odd") as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert not error.value.retryable
    assert [body["messages"][0]["content"] for body in stub.bodies] == ["2+2", "Hi"]


def test_a_prompt_beyond_the_context_is_named() -> None:
    said = "This model's maximum context length is 512 tokens."
    reply = (400, {"error": {"message": said}})
    with Stub(reply=lambda body: reply) as stub, pytest.raises(EngineError, match=r"^context: This model's") as error:
        ask(stub.url, lambda engine: engine.generate(request()))
    assert not error.value.retryable


async def nothing(engine: ServerEngine) -> int | None:
    return engine.max_context


def test_the_model_must_be_served() -> None:
    with Stub(models=("stub/modell", "other")) as stub, pytest.raises(UsageError, match="did you mean 'stub/modell'"):
        ask(stub.url, nothing)


def test_the_context_is_the_servers() -> None:
    with Stub() as stub:
        assert ask(stub.url, nothing) == 512
        assert ask(stub.url.removesuffix("/v1") + "/", nothing) == 512
    assert stub.count == 0


def metrics(*engines: str) -> bytes:
    """Of a vLLM server, as 0.32 has them."""
    lines = ["# HELP vllm:num_requests_running Number of requests in model execution batches."]
    lines += ["# TYPE vllm:num_requests_running gauge"]
    for name in ("running", "waiting"):
        lines += [f'vllm:num_requests_{name}{{engine="{each}",model_name="demo"}} 0.0' for each in engines]
    lines += [f'vllm:cache_config_info{{block_size="32",engine="{each}"}} 1.0' for each in engines]
    return "\n".join(["# TYPE python_info gauge", *lines, ""]).encode()


ROUTED = {"list_workers": {"urls": ["http://a:8000", "http://b:8000", "http://c:8000"]}}
BY_RANK = {"list_workers": {"urls": ["http://a:8000@0", "http://a:8000@1", "http://b:8000@0", "http://b:8000@1"]}}


@pytest.mark.parametrize(
    "facts, engines",
    [
        ({}, 1),
        ({"metrics": metrics("0")}, 1),
        ({"metrics": metrics("0", "1", "2", "3")}, 4),
        ({"metrics": metrics(*map(str, range(16)))}, 16),
        # Before vLLM had several, its metrics named none.
        ({"metrics": b'vllm:num_requests_running{model_name="demo"} 0.0'}, 1),
        ({"metrics": b"<html>sign in</html>", "list_workers": b"<html>sign in</html>"}, 1),
        ({"metrics": metrics("0"), **ROUTED}, 3),
        ({"metrics": metrics("0", "1"), **BY_RANK}, 4),
        ({"metrics": metrics("0"), "list_workers": {"urls": []}}, 1),
    ],
)
def test_as_much_is_in_flight_as_all_engines_behind_an_address_take(facts: Body, engines: int) -> None:
    async def told(engine: ServerEngine) -> Any:
        return engine.slots, engine.describe()

    with Stub(facts=facts) as stub:
        slots, described = ask(stub.url, told)
        assert slots == described["slots"] == 128 * engines
        assert described.get("engines", 1) == engines
        assert ask(stub.url, told, slots=5)[0] == 5


def test_as_much_is_in_flight_as_all_engines_of_a_vllm_that_is_started_here_take() -> None:
    one = default_slots({})
    assert default_slots({"data_parallel_size": "4"}) == 4 * one
    assert default_slots({"data-parallel-size": 2, "tensor_parallel_size": 8}) == 2 * one


def test_nobody_there() -> None:
    with pytest.raises(UsageError, match="no server answers at"):
        ask(f"http://127.0.0.1:{free_port()}", nothing)
    with pytest.raises(UsageError, match="must begin with http"):
        ask("localhost:8000", nothing)


def test_a_key_is_sent_and_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with Stub(key="s3cret") as stub:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(UsageError, match="set OPENAI_API_KEY"):
            ask(stub.url, nothing)
        monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
        assert ask(stub.url, nothing) == 512


def test_who_renders() -> None:
    there = "http://127.0.0.1:1"
    assert engine_for(there).renders
    assert not engine_for(there, budgets=(64,)).renders
    assert not engine_for(there, protocol="base").renders
    assert not engine_for(there, "client").renders
    assert not engine_for("").renders
    assert engine_for("", "server").renders


def test_arguments_for_a_server_of_somebody_else_are_refused() -> None:
    with pytest.raises(UsageError, match="--engine-arg"):
        create_engine(RunConfig(MODEL, ("toy",), engine=EngineConfig("server", "http://x", args={"seed": 1})))


def test_retries_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "2")
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TIMEOUT_S", "1.5")
    assert (Retry.from_environment().tries, Retry.from_environment().timeout_s) == (2, 1.5)
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "none")
    with pytest.raises(UsageError, match="QWEN3_EVAL_HTTP_TRIES"):
        Retry.from_environment()


def test_the_client_is_light() -> None:
    heavy = ("pandas", "numpy", "torch", "transformers", "vllm", "huggingface_hub")
    code = f"import sys, qwen3_eval.engines.server, aiohttp; print(*({set(heavy)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- what vLLM is started with


def test_arguments_become_flags() -> None:
    given: dict[str, Any] = {
        "max_model_len": "4096",
        "enforce_eager": True,
        "enable_lora": "false",
        "x": None,
        "y": {"a": 1},
        "z": [1, 2],
    }
    flags = ["--max-model-len=4096", "--enforce-eager", "--no-enable-lora", '--y={"a": 1}', "--z", "1", "2"]
    assert command_line(given) == flags


def test_an_unknown_argument_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'max_model_len'"):
        check_names(["max_model_length"], ["max_model_len", "seed"])


def test_the_context_fits_the_kv_cache() -> None:
    qwen = {"max_position_embeddings": 40960, "num_hidden_layers": 28, "num_attention_heads": 16}
    qwen |= {"num_key_value_heads": 8, "head_dim": 128}
    assert context_length({**qwen, "dtype": "bfloat16"}, 8 << 30) == 40960
    small = context_length({**qwen, "dtype": "bfloat16"}, 1 << 30)
    assert small is not None and 9_000 < small < 9_362 and small % 32 == 0
    assert context_length({}, 1 << 30) is None


# --- a budget that the engine enforces, with an engine that counts as vLLM does

OPEN, CLOSE, END, STOP = 1, 2, 3, (90, 2, 91)
BUDGETED = ThinkingBudget(Tags(OPEN, CLOSE), STOP)


class CountingVllm:
    """Writes ``script``; forces STOP once ``thinking_budget`` tokens have followed OPEN, a natural close or not."""

    def __init__(self, script: Sequence[int], together: int = 1) -> None:
        self.script, self.together = [*script, END], together
        self.limits: list[int | None] = []

    async def stream(self, wanted: Request) -> Any:
        assert wanted.token_ids is not None
        self.limits.append(wanted.thinking_budget)
        new: list[int] = []
        script = self.script[len(wanted.token_ids) - 2 :] if STOP[0] not in wanted.token_ids else [70, END]
        while True:
            seen = [*wanted.token_ids, *new]
            thought = len(seen) - 1 - seen.index(OPEN) if OPEN in seen and STOP[0] not in seen else -1
            if wanted.thinking_budget is not None and thought >= wanted.thinking_budget:
                new += STOP
                script = [*new, 70, END]
                continue
            new.append(script[len(new)])
            reason = "stop" if new[-1] == END else "length" if len(new) >= wanted.max_tokens else None
            if reason or (len(new) - 1) % self.together == 0:
                yield Completion(tuple(new), finish_reason=reason)
            if reason:
                return


def budgeted(script: Sequence[int], budget: int, ids: Sequence[int] = (8, 9), limit: int = 50) -> tuple[Any, Any]:
    """The tokens, which are the same however many come together, and the limits that vLLM was given."""
    outcomes = []
    for together in (1, 2, 3, 64):
        vllm = CountingVllm(script, together)
        found = asyncio.run(BUDGETED.generate(request(ids=ids, budget=budget, max_tokens=limit), vllm.stream))
        outcomes.append((found.token_ids, vllm.limits))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    return outcomes[0]


def test_a_spent_budget_is_the_engines_own_work() -> None:
    assert budgeted([OPEN, 10, 11, 12, 13], 2) == ((OPEN, 10, 11, *STOP, 70, END), [2])


def test_thinking_that_ends_by_itself_keeps_its_answer() -> None:
    script = [OPEN, 10, 11, CLOSE, 60, 61, 62, 63]
    assert budgeted(script, 50) == ((*script, END), [50])
    assert budgeted(script, 3) == ((*script, END), [3, None])
    assert budgeted(script, 4) == ((*script, END), [4, None])
    assert budgeted(script, 4, limit=5)[0] == tuple(script[:5])


def test_a_block_that_the_prompt_opened_is_counted_from_there() -> None:
    assert BUDGETED.native_limit((8, OPEN, 7), 5) == 6
    assert BUDGETED.native_limit((8, OPEN, CLOSE, OPEN), 5) == 5
    assert BUDGETED.native_limit((8, 9), 5) == 5


def test_a_prompt_that_vllm_would_miscount_is_cut_here() -> None:
    assert BUDGETED.native_limit((OPEN, 7, CLOSE), 5) is None
    vllm = CountingVllm([OPEN, 10, 11, 12, 13, 14])
    vllm.script = [0, OPEN, 10, 11, 12, 13, 14, END]
    found = asyncio.run(BUDGETED.generate(request(ids=(OPEN, 7, CLOSE), budget=2, max_tokens=50), vllm.stream))
    assert found.token_ids == (OPEN, 10, 11, *STOP, 70, END)
    assert vllm.limits == [None, None]


# --- replay


def record(unit: Unit, generation: Generation) -> Record:
    return Record("ab" * 16, unit, 1, "cd" * 32, generation)


def write_journal(folder: Path, records: list[Record]) -> None:
    lines = [json.dumps(generation_line(each)) for each in records]
    (folder / "generations.jsonl").write_text("\n".join(lines) + "\n")


def test_replay_gives_back_what_was_recorded(tmp_path: Path) -> None:
    whole = Generation("2+2", "4", tokens=Tokens(9, 3, 1))
    later = Generation("two", "5", finish_reason="stop", tokens=Tokens(9, 3, 2))
    failed = Generation(error="HTTP 500", retryable=True, finished=False)
    units = [Unit("toy", "1", 0, "thinking", budget) for budget in (None, 64, 128)]
    write_journal(tmp_path, [record(units[0], later), record(units[1], whole), record(units[2], failed)])

    async def run() -> list[Completion]:
        engine = ReplayEngine(tmp_path)
        await engine.start()
        found = [await engine.generate(request(budget=budget)) for budget in (None, 64, 128)]
        found += [part async for part in engine.stream(request(budget=64))]
        with pytest.raises(EngineError, match="has no generation of"):
            await engine.generate(request(budget=32))
        await engine.close()
        return found

    assert [each.recorded for each in asyncio.run(run())] == [later, whole, failed, whole]


def test_replay_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--replay-from"):
        create_engine(RunConfig("m", ("toy",), engine=EngineConfig("replay")))
    with pytest.raises(UsageError, match=r"generations\.jsonl"):
        create_engine(RunConfig("m", ("toy",), engine=EngineConfig("replay", replay_from=tmp_path)))


# --- mock


def test_the_mock_engine() -> None:
    async def run() -> None:
        assert (
            await create_engine(RunConfig("m", ("toy",), engine=EngineConfig("mock"))).generate(request())
        ).text == ANSWER
        engine = MockEngine(lambda _: range(8), renders=False, chunk=3, latency=lambda _: 0.01)
        parts = [part async for part in engine.stream(request(ids=[1, 2], max_tokens=7))]
        assert [len(part.token_ids or ()) for part in parts] == [3, 6, 7]
        assert [part.finish_reason for part in parts] == [None, None, "length"]
        assert await engine.generate(request(ids=[1, 2], max_tokens=7)) == parts[-1]

    asyncio.run(run())
