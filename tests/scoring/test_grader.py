"""What a node says before it judges, without a cluster."""

from __future__ import annotations

import asyncio
import platform
import socket
from dataclasses import replace
from pathlib import Path

import pool_jobs
import pytest
from places import TOYS

from qwen3_eval.scoring.far import Cluster
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
    toolchains = {"nowhere++": "1.0"}
    bench = look(replace(WANTED, tasks={"toy_sum": toolchains}))
    assert bench.lacking == {"toy_sum": "its toolchains are others (nowhere++ nowhere, 1.0 there)"}


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


def test_folders_and_wheels_of_a_user_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wheel = tmp_path / "mine-1.0-py3-none-any.whl"
    cluster = Cluster("auto", "auto", Path("own"), (Path(wheel.name),))
    assert cluster.environment() == {"working_dir": str(tmp_path / "own"), "py_modules": [str(wheel)]}
    assert cluster.there == Path()
    assert Cluster("auto", "auto").environment() == {}
    assert Cluster("auto", "auto").there is None
