"""A vLLM server that is told to end (SIGTERM) in the middle of a run, and one that comes back, or does not.

Requests in flight are not answered then, and their connections stay open as long as somebody waits for them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.arguments import engine_arguments, vllm_environment
from qwen3_eval.engines.launch import free_port, server_command

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = [pytest.mark.vllm, pytest.mark.long]

ASKED = ["--model", "demo", "--tasks", "demo_math", "--mode", "thinking", "--budgets", "16,64"]
GREEDY = ["--temperature", "0", "--top-k", "1"]
DOCS, SAMPLES, BUDGETS = 40, 8, 2
START_SECONDS = 300.0


@contextmanager
def served(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A vLLM server of the demo model, as somebody else would start it; it may not be up yet."""
    config = RunConfig("demo", ("demo_math",), engine=EngineConfig("server"))
    command = server_command(config, engine_arguments(config), port)
    environment = {**os.environ, **vllm_environment()}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    process = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def until(done: Callable[[], bool], seconds: float) -> float:
    """Seconds until something is so."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def start(run_dir: Path, port: int, *more: str) -> subprocess.Popen[str]:
    place = ["--base-url", f"http://127.0.0.1:{port}", "--run-dir", str(run_dir), "--limit", str(DOCS)]
    command = [sys.executable, "-m", "qwen3_eval", "run", *ASKED, *GREEDY, *place, *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def lines(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / "generations.jsonl"
    found = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line) for line in found if line.endswith(b"\n")]


def texts(run_dir: Path) -> dict[tuple[str, int], set[tuple[str, str, bool]]]:
    """By question and budget; under greedy decoding all samples say the same. Each unit is there once."""
    said: dict[tuple[str, int], set[tuple[str, str, bool]]] = {}
    for line in lines(run_dir):
        assert not line["error"]
        said.setdefault((line["id"], line["budget"]), set()).add((line["thinking"], line["answer"], line["finished"]))
    assert len({line["key"] for line in lines(run_dir)}) == len(lines(run_dir))
    return said


def ended(run: subprocess.Popen[str], seconds: float) -> tuple[int, str]:
    try:
        _, said = run.communicate(timeout=seconds)
    finally:
        run.kill()
    return run.returncode, said


def test_a_server_that_is_ended_with_requests_in_flight(tmp_path: Path) -> None:
    port = free_port()
    many = ["--samples", str(SAMPLES), "--slots", "32"]
    whole, waited, left = tmp_path / "whole", tmp_path / "waited", tmp_path / "left"
    with served(port) as first:
        until(lambda: answers(port), START_SECONDS)
        code, said = ended(start(whole, port), 120)
        assert code == 0, said
        run = start(waited, port, *many, "--wait-for-server", "10m")
        until(lambda: len(lines(waited)) >= 100, 120)
        first.send_signal(signal.SIGTERM)
        until(lambda: not answers(port), 30)
        # Another one takes its port, while it is still owed answers.
        with served(port) as second:
            until(lambda: answers(port), START_SECONDS)
            code, said = ended(run, 120)
            assert code == 0, said
            assert f"the server at http://127.0.0.1:{port} is back" in said
            assert texts(waited) == texts(whole)
            assert len(lines(waited)) == DOCS * SAMPLES * BUDGETS
            # Nobody waits for it any more.
            first.wait(60)

            run = start(left, port, *many, "--wait-for-server", "10s")
            until(lambda: len(lines(left)) >= 100, 120)
            second.send_signal(signal.SIGTERM)
            began = time.monotonic()
            code, said = ended(run, 120)
            assert code == 3, said
            assert f"no server answered at http://127.0.0.1:{port} for 10 s" in said
            # Ten seconds from when it was missed, at the latest one look after the last sign of it.
            assert time.monotonic() - began < 60
            kept = texts(left)
            assert 100 <= len(lines(left)) < DOCS * SAMPLES * BUDGETS
            assert all(kept[place] <= texts(whole)[place] for place in kept)
