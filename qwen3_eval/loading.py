"""What a job needs to have loaded is loaded once, and off the clock of the job that comes first.

A library that takes seconds to import, a grammar, the profiles of a language detector: none of it is judging, so
none of it may count against the limit of the answer that happens to need it first. Every import stops the CPU timer
by itself; what else takes long is a function under ``once``. In a worker each load is announced before it begins, so
that the pool gives it time and has it done in the process from which later workers are forked.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import importlib
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

T = TypeVar("T")
# Told the load before it begins, as a pickled function with its arguments, and None when it is over.
Listener = Callable[[bytes | None], None]

# Enough for the slowest library without bytecode on a slow machine; a load that never ends is ended.
CPU_SECONDS = 120.0


class _Clock:
    """The CPU timer of this process, where it is a worker. ``place``: the process and thread that it is for."""

    listener: Listener | None = None
    place = (0, 0)
    loading = False

    def runs(self) -> bool:
        """Whether there is a clock to be stopped here and now."""
        return self.listener is not None and not self.loading and self.place == _here()


_clock = _Clock()


def once(load: Callable[..., T]) -> Callable[..., T]:
    """A cached function whose work is off the clock. It stands at the top of a module, so that it can be pickled."""

    @functools.wraps(load)
    def loaded(*args: Any) -> T:
        with off_the_clock(cached, *args):
            return load(*args)

    cached = functools.cache(loaded)
    return cast(Callable[..., T], cached)


@contextlib.contextmanager
def off_the_clock(function: Callable[..., object], *args: object) -> Iterator[None]:
    """Loads what the function would load: the CPU timer stands still meanwhile, and the pool is told.

    Within another load, outside of a worker and in another thread it does nothing.
    """
    listener = _clock.listener if _clock.runs() else None
    if listener is None:
        yield
        return
    left = signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)[0]
    _clock.loading = True
    try:
        listener(pickle.dumps((function, args), protocol=5))
        yield
    finally:
        listener(None)
        _clock.loading = False
        signal.setitimer(signal.ITIMER_PROF, left)


def again(load: bytes) -> None:
    """Does a load that was announced elsewhere. What fails here will fail, and be told, where it is needed."""
    with contextlib.suppress(Exception):
        function, args = pickle.loads(load)
        function(*args)


def watch(listener: Listener) -> None:
    """From now on loads of this process and thread are announced and off the clock."""
    _clock.listener, _clock.place = listener, _here()
    # Called by the import statement, import_module and pickle alike, and for modules that are not there yet alone.
    bootstrap: Any = importlib._bootstrap  # type: ignore[attr-defined]
    bootstrap._find_and_load = _timed(bootstrap._find_and_load)


def _timed(find: Callable[..., object]) -> Callable[..., object]:
    def found(name: str, *rest: object) -> object:
        if not _clock.runs():
            return find(name, *rest)
        with off_the_clock(importlib.import_module, name):
            return find(name, *rest)

    return found


def _here() -> tuple[int, int]:
    return os.getpid(), _thread.get_ident()
