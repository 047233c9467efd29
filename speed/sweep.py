"""What a budget sweep costs on the real engine, against independent runs at the same budgets.

The demo model answers in 7 tokens what a large model answers in some 750, so the report's budgets (1,024
to 32,768) are scaled down by the same 108. Its traces then stand for 5,000 tokens; ``--budgets`` tries
others. Run it with ``python -m speed.sweep``.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from qwen3_eval import data, reference
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.base import Engine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Generation, Sampling, TokenLimits, Unit
from speed.figures import figure

BUDGETS = (9, 19, 38, 76, 152, 304)
BLOCK = 32


@dataclass
class Cost:
    """Tokens that were decoded, and what the answer branches prefilled (prompt tokens not in the cache)."""

    decoded: int = 0
    branch_prompt: int = 0
    branch_prefilled: int = 0
    generations: list[Generation] = field(default_factory=list)

    def add(self, generation: Generation) -> None:
        """Counts one record."""
        tokens = generation.tokens
        self.decoded += tokens.decoded or 0
        fresh = (tokens.prompt or 0) - (tokens.cached or 0)
        if generation.forced_stop:
            self.branch_prompt += tokens.prompt or 0
            self.branch_prefilled += fresh
        self.generations.append(generation)


def asks(renderer: Renderer, docs: int, budgets: Iterable[int]) -> list[Ask]:
    """Prompts of the demo math task."""
    task = load_tasks().get("demo_math")
    chosen = [doc for doc, _ in zip(data.docs(task), range(docs), strict=False)]
    return [
        Ask(
            task="demo_math",
            id=doc.id,
            sample=0,
            mode="thinking",
            budgets=tuple(budgets),
            prompt=task.prompt(doc),
            rendered=renderer.render(task.prompt(doc), "thinking"),
            sampling=Sampling(),
            limits=TokenLimits(128, 24),
            run_seed=0,
        )
        for doc in chosen
    ]


async def cost(engine: Engine, renderer: Renderer, wanted: list[Ask]) -> Cost:
    """Generates for all asks at once and adds up what it took."""
    total = Cost()

    async def emit(_: Unit, generation: Generation) -> None:
        total.add(generation)

    asker = Asker(engine, renderer, reference.stop_text(), native=False)
    slots = asyncio.Semaphore(engine.slots)

    async def one(ask: Ask) -> None:
        async with slots:
            await asker(ask, emit)

    await asyncio.gather(*(one(ask) for ask in wanted))
    return total


async def measure(docs: int, budgets: tuple[int, ...]) -> None:
    """Prints both costs and their ratio."""
    config = RunConfig(model="demo", tasks=("demo_math",), engine=EngineConfig(args={"block_size": str(BLOCK)}))
    renderer = Renderer(model_location("demo"))
    engine = create_engine(config)
    await engine.start()
    try:
        # First, while the cache is cold: the runs alone would leave the traces there, which are the same.
        swept = await cost(engine, renderer, asks(renderer, docs, budgets))
        alone = [await cost(engine, renderer, asks(renderer, docs, [budget])) for budget in budgets]
    finally:
        await engine.close()
    decoded = sum(part.decoded for part in alone)
    traces = sorted(part.tokens.thinking or 0 for part in alone[-1].generations)
    print(f"{docs} docs, budgets {budgets}, median trace {traces[len(traces) // 2]} tokens")
    figure("sweep: decoded tokens of six runs beside one sweep", decoded / swept.decoded, "times")
    share = swept.branch_prefilled / max(swept.branch_prompt, 1)
    figure("sweep: what branches prefill of their prompts, from a cold cache", 100 * share, "%")
    print(f"(from a cold cache, in whole blocks of {BLOCK} tokens: the stop text and the last, unfinished block)")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=60)
    parser.add_argument("--budgets", type=int, nargs="+", default=BUDGETS)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.docs, tuple(chosen.budgets)))


if __name__ == "__main__":
    main()
