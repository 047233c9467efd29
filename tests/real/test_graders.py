"""Graders on the nodes of a real Ray cluster: two nodes on this machine, and work of which nodes die."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grader_jobs
import pytest
from places import TOYS
from task_wheel import installed, task_wheel

from qwen3_eval import data
from qwen3_eval.scoring import far
from qwen3_eval.scoring.far import Cluster, FarPool
from qwen3_eval.scoring.grader import wanted
from qwen3_eval.scoring.pool import PoolCrash, PoolError, PoolTimeout
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import IncompleteError, UsageError

pytestmark = pytest.mark.long
WANTED = wanted(["toy_sum"], TOYS)


class Nodes:
    """A head and further nodes; each is a raylet of its own."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster as Raylets

        self.raylets = Raylets(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        self.second = self.raylets.add_node(num_cpus=1)
        self.raylets.wait_for_nodes()

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.raylets.address, "none", TOYS, wait_s=60.0)

    def run(self, scenario: Callable[[FarPool], Awaitable[Any]], cluster: Cluster | None = None) -> Any:
        async def whole() -> Any:
            async with FarPool(cluster or self.cluster, WANTED) as pool:
                return await scenario(pool)

        return asyncio.run(asyncio.wait_for(whole(), 120))


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        patch.setenv("QWEN3_EVAL_SANDBOX", "none")
        made = Nodes()
        yield made
        made.raylets.shutdown()


async def actors_of(pool: FarPool) -> set[int]:
    """The processes of all graders."""
    return set(await asyncio.gather(*(pool.run(grader_jobs.actor_of, "toy_sum") for _ in range(40))))


def test_both_nodes_judge_and_failures_are_those_of_one_machine(nodes: Nodes) -> None:
    async def scenario(pool: FarPool) -> None:
        assert len(pool._crew.berths.members) == 2
        assert len(await actors_of(pool)) == 2
        assert await pool.run(grader_jobs.folder, "toy_sum") == sorted(path.name for path in TOYS.glob("toy*.py"))
        for job, expected in ((grader_jobs.fail, PoolError), (grader_jobs.crash, PoolCrash)):
            with pytest.raises(expected):
                await pool.run(job, "toy_sum")
        with pytest.raises(PoolTimeout):
            await pool.run(grader_jobs.loop, "toy_sum", cpu_seconds=0.2)

    nodes.run(scenario)


def test_a_grader_that_dies_costs_its_jobs_some_time(nodes: Nodes, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario(pool: FarPool) -> None:
        actors = await actors_of(pool)
        jobs = [asyncio.create_task(pool.run(grader_jobs.later, "toy_sum", number)) for number in range(30)]
        await asyncio.sleep(0.3)
        os.kill(next(iter(actors)), signal.SIGKILL)
        assert await asyncio.gather(*jobs) == [2 * number for number in range(30)]
        while len(pool._crew.berths.members) < 2:
            await pool._crew.berths._changed.wait()
        now = await actors_of(pool)
        assert len(now) == 2 and len(now - actors) == 1

    nodes.run(scenario)
    assert "died; 1 left" in capsys.readouterr().err


def test_a_job_that_kills_every_node_is_given_up(nodes: Nodes) -> None:
    async def scenario(pool: FarPool) -> None:
        with pytest.raises(PoolCrash, match=f"{far.MOST_DEATHS} nodes died"):
            await pool.run(grader_jobs.kill_the_node, "toy_sum")
        assert await pool.run(grader_jobs.later, "toy_sum", 4) == 8

    nodes.run(scenario)


def test_a_node_that_comes_judges_and_one_that_goes_is_not_missed(nodes: Nodes) -> None:
    async def scenario(pool: FarPool) -> None:
        third = nodes.raylets.add_node(num_cpus=1)
        while len(pool._crew.berths.members) < 3:
            await pool._crew.berths._changed.wait()
        jobs = [asyncio.create_task(pool.run(grader_jobs.later, "toy_sum", number)) for number in range(30)]
        await asyncio.sleep(0.3)
        [gone] = [graders for graders in pool._crew.berths.members if graders.node_id == third.node_id]
        nodes.raylets.remove_node(third, allow_graceful=False)
        assert await asyncio.gather(*jobs) == [2 * number for number in range(30)]
        await asyncio.wait_for(gone.lost, 60)
        assert gone not in pool._crew.berths.members

    nodes.run(scenario)


def test_nodes_that_cannot_judge_are_named(nodes: Nodes) -> None:
    async def enter(**changes: Any) -> dict[str, str]:
        async with FarPool(nodes.cluster, replace(WANTED, **changes)) as pool:
            return pool.unable()

    with pytest.raises(UsageError, match=r"node \S+ has tasks-of-a-user nowhere, this machine 1\.0; install the same"):
        asyncio.run(enter(versions={**WANTED.versions, "tasks-of-a-user": "1.0"}))
    unable = asyncio.run(enter(tasks={"toy_sum": {}, "toy_nothing": {}}))
    assert list(unable) == ["toy_nothing"]
    assert re.fullmatch(r"can be judged on no node \((\S+: there is no such task(; )?){2}\)", unable["toy_nothing"])


def test_when_all_are_gone_the_run_waits_and_ends_with_a_word(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(far, "LOOK_SECONDS", 3_600.0)

    async def scenario(pool: FarPool) -> None:
        for actor in await actors_of(pool):
            os.kill(actor, signal.SIGKILL)
        with pytest.raises(IncompleteError, match="all graders are gone, and none came up within 3 s"):
            await pool.run(grader_jobs.later, "toy_sum", 1)

    nodes.run(scenario, replace(nodes.cluster, wait_s=3.0))
    assert "none is left, the run waits up to 3 s" in capsys.readouterr().err


def score(run_dir: Path, task: str, predictions: Path, *argv: str, **environment: str) -> list[dict[str, Any]]:
    start = [sys.executable, "-m", "qwen3_eval", "score", "--task", task, "--tasks-dir", str(TOYS)]
    ran = [*start, "--predictions", str(predictions), "--run-dir", str(run_dir), *argv]
    # Workers look for modules in the folder that the command runs in.
    done = subprocess.run(
        ran, capture_output=True, text=True, cwd=predictions.parent, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (run_dir / "scores.jsonl").read_text("utf-8").splitlines()]
    return sorted(lines, key=lambda line: str(line["key"]))


def predicted(path: Path, task: Task) -> Path:
    """A third of the answers is wrong."""
    rows = [
        {"id": doc.id, "response": str(doc.target if number % 3 else number)}
        for number, doc in enumerate(data.docs(task))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_a_package_of_the_user_reaches_the_nodes_and_no_other_version_of_it(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    here, other = task_wheel(tmp_path, "1.0"), task_wheel(tmp_path, "1.1")
    monkeypatch.syspath_prepend(installed(here, tmp_path / "own"))
    predictions = predicted(tmp_path / "predictions.jsonl", load_tasks(None).get("wheel_sum"))
    own = {"PYTHONPATH": os.pathsep.join(sys.path)}
    asked = ["--graders", "cluster", "--ray-address", nodes.raylets.address, "--node-wheels"]
    driver = score(tmp_path / "here", "wheel_sum", predictions, **own)
    assert score(tmp_path / "far", "wheel_sum", predictions, *asked, str(here), **own) == driver
    assert {line["score"] for line in driver} > {1.0} and len(driver) == 9

    async def enter(*wheels: Path) -> None:
        async with FarPool(replace(nodes.cluster, wheels=wheels), wanted(["wheel_sum"], TOYS)):
            pass

    for wheels, found in ((), "nowhere"), ((other,), r"1\.1"):
        with pytest.raises(UsageError, match=rf"has wheel-tasks {found}, this machine 1\.0; install the same"):
            asyncio.run(enter(*wheels))


def test_verdicts_are_those_of_one_machine(nodes: Nodes, tmp_path: Path) -> None:
    predictions = predicted(tmp_path / "predictions.jsonl", load_tasks(TOYS).get("toy_sum"))
    here = score(tmp_path / "here", "toy_sum", predictions)
    asked = ["--graders", "cluster", "--ray-address", nodes.raylets.address]
    assert score(tmp_path / "far", "toy_sum", predictions, *asked) == here and len(here) == 20
