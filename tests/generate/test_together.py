"""Tokens of a trace that come together: the same records, whether an engine sends them so or one by one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from fake_model import END, STOP_TEXT, FakeRenderer, next_token
from server_requests import engine_for
from stub_server import Stub

from qwen3_eval.engines.base import Engine
from qwen3_eval.generate.ask import MOST_TOGETHER, Ask, Asker, tokens_together
from qwen3_eval.prompts import Rendered
from qwen3_eval.types import Generation, Prompt, Sampling, TokenLimits, Unit

REPORT = (1_024, 2_048, 4_096, 8_192, 16_384, 32_768)
SWEEPS = ((8, 16, 24, 48, 64), (4, 8, 16, 96), (16,), (3, 65, 130), (5, 150))
LIMITS = TokenLimits(total=200, answer=6)


def asked(seed: int, budgets: tuple[int | None, ...]) -> Ask:
    rendered = Rendered("?", (100 + seed, 7), "00", opened=False)
    return Ask("t", str(seed), 0, "thinking", budgets, Prompt.user("?"), rendered, Sampling(), LIMITS, 0)


def answer(body: dict[str, Any]) -> tuple[int, ...]:
    """What the model of integers says after a prompt, as far as it may go on."""
    new: list[int] = []
    while len(new) < body["max_tokens"] and END not in new:
        new.append(next_token([*body["prompt"], *new], close_share=0.015))
    return tuple(new)


async def swept(engine: Engine, wanted: Ask) -> dict[int | None, Generation]:
    """The generations by budget, without what the clock says."""
    found: dict[int | None, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        found[unit.budget] = replace(generation, latency_s=0.0)

    await Asker(engine, FakeRenderer(), STOP_TEXT, native=False)(wanted, emit)  # type: ignore[arg-type]
    return found


def by_server(wanted: list[Ask], *, gathers: bool) -> tuple[list[dict[int | None, Generation]], list[dict[str, Any]]]:
    """The generations for each ask, and the requests that made them."""

    async def every(url: str) -> list[dict[int | None, Generation]]:
        engine = engine_for(url, "client")
        await engine.start()
        try:
            return [await swept(engine, each) for each in wanted]
        finally:
            await engine.close()

    with Stub(tokens=answer, gathers=gathers, pace=0.0, context=4096) as stub:
        found = asyncio.run(every(stub.url))
    return found, stub.bodies


def without_cost(generation: Generation) -> Generation:
    return replace(generation, tokens=replace(generation.tokens, decoded=None, cached=None))


@pytest.mark.parametrize("budgets", SWEEPS)
def test_a_server_that_ignores_the_interval_gives_the_same_records(budgets: tuple[int, ...]) -> None:
    wanted = [asked(seed, budgets) for seed in range(8)]
    (together, asks), (alone, _) = by_server(wanted, gathers=True), by_server(wanted, gathers=False)
    forced = set()
    for one, other in zip(together, alone, strict=True):
        assert set(one) == set(other) == set(budgets)
        for budget in budgets:
            assert without_cost(one[budget]) == without_cost(other[budget])
            more = (one[budget].tokens.decoded or 0) - (other[budget].tokens.decoded or 0)
            assert abs(more) < tokens_together(budgets)
            forced.add(one[budget].forced_stop)
    assert forced == {True, False}
    streamed = [body for body in asks if body.get("stream")]
    interval = tokens_together(budgets)
    assert len(streamed) == len(wanted)
    assert {body.get("stream_interval") for body in streamed} == {interval if interval > 1 else None}
    assert not any("stream_interval" in body for body in asks if not body.get("stream"))


def test_without_budgets_nothing_is_streamed() -> None:
    found, asks = by_server([asked(seed, (None,)) for seed in range(3)], gathers=True)
    assert not any(body.get("stream") for body in asks)
    assert all(each[None].tokens.decoded for each in found)


@pytest.mark.parametrize("budgets", [(8, 16), (6, 12, 30), (16,)])
def test_a_trace_is_left_at_its_largest_budget(budgets: tuple[int, ...]) -> None:
    """Messages end there: behind an opening tag all of them have as many tokens as divide every budget."""
    interval, forced = tokens_together(budgets), 0
    found, _ = by_server([asked(seed, budgets) for seed in range(8)], gathers=True)
    for each in found:
        last = each[budgets[-1]]
        if last.forced_stop:
            forced += 1
            assert last.tokens.decoded == 1 + budgets[-1] + (last.tokens.answer or 0)
    assert forced and interval > 1


@pytest.mark.parametrize(
    ("budgets", "together"),
    [
        (REPORT, MOST_TOGETHER),
        ((8, 16, 32, 48, 64, 96), 8),
        ((9, 19, 38, 76, 152, 304), 4),
        ((1_000, 3_001), 46),
        ((100_000, 100_001), MOST_TOGETHER),
        ((1_000,), 50),
        ((7,), 7),
        ((1, 2), 1),
        ((0,), MOST_TOGETHER),
    ],
)
def test_how_many_come_together(budgets: tuple[int, ...], together: int) -> None:
    assert tokens_together(budgets) == together
