"""How many tokens of prompts are in flight."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

import pytest

from qwen3_eval.config import EngineConfig
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.server import SLOTS
from qwen3_eval.engines.vllm import held_tokens
from qwen3_eval.generate.ask import Ask
from qwen3_eval.generate.flight import USUAL_TOKENS, Flight, described, guessed_size, tokens_in_flight
from qwen3_eval.prompts import Rendered
from qwen3_eval.types import Prompt, Sampling, TokenLimits


def an_ask(size: int, name: str = "") -> Ask:
    return Ask(
        task="t",
        id=name or str(size),
        sample=0,
        mode="non-thinking",
        budgets=(None,),
        prompt=Prompt.user("q"),
        rendered=Rendered("q", None, "00", opened=False),
        sampling=Sampling(),
        limits=TokenLimits(9, 9),
        run_seed=0,
        size=size,
    )


class Sky:
    """What is in flight, and what was made; ``over`` ends a flight."""

    def __init__(self, most: int) -> None:
        self.flight = Flight(most)
        self.made: list[str] = []
        self.begun: list[str] = []
        self.up: dict[str, int] = {}
        self.most_up = 0
        self.over: dict[str, asyncio.Event] = {}

    def make(self, size: int, name: str) -> Callable[[], Ask]:
        def made() -> Ask:
            self.made.append(name)
            return an_ask(size, name)

        return made

    async def fly(self, size: int, name: str) -> None:
        self.over[name] = asyncio.Event()
        async with self.flight.turn(self.make(size, name)):
            self.begun.append(name)
            self.up[name] = size
            self.most_up = max(self.most_up, sum(self.up.values()))
            try:
                await self.over[name].wait()
            finally:
                del self.up[name]


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_who_comes_first_is_served_first_and_one_waits_outside() -> None:
    async def run() -> None:
        sky = Sky(10)
        tasks = [asyncio.create_task(sky.fly(size, name)) for name, size in (("a", 6), ("b", 6), ("c", 1), ("d", 4))]
        await settled()
        # c would fit beside a, and would be let in for ever before b.
        assert (sky.begun, sky.made) == (["a"], ["a", "b"])
        sky.over["a"].set()
        await settled()
        assert (sky.begun, sky.made) == (["a", "b", "c"], ["a", "b", "c", "d"])
        sky.over["c"].set()
        await settled()
        assert sky.begun == ["a", "b", "c", "d"]
        for over in sky.over.values():
            over.set()
        await asyncio.gather(*tasks)
        assert sky.flight.taken == 0

    asyncio.run(run())


def test_a_prompt_larger_than_all_goes_alone() -> None:
    async def run() -> None:
        sky = Sky(10)
        tasks = [asyncio.create_task(sky.fly(size, name)) for name, size in (("a", 1), ("b", 99), ("c", 1))]
        await settled()
        assert sky.begun == ["a"]
        sky.over["a"].set()
        await settled()
        assert sky.begun == ["a", "b"]
        sky.over["b"].set()
        await settled()
        assert sky.begun == ["a", "b", "c"]
        sky.over["c"].set()
        await asyncio.gather(*tasks)

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(5))
def test_nothing_starves_and_all_is_given_back_however_it_ends(seed: int) -> None:
    """Flights that end, fail, are cancelled in the air or on the ground, and prompts that cannot be made."""
    rng = random.Random(seed)

    async def run() -> None:
        sky, ends = Sky(20), {}

        async def one(name: str, size: int) -> None:
            kind = rng.choice(["well", "well", "fails", "unmade"])

            def unmade() -> Ask:
                raise ValueError("no prompt")

            make = unmade if kind == "unmade" else sky.make(size, name)
            async with sky.flight.turn(make):
                sky.up[name] = min(size, 20)
                sky.most_up = max(sky.most_up, sum(sky.up.values()))
                try:
                    for _ in range(rng.randrange(4)):
                        await asyncio.sleep(0)
                    if kind == "fails":
                        raise OSError("no answer")
                finally:
                    del sky.up[name]

        async def ended(name: str, size: int) -> None:
            with suppress(ValueError, OSError):
                await one(name, size)
            ends[name] = True

        tasks = [asyncio.create_task(ended(str(number), rng.randrange(30))) for number in range(200)]
        for task in rng.sample(tasks, 40):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        assert len(ends) >= 160 and sky.flight.taken == 0 and sky.most_up <= 20

    asyncio.run(run())


def test_the_budget_is_what_was_asked_for_else_what_the_engine_holds() -> None:
    engine = MockEngine()
    assert tokens_in_flight(EngineConfig(), engine) == USUAL_TOKENS
    engine.holds = 5_000
    assert tokens_in_flight(EngineConfig(), engine) == 5_000
    assert tokens_in_flight(EngineConfig(tokens_in_flight=70), engine) == 70
    assert described(EngineConfig(tokens_in_flight=70), engine) == {**engine.describe(), "tokens_in_flight": 70}


@pytest.mark.parametrize(
    ("blocks", "size", "tokens"), [(100, 16, 1_600), (None, 16, None), (0, 16, None), (9, None, None)]
)
def test_what_a_cache_holds_is_its_blocks(blocks: int | None, size: int | None, tokens: int | None) -> None:
    assert held_tokens(SimpleNamespace(num_gpu_blocks=blocks, block_size=size)) == tokens


def test_the_size_of_a_text_is_guessed_by_its_bytes() -> None:
    assert guessed_size("four" * 10) == 10 and guessed_size("\ud800é") == 1


def test_usual_runs_are_not_held_back() -> None:
    assert USUAL_TOKENS // SLOTS >= 8_192
