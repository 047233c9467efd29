"""Runs of the toy essays that a model judges, whose judge is a function of what it is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.again import prepare_again
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.records.record import open_run

Said = Callable[[Request], str]


def judge(name: str = "first", **facts: Any) -> JudgeConfig:
    return JudgeConfig(name, EngineConfig(kind="mock"), **facts)


def marks(value: int) -> Said:
    """A judge that always says the same."""
    return lambda request: f"[{value}]"


def judged_run(
    folder: Path, said: Said, *, answer: Said | None = None, by: str = "first", model: str = "writer", **facts: Any
) -> Path:
    """A run whose model and judge answer with functions."""
    config = RunConfig(
        model=model,
        tasks=("toy_judged",),
        tasks_dir=TOYS,
        engine=EngineConfig(kind="mock"),
        judge=judge(by),
        **{"modes": ("non-thinking",), **facts},
    )
    writer = MockEngine(answer or (lambda request: f"An essay on {request.unit.id}, {request.unit.sample}."))
    asyncio.run(run.execute(prepare(config, folder, writer, MockEngine(said))))
    return folder


def judged_again(folder: Path, said: Said, into: Path, by: JudgeConfig | None = None) -> list[Request]:
    """The answers of a run judged by another judge; returns what that was asked."""
    asked: list[Request] = []

    def reply(request: Request) -> str:
        asked.append(request)
        return said(request)

    prepared = prepare_again(open_run(folder), by or judge("second"), into, judge_engine=MockEngine(reply))
    asyncio.run(run.execute(prepared))
    return asked


def read_lines(folder: Path, name: str) -> list[Mapping[str, Any]]:
    """A journal."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def cut_lines(folder: Path, name: str, count: int) -> None:
    """Keeps the first lines of a journal, as if the run had been killed there."""
    path = folder / name
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:count]), "utf-8")
