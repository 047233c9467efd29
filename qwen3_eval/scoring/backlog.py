"""Answers that wait to be scored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sized
from typing import TypeVar

T = TypeVar("T")


class Backlog(asyncio.Queue[T]):
    """A queue from which several things of one kind are taken at once, where they wait behind each other."""

    def _init(self, maxsize: int) -> None:
        self._queue: deque[T] = deque()

    async def alike(self, kind: Callable[[T], object], most: Callable[[T], int]) -> list[T]:
        """The next thing, and what follows it at once and is of its kind, up to ``most`` of the first."""
        found = [await self.get()]
        size = most(found[0])
        while len(found) < size and self._queue and kind(self._queue[0]) is kind(found[0]):
            found.append(self.get_nowait())
        return found

    def done(self, found: Sized) -> None:
        """Says that things that were taken are dealt with."""
        for _ in range(len(found)):
            self.task_done()
