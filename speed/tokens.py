"""What a decoded token costs this process: a bare loop over vLLM, engine ``vllm`` and engine ``server``, in one run.

    python -m speed.tokens [--streams N]

The bundled model, whose every token is the same one so that its traces are as long as is wanted: all of them reach the
largest of six budgets. What counts is CPU of this process, not that of vLLM's engine or of a server. The last row is a
server that knows nothing of ``stream_interval``, and sends each token in a message of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qwen3_eval import reference
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.arguments import engine_arguments, model_config, vllm_environment
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.engines.context import yarn_overrides
from qwen3_eval.engines.log import EngineLog
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Generation, Json, TokenLimits, Unit
from speed.figures import figure
from speed.harness import STUB
from speed.sweep import asks

STREAMS = 64
# The report's, 16 times smaller, which come in the largest messages that there are too. The bundled model's context is
# stretched for that; nobody looks at what it says.
BUDGETS = (64, 128, 256, 512, 1_024, 2_048)
LIMITS = TokenLimits(2_048, 32)
CONTEXT, STRETCH = 4_096, 4
WARM = 8
# Of the server that is made up: longer than any trace, and seconds between its messages.
TRACE, PACE = 4_000, 0.02
# Of the bundled model: a piece of a text, which opens, closes and ends nothing.
TOKEN = 400
BOUND, BOUND_RATIO = 15, 4


@dataclass(frozen=True)
class Spent:
    """Of some requests: the tokens that were decoded, and seconds of CPU of this process."""

    tokens: int
    cpu: float

    @property
    def each(self) -> float:
        """Microseconds of CPU a token."""
        return 1e6 * self.cpu / self.tokens


class Endless(Engine):
    """An engine whose model has one token alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.max_context, self.slots, self.reader = engine.max_context, engine.slots, engine.reader

    def describe(self) -> Json:
        """That of the engine."""
        return self._engine.describe()

    async def generate(self, request: Request) -> Completion:
        """As the engine."""
        return await self._engine.generate(replace(request, allowed=(TOKEN,)))

    def stream(self, request: Request) -> AsyncIterator[Completion]:
        """As the engine."""
        return self._engine.stream(replace(request, allowed=(TOKEN,)))


def settings(engine: str) -> RunConfig:
    """A run of the bundled model with a longer context."""
    overrides = yarn_overrides(model_config(model_location("demo")), CONTEXT // STRETCH, STRETCH)
    arguments: Json = {"hf_overrides": overrides, "max_model_len": CONTEXT}
    return RunConfig("demo", ("bench",), engine=EngineConfig(engine, args=arguments))


async def spent(work: Callable[[int], Awaitable[int]], streams: int) -> Spent:
    """What ``work``, which gives its number of tokens, takes as so many streams at once."""
    before = time.process_time()
    tokens = sum(await asyncio.gather(*map(work, range(streams))))
    return Spent(tokens, time.process_time() - before)


async def bare(prompts: Sequence[Sequence[int]]) -> dict[str, Spent]:
    """A loop over vLLM's own ``AsyncLLM``, as its documentation has it, without texts."""
    from vllm import SamplingParams
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.inputs.engine import tokens_input
    from vllm.sampling_params import RequestOutputKind
    from vllm.v1.engine.async_llm import AsyncLLM

    arguments: dict[str, Any] = engine_arguments(settings("vllm"))
    log = EngineLog()
    with log.capture():
        llm = AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments, disable_log_stats=True))
    numbers = iter(range(sys.maxsize))

    def loop(kind: RequestOutputKind, most: int = LIMITS.total) -> Callable[[int], Awaitable[int]]:
        params = SamplingParams(
            temperature=0, max_tokens=most, allowed_token_ids=[TOKEN], detokenize=False, output_kind=kind
        )

        async def work(number: int) -> int:
            tokens = 0
            async for output in llm.generate(tokens_input(list(prompts[number])), params, f"bare{next(numbers)}"):
                tokens += len(output.outputs[0].token_ids)
            return tokens

        return work

    try:
        await spent(loop(RequestOutputKind.DELTA, WARM), len(prompts))
        return {
            "AsyncLLM, every token": await spent(loop(RequestOutputKind.DELTA), len(prompts)),
            "AsyncLLM, final only": await spent(loop(RequestOutputKind.FINAL_ONLY), len(prompts)),
        }
    finally:
        with log.capture():
            llm.shutdown(timeout=2)
        log.close()


async def sweeping(engine: Engine, renderer: Renderer, wanted: Sequence[Ask]) -> Spent:
    """Asks with their budgets, from the prompt to the generation."""
    asker = Asker(engine, renderer, reference.stop_text(), native=False)

    async def work(number: int) -> int:
        found: list[Generation] = []

        async def emit(_: Unit, generation: Generation) -> None:
            assert not generation.error, generation.error
            found.append(generation)

        await asker(wanted[number], emit)
        return sum(generation.tokens.decoded or 0 for generation in found)

    return await spent(work, len(wanted))


async def ours(name: str, kinds: Mapping[str, Sequence[Ask]]) -> dict[str, Spent]:
    """One of our engines, with each kind of asks."""
    engine = create_engine(settings(name))
    await engine.start()
    try:
        renderer = Renderer(model_location("demo"))
        for each in kinds.values():
            await sweeping(Endless(engine), renderer, [shortly(ask) for ask in each])
        return {f"{name}, {kind}": await sweeping(Endless(engine), renderer, each) for kind, each in kinds.items()}
    finally:
        await engine.close()


def shortly(ask: Ask) -> Ask:
    """To warm up."""
    budgets = (None,) if ask.budgets == (None,) else (WARM,)
    return replace(ask, budgets=budgets, limits=TokenLimits(WARM, WARM))


async def deaf(wanted: Sequence[Ask]) -> dict[str, Spent]:
    """A server that makes its tokens at no cost, and sends each alone."""
    options = {"tokens": TRACE, "token": TOKEN, "pace": PACE, "context": CONTEXT}
    command = [sys.executable, str(STUB), *(f"--{name}={value}" for name, value in options.items())]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        engine = create_engine(RunConfig("stub/model", ("bench",), engine=EngineConfig("server", url, "client")))
        await engine.start()
        found = await sweeping(engine, Renderer(model_location("demo")), wanted)
        await engine.close()
    finally:
        process.kill()
        await process.wait()
    return {"server that sends each token alone, six budgets": found}


async def measure(streams: int) -> None:
    """Prints a row for each way of asking, and its share of the first."""
    renderer = Renderer(model_location("demo"))
    some = asks(renderer, streams, BUDGETS)
    # As a template that opens the block has it.
    opened = [
        replace(ask, sample=number, limits=LIMITS, rendered=replace(ask.rendered, opened=True))
        for number, ask in zip(range(streams), itertools.cycle(some), strict=False)
    ]
    kinds = {"no budget": [replace(ask, budgets=(None,)) for ask in opened], "six budgets": opened}
    print(f"{streams} streams of {LIMITS.total} tokens, budgets {BUDGETS}")
    rows = await bare([ask.rendered.token_ids or () for ask in opened])
    first = next(iter(rows.values())).each
    tell(rows, first)
    tell(await ours("vllm", kinds), first)
    tell(await ours("server", kinds), first)
    tell(await deaf(opened), first)


def tell(rows: dict[str, Spent], first: float) -> None:
    """Keeps rows, and how many times less than ``first`` they cost."""
    for name, row in rows.items():
        own = not name.startswith("AsyncLLM")
        figure(f"tokens: {name}, CPU of one", row.each, "us", f"{BOUND}" if own else "")
        figure(
            f"tokens: {name}, less than every token of AsyncLLM",
            first / row.each,
            "times",
            f"{BOUND_RATIO}" if own else "",
        )


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    os.environ.update(vllm_environment())
    asyncio.run(measure(parser.parse_args().streams))


if __name__ == "__main__":
    main()
