"""Feeds a running sandbox, collects its output within the limits, and ends it."""

from __future__ import annotations

import functools
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qwen3_eval.sandbox.limits import Limits, ProgramResult, SandboxUnavailable

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
NANOSECONDS = 1e9


@dataclass(slots=True)
class Watch:
    """One run of a sandbox whose three streams are pipes. ``process`` is its outermost process."""

    process: subprocess.Popen[bytes]
    stdin: memoryview
    limits: Limits
    killed: str = ""
    tree: tuple[float, float] = (0.0, 0.0)
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def result(self) -> ProgramResult:
        """Waits for the end, or brings it about. Blocks. Raises SandboxUnavailable when the program did not start."""
        try:
            self._exchange()
            if self.killed:
                self.tree = tree_seconds(self.process.pid) if kernel_counts() else (0.0, self.limits.wall)
        finally:
            os.kill(self.process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            close_pipes(self.process)
        return self._judge(self.process.returncode, usage.ru_utime + usage.ru_stime)

    def _exchange(self) -> None:
        """Moves data until the output ends, the program ends, or a limit is passed."""
        deadline = time.monotonic() + self.limits.wall
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            exited = os.pidfd_open(self.process.pid)
            try:
                selector.register(exited, selectors.EVENT_READ, "exit")
                while not self.killed and self._wants_more(selector):
                    events = selector.select(remaining(deadline))
                    if not events:
                        self._out_of_time(selector)
                        break
                    for key, _ in events:
                        if key.data == "exit":
                            selector.unregister(exited)
                            deadline = min(deadline, time.monotonic() + DRAIN_SECONDS)
                        else:
                            self._move(selector, key.data)
            finally:
                os.close(exited)

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
        if any(key.data == "exit" for key in selector.get_map().values()):
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
        used = max(used, self.tree[0])
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
            starved_seconds=self.tree[1] if self.killed == "wall" else 0.0,
        )


def close_pipes(process: subprocess.Popen[bytes]) -> None:
    """Closes our ends of a process's streams."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def remaining(deadline: float) -> float | None:
    """Seconds until a time of the monotonic clock, as ``select`` takes them."""
    return None if math.isinf(deadline) else max(0.0, deadline - time.monotonic())


@functools.cache
def kernel_counts() -> bool:
    """Whether this kernel says how long a process waited for a core, and which children it has."""
    return Path("/proc/self/schedstat").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists()


def tree_seconds(pid: int) -> tuple[float, float]:
    """CPU seconds of a process and its descendants so far, and seconds that they waited for a core."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = waited = 0.0
    for process in _tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            tasks = [task.read_text().split() for task in Path(f"/proc/{process}/task").glob("*/schedstat")]
        except OSError:  # gone meanwhile
            continue
        used += sum(map(int, fields[11:15])) / ticks
        waited += sum(int(delay) for _, delay, _ in tasks) / NANOSECONDS
    return used, waited


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _tree(child)
