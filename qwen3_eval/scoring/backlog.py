"""Answers that wait to be scored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sized
from typing import TypeVar

T = TypeVar("T")
# What one message takes to a worker: as much as keeps it busy for so long, and no more than so many.
SECONDS, MOST = 0.02, 16
# How much one job says of what the next ones take.
WEIGHT = 0.3


class Portions:
    """How many answers of a kind go to a worker at once, by what judging one has cost so far.

    first: as long as nothing is known.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._each: dict[object, float] = {}

    def size(self, kind: object) -> int:
        """So many, and one at least."""
        each = self._each.get(kind)
        return self._first if each is None else max(1, min(MOST, int(SECONDS / max(each, 1e-9))))

    def took(self, kind: object, count: int, seconds: float) -> None:
        """So many took so long together, the way to the worker included."""
        each = seconds / count
        self._each[kind] = (1 - WEIGHT) * self._each.get(kind, each) + WEIGHT * each


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
