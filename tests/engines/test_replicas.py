"""What a replica says of itself, and what is made of it, without a cluster."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from fake_model import FakeEngine
from far_replicas import CONFIG, slow_engine

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.ray import RayEngine, gpus_of
from qwen3_eval.engines.replica import Facts, Replica, versions
from qwen3_eval.types import IncompleteError, Unit, UsageError

UNIT = Unit("t", "1", 0, "thinking", None)


def facts() -> Facts:
    return asyncio.run(Replica(CONFIG, None, slow_engine).start(versions()))


@pytest.mark.parametrize("name", ["qwen3_eval", "python"])
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
        async with engine._berths.turn(UNIT.trace):
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
