"""Runs of answers that a model judges, with no model: both are functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare

JUDGE = JudgeConfig("toy-judge", EngineConfig(kind="mock"))
Said = Callable[[Request], str]


def judged_config(judge: JudgeConfig | None = JUDGE, **facts: Any) -> RunConfig:
    """Of a run of the toy task that a model judges; facts: of it, instead of these."""
    config = RunConfig(
        model="writer",
        tasks=("toy_judged",),
        modes=("non-thinking",),
        tasks_dir=TOYS,
        engine=EngineConfig(kind="mock"),
        judge=judge,
    )
    return replace(config, **facts)


def judged_run(
    folder: Path, said: Said | str = "[8]", config: RunConfig | None = None, answer: Said | str = "An essay."
) -> Path:
    """A run whose judge answers with a function, or always the same; likewise the model. Returns its folder."""
    writer, judge = (MockEngine(_saying(text)) for text in (answer, said))
    asyncio.run(run.execute(prepare(config or judged_config(), folder, writer, judge)))
    return folder


def _saying(text: Said | str) -> Said:
    return (lambda request: text) if isinstance(text, str) else text
