"""Budgets on the real engine with the demo model: one trace, six budgets, greedy decoding."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from running_vllm import InProcess

from qwen3_eval import data, reference
from qwen3_eval.config import model_location
from qwen3_eval.engines.base import Completion, Engine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.trace import Trace
from qwen3_eval.types import Generation, Sampling, TokenLimits, Unit

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = pytest.mark.vllm

BUDGETS = (4, 8, 16, 24, 48, 96)
DOCS = 6
LIMITS = TokenLimits(total=160, answer=24)


@pytest.fixture(scope="module")
def loop(in_process: InProcess) -> asyncio.AbstractEventLoop:
    return in_process.loop


@pytest.fixture(scope="module")
def engine(in_process: InProcess) -> Engine:
    return in_process.engine


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(model_location("demo"))


def asks(renderer: Renderer, budgets: tuple[int | None, ...], sampling: Sampling) -> list[Ask]:
    task = load_tasks().get("demo_math")
    docs = sorted(data.docs(task), key=lambda doc: -len(doc.question))[:DOCS]
    return [
        Ask(
            task="demo_math",
            id=doc.id,
            sample=0,
            mode="thinking",
            budgets=budgets,
            prompt=task.prompt(doc),
            rendered=renderer.render(task.prompt(doc), "thinking"),
            sampling=sampling,
            limits=LIMITS,
            run_seed=0,
        )
        for doc in docs
    ]


def generate(loop: Any, asker: Asker, wanted: list[Ask]) -> dict[Unit, Generation]:
    found: dict[Unit, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        found[unit] = generation

    async def every() -> None:
        await asyncio.gather(*(asker(ask, emit) for ask in wanted))

    loop.run_until_complete(every())
    return found


async def alone(engine: Engine, renderer: Renderer, ask: Ask, budget: int) -> tuple[str, str, bool]:
    """One run at one budget, in two plain requests: thinking to the budget, then the answer."""
    asker = Asker(engine, renderer, reference.stop_text(), native=False)
    assert renderer.tags is not None and ask.rendered.token_ids is not None
    first: Completion = await engine.generate(asker.request(ask, ask.unit(budget), max_tokens=1 + budget))
    trace = Trace(renderer.tags, opened=ask.rendered.opened)
    trace.extend(first.token_ids or ())
    if not trace.reaches(budget):
        rest = await engine.generate(asker.request(ask, ask.unit(budget), max_tokens=LIMITS.total))
        trace = Trace(renderer.tags, opened=ask.rendered.opened)
        trace.extend(rest.token_ids or ())
        return text(renderer, trace.thinking()), text(renderer, trace.rest()), False
    stop = renderer.encode(reference.stop_text())
    cut = trace.cut(budget)
    request = asker.request(ask, ask.unit(budget), max_tokens=LIMITS.answer, suffix=[*cut, *stop])
    answer = await engine.generate(request)
    return text(renderer, trace.thinking()[:budget]), text(renderer, list(answer.token_ids or ())), True


def text(renderer: Renderer, tokens: list[int]) -> str:
    return renderer.decode(tokens).strip("\n")


def test_a_sweep_gives_the_tokens_of_independent_runs(loop: Any, engine: Engine, renderer: Renderer) -> None:
    wanted = asks(renderer, BUDGETS, Sampling())
    swept = generate(loop, Asker(engine, renderer, reference.stop_text(), native=False), wanted)
    assert len(swept) == len(wanted) * len(BUDGETS)
    cut = 0
    for ask in wanted:
        for budget in BUDGETS:
            found = swept[ask.unit(budget)]
            expected = loop.run_until_complete(alone(engine, renderer, ask, budget))
            assert (found.thinking, found.answer, found.forced_stop) == expected
            assert found.tokens.thinking is not None and found.tokens.thinking <= budget
            cut += found.forced_stop
    assert 0 < cut < len(swept)


@pytest.mark.parametrize("budget", [4, 16, 96])
def test_the_engines_own_budget_gives_the_same_tokens(
    loop: Any, engine: Engine, renderer: Renderer, budget: int
) -> None:
    assert engine.native_budget
    wanted = asks(renderer, (budget,), Sampling())
    native = generate(loop, Asker(engine, renderer, reference.stop_text(), native=True), wanted)
    cut = generate(loop, Asker(engine, renderer, reference.stop_text(), native=False), wanted)
    for unit, generation in native.items():
        same = ("thinking", "answer", "forced_stop", "finished", "error")
        assert [getattr(generation, name) for name in same] == [getattr(cut[unit], name) for name in same]
        assert generation.tokens.thinking is not None and generation.tokens.thinking <= budget


def test_sampled_thinking_with_seeds(loop: Any, engine: Engine, renderer: Renderer) -> None:
    sampling = Sampling(temperature=0.6, top_p=0.95, top_k=20)
    asker = Asker(engine, renderer, reference.stop_text(), native=False)
    found = generate(loop, asker, asks(renderer, BUDGETS, sampling))
    assert not [generation.error for generation in found.values() if generation.error]
    assert all((generation.tokens.thinking or 0) <= (unit.budget or 0) for unit, generation in found.items())
