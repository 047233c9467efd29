"""``kill -9`` while a judge is at work: no call is lost or made twice, and the run ends as if nothing had been."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from places import SUPPORT, TOYS
from processes import alive, descendants

CALLS = 2
SLOTS = 4
# Of the toy task.
ESSAYS = 6
SAMPLES = 10


def lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal."""
    if not path.is_file():
        return []
    whole = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    return [json.loads(line) for line in whole]


def command(run_dir: Path, *options: str) -> list[str]:
    argv = ["run", "--tasks", "toy_judged", "--tasks-dir", str(TOYS), "--mode", "non-thinking", "--temperature", "0"]
    more = ["--samples", str(SAMPLES), "--run-dir", str(run_dir)]
    return [sys.executable, "-m", "qwen3_eval", *argv, *more, *options]


def killed_at(run_dir: Path, options: Sequence[str], journal: str, count: int, wait: float = 0.0) -> None:
    """Kills a run when a journal has so many lines, or ``wait`` seconds later; its engines end with it."""
    with subprocess.Popen(command(run_dir, *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(lines(run_dir / journal)) < count:
            time.sleep(0.02)
        time.sleep(wait)
        assert process.poll() is None, "it ended before it could be killed"
        engines = descendants(process.pid)[1:]
        process.kill()
    deadline = time.monotonic() + 60
    while any(map(alive, engines)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [engine for engine in engines if alive(engine)]


def finished(run_dir: Path, options: Sequence[str]) -> None:
    done = subprocess.run(command(run_dir, *options), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def said(run_dir: Path, name: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What was said, by what it was said to; each once."""
    told = {"generations.jsonl": ("answer", "finish_reason"), "judgments.jsonl": ("reply", "verdict", "unread")}
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for line in lines(run_dir / name):
        key = tuple(line.get(part) for part in ("id", "sample", "call", "attempt"))
        assert key not in found, f"{key} stands twice in {name}"
        found[key] = tuple(line[part] for part in told[name])
    return found


def check(run_dir: Path, undisturbed: Path) -> None:
    for name in ("generations.jsonl", "judgments.jsonl"):
        assert said(run_dir, name) == said(undisturbed, name)
    scores = [
        {(line["id"], line["sample"]): (line["score"], line["outcome"], line["detail"]) for line in lines(each)}
        for each in (run_dir / "scores.jsonl", undisturbed / "scores.jsonl")
    ]
    assert scores[0] == scores[1] and len(scores[0]) == ESSAYS * SAMPLES


@pytest.fixture
def stub() -> Iterator[str]:
    """A judge behind a URL, in a process of its own, that takes its time."""
    whole = [sys.executable, str(SUPPORT / "stub_server.py"), "--latency", "equal", "--mean", "0.02", "--say", "j=[8]"]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def asked(url: str) -> int:
    import urllib.request

    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        found: int = json.load(answer)["count"]
        return found


@pytest.mark.long
def test_a_judge_behind_a_url_is_asked_once(tmp_path: Path, stub: str) -> None:
    options = ["--model", "m", "--engine", "mock", "--judge-url", stub, "--judge-model", "j"]
    options += ["--judge-slots", str(SLOTS)]
    calls, moments = ESSAYS * SAMPLES * CALLS, (1, 30, 31, 90)
    for count in moments:
        killed_at(tmp_path / "run", options, "judgments.jsonl", count)
    finished(tmp_path / "run", options)
    assert calls <= asked(stub) <= calls + len(moments) * SLOTS
    assert len(said(tmp_path / "run", "judgments.jsonl")) == calls
    before = asked(stub)
    finished(tmp_path / "run", options)
    assert asked(stub) == before
    finished(tmp_path / "whole", options)
    check(tmp_path / "run", tmp_path / "whole")
