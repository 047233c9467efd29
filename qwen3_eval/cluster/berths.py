"""Who of several gets work: the one with the least in hand for its size, and for what belongs together the same.

What belongs to one sample, the answers that branch off a trace above all, stays where the trace is, as long as it
lives. Nothing is remembered after that, so that who joins has work at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from qwen3_eval.types import IncompleteError


def anyone(_: object) -> bool:
    """All fit."""
    return True


class Member(Protocol):
    """One of several that do the same work."""

    @property
    def since(self) -> float:
        """When it was lost, by the monotonic clock; 0 while it is there."""

    def admits(self) -> bool:
        """Whether a request may go to it now; then one must."""


M = TypeVar("M", bound=Member)


@dataclass(slots=True)
class Berth(Generic[M]):
    """Where the requests about one thing go, and how many of them there are."""

    member: M
    requests: int = 0


class Berths(Generic[M]):
    """Places of things to do, samples or jobs, on members, who may join and leave.

    share: what one has in hand at most; what has no place waits. wait_s: how long it waits when all are lost. gone:
    what ends the run then.
    """

    def __init__(self, share: Callable[[M], int], wait_s: float, gone: Callable[[], IncompleteError]) -> None:
        self.members: list[M] = []
        self.answered: Counter[M] = Counter()
        self._share, self._wait_s, self._gone = share, wait_s, gone
        self._berths: dict[Hashable, Berth[M]] = {}
        self._held: Counter[M] = Counter()
        self._changed = asyncio.Event()
        # Since when there may be none.
        self._empty = time.monotonic()
        self._given_up = False

    def join(self, member: M) -> None:
        """One more."""
        self.members.append(member)
        self.wake()

    def leave(self, member: M) -> None:
        """It gets no more, and is not waited for."""
        if member in self.members:
            self.members.remove(member)
        self._empty = time.monotonic()

    def give_up(self) -> None:
        """Nobody will come any more: nothing is waited for."""
        self._given_up = True
        self.wake()

    def in_hand(self, member: M) -> int:
        """Of how many things it has the requests."""
        return self._held[member]

    def steadiest(self, member: M) -> bool:
        """Whether it has done most: what was lost with one that dies again and again goes to no other."""
        return member is max(self.members, key=self.answered.__getitem__)

    def wake(self) -> None:
        """Something has changed for those who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def turn(self, thing: Hashable, fits: Callable[[M], bool] = anyone) -> AsyncIterator[M]:
        """Who does a request about a thing, of those that fit. Raises IncompleteError when these were lost too long."""
        while (berth := self._found(thing, fits)) is None:
            await self._wait(fits)
        berth.requests += 1
        try:
            yield berth.member
        finally:
            self._give_back(thing, berth)

    def _found(self, thing: Hashable, fits: Callable[[M], bool]) -> Berth[M] | None:
        """None where nobody who is there has room."""
        berth = self._berths.get(thing)
        if berth is not None and berth.member in self.members and berth.member.admits():
            return berth
        for member in sorted(self.members, key=self._load):
            if self._load(member) < 1 and member.admits() and fits(member):
                self._held[member] += 1
                self._berths[thing] = Berth(member)
                return self._berths[thing]
        return None

    def _load(self, member: M) -> float:
        """How much of its share it has in hand."""
        return self._held[member] / self._share(member)

    def _give_back(self, thing: Hashable, berth: Berth[M]) -> None:
        """A berth with one that was lost may have been left for another before."""
        berth.requests -= 1
        if berth.requests:
            return
        self._held[berth.member] -= 1
        if not self._held[berth.member]:
            del self._held[berth.member]
        if self._berths.get(thing) is berth:
            del self._berths[thing]
        self.wake()

    async def _wait(self, fits: Callable[[M], bool]) -> None:
        """Until one that fits has room or is back."""
        lost = [member.since for member in self.members if fits(member)] or [self._empty]
        left = max(lost) + self._wait_s - time.monotonic() if all(lost) else None
        if self._given_up:
            left = 0
        if left is not None and left <= 0:
            raise self._gone()
        try:
            await asyncio.wait_for(self._changed.wait(), left)
        except TimeoutError:
            return
