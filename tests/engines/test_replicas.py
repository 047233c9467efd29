"""What a replica says of itself, and what is made of it, without a cluster."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeEngine
from far_replicas import CONFIG, slow_engine

from qwen3_eval.cluster import tended
from qwen3_eval.cluster.berths import Berths
from qwen3_eval.cluster.connection import Node, largest_share
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import ray
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.ray import RayEngine, gpus_of
from qwen3_eval.engines.replica import Facts, Replica, look, versions
from qwen3_eval.types import IncompleteError, Unit, UsageError

UNIT = Unit("t", "1", 0, "thinking", None)


def facts() -> Facts:
    return asyncio.run(Replica(CONFIG, None, slow_engine).start(versions()))


@pytest.mark.parametrize("name", ["qwen3_eval", "python", "vllm"])
def test_a_node_with_another_version_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=rf"node \S+ has {name} .*, this machine 0.0; install the same"):
        asyncio.run(Replica(CONFIG, None, slow_engine).start({**versions(), name: "0.0"}))


def test_replicas_that_differ_are_refused_by_the_name_of_the_node() -> None:
    engine, first = RayEngine(CONFIG, slow_engine), replace(facts(), node="a")
    engine._match(first)
    engine._match(replace(first, node="b", pid=1))
    with pytest.raises(UsageError, match="the replicas differ: max_context 9 on b, None on a"):
        engine._match(replace(first, node="b", max_context=9))
    with pytest.raises(UsageError, match="dtype 'float16' on b, 'bfloat16' on a"):
        engine._first = replace(first, described={"dtype": "bfloat16"})
        engine._match(replace(first, node="b", described={"dtype": "float16"}))


def test_when_all_are_gone_the_run_waits_and_ends() -> None:
    async def run() -> None:
        engine = RayEngine(replace(CONFIG, engine=replace(CONFIG.engine, wait_s=0.1)), slow_engine)
        async with engine._crew.berths.turn(UNIT.trace):
            pass

    with pytest.raises(IncompleteError, match=r"none came up within 0\.1 s; run the same command again"):
        asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize(
    ("arguments", "gpus"),
    [({}, 1), ({"tensor_parallel_size": "4"}, 4), ({"tensor_parallel_size": 2, "pipeline_parallel_size": 2}, 4)],
    ids=str,
)
def test_gpus_of_a_replica(arguments: dict[str, object], gpus: int) -> None:
    assert gpus_of(EngineConfig("ray", args=arguments)) == gpus


def test_a_folder_is_found_from_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    config = RunConfig("model", ("t",), engine=EngineConfig("ray", tokenizer="./model"))
    seen: list[RunConfig] = []

    def make(given: RunConfig) -> Engine:
        seen.append(given)
        return FakeEngine()

    RayEngine(config, make).check()
    assert (seen[0].model, seen[0].engine.tokenizer) == (str(tmp_path / "model"), str(tmp_path / "model"))
    assert RayEngine(replace(config, model="owner/name"))._config.model == "owner/name"


@pytest.mark.parametrize(
    ("model", "why"), [("/no/such/folder", "there is no model folder"), ("nothing", "neither a folder")]
)
def test_a_node_without_the_model_is_named(model: str, why: str) -> None:
    with pytest.raises(UsageError, match=rf"node \S+: .*{why}.*; put it on all nodes, in the same place"):
        look(replace(CONFIG, model=model), versions())


@pytest.mark.parametrize(
    ("sizes", "wanted", "share"),
    [
        ((2, 2), 1, 2),
        ((2, 2), 2, 2),
        ((2, 2), 3, 1),
        ((8, 8), 3, 4),
        ((16, 4), 2, 8),
        ((0, 4), 2, 2),
        ((1, 1), 3, 0),
        ((), 1, 0),
    ],
    ids=str,
)
def test_what_replicas_take_is_all_of_one_node(sizes: tuple[int, ...], wanted: int, share: int) -> None:
    assert largest_share(sizes, wanted) == share


class StubRay:
    """Stands for the module, where only how actors are placed is asked."""

    def __init__(self) -> None:
        self.need: dict[str, Any] = {}

    def remote(self, kind: type) -> StubRay:
        return self

    def options(self, **need: Any) -> StubRay:
        self.need = need
        return self


def placed(nodes: list[Node], replicas: int | None, **arguments: Any) -> tuple[int, dict[str, Any]]:
    settings = replace(CONFIG.engine, replicas=replicas, args=arguments)
    engine = RayEngine(replace(CONFIG, engine=settings), slow_engine)
    engine._crew.ray = StubRay()
    need: dict[str, Any] = engine._placed(nodes).need
    return engine._wanted, {name: value for name, value in need.items() if name.startswith("num_")}


EIGHT, THREE, NONE = Node("a", "a", 64, 8), Node("b", "b", 64, 3), Node("c", "c", 4, 0)


def test_replicas_are_as_many_as_gpus_hold_each_on_one_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "on_cpu", lambda: False)
    assert placed([EIGHT, THREE, NONE], None) == (11, {"num_gpus": 1, "num_cpus": 1})
    assert placed([EIGHT, THREE], None, tensor_parallel_size=2) == (5, {"num_gpus": 2, "num_cpus": 1})
    with pytest.raises(UsageError, match=r"--replicas 12: the cluster has 11 GPUs, and a replica takes one"):
        placed([EIGHT, THREE], 12)
    with pytest.raises(
        UsageError, match=r"--replicas 3: the cluster has 11 GPUs, and a replica takes 4, all of one node"
    ):
        placed([EIGHT, THREE], 3, tensor_parallel_size=4)
    with pytest.raises(UsageError, match=r"--replicas auto: the cluster has 3 GPUs, and a replica takes 4"):
        placed([THREE], None, tensor_parallel_size=4)


def test_without_gpus_a_replica_takes_cpus_of_one_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "on_cpu", lambda: True)
    nodes = [Node("a", "a", 2, 0), Node("b", "b", 2, 0), Node("c", "c", 0, 0)]
    assert placed(nodes, None) == (2, {"num_cpus": 2})
    assert placed(nodes, 1) == (1, {"num_cpus": 2})
    assert placed(nodes, 3) == (3, {"num_cpus": 1})
    with pytest.raises(UsageError, match=r"--replicas auto: the cluster has 0 CPUs, and a replica takes one at least"):
        placed(nodes[2:], None)


def test_a_replica_that_nobody_asks_after_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class EndedError(Exception):
        pass

    def ended(code: int) -> None:
        assert code == tended.DIED
        raise EndedError

    monkeypatch.setattr(tended, "ORPHAN_SECONDS", 0.05)
    monkeypatch.setattr(os, "_exit", ended)

    async def run() -> None:
        one = Replica(CONFIG, None, slow_engine)
        await one.start(versions())
        assert one._watching
        await one._watching

    with pytest.raises(EndedError):
        asyncio.run(asyncio.wait_for(run(), 20))


def test_without_a_head_nothing_is_waited_for() -> None:
    async def run() -> None:
        engine = RayEngine(CONFIG, slow_engine)
        engine._crew.headless = True
        engine._crew.berths.give_up()
        async with engine._crew.berths.turn(UNIT.trace):
            pass

    with pytest.raises(
        IncompleteError, match="the head of the cluster has not answered for 30 s; once it is up, run the"
    ):
        asyncio.run(asyncio.wait_for(run(), 20))


class Standing:
    """A member that is there."""

    since = 0.0

    def admits(self) -> bool:
        return True


def test_what_was_lost_once_goes_to_who_has_answered_most() -> None:
    """And to no other: the one that is new, and has room, may be the one that dies again and again."""

    def gone() -> IncompleteError:
        return IncompleteError("")

    async def run() -> None:
        berths: Berths[Standing] = Berths(lambda member: 2, 9.0, gone)
        proven, new = Standing(), Standing()
        berths.join(proven)
        berths.join(new)
        berths.answered[proven] = 3
        steadiest = berths.steadiest
        async with berths.turn(1, steadiest) as first, berths.turn(2, steadiest) as second:
            assert first is second is proven
            async with berths.turn(3) as third:
                assert third is new
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(berths.turn(4, steadiest).__aenter__(), 0.05)

    asyncio.run(run())
