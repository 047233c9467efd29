"""What every program finds when it starts, whatever isolates it: a first process, limits and an environment."""

from __future__ import annotations

import math
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
    words = ["prlimit", f"--nofile={limits.open_files}", f"--fsize={limits.disk_mb * MEGABYTE}", "--core=1"]
    words.append(f"--data={limits.data_mb * MEGABYTE}")
    words.append("--stack=unlimited" if limits.stack_mb is None else f"--stack={limits.stack_mb * MEGABYTE}")
    if processes:
        words.append(f"--nproc={limits.processes}")
    if (cpu := cpu_backstop(limits)) is not None:
        words.append(f"--cpu={cpu}:{cpu + 1}")
    if limits.memory_mb is not None:
        words.append(f"--as={limits.memory_mb * MEGABYTE}")
    return [*words, "--"]
