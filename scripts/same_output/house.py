"""A checkout, asked by its commands alone: nothing here knows how it is made inside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class House:
    """A checkout whose commands run in the folder ``scratch``, so that paths in what they say are relative."""

    checkout: Path
    scratch: Path

    @property
    def _command(self) -> list[str]:
        own = self.checkout / ".venv" / "bin" / "python"
        return [str(own if own.exists() else sys.executable), "-m", "qwen3_eval"]

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QWEN3_EVAL_")}
        return {**kept, "PYTHONPATH": str(self.checkout), "COLUMNS": "120", "NO_COLOR": "1"}

    def ask(self, *argv: str) -> Said:
        """Runs a command to its end."""
        found = subprocess.run(
            [*self._command, *argv], cwd=self.scratch, env=self._environment, capture_output=True, check=False
        )
        return Said(found.returncode, found.stdout.decode("utf-8", "replace"), found.stderr.decode("utf-8", "replace"))

    def kill_when(self, due: Callable[[], bool], *argv: str) -> bool:
        """Runs a command and kills it (SIGKILL) once ``due``; False when it ended before."""
        process = subprocess.Popen(
            [*self._command, *argv],
            cwd=self.scratch,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and not due():
            time.sleep(0.002)
        running = process.poll() is None
        process.kill()
        process.wait()
        return running
