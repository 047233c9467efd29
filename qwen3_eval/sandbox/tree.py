"""What a running process and its descendants use, as the kernel says in ``/proc``."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NANOSECONDS = 1e9
KIB = 1024


@dataclass(frozen=True, slots=True)
class TreeUse:
    """Of a process tree: CPU seconds so far, seconds in which it got no core, and MiB that it holds now.

    Memory is anonymous or shared memory that is resident; what a child still shares with its parent counts twice.
    """

    cpu_seconds: float = 0.0
    starved_seconds: float = 0.0
    memory_mb: float = 0.0

    def __add__(self, other: TreeUse) -> TreeUse:
        return TreeUse(
            self.cpu_seconds + other.cpu_seconds,
            self.starved_seconds + other.starved_seconds,
            self.memory_mb + other.memory_mb,
        )


def tree_use(pid: int) -> TreeUse:
    """The sum over a process and its descendants; those that end meanwhile are left out."""
    total = TreeUse()
    for process in processes_of(pid):
        try:
            total += _use(Path(f"/proc/{process}"))
        except OSError:
            continue
    return total


@functools.cache
def kernel_counts() -> bool:
    """Whether this kernel says how long a process waited for a core, and which children it has."""
    return Path("/proc/self/schedstat").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists()


def processes_of(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    try:
        texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return
    for child in " ".join(texts).split():
        yield from processes_of(int(child))


def _use(process: Path) -> TreeUse:
    times = (process / "stat").read_text().rpartition(")")[2].split()[11:15]  # its own and of ended children
    delays = [path.read_text().split()[1] for path in (process / "task").glob("*/schedstat")]
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
    held = [status.get(name, "0 kB").split()[0] for name in ("RssAnon", "RssShmem")]
    return TreeUse(
        sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
        sum(map(int, delays)) / NANOSECONDS,
        sum(map(int, held)) / KIB,
    )
