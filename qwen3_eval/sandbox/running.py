"""A program that has been started, however it is isolated."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import IO

from qwen3_eval.sandbox.tree import TreeUse, tree_use


class Running:
    """The outermost process of a sandbox, whose three streams are pipes; ended by its end.

    before: bytes that go to its input before the program's own.
    """

    def __init__(self, process: subprocess.Popen[bytes], before: bytes = b"") -> None:
        self.process = process
        self.before = before

    @property
    def pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        """Our ends of standard input, output and error."""
        assert self.process.stdin and self.process.stdout and self.process.stderr
        return self.process.stdin, self.process.stdout, self.process.stderr

    def kill(self) -> None:
        """Ends all of it, if it has not ended."""
        os.kill(self.process.pid, signal.SIGKILL)

    def use(self) -> TreeUse | None:
        """What its processes use at the moment; None where that cannot be seen."""
        return tree_use(self.process.pid)

    def cpu_seconds(self, waited: float, stderr: bytearray) -> float:
        """CPU seconds of the program when it has ended.

        waited: those of the outermost process with what it waited for. stderr: what the program said, from
        which is taken what it did not say.
        """
        return waited

    def clean(self) -> None:
        """Takes away what is left when it has ended."""

    def end(self) -> float:
        """Ends it, waits for that and cleans; returns the CPU seconds of what it waited for."""
        self.kill()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        for pipe in self.pipes:
            pipe.close()
        self.clean()
        return usage.ru_utime + usage.ru_stime
