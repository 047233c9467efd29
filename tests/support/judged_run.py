"""Runs of answers that a model judges, and the same answers judged again, with functions for all that is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import judged_toy

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.again import prepare_again
from qwen3_eval.records.record import open_run

Said = Callable[[Request], str]


def judge(name: str = "first", **facts: Any) -> JudgeConfig:
    return JudgeConfig(name, EngineConfig(kind="mock"), **facts)


def marks(value: int) -> Said:
    """A judge that always says the same."""
    return lambda request: f"[{value}]"


def essay(request: Request) -> str:
    """Another answer to each question and sample."""
    return f"An essay on {request.unit.id}, {request.unit.sample}."


def judged_run(folder: Path, said: Said, *, answer: Said = essay, by: str = "first", **facts: Any) -> Path:
    """A run whose model and judge answer with functions; facts: of its settings."""
    return judged_toy.judged_run(folder, said, judged_toy.judged_config(judge(by), **facts), answer)


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
