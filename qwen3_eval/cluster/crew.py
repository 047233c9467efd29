"""Actors that do the same work on the nodes of a cluster, and come and go: who is there, who is lost.

An actor is never restarted by Ray (2.60 splices the stream of one that it restarted): another takes its place.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from qwen3_eval.cluster.actors import BEAT_SECONDS, Seen, headless, while_the_head_answers
from qwen3_eval.cluster.berths import Berths
from qwen3_eval.cluster.connection import Node, connected, leave, nodes_of
from qwen3_eval.types import IncompleteError, UsageError

S = TypeVar("S", bound=Seen)


class Crew(Generic[S]):
    """Actors of one kind, each as it is seen from here.

    called: all of them, in what is said. share, wait_s: as ``Berths`` has it. lost: what else is done when one died.
    ray: the module, while the cluster is joined. coming: those that are on their way. refused: why the last that was
    refused does not come, which is said when none is left.
    """

    def __init__(self, called: str, share: Callable[[S], int], wait_s: float, lost: Callable[[S], None]) -> None:
        self.berths: Berths[S] = Berths(share, wait_s, self._gone)
        self.coming: set[asyncio.Task[None]] = set()
        self.refused: UsageError | None = None
        self.headless = self._closing = False
        self.ray: Any = None
        self._called, self._wait_s, self._lost = called, wait_s, lost
        self._tending: asyncio.Task[None] | None = None

    async def enter(self, address: str, environment: Mapping[str, Any] | None = None) -> list[Node]:
        """Joins a cluster until ``close``, as ``connected``; its nodes. Raises UsageError where there is none."""
        self.ray = await asyncio.to_thread(connected, address, environment)
        return await self.nodes()

    async def nodes(self) -> list[Node]:
        """Those that are there now."""
        return await asyncio.to_thread(nodes_of, self.ray)

    def on(self, node: Node) -> dict[str, Any]:
        """The options of Ray for what is to run on a node and on no other."""
        there = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node.id, soft=False)
        return {"scheduling_strategy": there}

    def actor(self, kind: type, calls: int, **options: Any) -> Any:
        """What makes actors of a class. calls: that one may have in hand. options: of Ray."""
        return self.ray.remote(kind).options(max_restarts=0, max_task_retries=0, max_concurrency=calls, **options)

    def bring(self, work: Coroutine[Any, Any, None]) -> None:
        """Does what brings one more, beside all else and until ``close``."""
        if self._closing:
            work.close()
            return
        task = asyncio.create_task(work)
        self.coming.add(task)
        task.add_done_callback(self.coming.discard)

    def join(self, member: S) -> None:
        """One is there: it is looked after, and gets work."""
        self.refused = None
        member.watch(partial(self.lose, member))
        self.berths.join(member)

    def tend(self, look: Callable[[], Awaitable[None]], pause_s: float = BEAT_SECONDS) -> None:
        """From now on looks after the head; ``look`` sees to it that more come. Without a head all are lost."""
        self._tending = asyncio.create_task(self._tend(look, pause_s))

    async def _tend(self, look: Callable[[], Awaitable[None]], pause_s: float) -> None:
        await while_the_head_answers(self.ray, look, pause_s)
        self.headless = True
        self.berths.give_up()
        for member in list(self.berths.members):
            self.lose(member)

    def lose(self, member: S) -> None:
        """One is dead; without a head nobody can do anything about that."""
        if not member.is_lost():
            return
        self.berths.leave(member)
        if self.headless or self._closing:
            return
        self.kill(member)
        left, waits = len(self.berths.members), f"the run waits up to {self._wait_s:g} s (--wait-for-replicas)"
        sys.stderr.write(f"{member} died; {f'{left} left' if left else f'none is left, {waits}'}\n")
        self._lost(member)

    def kill(self, member: S) -> None:
        """Whether it has died or hangs, it does nothing any more."""
        with suppress(Exception):
            self.ray.kill(member.actor)

    def _gone(self) -> IncompleteError:
        if self.headless:
            return IncompleteError(headless())
        why = f" ({self.refused})" if self.refused else ""
        waited = f"all {self._called} are gone, and none came up within {self._wait_s:g} s{why}"
        return IncompleteError(f"{waited}; run the same command again to go on")

    async def close(self) -> None:
        """Ends all of them, and a cluster that was started here."""
        self._closing = True
        tasks = [*self.coming, *([self._tending] if self._tending else [])]
        self._tending = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        members = list(self.berths.members)
        await asyncio.gather(*(member.close() for member in members))
        for member in members:
            self.kill(member)
            self.berths.leave(member)
        if self.ray is not None:
            self.ray = None
            await asyncio.to_thread(leave, there=not self.headless)
