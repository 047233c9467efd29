"""Two nodes of a Ray cluster, each in a network namespace: whatever dies or is cut off, nothing is lost or made twice.

``NODE_KILLS=20 NODE_SEED=1`` disturbs each run at so many random moments; ``docs/cluster.md`` says what was seen then.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stand_in import CORE
from two_nodes import Node, Nodes, missing

pytest.importorskip("ray", reason="ray is not installed")
pytest.importorskip("vllm", reason="vllm is not installed")
WHY_NOT = missing()
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

KILLS, SEED = int(os.environ.get("NODE_KILLS", "1")), os.environ.get("NODE_SEED", "1")
DOCS, BUDGETS = 60, (8, 32, 96)
# Ray takes a minute to call a node dead that is cut off; here it asks more often.
HEALTH = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
REPLICA, RAYLET = "ray::Replica", "raylet/raylet"


class Driven:
    """A run whose driver is beside the head."""

    def __init__(self, nodes: Nodes, run_dir: Path, *more: str, module: str = "stand_in", docs: int = DOCS) -> None:
        self.nodes, self.run_dir = nodes, run_dir
        self.output = run_dir.with_name(f"{run_dir.name}-{time.monotonic_ns()}.txt")
        budgets = ",".join(map(str, BUDGETS))
        engine = ["--engine", "ray", "--ray-address", nodes.address]
        work = ["--model", "demo", "--tasks", "demo_math", "--mode", "thinking", "--budgets", budgets]
        rest = ["--limit", str(docs), "--run-dir", str(run_dir), *more]
        command = [sys.executable, "-m", module, "run", *engine, *work, *rest]
        self.process = nodes.driver(command, self.output)

    def said(self) -> str:
        return self.output.read_text()

    def lost(self) -> int:
        """How many replicas it has said were lost."""
        return self.said().count(" died; ") + self.said().count(" did not start ")

    def lines(self) -> list[bytes]:
        path = self.run_dir / "generations.jsonl"
        if not path.is_file():
            return []
        return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]

    def works(self, before: int = 0) -> bool:
        """Whether answers have come beyond so many."""
        assert self.process.poll() is None, self.said()
        return len(self.lines()) > before

    def over(self) -> bool:
        return self.process.poll() is not None

    def whole(self) -> bool:
        """Whether answers come, and both replicas are up; False where it has ended."""
        self.nodes.wait(lambda: self.over() or (self.lines() and len(replicas(self.nodes)) == 2))
        return not self.over()

    def ended(self) -> int:
        """The exit code; nothing of the run is left on any node."""
        code = self.process.wait(300)
        self.nodes.wait(lambda: not self.nodes.foreign(), 30)
        return code


def texts(run_dir: Path) -> dict[tuple[str, int, int], Any]:
    """What came of each unit. Each is there once and has a score; errors aside, which were asked again."""
    found: dict[tuple[str, int, int], Any] = {}
    keys, failed = [], 0
    for line in map(json.loads, (run_dir / "generations.jsonl").read_text().splitlines()):
        if line["error"]:
            assert KILLS > 2 and line["error"].endswith(" that was asked"), line
            failed += 1
            continue
        keys.append(line["key"])
        found[line["id"], line["sample"], line["budget"]] = tuple(
            line[name] for name in ("thinking", "answer", "finished", "forced_stop", "finish_reason", "block")
        )
    scored = [json.loads(line)["key"] for line in (run_dir / "scores.jsonl").read_text().splitlines()]
    assert len(keys) == len(set(keys)) == len(found) and set(scored) == set(keys)
    assert failed or len(scored) == len(keys)
    return found


@pytest.fixture(scope="module")
def cluster() -> Iterator[Nodes]:
    nodes = Nodes("one", "two", environment=HEALTH)
    try:
        yield nodes
    finally:
        nodes.close()
    assert not [node for node in nodes.nodes if node.pids()]


@pytest.fixture
def nodes(cluster: Nodes) -> Nodes:
    """Both nodes are there, and nothing runs on them."""
    for node in cluster.nodes:
        node.heal()
    cluster.start("--num-cpus=2")
    cluster.wait(lambda: not cluster.foreign())
    return cluster


@pytest.fixture(scope="module")
def undisturbed(cluster: Nodes, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], Any]:
    """By doc and budget; the stand-in says the same in each sample."""
    cluster.start("--num-cpus=2")
    run = Driven(cluster, tmp_path_factory.mktemp("undisturbed") / "run", "--replicas", "2")
    assert run.ended() == 0, run.said()
    assert cluster.asked("one") and cluster.asked("two")
    assert "died" not in run.said()
    return {(name, budget): one for (name, _, budget), one in texts(run.run_dir).items()}


def same(run: Driven, samples: int, undisturbed: dict[tuple[str, int], Any]) -> bool:
    found = texts(run.run_dir)
    assert len(found) == DOCS * len(BUDGETS) * samples
    return all(undisturbed[name, budget] == one for (name, _, budget), one in found.items())


def replicas(nodes: Nodes) -> list[Node]:
    """Nodes with a replica that is up."""
    return [node for node in nodes.nodes if node.named(REPLICA) and node.named(CORE)]


def an_actor(nodes: Nodes, draw: random.Random) -> None:
    draw.choice(replicas(nodes) or nodes.nodes).kill(REPLICA)


def an_engine(nodes: Nodes, draw: random.Random) -> None:
    draw.choice(replicas(nodes) or nodes.nodes).kill(CORE)


def a_raylet(nodes: Nodes, draw: random.Random) -> None:
    nodes.nodes[1].kill(RAYLET)


def a_node(nodes: Nodes, draw: random.Random) -> None:
    nodes.nodes[1].cut()


def mended(nodes: Nodes) -> None:
    """What ran on a node ends with its raylet, or once it is back where it was cut off. Then Ray starts there anew.

    Where Ray had not yet called it dead when it came back, it goes on.
    """
    two = nodes.nodes[1]
    two.heal()
    assert nodes.within(lambda: not two.pids()) or nodes.known() == 2, two.running()
    nodes.start("--num-cpus=2")


@pytest.mark.parametrize(
    ("strike", "samples"),
    [(an_actor, 3), (an_engine, 3), (a_raylet, 4), (a_node, 4)],
    ids=["actor", "engine", "raylet", "node"],
)
def test_what_dies_costs_nothing(
    nodes: Nodes, tmp_path: Path, undisturbed: Any, strike: Callable[[Nodes, random.Random], None], samples: int
) -> None:
    """Where there are so many moments that a run ends before, another goes on with them."""
    draw, noticed, runs = random.Random(f"{SEED} {strike.__name__}"), list[float](), 0
    samples = min(samples * KILLS, 80) + 1
    while len(noticed) < KILLS:
        runs += 1
        more = ("--replicas", "2", "--samples", str(samples))
        run = Driven(nodes, tmp_path / f"run{runs}", *more)
        while len(noticed) < KILLS and run.whole():
            time.sleep(draw.uniform(0, 3))
            before, begun = run.lost(), time.monotonic()
            strike(nodes, draw)
            nodes.wait(lambda run=run, before=before: run.lost() > before or run.over())  # type: ignore[misc]
            if run.lost() > before:
                noticed.append(time.monotonic() - begun)
            if strike in (a_raylet, a_node):
                mended(nodes)
        code = run.ended()
        if KILLS > 2 and code == 3:
            # So many died that some question met three of them.
            print(f"{strike.__name__}: {run.said().splitlines()[-1]}")
            run = Driven(nodes, run.run_dir, *more)
            code = run.ended()
        assert code == 0, run.said()
        assert same(run, samples, undisturbed)
        assert "(raylet)" not in run.said() and "Traceback" not in run.said()
    at_most = f"{statistics.median(noticed):.1f} s, {max(noticed):.1f} s at most"
    print(f"{strike.__name__}: {len(noticed)} times in {runs} runs; noticed after {at_most}")


def test_a_driver_that_dies_takes_its_replicas_along_and_goes_on(
    nodes: Nodes, tmp_path: Path, undisturbed: Any
) -> None:
    draw, kept = random.Random(f"{SEED} driver"), list[bytes]()
    more = ("--replicas", "2", "--samples", str(2 * KILLS + 1))
    for _ in range(KILLS):
        run = Driven(nodes, tmp_path / "run", *more)
        while not run.works(len(kept)):
            time.sleep(0.05)
        time.sleep(draw.uniform(0, 1.5))
        run.process.kill()
        assert run.ended() == -9
        assert run.lines()[: len(kept)] == kept
        kept = run.lines()
    run = Driven(nodes, tmp_path / "run", *more)
    assert run.ended() == 0, run.said()
    assert run.lines()[: len(kept)] == kept
    assert same(run, 2 * KILLS + 1, undisturbed)


def test_when_all_replicas_are_gone_the_run_waits_ends_and_goes_on(
    nodes: Nodes, tmp_path: Path, undisturbed: Any
) -> None:
    more = ("--replicas", "2", "--samples", "3", "--wait-for-replicas", "3s")
    run = Driven(nodes, tmp_path / "run", *more)
    nodes.wait(lambda: run.works() and len(replicas(nodes)) == 2)
    while run.process.poll() is None:
        for node in nodes.nodes:
            node.kill(REPLICA)
        time.sleep(0.05)
    assert run.ended() == 3, run.said()
    said = run.said()
    assert "none is left, the run waits up to 3 s (--wait-for-replicas)\n" in said
    assert "all replicas are gone, and none came up within 3 s" in said.splitlines()[-1]
    assert 0 < len(run.lines()) < DOCS * 3 * len(BUDGETS)
    again = Driven(nodes, tmp_path / "run", *more)
    assert again.ended() == 0, again.said()
    assert same(again, 3, undisturbed)


def test_a_node_that_joins_late_takes_work(nodes: Nodes, tmp_path: Path, undisturbed: Any) -> None:
    two = nodes.nodes[1]
    two.end()
    time.sleep(3)
    (nodes.folder / "two.asked").unlink(missing_ok=True)
    run = Driven(nodes, tmp_path / "run", "--samples", "8")
    nodes.wait(run.works)
    nodes.start("--num-cpus=2")
    nodes.wait(lambda: run.works() and nodes.asked("two"))
    assert run.ended() == 0, run.said()
    assert same(run, 8, undisturbed)
    assert "replica 2 on two joined; 2 answer\n" in run.said()
