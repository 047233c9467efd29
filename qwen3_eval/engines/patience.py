"""How long to go on asking: how often one request is made, and what all of them know about the server.

A request is made again for as long as its failures may be the server's, by the clock. A server that cannot be reached
is not asked by everybody: all requests wait behind one ``Breaker``, which looks by itself whether it is back. Where
other servers answer for the same model, requests go to them instead of waiting (``fleet``).
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qwen3_eval.engines.base import EngineError
from qwen3_eval.types import IncompleteError, UsageError

LONGEST_PROBE_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    tries: requests at most, the first included; 0 for as many as there is time for.
    total_s: a request is given up so many seconds after its first failure, and a run when the server was away so long.
    alone_s: a request is given up so many seconds after its first failure if the server answers others meanwhile, or
        has answered nobody for total_s: then the requests of a whole run are not waited for one after the other.
    bad_tries: requests at most whose answer came and was none (failed on the way, of no known form).
    base_s, cap_s: the longest pause after the first failure, and ever. wanted_s: the longest that a server may ask for.
    timeout_s: for one request.
    beat_s: how often a silent server is asked whether it lives. dead_s: after so many seconds without any sign of it,
        the requests that wait for it are broken off.
    probe_s: for one such question.
    trial_s: the first request to a server that is back is watched for so long before the others follow.
    """

    tries: int = 0
    total_s: float = 3_600.0
    alone_s: float = 300.0
    bad_tries: int = 5
    base_s: float = 0.5
    cap_s: float = 30.0
    wanted_s: float = 300.0
    timeout_s: float = 7_200.0
    beat_s: float = 3.0
    dead_s: float = 90.0
    probe_s: float = 10.0
    trial_s: float = 1.0

    @classmethod
    def from_environment(cls, total_s: float | None = None) -> Retry:
        """With ``QWEN3_EVAL_HTTP_TRIES``, ``_TOTAL_S`` and ``_TIMEOUT_S``, where they are set.

        total_s: what a user asked for, which goes before the environment. Raises UsageError for a value that is not a
        positive number.
        """
        usual = cls()
        return cls(
            tries=math.ceil(_setting("TRIES", usual.tries)),
            total_s=total_s or _setting("TOTAL_S", usual.total_s),
            timeout_s=_setting("TIMEOUT_S", usual.timeout_s),
        )

    def wait(self, wanted: float) -> float:
        """Seconds that a server asked for, as far as it may."""
        return min(wanted, self.wanted_s, self.total_s)

    def pause(self, attempt: int) -> float:
        """Seconds to sleep after failure number ``attempt`` (from 0), drawn anew each time."""
        return random.uniform(0, min(self.cap_s, self.base_s * 2 ** min(attempt, 30)))


def _setting(name: str, usual: float) -> float:
    text = os.environ.get(f"QWEN3_EVAL_HTTP_{name}", "")
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise UsageError(f"QWEN3_EVAL_HTTP_{name} must be a positive number, got {text!r}")
    return value


class Again(Exception):
    """A failed request that may be made again, after ``wanted`` seconds where the server said so.

    away: the server could not be reached, or somebody in front of it said so. busy: it said that it has too much to
    do. bad: an answer came, and was none.
    """

    def __init__(
        self, message: str, wanted: float = 0.0, *, away: bool = False, busy: bool = False, bad: bool = False
    ) -> None:
        super().__init__(message)
        self.wanted, self.away, self.busy, self.bad = wanted, away, busy, bad


class Away(Exception):
    """A request that did not reach its server, and that another server may answer."""


@dataclass(slots=True)
class Answers:
    """How requests fare, those of one server or of all that serve a model together.

    count: of requests that were answered. barren_since: the first failure since the last of them; 0 for none.
    """

    count: int = 0
    barren_since: float = 0.0

    def worked(self) -> None:
        """A request was answered."""
        self.count += 1
        self.barren_since = 0.0


@dataclass(frozen=True, slots=True)
class Absence:
    """What is done about a server that goes away.

    alive: raises when asking again is no use, because the server was ours and has died. told: is told True when it is
    found away, and False when it is back. others: called when it may be asked again, where others serve the same model
    and nobody waits for this one.
    """

    alive: Callable[[], None] = lambda: None
    told: Callable[[bool], None] = lambda away: None
    others: Callable[[], None] | None = None


class Breaker:
    """Whether the server can be reached, for all requests together.

    probe: looks whether it answers; IncompleteError from it ends the run. Closed, every request passes. Once the
    server could not be reached all wait, while one probe at a time looks for it; then one request is tried, and the
    rest follow when that was taken in.
    """

    def __init__(self, probe: Callable[[], Awaitable[bool]], retry: Retry, place: str, absence: Absence) -> None:
        self._probe = probe
        self._retry = retry
        self._place = place
        self._absence = absence
        self._since = 0.0
        self._missed = False
        self._attempt = 0
        self._trying = False
        self._turn = asyncio.Event()
        self._mending: asyncio.Task[None] | None = None
        self._over: IncompleteError | None = None
        self.answers = Answers()

    @property
    def since(self) -> float:
        """When the server was lost, by the monotonic clock; 0 while it is there."""
        return self._since

    def admits(self) -> bool:
        """Whether a request may be sent now. The first to a server that is back is its trial, and must be sent."""
        if not self._since:
            return True
        if self._over is not None or self._mending is not None or self._trying:
            return False
        self._trying = True
        asyncio.get_running_loop().call_later(self._retry.trial_s, self._taken_in, self._attempt)
        return True

    async def passed(self) -> None:
        """Waits until the server is there. Raises IncompleteError when it was away for too long."""
        while not self.admits():
            if self._over is not None:
                raise self._over
            left = self._since + self._retry.total_s - time.monotonic()
            if left <= 0:
                raise gone(self._place, self._retry)
            try:
                await asyncio.wait_for(self._turn.wait(), left)
            except TimeoutError:
                continue

    def failed(self, wanted: float = 0.0, *, said_so: bool = False) -> None:
        """A request did not reach the server; ``said_so``: somebody answered for it, so that the first probe waits."""
        if self._mending is not None:
            return
        self._since = self._since or time.monotonic()
        self._attempt += self._trying or said_so
        self._trying = False
        self._mending = asyncio.get_running_loop().create_task(self._mend(self._retry.wait(wanted)))

    def worked(self) -> None:
        """A request was answered."""
        self.answers.worked()
        if self._trying:
            self._close()

    async def _mend(self, wanted: float) -> None:
        await asyncio.sleep(wanted)
        try:
            await self._look()
        except IncompleteError as error:
            self._over = error
        self._mending = None
        if self._attempt or self._over:
            self._wake()
        else:
            self._close()  # it answers at once: one connection was lost, and no server

    async def _look(self) -> None:
        while True:
            if self._attempt:
                await asyncio.sleep(min(self._retry.pause(self._attempt), LONGEST_PROBE_PAUSE))
            if await self._probe():
                return
            self._attempt += 1
            if not self._missed:
                self._missed = True
                self._absence.told(True)

    def _taken_in(self, attempt: int) -> None:
        if self._trying and attempt == self._attempt:
            self._close()

    def _close(self) -> None:
        self._since, self._attempt, self._trying = 0.0, 0, False
        if self._missed:
            self._missed = False
            self._absence.told(False)
        self._wake()

    def _wake(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()
        if self._absence.others:
            self._absence.others()

    async def close(self) -> None:
        """Ends the looking."""
        mending, self._mending = self._mending, None
        if mending is not None:
            mending.cancel()
            await asyncio.gather(mending, return_exceptions=True)


def gone(place: str, retry: Retry) -> IncompleteError:
    """What ends a run whose server did not come back."""
    span = f"no server answered at {place} for {retry.total_s:g} s"
    return IncompleteError(f"{span}; run the same command again to go on, with --wait-for-server to wait longer")


class Tries:
    """The failures of one request."""

    def __init__(self, retry: Retry, answers: Answers) -> None:
        self._retry = retry
        self._answers = answers
        self._count = self._bad = 0
        self._first = 0.0
        self._before = 0

    async def again(self, error: Again) -> None:
        """Sleeps before another try. Raises EngineError when this was the last."""
        now = time.monotonic()
        self._answers.barren_since = self._answers.barren_since or now
        if not self._count:
            self._first, self._before = now, self._answers.count
        self._count += 1
        self._bad += error.bad
        wanted = self._retry.wait(error.wanted)
        if self._spent(now - self._first + wanted, error):
            times = f" (after {self._count} tries)" if self._count > 1 else ""
            raise EngineError(f"{error}{times}") from error
        await asyncio.sleep(max(self._retry.pause(self._count - 1), 0.0 if error.away else wanted))

    def _spent(self, seconds: float, error: Again) -> bool:
        alone = self._answers.count > self._before and not error.busy
        barren = time.monotonic() - self._answers.barren_since > self._retry.total_s
        return (
            0 < self._retry.tries <= self._count
            or self._bad >= self._retry.bad_tries
            or seconds > self._retry.total_s
            or ((alone or barren) and seconds > self._retry.alone_s)
        )
