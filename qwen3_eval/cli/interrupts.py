"""Ctrl-C, SIGTERM and SIGHUP mean the same: an orderly end, within seconds, whatever is going on.

The first signal cancels what runs in the event loop, so that journals and engine are closed. Where the loop does not
hear of it (an engine that loads its model gives it no turn), KeyboardInterrupt is raised in the main thread instead.
What hangs even then, and a second signal, end the process at once: every line of a journal has reached the system by
then, and the keepers of ``engines.launch`` end what the engine has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from qwen3_eval.types import IncompleteError

T = TypeVar("T")

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MESSAGE = "interrupted; run the same command again"
EXIT_CODE = 3
# A terminal that closes sends a signal twice; a person who presses a key again is slower.
ECHO_SECONDS = 0.5
DEAF_SECONDS, UNWINDING_SECONDS, CLOSING_SECONDS = 1.0, 3.0, 30.0


class Interrupted(IncompleteError):
    """A signal has ended a run."""


class Interrupts:
    """What the signals of one command do. ``stderr``: a descriptor that stays the terminal's."""

    def __init__(self, stderr: int) -> None:
        self._stderr = stderr
        self._first: float | None = None
        self._number = signal.SIGINT
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._raise_next = False
        self._message = MESSAGE
        self._heard, self._over = threading.Event(), threading.Event()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The handler of all three. Raises KeyboardInterrupt where no event loop can be told."""
        if self._raise_next:
            self._raise_next = False
            raise KeyboardInterrupt
        if self._first is None:
            self._first, self._number = time.monotonic(), signal.Signals(number)
            if self._loop is None:
                raise KeyboardInterrupt
            self._loop.call_soon_threadsafe(self._cancel)
            threading.Thread(target=self._watch, daemon=True).start()
        elif time.monotonic() - self._first > ECHO_SECONDS:
            self._leave()

    def run(self, coroutine: Coroutine[Any, Any, T], message: str) -> T:
        """``asyncio.run``; raises Interrupted with ``message`` when a signal has ended it."""
        self._message = message
        self._over.clear()
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                self._loop.set_exception_handler(self._unheard)
                return runner.run(self._main(coroutine))
        except BaseException as error:
            if self._first is not None:
                raise Interrupted(message) from error
            raise
        finally:
            self._loop = None
            self._over.set()

    def _unheard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody waited for: after a signal only the signal itself, which has been told."""
        if self._first is None:
            loop.default_exception_handler(context)

    async def _main(self, coroutine: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        return await coroutine

    def _cancel(self) -> None:
        self._heard.set()
        if self._task is not None:
            self._task.cancel()

    def _watch(self) -> None:
        """In a thread: sees to it that the first signal has its effect."""
        heard = self._heard.wait(DEAF_SECONDS)
        if not heard:
            self._raise_next = True
            signal.pthread_kill(threading.main_thread().ident or 0, self._number)
        if not self._over.wait(CLOSING_SECONDS if heard else UNWINDING_SECONDS):
            self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._stderr, f"qwen3-eval: {self._message}\n".encode())
        os._exit(EXIT_CODE)


_current: Interrupts | None = None


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Handles the signals inside, but for those that the caller ignores (``nohup``), and in the main thread alone."""
    global _current
    if threading.current_thread() is not threading.main_thread() or _current is not None:
        yield
        return
    stderr = os.dup(2)
    _current = Interrupts(stderr)
    before = {number: signal.getsignal(number) for number in NUMBERS}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, _current.handle)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _current = None
        os.close(stderr)


def run(coroutine: Coroutine[Any, Any, T], folder: Path, option: str = "--run-dir") -> T:
    """Runs a coroutine that fills a folder to its end. Raises Interrupted when a signal has ended it.

    option: what the folder is given with.
    """
    message = f"interrupted; what was done is kept, run the same command with {option} {folder} to go on"
    return asyncio.run(coroutine) if _current is None else _current.run(coroutine, message)
