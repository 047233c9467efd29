"""Requests to a scripted server, by an engine that does not wait long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from stub_server import MODEL, Body

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, Request
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.prepare.model import known_family
from qwen3_eval.types import Mode, Prompt, Sampling, Unit

T = TypeVar("T")
FAST = Retry(tries=4, total_s=20, base_s=0.01, cap_s=0.02, timeout_s=5, trial_s=0.02)


def request(
    prompt: Prompt | None = None,
    *,
    ids: Sequence[int] | None = None,
    mode: Mode = "thinking",
    sampling: Sampling = Sampling(0.6, 0.95, 20, 0.01, 0.5),  # noqa: B008
    max_tokens: int = 9,
    budget: int | None = None,
    seed: int = 7,
) -> Request:
    tokens = None if ids is None else tuple(ids)
    unit = Unit("toy", "1", 0, mode, budget)
    return Request(unit, prompt or Prompt.user("2+2"), mode, sampling, seed, max_tokens, tokens, budget)


def engine_for(url: str, rendering: Any = "auto", slots: int | None = None, **settings: Any) -> ServerEngine:
    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", url, rendering, slots=slots), **settings)
    engine = ServerEngine(config, FAST)
    engine.take(known_family(config, None))
    return engine


def ask(url: str, what: Callable[[ServerEngine], Awaitable[T]], rendering: Any = "auto", **settings: Any) -> T:
    async def run() -> T:
        engine = engine_for(url, rendering, **settings)
        try:
            await engine.start()
            return await what(engine)
        finally:
            await engine.close()
            await engine.close()

    return asyncio.run(run())


async def streamed(engine: ServerEngine, wanted: Request) -> list[Completion]:
    return [replace(part, token_ids=tuple(part.token_ids or ())) async for part in engine.stream(wanted)]


def choice(**facts: Any) -> Body:
    """A reply with one choice, which has begun."""
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Okay, so"}, **facts}]}
