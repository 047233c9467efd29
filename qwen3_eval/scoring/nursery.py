"""The processes behind ``qwen3_eval.scoring.pool``: the nursery, which stays warm, and the workers that it forks.

The nursery is a fresh interpreter with one thread, no engine and no event loop, so that it may be forked safely. It
imports what the pool names, does again what workers had to load while they worked, and runs no job: a worker that
takes the place of one that was killed has everything loaded. It reaps a worker only when the pool asks for its exit
status, so that the pool never sends a signal to a process id that stands for another process by then.

Messages are framed by their length. To the nursery: ``(loads, None)`` with the worker's end of a socket, or
``((), pid)``. From it: the process id and its wait status. From a worker: a byte for the kind, then the body.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import traceback
from typing import NoReturn

from qwen3_eval import loading

HEADER = 8
ANSWER, LOADING, LOADED = b"a", b"l", b"d"
STATUS = struct.Struct("<qq")
PR_SET_PDEATHSIG = 1
# A terminal sends them to all processes of a run; a worker that died of one would be a wrong verdict.
PARENTS_AFFAIR = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Type, message and traceback of an exception.
Failure = tuple[str, str, str]


def spawn(fd: int, preload: tuple[str, ...], memory_bytes: int) -> int:
    """Starts a nursery with ``fd`` as its standard input; returns its process id.

    ``posix_spawn`` does not fork Python's state; all other descriptors are closed on exec. Output of the processes
    goes to standard error, so that it cannot mix into what the program prints. The parent's signals are blocked
    until they are ignored. A job has one core: numerical libraries start no threads, which could not be forked.
    """
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from qwen3_eval.scoring.nursery import main; "
        f"main({os.getpid()}, {preload!r}, {memory_bytes})"
    )
    actions = [(os.POSIX_SPAWN_DUP2, fd, 0), (os.POSIX_SPAWN_DUP2, 2, 1)]
    environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **os.environ}
    return os.posix_spawn(
        sys.executable, [sys.executable, "-c", code], environment, file_actions=actions, setsigmask=PARENTS_AFFAIR
    )


def framed(message: bytes) -> bytes:
    """A message as it is sent."""
    return len(message).to_bytes(HEADER, "little") + message


def main(parent: int, preload: tuple[str, ...], memory_bytes: int) -> None:
    """Forks and reaps workers until the pool closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _overheard)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS_AFFAIR)
    _die_with(parent)
    control = _taken_from_stdin()
    failure = _preload(preload)
    while (request := _request(control)) is not None:
        (loads, pid), channel = request
        if channel is None:
            control.sendall(STATUS.pack(*(os.waitpid(pid, 0) if pid else (0, 0))))
            continue
        for load in loads:
            loading.again(load)
        with channel:
            _hatch(control, channel, memory_bytes, failure)


def _overheard(number: int, frame: object) -> None:
    """Does nothing. (A handler, unlike an ignored signal, is not handed down to the programs that a worker starts.)"""


def _hatch(control: socket.socket, channel: socket.socket, memory_bytes: int, failure: Failure | None) -> None:
    """Forks a worker, or tells the pool why there is none."""
    nursery = os.getpid()
    try:
        if failure is None and os.fork() == 0:
            control.close()
            _work(nursery, channel, memory_bytes)
    except OSError as error:
        failure = _described(error)
    if failure is not None:
        _send(channel, None, failure)


def _work(nursery: int, channel: socket.socket, memory_bytes: int) -> NoReturn:
    """What a worker does: announces itself, then answers jobs until its socket closes. It never returns."""
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        _die_with(nursery)
        for kind, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory_bytes)):
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))  # a sandbox started here sets its own
        loading.watch(lambda load: channel.sendall(framed(LOADED if load is None else LOADING + load)))
        _send(channel, os.getpid(), None)
        while (job := _received(channel)) is not None:
            _send(channel, *_executed(job))
    except (BrokenPipeError, ConnectionResetError):  # the parent has gone, or closed the pool
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a worker must not go on as a second nursery
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _executed(job: bytes) -> tuple[object, Failure | None]:
    """Unpickles and runs one job under its CPU limit. The timer's signal ends the process."""
    try:
        cpu_seconds, function, args = pickle.loads(job)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        return function(*args), None
    except BaseException as error:  # noqa: BLE001 - all of it travels back to the pool
        return None, _described(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _taken_from_stdin() -> socket.socket:
    """The socket that is standard input, which becomes empty."""
    taken = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    return taken


def _preload(modules: tuple[str, ...]) -> Failure | None:
    try:
        for name in modules:
            importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - the pool is told
        return _described(error)
    return None


def _described(error: BaseException) -> Failure:
    return type(error).__name__, str(error), "".join(traceback.format_exception(error))


def _send(channel: socket.socket, value: object, failure: Failure | None) -> None:
    try:
        reply = pickle.dumps((value, failure), protocol=5)
    except Exception as error:  # noqa: BLE001 - whatever a result's __reduce__ raises
        reply = pickle.dumps((None, _described(error)), protocol=5)
    channel.sendall(framed(ANSWER + reply))


def _request(control: socket.socket) -> tuple[tuple[tuple[bytes, ...], int], socket.socket | None] | None:
    """The pool's next request, with the socket for a worker; None when the pool has closed its end."""
    header, descriptors, _, _ = socket.recv_fds(control, HEADER, 1)
    if len(header) < HEADER or (body := _exactly(control, int.from_bytes(header, "little"))) is None:
        return None
    return pickle.loads(body), socket.socket(fileno=descriptors[0]) if descriptors else None


def _received(channel: socket.socket) -> bytes | None:
    """The next job; None when the pool has closed its end."""
    header = _exactly(channel, HEADER)
    return None if header is None else _exactly(channel, int.from_bytes(header, "little"))


def _exactly(channel: socket.socket, size: int) -> bytes | None:
    """So many bytes; None when the other end closed before they came."""
    found = bytearray()
    while len(found) < size:
        part = channel.recv(min(size - len(found), 2**20))
        if not part:
            return None
        found += part
    return bytes(found)


def _die_with(parent: int) -> None:
    """Asks the kernel to kill this process when its parent dies (Linux); leaves if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
