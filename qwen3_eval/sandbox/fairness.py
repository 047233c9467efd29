"""Verdicts that do not depend on load: a program near its limit is run again, alone.

CPU time is what is limited, and it hardly depends on what else runs; but where cores are shared and
caches are cold it does, by tens of percent. So the limit is first doubled: who ends within the plain
limit is in time, who does not end within the double is too slow, and who ends between them is run
once more while no other program runs, under the plain limit, and that run counts.

Programs hold a shared lock while they run, one that is alone an exclusive one. The locks are advisory
ones (``flock``) on folders that exist on every Linux machine, that every user can open, and of which
a program in the sandbox has its own: nothing is left behind, runs of several users and of several
installations heed each other, and no program can hold one. They do not reach into other containers.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qwen3_eval.sandbox.limits import ProgramResult

ROOM, TURNSTILE = "/tmp", "/dev/shm"
# A process that was stopped (Ctrl-Z) with a lock in its hand must not stop every other run for good.
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.005

_thread = threading.local()


def fairly(run: Callable[[float], ProgramResult], cpu_seconds: float) -> ProgramResult:
    """The result of a program under a limit of CPU time, the same on a busy machine as on an idle one.

    run: runs the program once under the CPU limit, in seconds, that it is given, through
    ``run_program`` or ``run_command``; its wall limit should grow with it, as that of ``Limits`` does.
    It is called once or twice. A program that was killed by the wall limit has its second chance too,
    unless it slept. ``killed`` is ``cpu`` when the program was too slow.
    """
    first = run(2 * cpu_seconds)
    awake = first.cpu_seconds + first.starved_seconds
    if awake <= cpu_seconds or first.killed in ("cpu", "output", "memory"):
        return first
    with _alone():
        return run(cpu_seconds)


@contextmanager
def in_company() -> Iterator[None]:
    """While a program runs that others may run beside; waits for one that is to be alone."""
    if getattr(_thread, "alone", False):
        yield
        return
    with _held(TURNSTILE, fcntl.LOCK_SH):
        room = _take(ROOM, fcntl.LOCK_SH)
    try:
        yield
    finally:
        _give(room)


@contextmanager
def _alone() -> Iterator[None]:
    """While no other program runs: waits for those that do, and the turnstile keeps new ones out."""
    with _held(TURNSTILE, fcntl.LOCK_EX), _held(ROOM, fcntl.LOCK_EX):
        _thread.alone = True
        try:
            yield
        finally:
            _thread.alone = False


@contextmanager
def _held(folder: str, kind: int) -> Iterator[None]:
    descriptor = _take(folder, kind)
    try:
        yield
    finally:
        _give(descriptor)


def _take(folder: str, kind: int) -> int | None:
    """A descriptor that holds the lock; None where it cannot be had, which must not end a run."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                continue
        except OSError:  # a file system without locks
            pass
        os.close(descriptor)
        return None


def _give(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
