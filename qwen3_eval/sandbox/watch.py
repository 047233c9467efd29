"""Feeds a running sandbox, collects its output within the limits, and ends it."""

from __future__ import annotations

import math
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field

from qwen3_eval.sandbox.limits import Limits, ProgramResult, SandboxUnavailable
from qwen3_eval.sandbox.tree import TreeUse, kernel_counts, tree_use

# First process of every sandbox. It says that it has started, by an empty line that is no part of the
# output; asks the kernel to take this program first where memory runs out; waits for the program, so that
# its CPU time is accounted; reports its exit code (128 + N for a signal) without a word of its own, and takes
# all that is left with it.
READY = b"\n"
INIT = (
    "/bin/sh",
    "-c",
    'echo; exec 3>&2 2>/dev/null; echo 1000 >/proc/self/oom_score_adj; (exec "$@" 2>&3 3>&-); exit $?',
    "init",
)
CHUNK = 65_536
DRAIN_SECONDS = 1.0
# How often the whole tree of processes is held against the limits. A program that ends sooner pays nothing.
WEIGH_SECONDS = 0.25
# Of the CPU limit: what goes on is ended beyond this; what ends by itself is judged by the limit.
CPU_MARGIN = 1.1


@dataclass(slots=True)
class Watch:
    """One run of a sandbox whose three streams are pipes. ``process`` is its outermost process."""

    process: subprocess.Popen[bytes]
    stdin: memoryview
    limits: Limits
    killed: str = ""
    tree: TreeUse = field(default_factory=TreeUse)
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def result(self) -> ProgramResult:
        """Waits for the end, or brings it about. Blocks. Raises SandboxUnavailable when the program did not start."""
        try:
            self._exchange()
            if self.killed:
                self.tree = tree_use(self.process.pid)
        finally:
            os.kill(self.process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            close_pipes(self.process)
        return self._judge(self.process.returncode, usage.ru_utime + usage.ru_stime)

    def _exchange(self) -> None:
        """Moves data until the output ends, the program ends, or a limit is passed."""
        weigh, deadline = time.monotonic() + WEIGH_SECONDS, time.monotonic() + self.limits.wall
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            exited = os.pidfd_open(self.process.pid)
            try:
                selector.register(exited, selectors.EVENT_READ, "exit")
                while not self.killed and self._wants_more(selector):
                    for key, _ in selector.select(remaining(min(deadline, weigh))):
                        if key.data == "exit":
                            selector.unregister(exited)
                            deadline = min(deadline, time.monotonic() + DRAIN_SECONDS)
                        else:
                            self._move(selector, key.data)
                    if time.monotonic() >= deadline:
                        self._out_of_time(selector)
                        break
                    if time.monotonic() >= weigh:
                        self._weigh()
                        weigh = time.monotonic() + WEIGH_SECONDS
            finally:
                os.close(exited)

    def _weigh(self) -> None:
        """Holds what all processes have used together against the limits."""
        use, cpu_seconds = tree_use(self.process.pid), self.limits.cpu_seconds
        if use.memory_mb > self.limits.together_mb:
            self.killed = "memory"
        elif cpu_seconds is not None and use.cpu_seconds > CPU_MARGIN * cpu_seconds:
            self.killed = "cpu"

    def _register(self, selector: selectors.BaseSelector) -> None:
        for name in ("stdin", "stdout", "stderr"):
            pipe = getattr(self.process, name)
            os.set_blocking(pipe.fileno(), False)
            event = selectors.EVENT_WRITE if name == "stdin" else selectors.EVENT_READ
            selector.register(pipe, event, name)

    def _wants_more(self, selector: selectors.BaseSelector) -> bool:
        """Output or the end of the program is still to come."""
        return any(key.data != "stdin" for key in selector.get_map().values())

    def _out_of_time(self, selector: selectors.BaseSelector) -> None:
        """The deadline has passed: of the program, or of reading what it left behind."""
        if not self.killed and any(key.data == "exit" for key in selector.get_map().values()):
            self.killed = "wall"

    def _move(self, selector: selectors.BaseSelector, name: str) -> None:
        pipe = getattr(self.process, name)
        if not (self._write() if name == "stdin" else self._read(name)):
            selector.unregister(pipe)
            pipe.close()

    def _write(self) -> bool:
        assert self.process.stdin is not None
        try:
            sent = os.write(self.process.stdin.fileno(), self.stdin[:CHUNK])
        except BrokenPipeError:
            return False
        self.stdin = self.stdin[sent:]
        return bool(self.stdin)

    def _read(self, name: str) -> bool:
        data = os.read(getattr(self.process, name).fileno(), CHUNK)
        kept = self.output[name]
        room = self.limits.output_bytes + len(READY) * (name == "stdout") - len(kept)
        kept += data[:room]
        if len(data) > room:
            self.killed = "output"
        return bool(data)

    def _judge(self, code: int, used: float) -> ProgramResult:
        if not self.killed and not self.output["stdout"].startswith(READY):
            said = self.output["stderr"].decode("utf-8", "replace").strip() or f"exit code {code}"
            raise SandboxUnavailable(f"the sandbox did not start: {said.splitlines()[0]}")
        used = max(used, self.tree.cpu_seconds)
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
        return self.tree.starved_seconds if kernel_counts() else self.limits.wall


def close_pipes(process: subprocess.Popen[bytes]) -> None:
    """Closes our ends of a process's streams."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def remaining(deadline: float) -> float | None:
    """Seconds until a time of the monotonic clock, as ``select`` takes them."""
    return None if math.isinf(deadline) else max(0.0, deadline - time.monotonic())
