"""The worker pool: limits, deaths, exceptions, and what is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from places import ROOT, SUPPORT
from pool_jobs import (
    double,
    eat_memory,
    fail,
    is_imported,
    leave,
    leave_politely,
    length,
    look_up,
    loop_in_c,
    loop_in_one_multiplication,
    loop_in_python,
    pid_of_worker,
    segfault,
    sleep,
    spin,
    unpicklable,
    use,
    use_and_loop,
    use_and_spin,
    use_by_statement,
)

from qwen3_eval.scoring.pool import PoolCrash, PoolError, PoolTimeout, WorkerPool


def with_pool(test: Callable[[WorkerPool], Awaitable[Any]], **arguments: Any) -> Any:
    async def main() -> Any:
        pool = WorkerPool(**{"workers": 2, **arguments})
        try:
            return await test(pool)
        finally:
            await pool.close()

    return asyncio.run(main())


def fails_then_works(function: Callable[..., Any], *args: Any, error: type[Exception], **limits: float) -> Exception:
    """The job fails with ``error``, and the pool does the next job."""

    async def test(pool: WorkerPool) -> Exception:
        with pytest.raises(error) as caught:
            await pool.run(function, *args, **limits)
        assert await pool.run(double, 21) == 42
        return caught.value

    result = with_pool(test, workers=1)
    assert isinstance(result, Exception)
    return result


@pytest.mark.parametrize("job", [loop_in_python, loop_in_c, loop_in_one_multiplication])
def test_cpu_limit_ends_a_runaway_in_python_and_in_c(job: Callable[[], Any]) -> None:
    start = time.monotonic()
    failure = fails_then_works(job, error=PoolTimeout, cpu_seconds=0.3, wall_seconds=60)
    assert "CPU" in str(failure)
    assert time.monotonic() - start < 30


def test_wall_limit_ends_what_sleeps() -> None:
    failure = fails_then_works(sleep, 600, error=PoolTimeout, cpu_seconds=5, wall_seconds=0.3)
    assert "0.3 s of wall time" in str(failure)


def test_cpu_limit_is_per_job_not_per_worker() -> None:
    async def test(pool: WorkerPool) -> None:
        pids = {await pool.run(pid_of_worker, cpu_seconds=0.3)}
        for _ in range(4):
            await pool.run(spin, 0.15, cpu_seconds=0.3)
        assert {await pool.run(pid_of_worker)} == pids

    with_pool(test, workers=1)


def test_a_crash_is_told_and_the_worker_replaced() -> None:
    assert "exit code 7" in str(fails_then_works(leave, 7, error=PoolCrash))
    assert "SIGSEGV" in str(fails_then_works(segfault, error=PoolCrash))


def test_an_exception_travels_back() -> None:
    failure = fails_then_works(fail, "no such thing", error=PoolError)
    assert isinstance(failure, PoolError)
    assert (failure.type, failure.message) == ("KeyError", "'no such thing'")
    assert "in fail" in failure.traceback


def test_leaving_politely_is_an_exception_of_the_job() -> None:
    failure = fails_then_works(leave_politely, error=PoolError)
    assert "SystemExit" in str(failure)


def test_memory_is_bounded() -> None:
    failure = fails_then_works(eat_memory, 6 * 2**30, error=PoolError)
    assert "MemoryError" in str(failure)


def test_a_result_that_cannot_be_pickled_is_an_error() -> None:
    fails_then_works(unpicklable, error=PoolError)


def test_a_function_of_main_is_refused() -> None:
    def local() -> None: ...

    local.__module__ = "__main__"
    fails_then_works(local, error=ValueError)


def test_results_belong_to_their_jobs_in_any_order() -> None:
    async def test(pool: WorkerPool) -> None:
        numbers = list(range(300))
        assert await asyncio.gather(*(pool.run(double, n) for n in numbers)) == [2 * n for n in numbers]
        slow_first = [0.05, 0.0, 0.02, 0.0, 0.01]
        assert await asyncio.gather(*(pool.run(sleep, s) for s in slow_first)) == slow_first

    with_pool(test)


def test_failures_do_not_disturb_their_neighbours() -> None:
    async def test(pool: WorkerPool) -> None:
        jobs = [pool.run(double, n) if n % 5 else pool.run(leave, 1) for n in range(20)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        for number, result in enumerate(results):
            assert result == 2 * number if number % 5 else isinstance(result, PoolCrash)

    with_pool(test)


def test_large_messages() -> None:
    async def test(pool: WorkerPool) -> None:
        data = os.urandom(8 * 2**20)
        assert await pool.run(length, data) == data[::-1]

    with_pool(test, workers=1)


def test_workers_start_late_and_are_reused() -> None:
    async def test(pool: WorkerPool) -> None:
        assert not pool._idle
        assert len({await pool.run(pid_of_worker) for _ in range(10)}) == 1

    with_pool(test)


def test_a_cancelled_job_frees_its_place() -> None:
    async def test(pool: WorkerPool) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.run(sleep, 600), timeout=0.5)
        assert await asyncio.wait_for(pool.run(double, 2), timeout=30) == 4

    with_pool(test, workers=1)


def test_close_ends_running_jobs_and_leaves_no_process() -> None:
    async def main() -> int:
        pool = WorkerPool(1)
        pid = await pool.run(pid_of_worker)
        running = asyncio.create_task(pool.run(sleep, 600))
        await asyncio.sleep(0.1)
        await pool.close()
        with pytest.raises(PoolCrash, match="closed"):
            await running
        with pytest.raises(PoolCrash, match="closed"):
            await pool.run(double, 1)
        return pid

    assert not alive(asyncio.run(main()))


def test_closing_while_workers_start_is_silent() -> None:
    said: list[Any] = []

    async def test(pool: WorkerPool) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        for turns in (1, 2, 3, 5):
            task = asyncio.create_task(pool.run(double, 2))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()
        gc.collect()
        await asyncio.sleep(0.1)
        gc.collect()

    with_pool(test)
    assert said == []


def test_preload_imports_before_the_first_job_and_reports_a_missing_module() -> None:
    async def good(pool: WorkerPool) -> None:
        assert await pool.run(is_imported, "colorsys")

    async def bad(pool: WorkerPool) -> None:
        with pytest.raises(PoolError, match="no_such_module"):
            await pool.run(double, 1)

    with_pool(good, preload=("colorsys",))
    with_pool(bad, preload=("no_such_module",))


# Loads count against no limit, and are done once.

SLOW = """
import os, time
end = time.process_time() + {cpu}
while time.process_time() < end: pass
time.sleep(float(os.environ.get("SLEEP_IN_IMPORT", 0)))
VALUE = "loaded"
"""
TIGHT = {"cpu_seconds": 0.2, "wall_seconds": 60.0}


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that takes more time to import than a job may."""
    (tmp_path / "slow_to_import.py").write_text(SLOW.format(cpu=0.6))
    monkeypatch.syspath_prepend(str(tmp_path))
    return "slow_to_import"


def test_a_slow_import_counts_against_no_limit(slow_module: str) -> None:
    async def test(pool: WorkerPool) -> None:
        assert await pool.run(use, slow_module, **TIGHT) == "loaded"

    with_pool(test, workers=1)


def test_a_load_that_waits_counts_against_no_limit(slow_module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEP_IN_IMPORT", "2.5")

    async def test(pool: WorkerPool) -> None:
        await pool.run(double, 1)
        assert await pool.run(use, slow_module, wall_seconds=2.0) == "loaded"

    with_pool(test, workers=1)


def test_an_import_statement_counts_neither(slow_module: str) -> None:
    async def test(pool: WorkerPool) -> None:
        assert await pool.run(use_by_statement, **TIGHT) == "loaded"

    with_pool(test, workers=1)


def test_what_comes_before_and_after_a_load_counts(slow_module: str) -> None:
    async def test(pool: WorkerPool) -> None:
        await pool.run(use_and_spin, slow_module, 0.1, cpu_seconds=0.35)
        with pytest.raises(PoolTimeout, match="CPU"):
            await pool.run(use_and_spin, slow_module, 0.3, cpu_seconds=0.35)

    with_pool(test, workers=1)


def test_a_worker_after_a_kill_is_warm(slow_module: str) -> None:
    """Even where the job that loaded the module never came to an end."""

    async def test(pool: WorkerPool) -> None:
        assert not await pool.run(is_imported, slow_module)
        with pytest.raises(PoolTimeout, match="CPU"):
            await pool.run(use_and_loop, slow_module, **TIGHT)
        for _ in range(2):
            assert await pool.run(is_imported, slow_module)
            with pytest.raises(PoolTimeout, match="CPU"):
                await pool.run(loop_in_c, **TIGHT)

    with_pool(test, workers=1)


def test_what_is_loaded_by_a_function_is_off_the_clock_and_kept() -> None:
    async def test(pool: WorkerPool) -> None:
        assert not await pool.run(look_up, 0.6, **TIGHT)
        with pytest.raises(PoolTimeout):
            await pool.run(loop_in_c, **TIGHT)
        assert await pool.run(look_up, 0.6, **TIGHT)

    with_pool(test, workers=1)


def test_a_missing_module_is_the_error_of_the_job_that_wants_it() -> None:
    async def test(pool: WorkerPool) -> None:
        for _ in range(2):
            with pytest.raises(PoolError, match="no_such_module"):
                await pool.run(use, "no_such_module")
            with pytest.raises(PoolCrash):
                await pool.run(leave, 1)

    with_pool(test, workers=1)


def test_a_load_that_kills_is_not_done_again_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deadly.py").write_text("import os\nos._exit(9)\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def test(pool: WorkerPool) -> None:
        with pytest.raises(PoolCrash, match="exit code 9"):
            await pool.run(use, "deadly")
        assert await pool.run(double, 2) == 4

    with_pool(test, workers=1)


def test_what_no_job_needs_is_never_imported() -> None:
    async def test(pool: WorkerPool) -> None:
        assert [await pool.run(is_imported, name) for name in ("math_verify", "sympy", "numpy")] == [False] * 3

    with_pool(test, workers=1, preload=("qwen3_eval.scoring.scorer",))


def test_workers_ignore_control_c() -> None:
    async def test(pool: WorkerPool) -> None:
        pid = await pool.run(pid_of_worker)
        os.kill(pid, signal.SIGINT)
        assert await pool.run(pid_of_worker) == pid

    with_pool(test, workers=1)


# A script without a __main__ guard: a second import of it would start pools without end.
SCRIPT = """
import asyncio, os, sys
from qwen3_eval.scoring.pool import WorkerPool
from pool_jobs import double, loop_in_c, pid_of_worker

async def main():
    pool = WorkerPool(2)
    pids = set(await asyncio.gather(*(pool.run(pid_of_worker) for _ in range(8))))
    print(len(pids), *pids, flush=True)
    if "hang" in sys.argv:
        await asyncio.gather(*(pool.run(loop_in_c, cpu_seconds=600) for _ in range(2)))
    await pool.close()

asyncio.run(main())
"""


def start_script(folder: Path, *args: str) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    paths = [str(SUPPORT), str(ROOT)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen([sys.executable, str(script), *args], stdout=subprocess.PIPE, text=True, env=env)


def test_a_script_without_a_main_guard_works(tmp_path: Path) -> None:
    output, _ = start_script(tmp_path).communicate(timeout=60)
    assert output.split()[0] in ("1", "2")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends workers with their parent on Linux only")
def test_killing_the_parent_leaves_no_worker(tmp_path: Path) -> None:
    parent = start_script(tmp_path, "hang")
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()[1:]]
    assert pids
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """The process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_cost_of_a_trivial_job(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = 3000

    async def test(pool: WorkerPool) -> tuple[float, float]:
        await pool.run(double, 1)
        start, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(pool.run(double, n) for n in range(jobs)))
        return time.monotonic() - start, time.process_time() - cpu

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, parent = with_pool(test, workers=1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with capsys.disabled():
        print(
            f"\npool: {jobs / wall:,.0f} jobs/s; CPU per job: parent {parent / jobs * 1e6:.0f} us, "
            f"worker {children / jobs * 1e6:.0f} us with its start"
        )
    assert wall < 60
