"""One trace to many budgets gives what independent runs at those budgets give."""

from __future__ import annotations

import asyncio

import pytest
from fake_model import STOP, STOP_TEXT, FakeEngine, FakeRenderer, run_alone
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.budget import Ask, Asker, Limits
from qwen3_eval.prompts import Rendered
from qwen3_eval.types import Generation, Prompt, Sampling, Unit

BUDGETS = (2, 4, 8, 16, 32, 64)


def ask(seed: int, budgets: tuple[int | None, ...] = BUDGETS, answer: int = 6) -> Ask:
    ids = (100 + seed, 7)
    return Ask(
        task="t",
        id=str(seed),
        sample=0,
        mode="thinking",
        budgets=budgets,
        prompt=Prompt.user("?"),
        rendered=Rendered("?", ids, "00", opened=False),
        sampling=Sampling(),
        limits=Limits(total=200, answer=answer),
        run_seed=0,
    )


def generations(engine: FakeEngine, asked: Ask, *, native: bool = False) -> dict[int | None, Generation]:
    found: dict[int | None, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        assert unit.budget not in found
        found[unit.budget] = generation

    asyncio.run(Asker(engine, FakeRenderer(), STOP_TEXT, native=native)(asked, emit))  # type: ignore[arg-type]
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 8))
def test_a_sweep_equals_independent_runs(seed: int, chunk: int, answer: int) -> None:
    asked = ask(seed, answer=answer)
    found = generations(FakeEngine(chunk=chunk), asked)
    assert set(found) == set(BUDGETS)
    assert asked.rendered.token_ids is not None
    for budget, generation in found.items():
        assert budget is not None
        thinking, text, forced = run_alone(asked.rendered.token_ids, budget, answer)
        decode = FakeRenderer().decode
        assert generation.thinking == decode(thinking)
        assert generation.answer == decode(text or [])
        assert generation.forced_stop == forced
        assert generation.finished == (text is not None)
        assert generation.tokens.thinking is not None and generation.tokens.thinking <= budget
        assert not generation.error


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(BUDGETS))
def test_native_single_and_sweep_give_the_same(seed: int, budget: int) -> None:
    swept = generations(FakeEngine(), ask(seed, (budget,)))[budget]
    native = generations(FakeEngine(native_budget=True), ask(seed, (budget,), answer=6), native=True)[budget]
    assert native.thinking == swept.thinking
    assert native.forced_stop == swept.forced_stop
    assert native.answer.startswith(swept.answer)


def test_the_trace_is_decoded_once() -> None:
    engine = FakeEngine(chunk=1)
    found = generations(engine, ask(3))
    assert sum(generation.tokens.decoded or 0 for generation in found.values()) == engine.decoded
    traces = [request for request in engine.requests if STOP[0] not in (request.token_ids or ())]
    assert len(traces) == 1


def test_branches_start_while_the_trace_still_streams() -> None:
    starts: list[int] = []

    class Watching(FakeEngine):
        def stream(self, request):  # type: ignore[no-untyped-def]
            starts.append(self.open_streams)
            return super().stream(request)

    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    generations(Watching(), ask(seed))
    assert len(starts) == 1 + len(BUDGETS)
    assert all(running >= 1 for running in starts[1:-1])


def test_the_trace_stops_when_no_budget_needs_more() -> None:
    seed = next(seed for seed in range(1000) if run_alone((100 + seed, 7), 64, 6)[2])
    engine = FakeEngine(chunk=1)
    generations(engine, ask(seed, (2,)))
    assert engine.open_streams == 0
    assert engine.decoded <= 1 + 2 + 1 + 6 + 1


def test_seeds_depend_on_what_is_asked_alone() -> None:
    first, again = ask(1), ask(1, (4,))
    assert first.seed() == again.seed()
    assert first.seed(4) == again.seed(4)
    seeds = {ask(number).seed(budget) for number in range(50) for budget in (None, *BUDGETS)}
    assert len(seeds) == 50 * (1 + len(BUDGETS))


def test_a_failing_engine_is_recorded_for_every_budget() -> None:
    engine = FakeEngine()
    engine.fail_on = {"5"}
    found = generations(engine, ask(5))
    assert {generation.error for generation in found.values()} == {"the server is gone"}
    assert all(generation.retryable for generation in found.values())


def test_a_prompt_longer_than_the_context_is_recorded_as_such() -> None:
    engine = FakeEngine()
    engine.max_context = 2
    for generation in generations(engine, ask(1, (None, 4))).values():
        assert generation.error.startswith("context: the prompt has 2 tokens")
        assert not generation.retryable


def test_thinking_over_the_budget_is_an_error() -> None:
    class NeverOpens(FakeEngine):
        def _next(self, request, new):  # type: ignore[no-untyped-def]
            return [5] if len(new) < 20 else [2] if len(new) == 20 else [3]

    found = generations(NeverOpens(), ask(1, (4,), answer=40))
    assert found[4].error == "20 thinking tokens exceed the budget of 4"


@pytest.mark.parametrize("mode_budgets", [(None,), (None, 4)])
def test_no_budget_is_one_plain_request(mode_budgets: tuple[int | None, ...]) -> None:
    found = generations(FakeEngine(), ask(2, mode_budgets))
    assert set(found) == set(mode_budgets)
    assert not found[None].forced_stop
