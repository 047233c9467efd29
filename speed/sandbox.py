"""What the sandbox costs: trivial Python programs a second, beside the bare interpreter, and what many leave behind.

    python -m speed.sandbox [PROGRAMS]

As many programs at once as there are cores. The bare interpreter is started in the same way, in turns with the
sandbox, so that what else the machine does weighs on both. PROGRAMS (default 1,000) is the number after which
memory, sandboxes, mounts, descriptors and files in /tmp are counted again; others on this machine count too.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qwen3_eval.sandbox import available, interpreter, run_program
from qwen3_eval.scoring.pool import available_cores
from speed.figures import figure

SOURCE = "print(1)"
ROUNDS = 4
BATCH = 150


def bare() -> str:
    """The same program without a sandbox, started as cheaply as this process can."""
    argv = [str(interpreter()[0]), "-s", "-P", "-c", SOURCE]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def sandboxed() -> str:
    """The program in the sandbox."""
    return run_program(SOURCE).stdout


def measured(start: Callable[[], str], count: int, pool: ThreadPoolExecutor) -> tuple[float, float]:
    """Programs a second, and CPU milliseconds of one."""
    cpu, began = sum(os.times()[:4]), time.perf_counter()
    for output in pool.map(lambda _: start(), range(count)):
        assert output == "1\n", output
    return count / (time.perf_counter() - began), 1000 * (sum(os.times()[:4]) - cpu) / count


def speed(pool: ThreadPoolExecutor) -> None:
    """Rates of both, in turns; the best round of each is the one that was disturbed least."""
    rounds = [(measured(bare, BATCH, pool), measured(sandboxed, BATCH, pool)) for _ in range(ROUNDS)]
    alone, inside = max(each[0] for each in rounds), max(each[1] for each in rounds)
    figure("sandbox: programs a second", inside[0], "", "40")
    figure("sandbox: CPU of a program", inside[1], "ms")
    figure("sandbox: CPU of a program without it", alone[1], "ms")
    figure("sandbox: speed beside none", inside[0] / alone[0], "times")


def command_name(process: Path) -> str:
    """Name of a process, empty when it has ended meanwhile."""
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def state() -> dict[str, float]:
    """What could grow."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "MiB of memory": int(status["VmRSS"].split()[0]) / 1024,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "sandboxes": sum(name == "bwrap" for name in map(command_name, Path("/proc").glob("[0-9]*"))),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "files in /tmp": len(list(Path("/tmp").iterdir())),
    }


def endurance(count: int, pool: ThreadPoolExecutor) -> None:
    """What is there before and after many programs."""
    measured(sandboxed, BATCH, pool)
    gc.collect()
    before = state()
    for done in range(0, count, BATCH):
        measured(sandboxed, min(BATCH, count - done), pool)
    gc.collect()
    time.sleep(1)
    after = state()
    print(f"{count} programs: " + ", ".join(f"{name} {before[name]:.0f} -> {after[name]:.0f}" for name in before))


def main() -> None:
    """Everything, one after the other."""
    if (reason := available()) is not None:
        print(f"no sandbox here: {reason}")
        return
    with ThreadPoolExecutor(available_cores()) as pool:
        speed(pool)
        endurance(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, pool)


if __name__ == "__main__":
    main()
