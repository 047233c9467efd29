"""Two nodes of a Ray cluster, and what is wrong with them or with their token: one line, before anything is asked."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT
from two_nodes import Node, Nodes, missing

from qwen3_eval.demo import model_path

pytest.importorskip("ray", reason="ray is not installed")
pytest.importorskip("vllm", reason="vllm is not installed")
WHY_NOT = missing()
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    made = Nodes("one", "two")
    try:
        made.nodes[0].start("--num-cpus=2")
        made.wait(made.nodes[0].up)
        yield made
    finally:
        made.close()


def refused(nodes: Nodes, folder: Path, *more: str, without: tuple[str, ...] = (), **environment: str) -> str:
    """What the command says, in one line; it ends with exit code 2 and leaves nothing."""
    options = ["--engine", "ray", "--ray-address", nodes.address, "--tasks", "demo_math", "--limit", "1", *more]
    model = [] if "--model" in more else ["--model", "demo"]
    command = [sys.executable, "-m", "stand_in", "run", *options, *model, "--run-dir", str(folder / "run")]
    # The token of whoever runs the tests is no part of them.
    environment.setdefault("HOME", str(folder))
    process = nodes.driver(command, folder / "said.txt", without=without, **environment)
    code, said = process.wait(120), (folder / "said.txt").read_text()
    assert code == 2 and not (folder / "run").exists(), said
    nodes.wait(lambda: not nodes.foreign(), 30)
    *before, line = said.splitlines()
    assert before == [f"run directory: {folder / 'run'}"], said
    return line


def test_a_token_that_is_missing(nodes: Nodes, tmp_path: Path) -> None:
    said = refused(nodes, tmp_path, without=("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"))
    assert f"--ray-address {nodes.address}: the cluster wants another token, or any: set RAY_AUTH_MODE=token" in said


@pytest.mark.parametrize("file", [False, True])
def test_a_token_that_is_nowhere(nodes: Nodes, tmp_path: Path, file: bool) -> None:
    more = {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "none")} if file else {}
    said = refused(nodes, tmp_path, without=("RAY_AUTH_TOKEN",), **more)
    assert f"--ray-address {nodes.address}: RAY_AUTH_MODE is token, and there is none: put the cluster's into" in said


def test_a_token_that_is_wrong(nodes: Nodes, tmp_path: Path) -> None:
    said = refused(nodes, tmp_path, RAY_AUTH_TOKEN="0" * 64)
    assert f"--ray-address {nodes.address}: the cluster wants another token" in said


def test_more_replicas_than_there_is_room_for(nodes: Nodes, tmp_path: Path) -> None:
    said = refused(nodes, tmp_path, "--replicas", "9")
    assert "--replicas 9: the cluster has 2 CPUs, and a replica takes one at least" in said


@pytest.fixture
def second(nodes: Nodes) -> Iterator[Node]:
    two = nodes.nodes[1]
    yield two
    two.end()


def test_a_node_without_the_model_or_with_another_version(nodes: Nodes, tmp_path: Path, second: Node) -> None:
    """Of both the model is looked for last."""
    other = tmp_path / "other"
    shutil.copytree(ROOT / "qwen3_eval", other / "qwen3_eval", ignore=shutil.ignore_patterns("__pycache__"))
    (other / "qwen3_eval" / "__init__.py").write_text('__version__ = "0.0.7"\n')
    path = f"{other}:{nodes.environment['PYTHONPATH']}"
    second.start("--num-cpus=2", PYTHONPATH=path)
    nodes.wait(lambda: second.up() and nodes.known() == 2)
    (tmp_path / "a").mkdir()
    assert "node two has qwen3_eval 0.0.7, this machine " in refused(nodes, tmp_path / "a")
    second.end()
    nodes.wait(lambda: nodes.known() == 1)
    model = tmp_path / "model"
    shutil.copytree(model_path(), model)
    second.start("--num-cpus=2", hidden=[model])
    nodes.wait(lambda: second.up() and nodes.known() == 2)
    (tmp_path / "b").mkdir()
    said = refused(nodes, tmp_path / "b", "--model", str(model))
    assert f"node two: model folder {model} has no config.json" in said and "put it on all nodes" in said
