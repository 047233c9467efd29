"""A run of a judged benchmark over fixture rows, with functions for the model and for the judge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opened import summary_of
from places import FIXTURES

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare

Said = Callable[[Request], str]


def judged_rows(
    folder: Path, task: str, answers: Said, judges: Said, *, lenient: bool = False, **facts: Any
) -> list[Request]:
    """Runs a task to its end; returns what the judge was asked."""
    asked: list[Request] = []

    def reply(request: Request) -> str:
        asked.append(request)
        return judges(request)

    engine = EngineConfig(kind="mock")
    config = RunConfig(
        model="writer",
        tasks=(task,),
        modes=("non-thinking",),
        engine=engine,
        judge=JudgeConfig("stern", engine, lenient=lenient),
        data_dir=FIXTURES,
        **facts,
    )
    asyncio.run(run.execute(prepare(config, folder, MockEngine(answers), MockEngine(reply))))
    return asked


def figures(folder: Path, **part: str | None) -> dict[str, float]:
    """The figures of a run by metric, over all questions or over a part of them (``subset``, ``language``)."""
    wanted = {"subset": None, "language": None} | part
    rows = [row for row in summary_of(folder)["results"] if all(row.get(key) == wanted[key] for key in wanted)]
    return {row["metric"]: row["score"] for row in rows}
