"""Programs and commands in the sandbox: what they get, what comes back, what they may use."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pool_jobs
import pytest
from places import ROOT
from processes import command_lines_with, wait_for

from qwen3_eval.sandbox import (
    Limits,
    SandboxUnavailable,
    available,
    inside,
    interpreter,
    run_command,
    run_program,
    watch,
)
from qwen3_eval.sandbox.python import site_packages
from qwen3_eval.scoring.pool import WorkerPool

pytestmark = pytest.mark.sandbox
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")


def output_of(source: str, **arguments: object) -> str:
    result = run_program(source, **arguments)  # type: ignore[arg-type]
    assert result.exit_code == 0, result
    return result.stdout.strip()


@needs_sandbox
def test_a_program_runs_with_its_input() -> None:
    result = run_program("import sys\nprint(input()[::-1])\nprint('hm', file=sys.stderr)", stdin="häß\n")
    assert (result.stdout, result.stderr, result.exit_code) == ("ßäh\n", "hm\n", 0)
    assert (result.timed_out, result.killed) == (False, "")
    assert 0 < result.cpu_seconds < 5


@needs_sandbox
@pytest.mark.parametrize("code", [1, 7, 127, 255])
def test_exit_codes_are_the_programs_own(code: int) -> None:
    assert run_program(f"raise SystemExit({code})").exit_code == code


@needs_sandbox
def test_a_signal_is_128_and_its_number() -> None:
    result = run_program("import os\nos.kill(os.getpid(), 11)")
    assert (result.exit_code, result.stderr) == (128 + 11, "")


@needs_sandbox
def test_a_program_that_ignores_a_long_input() -> None:
    assert run_program("print('done')", stdin="x" * 2_000_000).stdout == "done\n"


@needs_sandbox
def test_a_long_input_arrives_whole() -> None:
    assert output_of("import sys; print(len(sys.stdin.read()))", stdin="x" * 2_000_000) == "2000000"


@needs_sandbox
def test_killing_the_caller_ends_the_program() -> None:
    marker = f"orphan-{os.getpid()}-{time.time_ns()}"
    source = (
        "from qwen3_eval.sandbox import Limits, run_command\n"
        f"run_command(['/bin/sh', '-c', 'sleep 600; true', {marker!r}], limits=Limits(wall_seconds=600))"
    )
    caller = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT)
    try:
        wait_for(lambda: bool(command_lines_with(marker)))
    finally:
        caller.kill()
        caller.wait()
    wait_for(lambda: not command_lines_with(marker))


@needs_sandbox
def test_a_command_of_another_language() -> None:
    result = run_command(["/bin/sh", "main.sh"], files={"main.sh": "echo $GREETING; cat data"} | {"data": "42"})
    assert result.stdout == "\n42"
    result = run_command(["/bin/sh", "-c", "echo $GREETING"], environment={"GREETING": "hello"})
    assert result.stdout == "hello\n"


@needs_sandbox
def test_a_missing_command_is_an_exit_code() -> None:
    assert run_command(["/no/such/program"]).exit_code == 127


@needs_sandbox
def test_a_package_is_there_when_it_is_asked_for_and_only_that_one() -> None:
    source = """
import importlib
for name in ("numpy", "pandas", "qwen3_eval", "pip"):
    try:
        importlib.import_module(name)
        print(name)
    except ModuleNotFoundError:
        pass
"""
    assert output_of(source, packages=("numpy",)) == "numpy"
    assert output_of(source) == ""
    assert output_of("import numpy; print(numpy.linalg.inv(2 * numpy.eye(2)).sum())", packages=("numpy",)) == "1.0"


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match="no-such-package, which is not installed"):
        run_program("print(1)", packages=("no-such-package",))


@needs_sandbox
def test_packages_of_the_system_cannot_be_seen() -> None:
    folders = [str(path) for path in site_packages()]
    source = f"import os; print([os.listdir(path) for path in {folders!r} if os.path.exists(path)])"
    assert set(output_of(source)) <= set("[], ")


@needs_sandbox
def test_the_stack_is_limited_unless_asked_otherwise() -> None:
    source = "import resource; print(resource.getrlimit(resource.RLIMIT_STACK)[0])"
    assert output_of(source) == str(8 * 2**20)
    assert output_of(source, stack_mb=None) == "-1"


@needs_sandbox
def test_memory_is_bounded_where_address_space_is_not() -> None:
    result = run_command(
        [str(interpreter()[0]), "-c", "bytearray(2**30)"],
        limits=Limits(memory_mb=None, data_mb=256),
        read_only=interpreter()[1],
    )
    assert (result.exit_code, "MemoryError" in result.stderr) == (1, True)


@needs_sandbox
def test_a_sandbox_that_does_not_start_is_no_verdict() -> None:
    with pytest.raises(SandboxUnavailable, match="did not start: bwrap"):
        run_command(["true"], read_only=[Path("/no/such/folder")])


@needs_sandbox
@pytest.mark.parametrize("source", ["print('\0')", "print('\ud800')", "def f(:", "x = '" + "y" * 10_000_000 + "'; 1 +"])
def test_what_cannot_be_read_as_python_fails(source: str) -> None:
    assert run_program(source).exit_code == 1


@needs_sandbox
def test_limits_of_a_worker_process_do_not_bind_its_programs() -> None:
    async def ask() -> str:
        pool = WorkerPool(1)
        try:
            return await pool.run(pool_jobs.memory_limit_in_the_sandbox)
        finally:
            await pool.close()

    assert asyncio.run(ask()).split() == ["unlimited", "0"]


def test_no_limit_is_asked_for_that_lies_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (100, 200))
    words = inside.rlimits(Limits(open_files=300, memory_mb=None))
    assert {"--nofile=200", "--fsize=200", "--as=200", "--core=1"} <= set(words)


@needs_sandbox
def test_what_a_program_has_said_is_read_by_a_caller_that_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DRAIN_SECONDS", -1.0)
    moved = watch.Watch._move

    def late(self: watch.Watch, selector: object, name: str) -> None:
        wait_for(lambda: os.waitid(os.P_PID, self.running.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        moved(self, selector, name)  # type: ignore[arg-type]

    monkeypatch.setattr(watch.Watch, "_move", late)
    monkeypatch.setattr(watch, "CHUNK", 1000)
    assert output_of("print('x' * 50_000)") == "x" * 50_000


@needs_sandbox
def test_a_program_that_talks_all_the_time_ends_at_the_wall_limit() -> None:
    result = run_program("import time\nwhile True:\n    print(1, flush=True)\n    time.sleep(0.001)", wall_seconds=0.5)
    assert result.killed == "wall"
