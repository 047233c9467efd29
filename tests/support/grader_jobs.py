"""What the tests of graders on nodes have judged; the first argument of each is the name of its task."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def actor_of(task: str) -> int:
    """The process of the grader: it started the process that forked this one."""
    return parent_of(parent_of(os.getpid()))


def kill_the_node(task: str) -> None:
    os.kill(actor_of(task), signal.SIGKILL)
    time.sleep(60)


def folder(task: str) -> list[str]:
    return sorted(path.name for path in Path().glob("toy*.py"))


def later(task: str, number: int) -> int:
    time.sleep(0.1)
    return 2 * number


def loop(task: str) -> None:
    while True:
        pass


def fail(task: str) -> None:
    raise KeyError("no key")


def crash(task: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
