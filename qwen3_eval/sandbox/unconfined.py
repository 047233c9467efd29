"""Programs without a sandbox, for who asked for just that: limits and a folder of their own, no isolation.

A program can read and change whatever the user can who runs the evaluation, use the network, and leave
processes behind that have left its tree. The number of its processes is not limited, because the kernel
counts those of the user. When this process is killed, what runs goes on, and its folder stays.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

from qwen3_eval.sandbox.inside import ENVIRONMENT, INIT, expendable, rlimits
from qwen3_eval.sandbox.limits import Job
from qwen3_eval.sandbox.python import Python, own_python
from qwen3_eval.sandbox.running import Running
from qwen3_eval.sandbox.tree import processes_of

WORKPLACE = "/tmp"


def lacking() -> str | None:
    """None when the limits can be set here, else why not."""
    if sys.platform != "linux":
        return "limits of programs need Linux"
    return None if shutil.which("prlimit") else "it needs prlimit; install the system's package util-linux"


def python(packages: Sequence[str]) -> Python:
    """This interpreter, with the packages where they lie here."""
    return own_python(tuple(packages))


def start(job: Job) -> Running:
    """Starts a program in a new folder, which stands for ``/tmp`` in its command and environment."""
    folder = tempfile.mkdtemp(prefix="qwen3-eval-")
    for name, text in job.files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    argv = [_moved(word, folder) for word in job.argv]
    environment = {name: _moved(value, folder) for name, value in {**ENVIRONMENT, **job.environment}.items()}
    command = [*expendable(), *rlimits(job.limits, processes=False), *INIT, *argv]
    try:
        return _Unconfined(
            subprocess.Popen(
                command, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=folder, env=environment, start_new_session=True
            ),
            folder,
        )
    except OSError:
        shutil.rmtree(folder)
        raise


def _moved(word: str, folder: str) -> str:
    inside = word == WORKPLACE or word.startswith(f"{WORKPLACE}/")
    return folder + word.removeprefix(WORKPLACE) if inside else word


class _Unconfined(Running):
    """Ended by ending each process that it can still be seen to have started, then its group."""

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        super().__init__(process)
        self._folder = folder

    def kill(self) -> None:
        for pid in list(processes_of(self.process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        os.killpg(self.process.pid, signal.SIGKILL)

    def clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
