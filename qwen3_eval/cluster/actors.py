"""Actors of a Ray cluster as they are seen from here: whether one lives, and whether the head does.

Ray 2.60 may wait a minute and longer for a node that is cut off, and ends the whole process a minute after the head
could not be reached. So both are asked here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from qwen3_eval.cluster.connection import head_answers

T = TypeVar("T")

# How often an actor is asked whether it lives, how long one such question waits, and how many in a row are in vain:
# two, as the first may have been late because this process itself stood still.
BEAT_SECONDS, SILENT_SECONDS, MOST_SILENT = 5.0, 15.0, 2
# Less than Ray's own minute.
HEAD_SECONDS = 30.0
CLOSE_SECONDS = 10.0


class ActorLost(Exception):
    """An actor was given up while something was asked of it."""


class Seen:
    """One actor, which has methods ``alive`` and ``close``.

    since: when it was lost, by the monotonic clock; 0 while it is there.
    """

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.since = 0.0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.watched: asyncio.Task[None] | None = None

    def admits(self) -> bool:
        """Whether it is there; one that is lost does not come back."""
        return not self.since

    async def said(self, answer: Coroutine[Any, Any, T]) -> T:
        """What it answers. Raises ActorLost when it is given up meanwhile."""
        waiting = asyncio.ensure_future(answer)
        try:
            both: set[asyncio.Future[Any]] = {waiting, self.lost}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise ActorLost(f"{self} died")
            return waiting.result()
        finally:
            waiting.cancel()

    def watch(self, lose: Callable[[], None]) -> None:
        """From now on it is asked whether it lives. lose: what is done when it does not."""
        self.watched = asyncio.create_task(self._watching(lose))

    async def _watching(self, lose: Callable[[], None]) -> None:
        """An actor that does not answer is dead to us: its node may be cut off, or its process hang."""
        silent = 0
        while silent < MOST_SILENT and not self.since:
            await asyncio.sleep(0 if silent else BEAT_SECONDS)
            try:
                await asyncio.wait_for(awaited(self.actor.alive.remote()), SILENT_SECONDS)
                silent = 0
            except TimeoutError:
                silent += 1
            except Exception:  # noqa: BLE001 - that it died
                silent = MOST_SILENT
        lose()

    def is_lost(self) -> bool:
        """Marks it as lost; False where it was already."""
        if self.since:
            return False
        self.since = time.monotonic()
        self.lost.set_result(None)
        if self.watched and self.watched is not asyncio.current_task():
            self.watched.cancel()
        return True

    async def close(self) -> None:
        """Asks it to end, and looks after it no more."""
        if self.watched:
            self.watched.cancel()
            await asyncio.gather(self.watched, return_exceptions=True)
        with suppress(Exception):
            await asyncio.wait_for(awaited(self.actor.close.remote()), CLOSE_SECONDS)


async def while_the_head_answers(ray: Any, look: Callable[[], Awaitable[None]], pause_s: float = BEAT_SECONDS) -> None:
    """Looks again and again, and returns when the head has not answered for ``HEAD_SECONDS``."""
    heard = time.monotonic()
    while time.monotonic() - heard < HEAD_SECONDS:
        await asyncio.sleep(pause_s)
        if await asyncio.to_thread(head_answers, ray):
            heard = time.monotonic()
            await look()


def headless() -> str:
    """What is said of a run whose head is gone."""
    why = f"the head of the cluster has not answered for {HEAD_SECONDS:g} s"
    return f"{why}; once it is up, run the same command again to go on"


def cause(error: BaseException) -> BaseException:
    """What was raised on a node, without what Ray and task groups put around it."""
    while True:
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else getattr(error, "cause", None)
        if not isinstance(inner, BaseException):
            return error
        error = inner


def said(error: BaseException) -> str:
    """An error of Ray in a line: what it holds of a traceback ends with what was raised."""
    lines = [line.strip() for line in str(cause(error)).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__


async def awaited(reference: Awaitable[T]) -> T:
    """What a reference of Ray stands for, as a coroutine."""
    return await reference
