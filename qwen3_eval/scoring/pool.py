"""Worker processes that can be killed, with CPU and wall limits around judging alone.

Graders run here and never in the event loop or a thread: a parser that loops, inside Python or
inside C code, cannot hang a run. Workers are forked from a warm process that holds no engine, no
event loop and no thread (``nursery``), and each does one job at a time over a socket. Before each
job it sets a CPU timer whose signal ends the process, so that the kernel stops a runaway even where
no Python code runs; the parent's wall limit catches what sleeps. A worker that dies is replaced, and
the job's caller learns why.

Time in which a job loads a library or a table counts against neither limit (``loading``); what one
worker had to load, workers that start later find loaded. So neither the first job nor the first one
after a kill pays for an import, and a run that needs no such library never imports it.

Workers start when they are first needed, ignore Ctrl-C, SIGTERM and SIGHUP (the parent decides what
they mean), and are ended by the kernel when the parent dies, however it dies (Linux; elsewhere once they are idle).
Memory is limited per worker through its address space.

This protects a run against accidents, not against attackers: untrusted programs go to ``sandbox``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, cast

from qwen3_eval.scoring.nursery import ANSWER, HEADER, LOADED, LOADING, STATUS, framed, spawn

T = TypeVar("T")

MEMORY_BYTES = 4 * 2**30
# Seconds on the clock for a worker to start, and for a job to load something.
LOAD_SECONDS = 600.0


class PoolFailure(Exception):
    """A job gave no result."""


class PoolError(PoolFailure):
    """The job raised. ``type`` and ``message`` are the exception's, ``traceback`` is text."""

    def __init__(self, type: str, message: str, traceback: str) -> None:
        super().__init__(type, message, traceback)
        self.type, self.message, self.traceback = type, message, traceback

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"


class PoolTimeout(PoolFailure):
    """The job passed its CPU or wall limit and was killed."""


class PoolCrash(PoolFailure):
    """The worker died during the job, or could not start. ``reason`` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# Jobs in hand by worker: one that it does, and one that it finds when that is done.
AHEAD = 2


def default_wall_seconds(cpu_seconds: float) -> float:
    """Wall limit that goes with a CPU limit: generous, for machines that are busy."""
    return 6.0 * cpu_seconds + 2.0


class Pool(Protocol):
    """What runs jobs, as ``WorkerPool`` does it."""

    @property
    def jobs(self) -> int:
        """How many jobs at a time keep all its processes at work."""

    async def run(
        self,
        function: Callable[..., T],
        *args: object,
        cpu_seconds: float = 5.0,
        wall_seconds: float | None = None,
    ) -> T:
        """``function(*args)``, as ``WorkerPool.run``."""


class WorkerPool:
    """Runs top-level functions in worker processes.

    workers: at most so many processes; None means one for each core.
    preload: modules that are imported before the first worker starts.
    loads: what each job needs, as ``loading`` announces it; it is done once, before the first worker starts.
    memory_bytes: address space of one worker; a job that wants more raises MemoryError.
    """

    def __init__(
        self,
        workers: int | None = None,
        preload: Sequence[str] = (),
        loads: Sequence[bytes] = (),
        *,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.workers = workers or available_cores()
        self.jobs = AHEAD * self.workers
        self._settings = (tuple(preload), memory_bytes)
        self._slots = asyncio.Semaphore(self.workers)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._nursery: _Nursery | None = None
        # What workers had to load, in the order in which they did.
        self._loads: dict[bytes, None] = dict.fromkeys(loads)
        self._closed = False

    async def run(
        self,
        function: Callable[..., T],
        *args: object,
        cpu_seconds: float = 5.0,
        wall_seconds: float | None = None,
    ) -> T:
        """``function(*args)`` in a worker.

        function is importable by its module and name; arguments and result can be pickled.
        cpu_seconds: of the worker itself, children not counted. wall_seconds: from the start of
        the job; None means ``default_wall_seconds``. Waiting for a free worker and loading cost neither.
        Raises PoolError, PoolTimeout or PoolCrash; ValueError for a function of ``__main__`` or a
        limit that is not positive.
        """
        if getattr(function, "__module__", "__main__") == "__main__":
            raise ValueError(f"{function!r} is defined in __main__; a worker can import it only from a module")
        if cpu_seconds <= 0:
            raise ValueError(f"cpu_seconds must be positive, got {cpu_seconds}")
        job = pickle.dumps((cpu_seconds, function, args), protocol=5)
        wall = default_wall_seconds(cpu_seconds) if wall_seconds is None else wall_seconds
        async with self._slots:
            worker = await self._take()
            try:
                return cast(T, _unpack(await worker.ask(job, wall)))
            except PoolError as error:
                if error.type == "MemoryError":
                    worker.kill("it had run out of memory")
                raise
            finally:
                self._give(worker)

    async def __aenter__(self) -> WorkerPool:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all workers; jobs that still run fail with PoolCrash."""
        self._closed = True
        workers, self._idle = [*self._idle, *self._busy], []
        for worker in workers:
            worker.kill("the pool was closed")
        await asyncio.gather(*(worker.gone.wait() for worker in workers))
        if self._nursery is not None:
            await self._nursery.close()

    async def _take(self) -> _Worker:
        if self._closed:
            raise PoolCrash("the pool was closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.usable:
                self._busy.add(worker)
                return worker
        nursery = self._warm_nursery()
        try:
            return await self._start(nursery)
        except PoolCrash:
            if self._closed or not nursery.lost:
                raise
        return await self._start(self._warm_nursery())

    async def _start(self, nursery: _Nursery) -> _Worker:
        worker = await nursery.worker(self._loads)
        self._busy.add(worker)
        try:
            await worker.greeting()
        except BaseException:
            self._busy.discard(worker)
            worker.kill("it did not start")
            raise
        return worker

    def _warm_nursery(self) -> _Nursery:
        """The process that forks workers. One that died may have died of what it loaded."""
        if self._nursery is not None and self._nursery.lost:
            self._nursery.reap()
            self._nursery = None
            self._loads.clear()
        if self._nursery is None:
            self._nursery = _Nursery(*self._settings)
        return self._nursery

    def _give(self, worker: _Worker) -> None:
        self._busy.discard(worker)
        if worker.usable:
            self._idle.append(worker)
        else:
            worker.kill("its job was abandoned")


class _Nursery:
    """The pool's end of the process that forks the workers. ``lost``: it has died."""

    def __init__(self, preload: tuple[str, ...], memory_bytes: int) -> None:
        self.lost = False
        self._loop = asyncio.get_running_loop()
        self._told: set[bytes] = set()
        self._statuses: deque[asyncio.Future[int]] = deque()
        self._buffer = bytearray()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._pid = spawn(theirs.fileno(), preload, memory_bytes)
        self._loop.add_reader(self._control, self._readable)

    async def worker(self, loads: dict[bytes, None]) -> _Worker:
        """A worker that will be forked once the loads are done."""
        new = tuple(load for load in loads if load not in self._told)
        self._told.update(new)
        ours, theirs = socket.socketpair()
        worker = _Worker(self, loads)
        with theirs:
            self._send((new, 0), theirs.fileno())
        await self._loop.create_connection(lambda: worker, sock=ours)
        return worker

    async def status(self, pid: int) -> int | None:
        """Reaps a worker whose socket has closed: its wait status, None when that was lost.

        A process id of 0, of a worker that never told its own, only finds out whether the nursery lives.
        """
        future: asyncio.Future[int] = self._loop.create_future()
        self._statuses.append(future)
        self._send(((), pid))
        try:
            return await future
        except ConnectionError:
            return None

    async def close(self) -> None:
        """Ends the process, and with it every worker that is left."""
        if not self.lost:
            os.kill(self._pid, signal.SIGKILL)
            self._end()
        await asyncio.to_thread(self.reap)

    def reap(self) -> None:
        """Waits for the process, which has died or is about to."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _send(self, request: tuple[tuple[bytes, ...], int], *descriptors: int) -> None:
        try:
            message = framed(pickle.dumps(request, protocol=5))
            sent = socket.send_fds(self._control, [message], descriptors)
            self._control.sendall(message[sent:])
        except OSError:
            self._end()

    def _readable(self) -> None:
        try:
            data = self._control.recv(4096)
        except ConnectionError:
            data = b""
        if not data:
            self._end()
        self._buffer += data
        while len(self._buffer) >= STATUS.size:
            _, status = STATUS.unpack(self._buffer[: STATUS.size])
            del self._buffer[: STATUS.size]
            _settle(self._statuses.popleft(), status)

    def _end(self) -> None:
        if not self.lost:
            self.lost = True
            self._loop.remove_reader(self._control)
            self._control.close()
        while self._statuses:
            _settle(self._statuses.popleft(), None)


class _Worker(asyncio.Protocol):
    """The parent's end of one worker: its process, its socket and the answer that is awaited.

    gone: set when the process has ended and was reaped. loads: takes what the worker has to load.
    """

    def __init__(self, nursery: _Nursery, loads: dict[bytes, None]) -> None:
        self.gone = asyncio.Event()
        self._nursery = nursery
        self._loads = loads
        self._pid: int | None = None
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._answer = self._new_answer()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wall = LOAD_SECONDS
        self._dead = False
        self._failure: PoolFailure | None = None
        self._reaper: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        """Alive, and its last answer has arrived."""
        return self._failure is None and not self._dead and self._answer.done() and not self._answer.cancelled()

    def _new_answer(self) -> asyncio.Future[bytes]:
        """An answer to come. That it failed is nothing to report where nobody waits for it any more."""
        answer: asyncio.Future[bytes] = self._loop.create_future()
        answer.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return answer

    async def greeting(self) -> None:
        """Waits until the worker is ready. Raises what kept it from that."""
        self._pid = cast(int, _unpack(await self._receive(LOAD_SECONDS)))

    async def ask(self, job: bytes, wall_seconds: float) -> bytes:
        """The worker's answer to one job. Raises PoolTimeout or PoolCrash."""
        self._answer = self._new_answer()
        if self._transport is None or self._dead:
            raise PoolCrash("the worker had died")
        self._transport.write(framed(job))
        return await self._receive(wall_seconds)

    async def _receive(self, wall_seconds: float) -> bytes:
        self._wall = wall_seconds
        self._allow(wall_seconds)
        try:
            return await self._answer
        finally:
            self._allow(None)

    def _allow(self, seconds: float | None) -> None:
        """So many seconds on the clock from now on; None for no limit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            timeout = PoolTimeout(f"no answer within {seconds:g} s of wall time")
            self._timer = self._loop.call_later(seconds, self._stop, timeout)

    def kill(self, reason: str) -> None:
        """Ends the process; an awaited answer fails with PoolCrash."""
        self._stop(PoolCrash(reason))

    def _stop(self, failure: PoolFailure) -> None:
        if self._dead:
            return
        self._failure = self._failure or failure
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        while len(buffer) >= HEADER:
            end = HEADER + int.from_bytes(buffer[:HEADER], "little")
            if len(buffer) < end:
                return
            message = bytes(buffer[HEADER:end])
            del buffer[:end]
            self._told(message[:1], message[1:])

    def _told(self, kind: bytes, body: bytes) -> None:
        if self._answer.done():
            return
        if kind == ANSWER:
            self._answer.set_result(body)
        elif kind == LOADING:
            self._loads.setdefault(body)
            self._allow(LOAD_SECONDS)
        elif kind == LOADED:
            self._allow(self._wall)

    def connection_lost(self, exc: Exception | None) -> None:
        self._dead = True
        self._reaper = self._loop.create_task(self._reap())

    async def _reap(self) -> None:
        status = await self._nursery.status(self._pid or 0)
        failure = _how_it_ended(status) if self._pid else PoolCrash("the worker died before it was ready")
        if not self._answer.done():
            self._answer.set_exception(self._failure or failure)
        self.gone.set()


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _unpack(reply: bytes) -> object:
    value, error = pickle.loads(reply)
    if error is not None:
        raise PoolError(*error)
    return value


def _settle(future: asyncio.Future[int], status: int | None) -> None:
    if future.done():
        return
    if status is None:
        future.set_exception(ConnectionError())
    else:
        future.set_result(status)


def _how_it_ended(status: int | None) -> PoolFailure:
    if status is None:
        return PoolCrash("the worker died; its exit status was lost")
    if os.WIFEXITED(status):
        return PoolCrash(f"the worker left with exit code {os.WEXITSTATUS(status)}")
    name = signal.Signals(os.WTERMSIG(status)).name
    if name == "SIGPROF":
        return PoolTimeout("the CPU limit was passed")
    return PoolCrash(f"the worker was killed by {name}")
