"""A real Ray cluster on this machine, with replicas of an engine that needs no model."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from fake_model import STOP_TEXT, FakeEngine, FakeRenderer
from far_replicas import CONFIG, ENGINE_DIES, TEACHING, slow_engine
from processes import alive

from qwen3_eval.engines.base import Request
from qwen3_eval.engines.ray import RayEngine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.far import FarAsker
from qwen3_eval.prompts import Rendered
from qwen3_eval.types import Generation, Prompt, Sampling, TokenLimits, Unit

BUDGETS = (4, 8, 16, 32)
PATH = os.pathsep.join(sys.path)


def ask(name: str) -> Ask:
    number = int(name) if name.isdecimal() else 0
    return Ask(
        task="t",
        id=name,
        sample=0,
        mode="thinking",
        budgets=BUDGETS,
        prompt=Prompt.user("?"),
        rendered=Rendered("?", (100 + number, 7), "00", opened=False),
        sampling=Sampling(),
        limits=TokenLimits(total=200, answer=6),
        run_seed=0,
    )


def daemons() -> list[psutil.Process]:
    """Ray's own processes that this one started."""
    names = ("raylet", "gcs_server")
    mine = psutil.Process().children(recursive=True)
    return [each for each in mine if each.name() in names and each.status() != psutil.STATUS_ZOMBIE]


class Cluster:
    """An engine with two replicas, on an event loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.engine = RayEngine(CONFIG, slow_engine)
        self.wait(self.engine.start())
        self.wait(self.whole())
        self.asker = FarAsker(self.engine, TEACHING)

    def wait(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 90))

    async def whole(self) -> None:
        await asyncio.gather(*self.engine._crew.coming)
        assert len(self.engine._crew.berths.members) == 2

    def pids(self) -> list[int]:
        return [each.facts.pid for each in self.engine._crew.berths.members if each.facts]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        # What travels to replicas is of modules of the tests, and they are to find these.
        patch.setenv("PYTHONPATH", PATH)
        made = Cluster()
    yield made
    pids = made.pids()
    made.wait(made.engine.close())
    made.wait(made.engine.close())
    made.loop.close()
    time.sleep(0.5)
    assert not [pid for pid in pids if alive(pid)]
    assert not daemons()


async def all_of(asker: Any, names: list[str], disturb: Callable[[], Awaitable[None]] | None = None) -> dict[Any, Any]:
    found: dict[tuple[str, int | None], Generation] = {}

    async def emit(unit: Unit, generation: Generation) -> None:
        assert (unit.id, unit.budget) not in found
        found[unit.id, unit.budget] = replace(generation, latency_s=0.0)

    tasks = [asyncio.create_task(asker(ask(name), emit)) for name in names]
    if disturb:
        await disturb()
    await asyncio.gather(*tasks)
    return found


def texts(found: dict[Any, Any]) -> dict[Any, Any]:
    return {key: (one.thinking, one.answer, one.finished, one.forced_stop, one.error) for key, one in found.items()}


def expected(names: list[str]) -> dict[Any, Any]:
    asker = Asker(FakeEngine(), FakeRenderer(), STOP_TEXT, native=False)  # type: ignore[arg-type]
    return texts(asyncio.run(all_of(asker, names)))


@pytest.mark.long
def test_records_are_those_of_one_process_and_both_replicas_work(cluster: Cluster) -> None:
    names = [str(number) for number in range(24)]
    found = cluster.wait(all_of(cluster.asker, names))
    assert texts(found) == expected(names)
    assert sorted(cluster.engine._crew.berths.answered.values())[0] >= 6
    told = cluster.engine.describe()
    assert told["replicas"] == 2 and told["slots"] == 16


@pytest.mark.long
def test_a_cluster_that_is_started_here_listens_on_the_loopback_interface_alone() -> None:
    code = """if True:
        import psutil
        from qwen3_eval.cluster.connection import connected, leave
        connected("local")
        mine = psutil.Process().children(recursive=True)
        found = [each for each in mine if each.name() in ("raylet", "gcs_server")]
        heard = [one.laddr.ip for each in found for one in each.net_connections("tcp") if one.status == "LISTEN"]
        print(len(found), *sorted(set(heard)))
        leave()
    """
    # In a process of its own: Ray looks at its settings when it is imported.
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": PATH})
    count, *heard = done.stdout.split()
    assert count == "2" and heard and set(heard) <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


@pytest.mark.long
def test_a_killed_replica_costs_nothing_and_another_takes_its_place(cluster: Cluster) -> None:
    names, before = [str(number) for number in range(100, 130)], cluster.pids()

    async def kill() -> None:
        await asyncio.sleep(0.15)
        os.kill(before[0], signal.SIGKILL)

    found = cluster.wait(all_of(cluster.asker, names, kill))
    assert texts(found) == expected(names)
    cluster.wait(cluster.whole())
    assert len(set(cluster.pids()) - set(before)) == 1
    # Who joined has learnt what the others know.
    cluster.wait(all_of(cluster.asker, [str(number) for number in range(200, 212)]))
    assert len([far for far in cluster.engine._crew.berths.members if cluster.engine._crew.berths.answered[far]]) == 2


@pytest.mark.long
def test_a_replica_whose_engine_died_ends_and_a_deadly_question_is_given_up(cluster: Cluster) -> None:
    before = cluster.pids()
    found = cluster.wait(all_of(cluster.asker, [ENGINE_DIES, "300", "301"]))
    lost = {one.error for (name, _), one in found.items() if name == ENGINE_DIES}
    assert lost and all(error.endswith("the 3. that was asked") for error in lost)
    rest = {key: value for key, value in texts(found).items() if key[0] != ENGINE_DIES}
    assert rest == expected(["300", "301"])
    cluster.wait(cluster.whole())
    assert not set(before) & set(cluster.pids())


@pytest.mark.long
def test_single_requests_travel_too(cluster: Cluster) -> None:
    unit = Unit("t", "1", 0, "thinking", None)
    request = Request(unit, Prompt.user("?"), "thinking", Sampling(), 0, 12, (101, 7))

    async def both() -> tuple[Any, Any]:
        whole = await cluster.engine.generate(request)
        return whole, [part async for part in cluster.engine.stream(request)]

    whole, parts = cluster.wait(both())
    alone = asyncio.run(FakeEngine(chunk=1).generate(request))
    assert whole.token_ids == alone.token_ids == parts[-1].token_ids
    assert len(parts) > 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("auto", "no cluster runs on this machine; start one with `ray start --head`, or use --ray-address local"),
        ("127.0.0.1:1", "--ray-address 127.0.0.1:1: nothing answers there"),
        ("ray://a:10001", "--ray-address takes auto, local or HOST:PORT, got 'ray://a:10001'"),
    ],
)
def test_where_there_is_no_cluster_one_line_says_so(tmp_path: Path, address: str, said: str) -> None:
    command = [sys.executable, "-m", "qwen3_eval", "run", "--engine", "ray", "--ray-address", address]
    rest = ["--model", "demo", "--tasks", "demo_math", "--limit", "1", "--run-dir", str(tmp_path / "run")]
    alone = {**os.environ, "RAY_TMPDIR": str(tmp_path)}
    done = subprocess.run([*command, *rest], capture_output=True, text=True, check=False, env=alone, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.long
def test_more_replicas_than_there_is_room_for(tmp_path: Path) -> None:
    """In a process of its own: one can be part of one cluster only."""
    program = """
import asyncio
from dataclasses import replace
from far_replicas import CONFIG, slow_engine
from qwen3_eval.engines.ray import RayEngine
from qwen3_eval.types import UsageError
engine = RayEngine(replace(CONFIG, engine=replace(CONFIG.engine, replicas=9_000)), slow_engine)
async def run():
    try:
        await engine.start()
    finally:
        await engine.close()
try:
    asyncio.run(run())
except UsageError as error:
    print(error)
"""
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "HOME": str(tmp_path)},
        timeout=120,
    )
    # The token of a cluster that is started here is in no file.
    assert not list(tmp_path.rglob("*token*"))
    assert re.fullmatch(r"--replicas 9000: the cluster has \d+ CPUs, and a replica takes one at least\n", done.stdout)
