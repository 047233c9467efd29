"""What every program finds when it starts, whatever isolates it: a first process, limits and an environment."""

from __future__ import annotations

import math
import resource
import shutil

from qwen3_eval.sandbox.limits import MEGABYTE, Limits

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    # One thread: more would count against the limits on CPU time, memory and processes.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# The first process says that it has started, by an empty line that is no part of the output; waits for the program,
# so that its CPU time is accounted; reports its exit code (128 + N for a signal) without a word of its own, and takes
# all that is left with it.
READY = b"\n"
PROGRAM = 'echo; exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-)'
INIT = ("/bin/sh", "-c", f"{PROGRAM}; exit $?", "init")
# The kernel takes programs first where memory runs out.
EXPENDABLE = 1000
# Of the CPU limit: what goes on is ended beyond this; what ends by itself is judged by the limit.
CPU_MARGIN = 1.1


def cpu_backstop(limits: Limits) -> int | None:
    """Whole CPU seconds at which the kernel ends a process, None for never.

    It counts ticks for this, and on a busy or virtual machine more of them than there were.
    """
    return None if limits.cpu_seconds is None else math.ceil(limits.cpu_seconds * CPU_MARGIN) + 1


def expendable() -> list[str]:
    """The command that makes the command after it, and all that it starts, the first to go where memory runs out."""
    return ["choom", "-n", str(EXPENDABLE), "--"] if shutil.which("choom") else []


def rlimits(limits: Limits, *, processes: bool = True) -> list[str]:
    """The command that sets the limits of each process and then becomes the command after it.

    processes: whether to limit their number, which the kernel counts by user.
    """
    memory, stack, cpu = limits.memory_mb, limits.stack_mb, cpu_backstop(limits)
    wanted = {
        "as": None if memory is None else memory * MEGABYTE,
        "data": limits.data_mb * MEGABYTE,
        "stack": None if stack is None else stack * MEGABYTE,
        "fsize": limits.disk_mb * MEGABYTE,
        "nofile": limits.open_files,
        # One byte, unlike none at all, also keeps a core from a program of the host that collects them.
        "core": 1,
        **({"nproc": limits.processes} if processes else {}),
    }
    words = ["prlimit", *(f"--{name}={_within_reach(name, value)}" for name, value in wanted.items())]
    return [*words, *([f"--cpu={cpu}:{cpu + 1}"] if cpu is not None else []), "--"]


def _within_reach(name: str, value: int | None) -> str:
    """A limit as ``prlimit`` takes it, no higher than the one that binds us. None is as high as that."""
    _, highest = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))
    if highest == resource.RLIM_INFINITY:
        return "unlimited" if value is None else str(value)
    return str(highest if value is None else min(value, highest))
