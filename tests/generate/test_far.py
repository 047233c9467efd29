"""Asks that are answered elsewhere: the same records as here, however often a machine dies meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fake_model import STOP_TEXT, FakeEngine, FakeRenderer
from far_replicas import TEACHING
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.engines.jobs import Skill
from qwen3_eval.engines.patience import Away
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.far import MOST_DEATHS, FarAsker
from qwen3_eval.prompts import Rendered
from qwen3_eval.types import Generation, Prompt, Sampling, TokenLimits, Unit

BUDGETS = (2, 4, 8, 16, 32, 64)


def ask(seed: int, budgets: tuple[int | None, ...] = BUDGETS, penalty: float = 0.0) -> Ask:
    return Ask(
        task="t",
        id=str(seed),
        sample=0,
        mode="thinking",
        budgets=budgets,
        prompt=Prompt.user("?"),
        rendered=Rendered("?", (100 + seed, 7), "00", opened=False),
        sampling=Sampling(presence_penalty=penalty),
        limits=TokenLimits(total=200, answer=6),
        run_seed=0,
    )


class Mortal:
    """Stands for replicas: one dies after as many items of a job as ``lives`` says, and another takes its place.

    lost: items that were made and did not come through.
    """

    def __init__(self, lives: Sequence[int], chunk: int = 2) -> None:
        self.lives = list(lives)
        self.engine = FakeEngine(chunk=chunk)
        self.jobs: list[Ask] = []
        self._skill: Skill | None = None

    async def teach(self, name: str, teacher: Any) -> None:
        assert self._skill is None
        self._skill = teacher(self.engine)

    async def do(self, unit: Unit, skill: str, job: Ask, *, whole: bool = False) -> AsyncGenerator[Any, None]:
        self.jobs.append(job)
        # What comes in parts is never waited for as a whole.
        assert whole == (job.budgets == (None,))
        left = self.lives.pop(0) if self.lives else None
        made: asyncio.Queue[Any] = asyncio.Queue()
        assert self._skill is not None
        working = asyncio.ensure_future(self._skill(job, made.put))
        working.add_done_callback(lambda _: made.put_nowait(None))
        try:
            while (item := await made.get()) is not None:
                if left == 0:
                    raise Away("replica 1 died")
                left = left - 1 if left else left
                yield item
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


def asked_of(asker: Any, asked: Ask) -> dict[int | None, Generation]:
    found: dict[int | None, Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        assert unit.budget not in found
        found[unit.budget] = replace(generation, latency_s=0.0)

    asyncio.run(asker(asked, emit))
    return found


def here(asked: Ask) -> dict[int | None, Generation]:
    return asked_of(Asker(FakeEngine(chunk=2), FakeRenderer(), STOP_TEXT, native=False), asked)  # type: ignore[arg-type]


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 9), max_size=MOST_DEATHS - 1), st.integers(1, 99))
def test_what_comes_back_is_what_is_made_here(seed: int, lives: list[int], chunk: int) -> None:
    """A part of many tokens may cross a budget and end the trace as well."""
    asked = ask(seed)
    found = asked_of(FarAsker(Mortal(lives, chunk), TEACHING), asked)
    expected = here(asked)
    assert set(found) == set(expected)
    for budget, one in found.items():
        other = expected[budget]
        same = ("thinking", "answer", "finished", "forced_stop", "finish_reason", "error", "block")
        assert {name: getattr(one, name) for name in same} == {name: getattr(other, name) for name in same}
        assert one.tokens.prompt == other.tokens.prompt
        assert one.tokens.thinking == other.tokens.thinking


def test_a_trace_goes_on_after_the_tokens_that_came() -> None:
    seed = next(seed for seed in range(1_000) if here(ask(seed))[64].forced_stop)
    asked = ask(seed)
    undisturbed = Mortal([])
    asked_of(FarAsker(undisturbed, TEACHING), asked)
    mortal = Mortal([6])
    asked_of(FarAsker(mortal, TEACHING), asked)
    first, second = mortal.jobs
    assert not first.begun and len(second.begun) >= 4
    assert set(second.budgets) < set(first.budgets)
    # Less than a second trace: what came before the death is not decoded again.
    assert mortal.engine.decoded < undisturbed.engine.decoded + 64 - len(second.begun) + 2 * 6 * len(BUDGETS)


def test_a_presence_penalty_begins_anew() -> None:
    seed = next(seed for seed in range(1_000) if here(ask(seed))[64].forced_stop)
    asked = ask(seed, penalty=1.5)
    assert {b: g.thinking for b, g in asked_of(FarAsker(Mortal([6]), TEACHING), asked).items()} == {
        b: g.thinking for b, g in here(asked).items()
    }


def test_a_question_that_several_die_of_is_given_up() -> None:
    found = asked_of(FarAsker(Mortal([0] * 9), TEACHING), ask(1))
    assert set(found) == set(BUDGETS)
    assert {generation.error for generation in found.values()} == {f"replica 1 died, the {MOST_DEATHS}. that was asked"}
    assert all(generation.retryable for generation in found.values())


def test_a_question_that_gets_further_each_time_is_not_given_up() -> None:
    """Machines die for reasons of their own, however often that is."""
    seed = next(seed for seed in range(1_000) if here(ask(seed))[64].forced_stop)
    mortal = Mortal([0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 3, 0, 0])
    found = asked_of(FarAsker(mortal, TEACHING), ask(seed))
    assert {b: g.thinking for b, g in found.items()} == {b: g.thinking for b, g in here(ask(seed)).items()}
    assert not mortal.lives


class Plagued(Mortal):
    """One replica, which dies whenever one question is asked, and all that it has in hand with it."""

    def __init__(self, deadly: str) -> None:
        super().__init__([])
        self.deadly, self.deaths = deadly, 0
        self.hand: set[asyncio.Event] = set()

    async def do(self, unit: Unit, skill: str, job: Ask, *, whole: bool = False) -> AsyncGenerator[Any, None]:
        died = asyncio.Event()
        self.hand.add(died)
        try:
            await asyncio.sleep(0.01)
            if job.id == self.deadly:
                self.deaths += 1
                for each in self.hand:
                    each.set()
            if died.is_set():
                raise Away(f"replica {self.deaths} died")
            async for item in super().do(unit, skill, job, whole=whole):
                yield item
        finally:
            self.hand.discard(died)


def test_what_is_in_hand_beside_a_deadly_question_does_not_die_of_it() -> None:
    plagued = Plagued("0")
    asker, found = FarAsker(plagued, TEACHING), dict[tuple[str, int | None], Generation]()

    async def emit(unit: Unit, generation: Generation) -> None:
        found[unit.id, unit.budget] = generation

    async def run() -> None:
        await asyncio.gather(*(asker(ask(seed), emit) for seed in range(12)))

    asyncio.run(run())
    assert {name for (name, _), generation in found.items() if generation.error} == {"0"}
    assert len(found) == 12 * len(BUDGETS) and plagued.deaths == MOST_DEATHS


def test_prompts_beyond_the_context_are_counted_here() -> None:
    mortal = Mortal([])
    mortal.engine.max_context = 2
    asker = FarAsker(mortal, TEACHING)
    found = asked_of(asker, ask(1, (None,)))
    assert found[None].error.startswith("context:")
    assert (asker.beyond.prompts, asker.beyond.largest, asker.beyond.context) == (1, 2, 2)


def test_many_asks_at_once_lose_nothing() -> None:
    draw = random.Random(1)
    mortal = Mortal([draw.randrange(9) for _ in range(30)])
    asker, seen = FarAsker(mortal, TEACHING), Counter[tuple[str, int | None]]()

    async def emit(unit: Unit, generation: Generation) -> None:
        seen[unit.id, unit.budget] += 1

    async def run() -> None:
        await asyncio.gather(*(asker(ask(seed), emit) for seed in range(40)))

    asyncio.run(run())
    assert set(seen.values()) == {1} and len(seen) == 40 * len(BUDGETS)


@pytest.mark.parametrize("budgets", [(None,), (8,), (None, 8, 64)], ids=str)
def test_other_asks_travel_too(budgets: tuple[int | None, ...]) -> None:
    asked = ask(4, budgets)
    assert asked_of(FarAsker(Mortal([]), TEACHING), asked).keys() == here(asked).keys()
