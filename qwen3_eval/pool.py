"""Worker processes that can be killed, with CPU and wall limits.

Graders run here and never in the event loop or a thread: a parser that loops, inside Python or
inside C code, cannot hang a run. Each worker is a fresh interpreter (no fork of a process that
holds an engine or an event loop, and no second import of the caller's ``__main__``) that does one
job at a time over a socket. Before each job it sets a CPU timer whose signal ends the process, so
that the kernel stops a runaway even where no Python code runs; the parent's wall limit catches
what sleeps. A worker that dies is replaced, and the job's caller learns why.

Workers start when they are first needed, ignore Ctrl-C, SIGTERM and SIGHUP (the parent decides what
they mean), and are ended by the kernel when the parent dies, however it dies (Linux; elsewhere once they are idle).
Memory is limited per worker through its address space.

This protects a run against accidents, not against attackers: untrusted programs go to ``sandbox``.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import BinaryIO, TypeVar, cast

T = TypeVar("T")

HEADER = 8
MEMORY_BYTES = 4 * 2**30
START_SECONDS = 120.0
PR_SET_PDEATHSIG = 1
# A terminal sends them to all processes of a run; a worker that died of one would be a wrong verdict.
PARENTS_AFFAIR = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


def default_wall_seconds(cpu_seconds: float) -> float:
    """Wall limit that goes with a CPU limit: generous, for machines that are busy."""
    return 6.0 * cpu_seconds + 2.0


class WorkerPool:
    """Runs top-level functions in worker processes.

    workers: at most so many processes; None means one for each core.
    preload: modules that a worker imports when it starts, outside of any job's limits.
    memory_bytes: address space of one worker; a job that wants more raises MemoryError.
    """

    def __init__(
        self, workers: int | None = None, preload: Sequence[str] = (), *, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self.workers = workers or available_cores()
        self._settings = (tuple(preload), memory_bytes)
        self._slots = asyncio.Semaphore(self.workers)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
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
        the job; None means ``default_wall_seconds``. Waiting for a free worker costs neither.
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

    async def close(self) -> None:
        """Ends all workers; jobs that still run fail with PoolCrash."""
        self._closed = True
        workers, self._idle = [*self._idle, *self._busy], []
        for worker in workers:
            worker.kill("the pool was closed")
        await asyncio.gather(*(worker.gone.wait() for worker in workers))

    async def _take(self) -> _Worker:
        if self._closed:
            raise PoolCrash("the pool was closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.usable:
                self._busy.add(worker)
                return worker
        worker = await _Worker.start(*self._settings)
        self._busy.add(worker)
        try:
            _unpack(await worker.greeting(START_SECONDS))
        except BaseException:
            self._busy.discard(worker)
            worker.kill("it did not start")
            raise
        return worker

    def _give(self, worker: _Worker) -> None:
        self._busy.discard(worker)
        if worker.usable:
            self._idle.append(worker)
        else:
            worker.kill("its job was abandoned")


class _Worker(asyncio.Protocol):
    """The parent's end of one worker: its process, its socket and the answer that is awaited.

    gone: set when the process has ended and was reaped.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._dead = False
        self._failure: PoolFailure | None = None
        self._reaper: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, preload: tuple[str, ...], memory_bytes: int) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            worker = cls(_spawn(theirs.fileno(), preload, memory_bytes))
        await worker._loop.create_connection(lambda: worker, sock=ours)
        return worker

    @property
    def usable(self) -> bool:
        """Alive, and its last answer has arrived."""
        return self._failure is None and not self._dead and self._answer.done() and not self._answer.cancelled()

    async def greeting(self, wall_seconds: float) -> bytes:
        """What the worker sends when it is ready."""
        return await self._receive(wall_seconds)

    async def ask(self, job: bytes, wall_seconds: float) -> bytes:
        """The worker's answer to one job. Raises PoolTimeout or PoolCrash."""
        self._answer = self._loop.create_future()
        if self._transport is None or self._dead:
            raise PoolCrash("the worker had died")
        self._transport.write(len(job).to_bytes(HEADER, "little") + job)
        return await self._receive(wall_seconds)

    async def _receive(self, wall_seconds: float) -> bytes:
        timeout = PoolTimeout(f"no answer within {wall_seconds:g} s of wall time")
        timer = self._loop.call_later(wall_seconds, self._stop, timeout)
        try:
            return await self._answer
        finally:
            timer.cancel()

    def kill(self, reason: str) -> None:
        """Ends the process; an awaited answer fails with PoolCrash."""
        self._stop(PoolCrash(reason))

    def _stop(self, failure: PoolFailure) -> None:
        if self._dead:
            return
        self._failure = self._failure or failure
        os.kill(self.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if len(buffer) < HEADER:
            return
        end = HEADER + int.from_bytes(buffer[:HEADER], "little")
        if len(buffer) >= end and not self._answer.done():
            message = bytes(buffer[HEADER:end])
            del buffer[:end]
            self._answer.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self._dead = True
        self._reaper = self._loop.create_task(self._reap())

    async def _reap(self) -> None:
        failure = await asyncio.to_thread(_wait, self.pid)
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


def _wait(pid: int) -> PoolFailure:
    """Reaps a process whose socket has closed, and says how it ended."""
    try:
        status = os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return PoolCrash("the worker died; its exit status was lost")
    if os.WIFEXITED(status):
        return PoolCrash(f"the worker left with exit code {os.WEXITSTATUS(status)}")
    name = signal.Signals(os.WTERMSIG(status)).name
    if name == "SIGPROF":
        return PoolTimeout("the CPU limit was passed")
    return PoolCrash(f"the worker was killed by {name}")


def _spawn(fd: int, preload: tuple[str, ...], memory_bytes: int) -> int:
    """Starts a fresh interpreter with ``fd`` as its standard input; returns its process id.

    ``posix_spawn`` does not fork Python's state; all other descriptors are closed on exec. Output
    of the worker goes to standard error, so that it cannot mix into what the program prints.
    Ctrl-C is blocked until the worker ignores it.
    """
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from qwen3_eval.pool import worker_main; "
        f"worker_main({os.getpid()}, {preload!r}, {memory_bytes})"
    )
    actions = [(os.POSIX_SPAWN_DUP2, fd, 0), (os.POSIX_SPAWN_DUP2, 2, 1)]
    return os.posix_spawn(
        sys.executable, [sys.executable, "-c", code], os.environ, file_actions=actions, setsigmask=PARENTS_AFFAIR
    )


def _overheard(number: int, frame: object) -> None:
    """Does nothing. (A handler, unlike an ignored signal, is not handed down to the programs that a worker starts.)"""


def worker_main(parent: int, preload: tuple[str, ...], memory_bytes: int) -> None:
    """What a worker process does: announces itself, then answers jobs until its socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _overheard)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS_AFFAIR)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _die_with(parent)
    for kind, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory_bytes)):
        resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))  # a sandbox started here sets its own
    channel = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    error = _preload(preload)
    _send(channel, None, error)
    requests = channel.makefile("rb")
    while error is None and (job := _receive(requests)) is not None:
        _send(channel, *_execute(job))


Failure = tuple[str, str, str]


def _preload(modules: tuple[str, ...]) -> Failure | None:
    try:
        for name in modules:
            importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - the parent is told
        return _describe(error)
    return None


def _execute(job: bytes) -> tuple[object, Failure | None]:
    """Unpickles and runs one job under its CPU limit. The timer's signal ends the process."""
    try:
        cpu_seconds, function, args = pickle.loads(job)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        return function(*args), None
    except BaseException as error:  # noqa: BLE001 - all of it travels back to the parent
        return None, _describe(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _describe(error: BaseException) -> Failure:
    return type(error).__name__, str(error), "".join(traceback.format_exception(error))


def _send(channel: socket.socket, value: object, failure: Failure | None) -> None:
    try:
        reply = pickle.dumps((value, failure), protocol=5)
    except Exception as error:  # noqa: BLE001 - whatever a result's __reduce__ raises
        reply = pickle.dumps((None, _describe(error)), protocol=5)
    try:
        channel.sendall(len(reply).to_bytes(HEADER, "little") + reply)
    except (BrokenPipeError, ConnectionResetError):
        raise SystemExit from None  # the parent has gone, or closed the pool


def _receive(requests: BinaryIO) -> bytes | None:
    """The next job; None when the parent has closed the socket."""
    header = requests.read(HEADER)
    if len(header) < HEADER:
        return None
    size = int.from_bytes(header, "little")
    body = requests.read(size)
    return body if len(body) == size else None


def _die_with(parent: int) -> None:
    """Asks the kernel to kill this process when its parent dies (Linux); leaves if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(0)
