"""What one run of a program may use, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qwen3_eval.types import UsageError

MEGABYTE = 2**20


class SandboxUnavailable(UsageError):
    """This machine cannot isolate programs. The message says why and how to change it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    cpu_seconds: of the program with the children that it waits for; None for no limit. A process that
        goes on is ended a little later, at a whole second.
    wall_seconds: None means ``default_wall_seconds``, for machines that are busy.
    memory_mb: address space per process; None where a runtime reserves far more than it uses.
    data_mb: memory per process that is its own and can be written, used or not.
    stack_mb: of a process's first thread; None for no limit.
    output_bytes: of each of the two output streams. disk_mb: all files together.
    """

    cpu_seconds: float | None = 10.0
    wall_seconds: float | None = None
    memory_mb: int | None = 512
    output_bytes: int = 65_536
    processes: int = 32
    open_files: int = 256
    disk_mb: int = 64
    data_mb: int = 4096
    stack_mb: int | None = 8

    @property
    def together_mb(self) -> int:
        """Memory that all processes may hold together: twice that of one, which alone is bound exactly."""
        return 2 * min(self.data_mb, self.memory_mb or self.data_mb)

    @property
    def wall(self) -> float:
        """Wall limit in seconds."""
        return default_wall_seconds(self.cpu_seconds) if self.wall_seconds is None else self.wall_seconds


def default_wall_seconds(cpu_seconds: float | None) -> float:
    """Wall limit that goes with a CPU limit: six times that, for cores that are shared, and the start."""
    return math.inf if cpu_seconds is None else 6 * cpu_seconds + 5


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended.

    exit_code: its own, 128 + N when a signal N ended it; None when the sandbox ended it.
    killed: why the sandbox ended it: ``cpu``, ``wall``, ``output`` or ``memory``; else empty.
    timed_out: ``killed`` is ``cpu`` or ``wall``.
    cpu_seconds: of the program and the children that it waited for.
    starved_seconds: where ``killed`` is ``wall``: time that it could have used and got no core.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    killed: str
    cpu_seconds: float
    starved_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """A command with all that it is to find inside.

    files: texts to put into ``/tmp``, by name. read_only: folders that it may read, at the paths
    that they have here. environment: variables beside the fixed ones.
    """

    argv: Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    read_only: Sequence[Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
