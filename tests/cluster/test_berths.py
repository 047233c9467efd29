"""Who of several gets work next, where they are of different sizes and cannot do all of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from qwen3_eval.cluster.berths import Berths
from qwen3_eval.types import IncompleteError


@dataclass(eq=False)
class Machine:
    size: int
    since: float = 0.0

    def admits(self) -> bool:
        return not self.since


def gone() -> IncompleteError:
    return IncompleteError("gone")


def test_work_is_shared_by_size_and_goes_to_those_that_fit() -> None:
    async def scenario() -> None:
        berths = Berths[Machine](lambda machine: machine.size, 5.0, gone)
        small, large = Machine(2), Machine(6)
        berths.join(small)
        berths.join(large)
        async with AsyncExitStack() as stack:
            found = [await stack.enter_async_context(berths.turn(job)) for job in range(4)]
            assert sorted(machine.size for machine in found) == [2, 6, 6, 6]
            for job in range(4, 7):
                assert await stack.enter_async_context(berths.turn(job, lambda machine: machine is large)) is large
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(berths.turn(8, lambda machine: machine is large).__aenter__(), 0.05)
            assert await stack.enter_async_context(berths.turn(9)) is small
        assert berths.in_hand(small) == berths.in_hand(large) == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("others", [0, 1])
def test_what_nobody_does_any_more_ends_the_wait(others: int) -> None:
    """Those that cannot do it are not waited for."""

    async def scenario() -> None:
        berths = Berths[Machine](lambda machine: machine.size, 0.05, gone)
        machine = Machine(1)
        for each in (machine, *(Machine(1) for _ in range(others))):
            berths.join(each)
        berths.leave(machine)
        with pytest.raises(IncompleteError, match="gone"):
            await asyncio.wait_for(berths.turn("job", lambda each: each is machine).__aenter__(), 5)

    asyncio.run(scenario())
