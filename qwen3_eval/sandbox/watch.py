"""Feeds a running sandbox, collects its output within the limits, and ends it."""

from __future__ import annotations

import math
import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from qwen3_eval.sandbox.inside import CPU_MARGIN, READY
from qwen3_eval.sandbox.limits import Job, Limits, ProgramResult, SandboxUnavailable
from qwen3_eval.sandbox.running import Running
from qwen3_eval.sandbox.tree import TreeUse, kernel_counts

CHUNK = 65_536
START_SECONDS = 60.0
DRAIN_SECONDS = 1.0
# How often the whole tree of processes is held against the limits. A program that ends sooner pays nothing.
WEIGH_SECONDS = 0.25


@dataclass(slots=True)
class Watch:
    """One run of a sandbox."""

    running: Running
    stdin: memoryview
    limits: Limits
    killed: str = ""
    deadline: float = 0.0
    tree: TreeUse | None = None
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def result(self) -> ProgramResult:
        """Waits for the end, or brings it about. Blocks. Raises SandboxUnavailable when the program did not start."""
        try:
            self._exchange()
            if self.killed:
                self.tree = self.running.use()
        finally:
            used = self.running.end()
        return self._result(self.running.process.returncode, self.running.cpu_seconds(used, self.output["stderr"]))

    def _exchange(self) -> None:
        """Moves data until the output ends, the program ends, or a limit is passed."""
        weigh = time.monotonic() + WEIGH_SECONDS
        self.deadline = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            exited = os.pidfd_open(self.running.process.pid)
            try:
                selector.register(exited, selectors.EVENT_READ, "exit")
                while not self.killed and self._wants_more(selector):
                    events = selector.select(remaining(min(self.deadline, weigh)))
                    for key, _ in events:
                        if key.data == "exit":
                            selector.unregister(exited)
                            self.deadline = min(self.deadline, time.monotonic() + DRAIN_SECONDS)
                        else:
                            self._move(selector, key.data)
                    if time.monotonic() >= self.deadline and not (self._has_ended(selector) and events):
                        self._out_of_time(selector)
                        break
                    if time.monotonic() >= weigh:
                        self._weigh()
                        weigh = time.monotonic() + WEIGH_SECONDS
            finally:
                os.close(exited)

    def _weigh(self) -> None:
        """Holds what all processes have used together against the limits."""
        use, cpu_seconds = self.running.use() or TreeUse(), self.limits.cpu_seconds
        if use.memory_mb > self.limits.together_mb:
            self.killed = "memory"
        elif cpu_seconds is not None and use.cpu_seconds > CPU_MARGIN * cpu_seconds:
            self.killed = "cpu"

    def _register(self, selector: selectors.BaseSelector) -> None:
        for name, pipe in zip(("stdin", "stdout", "stderr"), self.running.pipes, strict=True):
            os.set_blocking(pipe.fileno(), False)
            event = selectors.EVENT_WRITE if name == "stdin" else selectors.EVENT_READ
            selector.register(pipe, event, name)

    def _wants_more(self, selector: selectors.BaseSelector) -> bool:
        """Output or the end of the program is still to come."""
        return any(key.data != "stdin" for key in selector.get_map().values())

    def _out_of_time(self, selector: selectors.BaseSelector) -> None:
        """The deadline has passed: of the start, of the program, or of reading what it left behind."""
        if not self.killed and not self._has_ended(selector):
            self.killed = "wall"

    def _has_ended(self, selector: selectors.BaseSelector) -> bool:
        """What it has said by then is read, however long this process had to wait for a core."""
        return all(key.data != "exit" for key in selector.get_map().values())

    def _move(self, selector: selectors.BaseSelector, name: str) -> None:
        pipe = getattr(self.running.process, name)
        if not (self._write() if name == "stdin" else self._read(name)):
            selector.unregister(pipe)
            pipe.close()

    def _write(self) -> bool:
        try:
            sent = os.write(self.running.pipes[0].fileno(), self.stdin[:CHUNK])
        except BrokenPipeError:
            return False
        self.stdin = self.stdin[sent:]
        return bool(self.stdin)

    def _read(self, name: str) -> bool:
        data = os.read(getattr(self.running.process, name).fileno(), CHUNK)
        kept = self.output[name]
        if name == "stdout" and data and not kept:  # it has started
            self.deadline = time.monotonic() + self.limits.wall
        room = self.limits.output_bytes + len(READY) * (name == "stdout") - len(kept)
        kept += data[:room]
        if len(data) > room:
            self.killed = "output"
        return bool(data)

    def _result(self, code: int, used: float) -> ProgramResult:
        if not self.output["stdout"].startswith(READY):
            said = self.output["stderr"].decode("utf-8", "replace").strip() or self.killed or f"exit code {code}"
            raise SandboxUnavailable(f"the sandbox did not start: {said.splitlines()[0]}")
        used = max(used, self.tree.cpu_seconds if self.tree else 0.0)
        limit = self.limits.cpu_seconds
        if not self.killed and limit is not None and used > limit:
            self.killed = "cpu"
        return ProgramResult(
            exit_code=None if self.killed else code,
            stdout=self.output["stdout"].removeprefix(READY).decode("utf-8", "replace"),
            stderr=self.output["stderr"].decode("utf-8", "replace"),
            timed_out=self.killed in ("cpu", "wall"),
            killed=self.killed,
            cpu_seconds=used,
            starved_seconds=self._starved() if self.killed == "wall" else 0.0,
        )

    def _starved(self) -> float:
        """Where the kernel does not say, the program has the benefit of the doubt."""
        return self.tree.starved_seconds if self.tree and kernel_counts() else self.limits.wall


def watched(running: Running, stdin: str, limits: Limits) -> ProgramResult:
    """How a program ends that gets ``stdin``. Blocks. Raises SandboxUnavailable when it did not start."""
    return Watch(running, memoryview(running.before + stdin.encode("utf-8", "surrogatepass")), limits).result()


def failure(start: Callable[[Job], Running], job: Job) -> str | None:
    """Why a command that does nothing fails in a sandbox, None when it does not."""
    try:
        trial = watched(start(job), "", job.limits)
    except SandboxUnavailable as error:
        return str(error)
    said = trial.stderr.strip().splitlines()
    return None if trial.exit_code == 0 else said[0] if said else f"exit code {trial.exit_code} {trial.killed}"


def remaining(deadline: float) -> float | None:
    """Seconds until a time of the monotonic clock, as ``select`` takes them."""
    return None if math.isinf(deadline) else max(0.0, deadline - time.monotonic())
