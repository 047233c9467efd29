"""What a node says before it judges, without a cluster."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import pool_jobs
import pytest
from places import TOYS
from processes import alive, descendants, wait_for

from qwen3_eval.cluster.connection import Node
from qwen3_eval.cluster.tended import DIED
from qwen3_eval.sandbox import toolchains
from qwen3_eval.scoring import far
from qwen3_eval.scoring.far import Cluster, FarPool, Norm
from qwen3_eval.scoring.grader import Bench, Grader, Wished, versions, wanted
from qwen3_eval.scoring.pool import PoolCrash, PoolError, available_cores
from qwen3_eval.types import UsageError

WANTED = wanted(["toy_sum"], TOYS)


def look(wished: Wished, tasks_dir: Path | None = TOYS) -> Bench:
    async def scenario() -> Bench:
        grader = Grader("none", tasks_dir)
        try:
            return await grader.look(wished)
        finally:
            await grader.close()

    return asyncio.run(scenario())


@pytest.fixture(autouse=True)
def no_choice_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN3_EVAL_SANDBOX", "auto")


def test_a_node_like_this_machine_judges_what_this_machine_does() -> None:
    assert look(WANTED) == Bench(socket.gethostname(), available_cores(), {})
    assert WANTED.versions == versions()
    assert WANTED.versions["python"] == platform.python_version()
    assert WANTED.tasks == {"toy_sum": {}}


@pytest.mark.parametrize(
    "name, version, found",
    [("qwen3_eval", "0.0.1", "has qwen3_eval "), ("tasks-of-a-user", "1.2", "has tasks-of-a-user nowhere")],
)
def test_a_node_with_another_version_is_named(name: str, version: str, found: str) -> None:
    with pytest.raises(UsageError, match=f"node {socket.gethostname()} {found}.*this machine {version}; install"):
        look(replace(WANTED, versions={**WANTED.versions, name: version}))


def test_what_a_node_lacks_is_said_by_task() -> None:
    assert look(WANTED, None).lacking == {"toy_sum": "there is no such task"}
    bench = look(replace(WANTED, tasks={"toy_sum": {"nowhere++": "1.0"}}))
    assert bench.lacking == {"toy_sum": "its toolchains are others (nowhere++ nowhere, 1.0 there)"}


def test_a_toolchain_whose_version_nobody_stated_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "versions", lambda: {"C++": "g++ 12"})
    bench = look(replace(WANTED, tasks={"toy_sum": {"C++": ""}}))
    assert (bench.lacking, bench.toolchains) == ({}, {"C++": "g++ 12"})
    bench = look(replace(WANTED, tasks={"toy_sum": {"PHP": "", "C++": "g++ 13"}}))
    assert bench.lacking == {"toy_sum": "its toolchains are others (PHP nowhere; C++ g++ 12, g++ 13 there)"}


def test_this_machine_states_versions_that_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sandbox it knows none; it need not have any."""
    for here, stated in ({"C++": "g++ 12", "PHP": "8"}, "g++ 12"), ({"C++": ""}, ""), ({}, ""):
        monkeypatch.setattr(toolchains, "versions", lambda here=here: here)
        assert wanted(["codeforces", "toy_sum"], TOYS).tasks == {"codeforces": {"C++": stated}, "toy_sum": {}}
        assert wanted(["multipl_e"], TOYS).tasks == {"multipl_e": here}


def test_nodes_agree_on_what_this_machine_lacks() -> None:
    norm = Norm(Wished({}, {"one": {"C++": "", "PHP": "8.2"}, "two": {"PHP": "8.2"}}))
    assert norm.toolchains == {"PHP": "8.2"}
    unable = Bench("a", 1, {"one": "no sandbox"}, {"C++": "g++ 11"})
    assert norm.held_to(unable) == unable
    first = Bench("b", 1, {}, {"C++": "g++ 12"})
    for same in (first, replace(first, node="c")):
        assert norm.held_to(same) == same
    assert norm.held_to(replace(first, node="d", toolchains={"C++": "g++ 13"})).lacking == {
        "one": "its toolchains are others (C++ g++ 13, g++ 12 on b)"
    }
    assert norm.toolchains == {"PHP": "8.2", "C++": "g++ 12"}


def test_a_job_gives_its_value_or_its_failure() -> None:
    async def scenario() -> None:
        grader = Grader("none", TOYS)
        await grader.look(WANTED)
        limits = {"cpu_seconds": 5.0, "wall_seconds": 30.0}
        assert await grader.run(pool_jobs.double, (4,), limits) == 8
        failed = await grader.run(pool_jobs.fail, ("no key",), limits)
        assert isinstance(failed, PoolError) and failed.type == "KeyError"
        assert isinstance(await grader.run(pool_jobs.segfault, (), limits), PoolCrash)
        await grader.close()

    asyncio.run(scenario())


class SilentRay:
    """Stands for the module, where actors say nothing."""

    def __init__(self) -> None:
        self.util = SimpleNamespace(scheduling_strategies=SimpleNamespace(NodeAffinitySchedulingStrategy=self.there))
        self.killed: list[Any] = []

    def there(self, node_id: str, *, soft: bool) -> str:
        return node_id

    def remote(self, *_: object) -> Any:
        return self

    def options(self, **_: object) -> Any:
        return SimpleNamespace(remote=lambda *_: SimpleNamespace(look=SimpleNamespace(remote=self.silence)))

    async def silence(self, wished: Wished) -> Bench:
        await asyncio.sleep(60)
        raise AssertionError("it was waited for")

    def kill(self, actor: Any) -> None:
        self.killed.append(actor)


def test_a_node_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far, "PLACE_SECONDS", 0.05)

    async def scenario() -> None:
        pool, ray = FarPool(Cluster("auto", "none"), WANTED), SilentRay()
        pool._crew.ray = ray
        with pytest.raises(PoolCrash, match=r"it said nothing for 0\.05 s"):
            await asyncio.wait_for(pool._place(Node("1", "a", 1, 0)), 20)
        assert len(ray.killed) == 1 and not pool._placed

    asyncio.run(scenario())


TENDED = """
import asyncio, pool_jobs
from qwen3_eval.cluster import tended
from qwen3_eval.scoring.grader import Grader, Wished

async def main():
    tended.ORPHAN_SECONDS = 3.0
    grader = Grader("none", None)
    await grader.look(Wished({}, {}))
    await grader.run(pool_jobs.double, (4,), {"cpu_seconds": 5.0, "wall_seconds": 30.0})
    for _ in range(40):
        await grader.alive()
        await asyncio.sleep(0.1)
    print("asked for longer than that", flush=True)
    await asyncio.sleep(300)

asyncio.run(main())
"""


def test_graders_that_nobody_asks_after_end_with_their_workers() -> None:
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", TENDED], stdout=PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"asked for longer than that\n"
        workers = [pid for pid in descendants(grader.pid) if pid != grader.pid]
        assert workers and all(map(alive, workers))
        assert grader.wait(60) == DIED
    wait_for(lambda: not any(map(alive, workers)))


def test_folders_and_wheels_of_a_user_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cluster = Cluster("auto", "auto", Path("own"))
    assert cluster.environment(["/a/mine"]) == {"working_dir": str(tmp_path / "own"), "py_modules": ["/a/mine"]}
    assert cluster.there == Path()
    assert Cluster("auto", "auto").environment([]) == {}
    assert Cluster("auto", "auto").there is None


def test_a_node_that_judges_nothing_sets_no_version() -> None:
    norm = Norm(Wished({}, {"one": {"Java": ""}, "two": {"Java": "", "C++": ""}}))
    first = Bench("a", 1, {"two": "no C++"}, {"Java": "17"})
    assert norm.held_to(first).lacking.keys() == {"two"}
    other = Bench("b", 1, {}, {"Java": "21", "C++": "13"})
    assert norm.held_to(other).lacking.keys() == {"one", "two"}
    assert norm.held_to(Bench("c", 1, {}, {"Java": "17", "C++": "12"})).lacking == {}
    assert norm.toolchains == {"Java": "17", "C++": "12"}
