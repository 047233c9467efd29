"""A process kept alive in a sandbox that answers one line with one line."""

from __future__ import annotations

import os
import selectors
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from qwen3_eval.sandbox.choice import backend
from qwen3_eval.sandbox.limits import Job, Limits, SandboxUnavailable
from qwen3_eval.sandbox.watch import CHUNK, START_SECONDS, remaining

SERVICE_LIMITS = Limits(cpu_seconds=None, memory_mb=None, output_bytes=2**24, processes=64)
SAID_LAST = 2000


class ServiceFailure(Exception):
    """A service gave no answer. It has been ended; the message says why, with its last words."""


class ServiceDied(ServiceFailure):
    """It ended without an answer."""


class ServiceSilent(ServiceFailure):
    """It did not answer within the wall limit."""


class ServiceFlood(ServiceFailure):
    """It said more than one line, or a longer one than its limits allow."""


class Service:
    """A command that reads a line from its input and prints a line, again and again.

    Arguments as those of ``run_command``. ``limits`` hold for its whole life, so that the default has
    no limit of CPU time; ``output_bytes`` is the longest answer. Not for several threads at once; it
    ends with the thread that started it, or with ``close``. Raises SandboxUnavailable.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        files: Mapping[str, str] | None = None,
        limits: Limits = SERVICE_LIMITS,
        read_only: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._longest = limits.output_bytes
        self._running = backend().start(Job(argv, files or {}, limits, read_only, environment or {}))
        self._end = weakref.finalize(self, self._running.end)
        self._answer, self._words = bytearray(), bytearray()
        for pipe in self._running.pipes:
            os.set_blocking(pipe.fileno(), False)
        self._await_ready(memoryview(self._running.before))

    def ask(self, line: str, wall_seconds: float) -> str:
        """The line that it prints when it gets ``line``, both without their end.

        Raises ValueError for a text of several lines, and ServiceFailure; after one the service is closed.
        """
        if "\n" in line:
            raise ValueError("a service is asked one line at a time")
        if not self._end.alive:
            raise ServiceDied("the service was closed")
        try:
            self._exchange(memoryview(line.encode("utf-8", "surrogatepass") + b"\n"), time.monotonic() + wall_seconds)
        except ServiceFailure as failure:
            self._hear()
            self.close()
            last = self._words.decode("utf-8", "replace").strip()
            raise type(failure)(f"{failure}; it said: {last}" if last else str(failure)) from None
        answer = self._answer[:-1].decode("utf-8", "replace")
        self._answer.clear()
        return answer

    def _await_ready(self, files: memoryview) -> None:
        """Waits for the first process of the sandbox, not for the service. Raises SandboxUnavailable."""
        try:
            self._exchange(files, time.monotonic() + START_SECONDS, asked=True)
        except ServiceFailure:
            self._hear()
            self.close()
            said = self._words.decode("utf-8", "replace").strip()
            raise SandboxUnavailable(f"the sandbox did not start: {said}") from None
        self._answer.clear()

    def close(self) -> None:
        """Ends it and all that it has started."""
        self._end()

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, question: memoryview, deadline: float, *, asked: bool = False) -> None:
        """Sends the question and reads until one whole line has come, no sooner than it is ``asked``."""
        stdin, stdout, stderr = self._running.pipes
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            if question:
                selector.register(stdin, selectors.EVENT_WRITE)
            while question or not self._answer.endswith(b"\n"):
                events = selector.select(remaining(deadline))
                if not events:
                    raise ServiceSilent("the service did not answer in time")
                asked = asked or not question
                for ready in (key.fileobj for key, _ in events):
                    if ready is stdin:
                        question = self._write(question)
                        if not question:
                            selector.unregister(stdin)
                    elif ready is stdout:
                        self._read(asked=asked)
                    elif not self._hear():
                        selector.unregister(stderr)

    def _write(self, question: memoryview) -> memoryview:
        try:
            return question[os.write(self._running.pipes[0].fileno(), question[:CHUNK]) :]
        except BrokenPipeError:
            raise ServiceDied("the service has ended") from None

    def _read(self, *, asked: bool) -> None:
        data = os.read(self._running.pipes[1].fileno(), CHUNK)
        if not data:
            raise ServiceDied("the service has ended")
        self._answer += data
        ends = self._answer.find(b"\n")
        if len(self._answer) > self._longest or ends not in (-1, len(self._answer) - 1) or not asked:
            raise ServiceFlood("the service said more than the one line that it was asked for")

    def _hear(self) -> bool:
        """Reads what it says on standard error, of which the end is kept; False when that is closed."""
        try:
            data = os.read(self._running.pipes[2].fileno(), CHUNK)
        except BlockingIOError:
            return True
        self._words = (self._words + data)[-SAID_LAST:]
        return bool(data)
