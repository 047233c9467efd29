"""Who of several answers: the one with the fewest samples in hand, and for what belongs to a sample the same.

What belongs to one sample, the answers that branch off a trace above all, stays where the trace is, as long as it
lives. Nothing is remembered after that, so that who joins has work at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from qwen3_eval.types import IncompleteError, Mode, Unit

Sample: TypeAlias = tuple[str, str, int, Mode]


def sample_of(unit: Unit) -> Sample:
    """What belongs together."""
    return unit.task, unit.id, unit.sample, unit.mode


class Member(Protocol):
    """One of several that answer alike."""

    @property
    def since(self) -> float:
        """When it was lost, by the monotonic clock; 0 while it is there."""

    def admits(self) -> bool:
        """Whether a request may go to it now; then one must."""


M = TypeVar("M", bound=Member)


@dataclass(slots=True)
class Berth(Generic[M]):
    """Where the requests about one sample go, and how many of them there are."""

    member: M
    requests: int = 0


class Berths(Generic[M]):
    """Places of samples on members, who may join and leave.

    share: of samples that one has in hand at most; what has no place waits. wait_s: how long it waits when all are
    lost. gone: what ends the run then.
    """

    def __init__(self, share: Callable[[], int], wait_s: float, gone: Callable[[], IncompleteError]) -> None:
        self.members: list[M] = []
        self.answered: Counter[M] = Counter()
        self._share, self._wait_s, self._gone = share, wait_s, gone
        self._berths: dict[Sample, Berth[M]] = {}
        self._samples: Counter[M] = Counter()
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
        """Samples that it has."""
        return self._samples[member]

    def wake(self) -> None:
        """Something has changed for those who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def turn(self, unit: Unit, *, steady: bool = False) -> AsyncIterator[M]:
        """Who answers a request. Raises IncompleteError when all were lost for too long.

        steady: the one that has answered most, and no other: what was lost with one that dies again and again is not to
        be lost with it again.
        """
        sample = sample_of(unit)
        while (berth := self._found(sample, steady)) is None:
            await self._wait()
        berth.requests += 1
        try:
            yield berth.member
        finally:
            self._give_back(sample, berth)

    def _found(self, sample: Sample, steady: bool) -> Berth[M] | None:
        """None where nobody who is there has room."""
        berth = self._berths.get(sample)
        if berth is not None and berth.member in self.members and berth.member.admits():
            return berth
        share, members = self._share(), sorted(self.members, key=self.in_hand)
        if steady and members:
            members = [max(members, key=self.answered.__getitem__)]
        for member in members:
            if self._samples[member] < share and member.admits():
                self._samples[member] += 1
                self._berths[sample] = Berth(member)
                return self._berths[sample]
        return None

    def _give_back(self, sample: Sample, berth: Berth[M]) -> None:
        """A berth with one that was lost may have been left for another before."""
        berth.requests -= 1
        if berth.requests:
            return
        self._samples[berth.member] -= 1
        if not self._samples[berth.member]:
            del self._samples[berth.member]
        if self._berths.get(sample) is berth:
            del self._berths[sample]
        self.wake()

    async def _wait(self) -> None:
        """Until one has room or is back."""
        lost = [member.since for member in self.members] or [self._empty]
        left = max(lost) + self._wait_s - time.monotonic() if all(lost) else None
        if self._given_up:
            left = 0
        if left is not None and left <= 0:
            raise self._gone()
        try:
            await asyncio.wait_for(self._changed.wait(), left)
        except TimeoutError:
            return
