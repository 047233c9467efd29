"""SIGINT, SIGTERM and SIGHUP at any time: an orderly end with exit code 3 and the line that says how to go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from places import TOYS
from processes import alive, descendants

from qwen3_eval.engines.launch import Guard

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What the stand-in engine does while it starts, and then how long an answer takes.
STARTS = {
    "sleeps": "time.sleep(600)",
    "waits in C": "[ctypes.CDLL(None).sleep(600) for _ in range(9)]",
    "waits for a lock": "threading.Lock().acquire() and threading.Event().wait(600)",
    "swallows it": "swallow()",
}
ENGINE = """
import asyncio, ctypes, os, subprocess, sys, threading, time
from qwen3_eval.engines import mock
from qwen3_eval.engines.launch import Guard

def swallow():
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            print("no", file=sys.stderr)

async def start(self):
    self.guard = Guard()
    self.guard.open()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(f"child {child.pid}", flush=True)
    time.sleep(0.6)
    print("starting", flush=True)
    START

async def close(self):
    self.guard.abandon()
    print("closed", flush=True)

mock.MockEngine.start, mock.MockEngine.close = start, close
mock.MockEngine._latency = None
made = mock.MockEngine.__init__
mock.MockEngine.__init__ = lambda self: made(self, latency=lambda request: LATENCY, slots=4)
from qwen3_eval.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Started:
    """A run in a process of its own, up to the moment when a signal is due."""

    def __init__(self, folder: Path, task: str = "toy_sum", start: str = "pass", latency: float = 0.0) -> None:
        self.run_dir = folder / "run"
        program = folder / "engine.py"
        program.write_text(ENGINE.replace("START", start).replace("LATENCY", str(latency)))
        argv = ["run", "--engine", "mock", "--model", "demo", "--tasks", task, "--tasks-dir", str(TOYS)]
        self.command = [sys.executable, str(program), *argv, "--run-dir", str(self.run_dir)]
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.child = int(self.process.stdout.readline().split()[1])
        assert self.process.stdout.readline() == "starting\n"

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not what() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert what()
        assert self.process.poll() is None

    def lines(self, name: str) -> int:
        path = self.run_dir / name
        return path.read_bytes().count(b"\n") if path.is_file() else 0

    def end(self, *numbers: int) -> tuple[str, str]:
        """stdout and stderr after the signals; nothing is left behind."""
        started = descendants(self.process.pid)[1:]
        for number in numbers:
            self.process.send_signal(number)
            time.sleep(0.7 if len(numbers) > 1 else 0)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 3, err
        assert "Traceback" not in err
        assert [line for line in err.splitlines() if "interrupted; what was done is kept" in line]
        deadline = time.monotonic() + 20
        while any(map(alive, [*started, self.child])) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [each for each in (*started, self.child) if alive(each)]
        return out, err


def finished(run: Started) -> None:
    """The same command again comes to the end, with nothing made twice."""
    kept = (run.run_dir / "generations.jsonl").read_bytes()
    argv = [*run.command[2:]]
    done = subprocess.run([sys.executable, "-m", "qwen3_eval", *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("generations.jsonl", "scores.jsonl"):
        keys = [json.loads(line)["key"] for line in (run.run_dir / name).read_text().splitlines()]
        assert len(keys) == len(set(keys)) > 0
    assert (run.run_dir / "generations.jsonl").read_bytes().startswith(kept)


@pytest.mark.parametrize(
    ("how", "number"),
    [*(("sleeps", number) for number in SIGNALS), ("waits in C", signal.SIGINT), ("waits for a lock", signal.SIGTERM)],
)
def test_while_an_engine_starts_that_gives_the_loop_no_turn(tmp_path: Path, how: str, number: int) -> None:
    out, err = Started(tmp_path, start=STARTS[how]).end(number)
    assert "closed" in out
    assert f"--run-dir {tmp_path / 'run'}" in err
    assert not (tmp_path / "run").exists()


def test_an_engine_that_swallows_the_interrupt_is_left(tmp_path: Path) -> None:
    out, _ = Started(tmp_path, start=STARTS["swallows it"]).end(signal.SIGINT)
    assert "closed" not in out


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    Started(tmp_path, start=STARTS["swallows it"]).end(signal.SIGINT, signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_amid_generation(tmp_path: Path, number: int) -> None:
    run = Started(tmp_path, latency=0.2)
    run.wait_for(lambda: run.lines("generations.jsonl") > 3)
    out, err = run.end(number)
    assert "closed" in out
    assert f"--run-dir {tmp_path / 'run'}" in err
    assert run.lines("generations.jsonl") < 40
    finished(run)


@pytest.mark.parametrize("number", SIGNALS)
def test_amid_scoring(tmp_path: Path, number: int) -> None:
    """All is generated at once, each score takes a while; the whole process group hears it, as on a terminal."""
    run = Started(tmp_path, task="toy_slow")
    run.wait_for(lambda: run.lines("generations.jsonl") == 40 and run.lines("scores.jsonl") > 0)
    workers = [pid for pid in descendants(run.process.pid)[1:] if pid != run.child]
    before = run.lines("scores.jsonl")
    for worker in workers:
        os.kill(worker, number)
    time.sleep(0.05)
    out, _ = run.end(number)
    assert "closed" in out
    assert before <= run.lines("scores.jsonl") < 40
    outcomes = [json.loads(line)["outcome"] for line in (run.run_dir / "scores.jsonl").read_text().splitlines()]
    assert set(outcomes) == {"ok"}
    finished(run)


def test_a_signal_that_the_caller_ignores_stays_ignored(tmp_path: Path) -> None:
    code = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); exec(open(__import__('sys').argv.pop(1)).read())"
    )
    run = Started.__new__(Started)
    program = tmp_path / "engine.py"
    program.write_text(ENGINE.replace("START", "pass").replace("LATENCY", "0.05"))
    argv = ["run", "--engine", "mock", "--model", "demo", "--tasks", "toy_sum", "--tasks-dir", str(TOYS)]
    command = [sys.executable, "-c", code, str(program), *argv, "--run-dir", str(tmp_path / "run")]
    run.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.run_dir = tmp_path / "run"
    run.wait_for(lambda: run.lines("generations.jsonl") > 3)
    run.process.send_signal(signal.SIGHUP)
    _, err = run.process.communicate(timeout=60)
    assert run.process.returncode == 0, err


@pytest.mark.vllm
@pytest.mark.long
def test_while_vllm_loads(tmp_path: Path) -> None:
    pytest.importorskip("vllm", reason="vllm is not installed")
    argv = ["run", "--model", "demo", "--tasks", "demo_math", "--limit", "2", "--run-dir", str(tmp_path / "run")]
    with subprocess.Popen(
        [sys.executable, "-m", "qwen3_eval", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 120
        while len(descendants(process.pid)) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        started = descendants(process.pid)[1:]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "interrupted" in err and "Traceback" not in err
    deadline = time.monotonic() + 20
    while any(map(alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [each for each in started if alive(each)]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_while_the_program_is_loaded_says_so_too(number: signal.Signals) -> None:
    program = f"""
import os, sys
from qwen3_eval.__main__ import main
class Finder:
    def find_spec(self, *_): os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Finder())
main()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (3, "qwen3-eval: interrupted; run the same command again\n")


@pytest.mark.parametrize("times", [1, 2])
def test_a_task_that_is_torn_out_of_its_work_leaves_one_line(times: int) -> None:
    """The last of several runs in one process gives the loop no turn."""
    program = f"""
import asyncio, contextlib, gc, sys
from pathlib import Path
from qwen3_eval.cli import failure, interrupts

async def busy():
    print("busy", flush=True)
    while True:
        pass

async def fill(last):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(busy() if last else asyncio.sleep(0))

with interrupts.handled():
    try:
        for number in range({times}):
            interrupts.run(fill(number == {times - 1}), Path("run"))
    except BaseException as error:
        code = failure.explain(error)
gc.collect()
sys.exit(code)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "busy\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3 and err.count("\n") == 1 and "--run-dir run to go on" in err


def test_an_engine_that_is_abandoned_takes_nothing_with_it_that_was_there_before() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(99)"]
    with subprocess.Popen(sleeper) as earlier:
        guard = Guard()
        guard.open()
        with subprocess.Popen(sleeper) as later:
            guard.abandon()
            assert later.wait(30) == -signal.SIGKILL
            assert earlier.poll() is None
        earlier.kill()
