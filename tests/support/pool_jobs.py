"""What the tests of the pool run in its workers. Imports little, so that a worker is ready soon."""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
import time

from qwen3_eval.loading import once


def double(value: int) -> int:
    return 2 * value


def pid_of_worker() -> int:
    return os.getpid()


def loop_in_python() -> None:
    while True:
        pass


def loop_in_c() -> bool:
    return re.fullmatch(r"(a|a)*b", "a" * 60) is None


def loop_in_one_multiplication() -> int:
    return len(bin(3 ** (10**9)))


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def leave(code: int) -> None:
    os._exit(code)


def segfault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fail(message: str) -> None:
    raise KeyError(message)


def leave_politely() -> None:
    raise SystemExit(3)


def eat_memory(size: int) -> int:
    return len(b"x" * size)


def unpicklable() -> object:
    return lambda: None


def length(data: bytes) -> bytes:
    return data[::-1]


def spin(seconds: float) -> None:
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass


def is_imported(name: str) -> bool:
    return name in sys.modules


def use(module: str) -> object:
    """What a scorer does that imports a library where it needs it."""
    return importlib.import_module(module).VALUE


def use_by_statement() -> object:
    import slow_to_import  # type: ignore[import-not-found]

    return slow_to_import.VALUE


def use_and_loop(module: str) -> None:
    use(module)
    loop_in_c()


def use_and_spin(module: str, seconds: float) -> None:
    spin(seconds)
    use(module)
    spin(seconds)


@once
def table(seconds: float) -> int:
    """Stands for what takes long to build and is no import."""
    spin(seconds)
    return os.getpid()


def look_up(seconds: float) -> bool:
    """Whether the table was there when the worker began."""
    return table(seconds) != os.getpid()


def memory_limit_in_the_sandbox() -> str:
    """What a program hears of its limit of address space, where it is to have none."""
    from qwen3_eval.sandbox import Limits, run_command

    return run_command(["/bin/sh", "-c", "ulimit -v; ulimit -c"], limits=Limits(memory_mb=None)).stdout


def tasks_loaded() -> int:
    """How many sets of tasks a worker has."""
    from qwen3_eval.scoring import scorer

    return scorer._tasks.cache_info().currsize
