"""vLLM with the demo model on two nodes of a Ray cluster: the records of one process, though an engine is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from two_nodes import Nodes, missing

pytest.importorskip("ray", reason="ray is not installed")
pytest.importorskip("vllm", reason="vllm is not installed")
WHY_NOT = missing()
pytestmark = [pytest.mark.vllm, pytest.mark.long, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

CORE = "VLLM::EngineCore"
DOCS, BUDGETS, SAMPLES = 40, (8, 32, 96), 4
GREEDY = "[thinking]\ntemperature = 0.0\n"


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    made = Nodes("one", "two")
    try:
        made.start("--num-cpus=1")
        yield made
    finally:
        made.close()


def command(folder: Path, name: str, *more: str) -> list[str]:
    (folder / "greedy.toml").write_text(GREEDY)
    work = ["--model", "demo", "--tasks", "demo_math", "--mode", "thinking", "--budgets", ",".join(map(str, BUDGETS))]
    rest = ["--limit", str(DOCS), "--samples", str(SAMPLES), "--sampling", str(folder / "greedy.toml"), "--slots", "16"]
    return [sys.executable, "-m", "qwen3_eval", "run", *work, *rest, "--run-dir", str(folder / name), *more]


def lines(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / "generations.jsonl"
    whole = path.read_text().rpartition("\n")[0] if path.is_file() else ""
    return [json.loads(line) for line in whole.splitlines()]


def texts(run_dir: Path) -> dict[tuple[str, int, int], tuple[Any, ...]]:
    """What came of each unit, which is there once."""
    said = ("thinking", "answer", "finished", "forced_stop", "finish_reason", "error", "block")
    found = {
        (line["id"], line["sample"], line["budget"]): tuple(line[name] for name in said) for line in lines(run_dir)
    }
    assert len(found) == len(lines(run_dir)) == DOCS * SAMPLES * len(BUDGETS)
    return found


def test_an_engine_that_is_killed_costs_nothing(nodes: Nodes, tmp_path: Path) -> None:
    output, run_dir = tmp_path / "said.txt", tmp_path / "far"
    more = ("--engine", "ray", "--ray-address", nodes.address, "--replicas", "2")
    run = nodes.driver(command(tmp_path, "far", *more), output)
    nodes.wait(lambda: len(lines(run_dir)) > 60 or run.poll() is not None, 400)
    # One that answers: another may still load its model.
    nodes.wait(lambda: any(node.named("ray::Replica.do") and node.kill(CORE) for node in nodes.nodes))
    assert run.wait(400) == 0, output.read_text()
    nodes.wait(lambda: not nodes.foreign())
    assert " died; " in output.read_text()
    here = subprocess.run(
        command(tmp_path, "here"),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": nodes.environment["PYTHONPATH"]},
    )
    assert here.returncode == 0, here.stderr
    assert texts(run_dir) == texts(tmp_path / "here")
