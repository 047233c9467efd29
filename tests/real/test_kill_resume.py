"""``kill -9`` at random moments: nothing that was completed is lost or made twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from places import TOYS
from processes import alive, descendants

UNITS = 20 * 2 * 10
KILLS = 12
SLOTS = 8


class Server(ThreadingHTTPServer):
    """Adds, a little late; counts what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[tuple[str, int, bool]] = Counter()
        self.steps: list[int] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._reply({"object": "list", "data": [{"id": "toy/model", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = body["messages"][-1]["content"]
        thinks = body["chat_template_kwargs"]["enable_thinking"]
        self.server.asked[question, body["seed"], thinks] += 1
        time.sleep(0.02)
        self.server.steps.append(len(body["messages"]))
        total = answer_to(question, body["messages"])
        message = {"role": "assistant", "content": str(total), "reasoning_content": "add" if thinks else None}
        self._reply(
            {
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 4},
            }
        )

    def _reply(self, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        return None


def answer_to(question: str, messages: list[dict[str, Any]]) -> int:
    """The sum, or twice the number that a conversation has come to; its calls and their results belong together."""
    if "double" not in question:
        return sum(int(part) for part in question.rstrip("=").split("+"))
    made = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    assert made == [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert all(isinstance(call["function"]["arguments"], str) for m in messages for call in m.get("tool_calls", ()))
    return 2 * int(question.split()[-1])


def command(server: Server, run_dir: Path, task: str = "toy_sum") -> list[str]:
    argv = ["run", "--engine", "server", "--base-url", server.url, "--model", "toy/model", "--tasks", task]
    more = ["--tasks-dir", str(TOYS), "--samples", "10", "--slots", str(SLOTS), "--run-dir", str(run_dir)]
    return [sys.executable, "-m", "qwen3_eval", *argv, *more]


def whole_lines(path: Path) -> list[bytes]:
    if not path.is_file():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def kill_at_random(server: Server, run_dir: Path, rng: random.Random) -> bool:
    """Starts the run, kills it within the time that it works; True when it was still running."""
    generations = run_dir / "generations.jsonl"
    before = len(whole_lines(generations))
    process = subprocess.Popen(command(server, run_dir), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while process.poll() is None and len(whole_lines(generations)) == before and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.15))
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


@pytest.mark.long
def test_kill_and_resume(tmp_path: Path) -> None:
    server, rng = Server(), random.Random(int(os.environ.get("KILL_SEED", "1")))
    run_dir = tmp_path / "run"
    kills = 0
    kept: list[bytes] = []
    for _ in range(KILLS):
        kills += kill_at_random(server, run_dir, rng)
        lines = whole_lines(run_dir / "generations.jsonl")
        assert lines[: len(kept)] == kept
        kept = lines
    with open(run_dir / "generations.jsonl", "ab") as file:
        file.write(b'{"key": "torn')
    final = subprocess.run(command(server, run_dir), capture_output=True, text=True, check=False)
    assert final.returncode == 0, final.stderr
    check_journals(run_dir)
    assert kills >= 3
    assert sum(server.asked.values()) <= UNITS + kills * SLOTS


@pytest.mark.long
def test_kill_in_the_middle_of_conversations(tmp_path: Path) -> None:
    """6 conversations of 4 steps, in 2 modes, 10 samples: each step is asked for once, but for those in flight."""
    server, run_dir, kills = Server(), tmp_path / "run", 3
    steps = run_dir / "steps.jsonl"
    for _ in range(kills):
        before = len(whole_lines(steps))
        process = subprocess.Popen(
            command(server, run_dir, "toy_dialogue"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and len(whole_lines(steps)) < before + 50:
            time.sleep(0.005)
        process.kill()
        process.wait()
    kept = whole_lines(steps)
    final = subprocess.run(command(server, run_dir, "toy_dialogue"), capture_output=True, text=True, check=False)
    assert final.returncode == 0, final.stderr
    assert whole_lines(steps)[: len(kept)] == kept
    assert len(whole_lines(steps)) == len({(line["key"], line["seed"]) for line in map(json.loads, whole_lines(steps))})
    assert len(whole_lines(steps)) == 6 * 2 * 10 * 4
    assert len(server.steps) <= 6 * 2 * 10 * 4 + kills * SLOTS
    assert all(json.loads(line)["score"] == 1 for line in whole_lines(run_dir / "scores.jsonl"))


def check_journals(run_dir: Path) -> None:
    generations = [json.loads(line) for line in whole_lines(run_dir / "generations.jsonl")]
    scores = [json.loads(line) for line in whole_lines(run_dir / "scores.jsonl")]
    assert len(generations) == UNITS
    assert len({line["key"] for line in generations}) == UNITS
    assert {line["key"] for line in scores} == {line["key"] for line in generations}
    assert all(line["score"] == 1 for line in scores)
    summary = json.loads((run_dir / "summary.json").read_text())
    assert all(result["n_samples"] == UNITS // 2 and result["valid"] for result in summary["results"])


@pytest.mark.vllm
@pytest.mark.long
def test_kill_a_run_on_vllm(tmp_path: Path) -> None:
    pytest.importorskip("vllm", reason="vllm is not installed")
    run_dir, docs = tmp_path / "run", 40
    generations = run_dir / "generations.jsonl"
    argv = ["--model", "demo", "--tasks", "demo_math", "--budgets", "8,32,96", "--limit", str(docs), "--slots", "8"]
    whole = [sys.executable, "-m", "qwen3_eval", "run", *argv, "--run-dir", str(run_dir)]
    with subprocess.Popen(whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(whole_lines(generations)) < docs:
            time.sleep(0.02)
        engines = descendants(process.pid)[1:]
        process.kill()
    kept = whole_lines(generations)
    deadline = time.monotonic() + 30
    while any(map(alive, engines)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [engine for engine in engines if alive(engine)]
    assert len(kept) < docs * 4
    assert subprocess.run(whole, capture_output=True, check=False).returncode == 0
    lines = whole_lines(generations)
    assert lines[: len(kept)] == kept
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == docs * 4


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    server, run_dir = Server(), tmp_path / "run"
    first = subprocess.Popen(command(server, run_dir), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (run_dir / "generations.jsonl").is_file() and first.poll() is None:
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)
    try:
        second = subprocess.run(command(server, run_dir), capture_output=True, text=True, check=False)
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert "another process is writing" in second.stderr
    assert second.stderr.count("\n") <= 2
