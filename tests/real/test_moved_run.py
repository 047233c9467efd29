"""A run that is killed in one place and goes on in another: in this process, behind a server, on a Ray cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from processes import alive, descendants

ASKED = ["--model", "demo", "--tasks", "demo_math", "--limit", "8", "--mode", "thinking", "--budgets", "16,64"]
HERE = ["--engine", "vllm", "--slots", "1"]
SERVED = ["--engine", "server", "--slots", "1"]
SPREAD = ["--engine", "ray", "--ray-address", "local", "--replicas", "1"]
UNITS = 8 * 2


def command(run_dir: Path, place: list[str]) -> list[str]:
    more = ["--temperature", "0", "--top-k", "1", "--run-dir", str(run_dir)]
    return [sys.executable, "-m", "qwen3_eval", "run", *ASKED, *more, *place]


def lines(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / "generations.jsonl"
    found = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line) for line in found if line.endswith(b"\n")]


def killed(run_dir: Path, place: list[str], after: int) -> None:
    """Starts the run, and kills it when it has so many answers."""
    process = subprocess.Popen(command(run_dir, place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while len(lines(run_dir)) < after and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    members = descendants(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(alive(pid) for pid in members) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in members)


def texts(run_dir: Path) -> dict[str, tuple[str, str, bool]]:
    found = {line["key"]: (line["thinking"], line["answer"], line["finished"]) for line in lines(run_dir)}
    assert len(found) == len(lines(run_dir)) == UNITS
    return found


@pytest.mark.long
def test_from_process_to_server_to_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What runs on nodes is this package, wherever it lies.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    whole, moved = tmp_path / "whole", tmp_path / "moved"
    subprocess.run(command(whole, HERE), check=True, capture_output=True)
    killed(moved, HERE, after=3)
    killed(moved, SERVED, after=7)
    begun = len(lines(moved))
    other = [*HERE, "--engine-arg", "dtype=bfloat16"]
    refused = subprocess.run(command(moved, other), capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert 'engine.args.dtype: null -> "bfloat16"' in refused.stderr and "--accept-engine-change" in refused.stderr
    done = subprocess.run(command(moved, SPREAD), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 7 <= begun < UNITS
    assert texts(moved) == texts(whole)
    told = json.loads((moved / "run.json").read_text("utf-8"))
    assert told["identity"] == json.loads((whole / "run.json").read_text("utf-8"))["identity"]
    assert [session["engine"]["name"] for session in told["sessions"]] == ["vllm", "server", "vllm"]
    assert told["sessions"][2]["engine"]["ray_address"] == "local"
    assert not any("engine-change" in each for each in told["deviations"])
