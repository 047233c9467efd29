"""The real vLLM engine in process, with the demo model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from running_vllm import InProcess

from qwen3_eval import data, reference
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.arguments import model_config
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.engines.context import yarn_overrides
from qwen3_eval.engines.gathered import SCHEDULER, gathering_scheduler
from qwen3_eval.engines.vllm import VllmEngine, _read, _sampling_params, gather
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.trace import Trace, find_forced_stop
from qwen3_eval.types import Generation, IncompleteError, Message, Mode, Prompt, Sampling, TokenLimits, Unit, UsageError

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = pytest.mark.vllm

T = TypeVar("T")
SAMPLED = Sampling(temperature=0.8, top_p=0.95, top_k=20)


class Running:
    """The engine in process, and what is asked of it."""

    def __init__(self, in_process: InProcess) -> None:
        self.engine = in_process.engine
        self._in_process = in_process
        self.renderer = Renderer(model_location("demo"))
        assert self.renderer.tags is not None
        self.tags = self.renderer.tags
        self.stop = self.renderer.encode(reference.stop_text())
        task = load_tasks().get("demo_math")
        self.prompts = [task.prompt(doc) for doc in data.docs(task)]
        self.prompts.sort(key=lambda prompt: -len(prompt.messages[-1].content))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._in_process.wait(work)

    def request(self, prompt: Prompt, mode: Mode = "thinking", **fields: Any) -> Request:
        ids = self.renderer.render(prompt, mode).token_ids
        wanted = Request(Unit("demo_math", "1", 0, mode), prompt, mode, Sampling(), 1, 160, ids)
        return replace(wanted, **fields)

    def all(self, requests: list[Request]) -> list[Completion]:
        async def gather() -> list[Completion]:
            return list(await asyncio.gather(*(self.engine.generate(request) for request in requests)))

        return self.wait(gather())

    def one(self, request: Request) -> Completion:
        return self.wait(self.engine.generate(request))


@pytest.fixture(scope="module")
def vllm(in_process: InProcess) -> Running:
    return Running(in_process)


def test_greedy_answers(vllm: Running) -> None:
    found = vllm.one(vllm.request(vllm.prompts[0]))
    assert found.token_ids is not None and found.finish_reason == "stop"
    text = vllm.renderer.decode(found.token_ids)
    assert "\\boxed{" in text and found.text == ""
    assert vllm.tags.open == found.token_ids[0] and vllm.tags.close in found.token_ids
    assert found.prompt_tokens == len(vllm.request(vllm.prompts[0]).token_ids or ())
    assert found.completion_tokens == len(found.token_ids)


def test_it_describes_itself(vllm: Running) -> None:
    described = vllm.engine.describe()
    assert described["name"] == "vllm" and described["native_budget"] is True
    assert described["max_context"] == vllm.engine.max_context == 1024
    arguments: Any = described["arguments"]
    assert arguments["enable_prefix_caching"] is True


def test_streaming_grows_to_the_whole(vllm: Running) -> None:
    request = vllm.request(vllm.prompts[0])

    async def parts() -> list[Completion]:
        return [replace(part, token_ids=tuple(part.token_ids or ())) async for part in vllm.engine.stream(request)]

    found, whole = vllm.wait(parts()), vllm.one(request)
    sizes = [len(part.token_ids or ()) for part in found]
    assert sizes == sorted(sizes) and len(sizes) > 10
    assert all(part.token_ids == (whole.token_ids or ())[:size] for part, size in zip(found, sizes, strict=True))
    assert found[-1].finish_reason == "stop" and found[-2].finish_reason is None


def test_leaving_a_stream_early_aborts_the_request(vllm: Running) -> None:
    request = vllm.request(vllm.prompts[0], max_tokens=900, sampling=Sampling(temperature=2.0))

    async def leave() -> int:
        async with aclosing(vllm.engine.stream(request)) as parts:
            async for part in parts:
                if len(part.token_ids or ()) >= 3:
                    break
        for _ in range(50):
            if not vllm.engine._llm.get_num_unfinished_requests():
                break
            await asyncio.sleep(0.1)
        return int(vllm.engine._llm.get_num_unfinished_requests())

    assert vllm.wait(leave()) == 0


def test_a_cancelled_request_is_aborted(vllm: Running) -> None:
    async def cancel() -> int:
        task = asyncio.ensure_future(vllm.engine.generate(vllm.request(vllm.prompts[0], max_tokens=900)))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return int(vllm.engine._llm.get_num_unfinished_requests())

    assert vllm.wait(cancel()) == 0


def mixed(vllm: Running, count: int) -> list[Request]:
    """Seeded requests whose prompts have 20 to 900 tokens, some of them with a common beginning."""
    rng = random.Random(5)
    shared = [rng.randrange(300, 1100) for _ in range(800)]
    found = []
    for number in range(count):
        base = vllm.request(vllm.prompts[number % len(vllm.prompts)], sampling=SAMPLED, seed=number, max_tokens=24)
        length = rng.choice((0, 0, 40, 200, 500, 800))
        found.append(replace(base, token_ids=(*shared[:length], *(base.token_ids or ()))))
    return found


def test_many_seeded_requests_of_mixed_lengths(vllm: Running) -> None:
    requests = mixed(vllm, 48)
    first = vllm.all(requests)
    again = vllm.all(requests[::-1])[::-1]
    alone = [vllm.one(request) for request in requests[:4]]
    assert [each.token_ids for each in first] == [each.token_ids for each in again]
    assert [each.token_ids for each in first[:4]] == [each.token_ids for each in alone]
    assert sum(each.cached_tokens or 0 for each in again) > 0
    assert len({each.token_ids for each in first}) > 30


def test_other_seeds_give_other_samples(vllm: Running) -> None:
    request = vllm.request(vllm.prompts[0], sampling=Sampling(temperature=1.5), max_tokens=40)
    found = vllm.all([replace(request, seed=seed) for seed in range(6)])
    assert len({each.token_ids for each in found}) > 1


def test_stop_strings_end_a_completion_prompt(vllm: Running) -> None:
    whole = vllm.one(vllm.request(vllm.prompts[0]))
    plain = replace(vllm.request(vllm.prompts[0]), prompt=Prompt.complete("as rendered", stop=("\n</think>",)))
    found = vllm.one(plain)
    assert found.finish_reason == "stop"
    assert found.text and "</think>" not in found.text
    assert len(found.token_ids or ()) < len(whole.token_ids or ())
    unstopped = replace(vllm.request(vllm.prompts[0]), prompt=replace(vllm.prompts[0], stop=("\n</think>",)))
    assert vllm.one(unstopped).token_ids == whole.token_ids


@pytest.mark.parametrize("budget", [1, 3, 5, 17])
def test_the_engine_forces_the_whole_stop_text(vllm: Running, budget: int) -> None:
    request = vllm.request(vllm.prompts[0])
    free = vllm.one(request).token_ids or ()
    found = vllm.one(replace(request, thinking_budget=budget)).token_ids or ()
    assert found[: budget + 1] == free[: budget + 1]
    assert list(found[budget + 1 : budget + 1 + len(vllm.stop)]) == vllm.stop
    trace = Trace(vllm.tags, opened=False)
    trace.extend(found)
    assert find_forced_stop(trace, vllm.stop) == budget
    cut = (*(request.token_ids or ()), *free[: budget + 1], *vllm.stop)
    by_hand = vllm.one(replace(request, token_ids=cut)).token_ids or ()
    assert found == (*free[: budget + 1], *vllm.stop, *by_hand)


def thought(vllm: Running, tokens: Sequence[int] | None) -> int:
    trace = Trace(vllm.tags, opened=False)
    trace.extend(tokens or ())
    return trace.thinking_tokens


def test_thinking_that_ends_by_itself_keeps_its_answer(vllm: Running) -> None:
    """vLLM itself would force the text into the answer, ``budget`` tokens after the opening tag."""
    request = vllm.request(vllm.prompts[0])
    free = vllm.one(request)
    spent = thought(vllm, free.token_ids)
    for budget in (spent + 1, spent + 2, spent + 3, spent + 100):
        assert vllm.one(replace(request, thinking_budget=budget)).token_ids == free.token_ids
    assert vllm.one(replace(request, thinking_budget=spent)).token_ids != free.token_ids


def test_a_budget_in_a_block_that_the_prompt_opened(vllm: Running) -> None:
    request = vllm.request(vllm.prompts[0])
    free = vllm.one(request).token_ids or ()
    for given in (1, 2):
        opened = replace(request, token_ids=(*(request.token_ids or ()), *free[:given]))
        found = vllm.one(replace(opened, thinking_budget=4)).token_ids or ()
        assert found[:4] == free[given : given + 4]
        assert list(found[4 : 4 + len(vllm.stop)]) == vllm.stop


def test_a_budget_after_thinking_in_an_earlier_turn(vllm: Running) -> None:
    earlier = [vllm.tags.open, *vllm.renderer.encode("1+1=2"), vllm.tags.close]
    request = vllm.request(vllm.prompts[0])
    longer = replace(request, token_ids=(*earlier, *(request.token_ids or ())))
    free = vllm.one(longer).token_ids or ()
    found = vllm.one(replace(longer, thinking_budget=6)).token_ids or ()
    at = free.index(vllm.tags.open) + 1
    assert found[: at + 6] == free[: at + 6]
    assert list(found[at + 6 : at + 6 + len(vllm.stop)]) == vllm.stop


def test_budgets_of_many_sampled_requests(vllm: Running) -> None:
    requests = [
        vllm.request(prompt, sampling=SAMPLED, seed=number, thinking_budget=3 + number)
        for number, prompt in enumerate(vllm.prompts[:40])
    ]
    for request, found in zip(requests, vllm.all(requests), strict=True):
        trace = Trace(vllm.tags, opened=False)
        trace.extend(found.token_ids or ())
        forced = find_forced_stop(trace, vllm.stop)
        assert (trace.thinking_tokens if forced is None else forced) <= (request.thinking_budget or 0)


def test_what_does_not_fit_is_named(vllm: Running) -> None:
    request = vllm.request(vllm.prompts[0])
    with pytest.raises(EngineError, match=r"^context: the prompt has 1024 tokens, the context 1024") as error:
        vllm.one(replace(request, token_ids=(400,) * 1024))
    assert not error.value.retryable
    cut = vllm.one(replace(request, token_ids=(400,) * 1020, max_tokens=4))
    assert cut.completion_tokens == 4 and cut.finish_reason == "length"
    with pytest.raises(EngineError, match="rendered prompt"):
        vllm.one(replace(request, token_ids=None))


def test_a_bad_request_leaves_the_engine_alive(vllm: Running) -> None:
    bad = vllm.request(Prompt((Message("user", "1+1"),)), sampling=Sampling(temperature=-1))
    with pytest.raises(EngineError):
        vllm.one(bad)
    assert vllm.one(vllm.request(vllm.prompts[0])).finish_reason == "stop"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("max_model_length", "64", "did you mean 'max_model_len'"), ("max_model_len", "many", "max-model-len")],
)
def test_wrong_arguments_are_named(name: str, value: str, said: str) -> None:
    config = RunConfig(model="demo", tasks=("demo_math",), engine=EngineConfig(args={name: value}))

    async def start() -> None:
        engine = create_engine(config)
        try:
            await engine.start()
        finally:
            await engine.close()

    with pytest.raises(UsageError, match=said):
        asyncio.run(start())


def test_the_likeliest_of_the_allowed_tokens_is_answered(vllm: Running) -> None:
    """As transformers ranks them; few of these are what the model would say by itself."""
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(model_location("demo"))
    digits = [vllm.renderer.encode(str(digit))[0] for digit in range(10)]
    rng = random.Random(5)
    requests = []
    for prompt in vllm.prompts[:20]:
        allowed = tuple(rng.sample(digits, 3))
        requests.append(vllm.request(prompt, "non-thinking", max_tokens=1, allowed=allowed))
    for request, found in zip(requests, vllm.all(requests), strict=True):
        with torch.no_grad():
            scores = model(torch.tensor([request.token_ids])).logits[0, -1]
        assert found.token_ids == (max(request.allowed, key=lambda token: float(scores[token])),)


# An engine that fails, without one.


class Outputs:
    """Stands for ``AsyncLLM``: gives a token a step, ends with a word or an exception of vLLM's."""

    def __init__(self, ends: str | Exception | None, tokens: Sequence[int] = (7, 8, 9)) -> None:
        self.ends, self.tokens = ends, tokens

    async def generate(self, prompt: Any, params: Any, name: str, data_parallel_rank: None) -> AsyncIterator[Any]:
        for number, token in enumerate(self.tokens, 1):
            last = number == len(self.tokens) and not isinstance(self.ends, Exception)
            part = SimpleNamespace(token_ids=[token], text="", finish_reason=self.ends if last else None)
            yield SimpleNamespace(outputs=[part], num_cached_tokens=0)
        if isinstance(self.ends, Exception):
            raise self.ends


def broken(ends: str | Exception | None) -> VllmEngine:
    engine = VllmEngine(RunConfig(model="demo", tasks=("demo_math",)))
    engine._llm, engine.max_context = Outputs(ends), 1024
    return engine


def question(**fields: Any) -> Request:
    return replace(Request(Unit("t", "1", 0, "thinking"), Prompt(), "thinking", Sampling(), 1, 9, (5, 6)), **fields)


def error_of(ends: str | Exception | None, *, stream: bool = False) -> EngineError:
    async def ask() -> None:
        engine = broken(ends)
        if not stream:
            await engine.generate(question())
        async for _ in engine.stream(question()):
            pass

    with pytest.raises(EngineError) as caught:
        asyncio.run(ask())
    return caught.value


def test_what_vllm_raises_is_told_apart() -> None:
    """Failures that a later try may not meet, and requests that it will never take."""
    import vllm.exceptions as known
    from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

    again = [EngineGenerateError("gone"), known.VLLMServerError("gone")]
    for name, message in (("GenerationError", "gone"), ("RetryableRequestError", "gone"), ("QueueOverflowError", "")):
        if kind := getattr(known, name, None):
            again.append(kind(message) if message else kind())
    for error in again:
        for stream in (False, True):
            found = error_of(error, stream=stream)
            assert (found.retryable, found.refused) == (True, False), error
    for error in (known.VLLMValidationError("no such thing"), ValueError("no such thing"), TypeError("no such thing")):
        found = error_of(error)
        assert (found.retryable, found.refused) == (False, True)
        assert str(found) == "vLLM refuses the request: no such thing"
    with pytest.raises(IncompleteError, match="the vLLM engine died"):
        asyncio.run(broken(EngineDeadError()).generate(question()))


def test_outputs_that_end_without_a_word_are_no_answer() -> None:
    for stream in (False, True):
        assert error_of(None, stream=stream).retryable


@pytest.mark.parametrize("budgets", [(None,), (2, 4), (None, 1)])
@pytest.mark.parametrize("word", ["abort", "error"])
def test_a_request_that_vllm_aborts_is_no_answer(word: str, budgets: tuple[int | None, ...]) -> None:
    renderer = Renderer(model_location("demo"))
    rendered = renderer.render(Prompt.user("1+1"), "thinking")
    ask = Ask("t", "1", 0, "thinking", budgets, Prompt.user("1+1"), rendered, Sampling(), TokenLimits(99, 99), 0)
    found: list[Generation] = []

    async def emit(unit: Unit, generation: Generation) -> None:
        found.append(generation)

    asyncio.run(Asker(broken(word), renderer, reference.stop_text(), native=True)(ask, emit))
    assert len(found) == len(budgets)
    assert {(each.retryable, each.answer, each.finish_reason) for each in found} == {(True, "", "error")}


def test_a_request_holds_no_parameter_that_was_not_asked_for() -> None:
    """A model's ``generation_config.json`` may want penalties; vLLM takes its ends of turn alone, here."""
    params = _sampling_params(question(), final_only=True)
    params.update_from_generation_config({"repetition_penalty": 1.3, "temperature": 0.9, "eos_token_id": [3, 4]}, 3)
    assert (params.repetition_penalty, params.frequency_penalty, params.presence_penalty) == (1, 0, 0)
    assert (params.temperature, params.top_p, params.top_k, params.min_p, params.min_tokens) == (0, 1, 0, 0, 0)
    assert params.stop_token_ids == [4] and not params.ignore_eos and not params.logit_bias


def test_vllm_stretches_a_context_by_yarn_as_it_is_told() -> None:
    location = model_location("demo")
    told = yarn_overrides(model_config(location), 1_024, 4)
    made = _read({"model": location, "hf_overrides": told, "max_model_len": 4_096}).create_model_config()
    assert made.max_model_len == 4_096
    assert made.hf_config.rope_parameters == {
        "rope_theta": 10_000.0,
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 1_024,
    }
    unsaid = {"rope_parameters": told["rope_parameters"]}
    with pytest.raises(ValueError, match="greater than the derived max_model_len"):
        _read({"model": location, "hf_overrides": unsaid, "max_model_len": 4_096}).create_model_config()


def messages(vllm: Running, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests each message of vLLM's process is about, from now on."""
    processor, found = vllm.engine._llm.output_processor, list[int]()
    own = processor.process_outputs

    def counted(outputs: Sequence[Any], *more: Any, **named: Any) -> Any:
        found.append(len(outputs))
        return own(outputs, *more, **named)

    monkeypatch.setattr(processor, "process_outputs", counted)
    return found


def test_tokens_come_together(vllm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    request = vllm.request(vllm.prompts[0], max_tokens=60, allowed=(400,))
    found = messages(vllm, monkeypatch)

    async def sizes(together: int) -> list[int]:
        stream = vllm.engine.stream(replace(request, together=together))
        return [len(part.token_ids or ()) async for part in stream]

    # Of messages that were not read in time vLLM makes one.
    together, alone = vllm.wait(sizes(16)), vllm.wait(sizes(1))
    assert together == sorted({60, *together}) and set(together) <= {1, 17, 33, 49, 60}
    assert alone == sorted({60, *alone}) and alone[0] >= 1
    assert found == [1] * (5 + 60)
    assert vllm.one(request).token_ids == (400,) * 60
    assert len(found) == 5 + 60 + 1


def test_an_answer_that_no_one_watches_is_one_message(vllm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [vllm.request(prompt) for prompt in vllm.prompts[:8]]
    before = vllm.all(requests)
    found = messages(vllm, monkeypatch)
    again = vllm.all(requests)
    assert sum(found) == len(requests) < sum(len(each.token_ids or ()) for each in again) / 10
    assert [each.token_ids for each in again] == [each.token_ids for each in before]
    assert all(each.cached_tokens is not None for each in again)


@pytest.mark.parametrize("stop", ["5", "="])
def test_a_stop_string_is_found_at_its_token(vllm: Running, stop: str) -> None:
    """Our process looks for it, so every token comes."""
    request = vllm.request(Prompt((), completion="1 2 3 4", stop=(stop,)), token_ids=vllm.renderer.encode("1 2 3 4"))
    plain = vllm.one(replace(request, prompt=Prompt((), completion="1 2 3 4")))
    text = vllm.renderer.decode(plain.token_ids or ())
    found = vllm.one(request)
    assert found.text == text.partition(stop)[0]
    assert (len(found.token_ids or ()) < len(plain.token_ids or ())) == (stop in text)


def test_a_user_may_name_the_scheduler() -> None:
    own = "vllm.v1.core.sched.scheduler.Scheduler"
    config = _read({"model": model_location("demo"), "scheduler_cls": own}).create_engine_config()
    for named, used in ((own, own), (None, SCHEDULER)):
        config.scheduler_config.scheduler_cls = named
        gather(config.scheduler_config)
        assert config.scheduler_config.scheduler_cls == used
    assert config.scheduler_config.get_scheduler_cls() is gathering_scheduler


@pytest.mark.long
def test_several_processes_behind_one_engine(vllm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the slots, both processes at work, one of them for all about a sample, and the tokens of one alone."""
    base = vllm.request(vllm.prompts[0])
    wanted = [
        replace(vllm.request(prompt), unit=replace(base.unit, id=str(number // 2)))
        for number, prompt in enumerate(vllm.prompts[:16])
    ]
    config = RunConfig("demo", ("demo_math",), engine=EngineConfig(args={"data_parallel_size": "2"}))
    several, used = VllmEngine(config), dict[str, set[int]]()

    async def ask() -> list[Completion]:
        await several.start()
        own = several._llm.generate

        def noted(prompt: Any, params: Any, name: str, data_parallel_rank: int) -> Any:
            used.setdefault(wanted[int(name[1:])].unit.id, set()).add(data_parallel_rank)
            return own(prompt, params, name, data_parallel_rank=data_parallel_rank)

        monkeypatch.setattr(several._llm, "generate", noted)
        try:
            return list(await asyncio.gather(*map(several.generate, wanted)))
        finally:
            await several.close()

    assert several.slots == 2 * vllm.engine.slots
    found = asyncio.run(ask())
    assert [each.token_ids for each in found] == [each.token_ids for each in vllm.all(wanted)]
    assert {len(ranks) for ranks in used.values()} == {1}
    assert sorted(rank for ranks in used.values() for rank in ranks) == [0] * 4 + [1] * 4
