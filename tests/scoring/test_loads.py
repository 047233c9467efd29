"""What graders import counts against no answer: not the first one, and not where no bytecode can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pool_jobs import tasks_loaded

from qwen3_eval.scoring.grader import PRELOAD
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Asked, Home, load_of_tasks, score_answers
from qwen3_eval.types import Doc, Score

# Less than the import of any of the libraries takes without bytecode, and several times what each answer takes.
CPU_SECONDS = 1.0

LIVEBENCH = {"livebench_release_date": "2024-06-24"}
TABLE_QUESTION = "Please convert the Input Table from CSV format to JSON format."
FORMULA: Asked = (
    Doc("1", "", r"\frac{2}{2 x+1}", meta={**LIVEBENCH, "task": "AMPS_Hard", "subtask": "amps_hard_derivatives"}),
    r"\boxed{\frac{1}{x+\frac{1}{2}}}",
    "",
)
TABLE: Asked = (
    Doc("1", TABLE_QUESTION, '{"1":{"a":null}}', meta={**LIVEBENCH, "task": "tablereformat"}),
    '[{"a":null}]',
    "",
)
POLYMATH: Asked = (Doc("1", "", r"\frac{1}{2}", meta={}), r"\boxed{\sin(\frac{\pi}{6})}", "")
AIME: Asked = (Doc("60", "", "204"), r"So \boxed{\mathbf{0204} + \sin(0)}.", "")


@pytest.fixture
def no_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment where Python finds no bytecode and writes none."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))


def graded(answers: Mapping[str, Asked]) -> dict[str, Score]:
    """The verdict on an answer to each task, one after the other by one worker."""

    async def grade() -> dict[str, Score]:
        async with WorkerPool(1, preload=PRELOAD, loads=(load_of_tasks(None),)) as pool:
            return {name: await one(pool, name, asked) for name, asked in answers.items()}

    async def one(pool: WorkerPool, name: str, asked: Asked) -> Score:
        limits: dict[str, Any] = {"cpu_seconds": CPU_SECONDS, "wall_seconds": 120.0}
        return (await pool.run(score_answers, name, Home(None), "chat", [asked], **limits))[0]

    return asyncio.run(grade())


@pytest.mark.usefixtures("no_bytecode")
def test_the_first_hard_pair_does_not_pay_for_its_library() -> None:
    assert graded({"aime24": AIME})["aime24"].value == 1


@pytest.mark.long
@pytest.mark.usefixtures("no_bytecode")
@pytest.mark.parametrize(
    ("name", "asked"),
    [("livebench_2024_11_25", FORMULA), ("livebench_2024_11_25", TABLE), ("polymath", POLYMATH)],
    ids=["sympy and lark", "pandas", "sympy and antlr"],
)
def test_no_first_answer_pays_for_a_library(name: str, asked: Asked) -> None:
    assert graded({name: asked})[name].outcome in ("ok", "no_answer")


def test_tasks_are_loaded_before_the_first_worker_starts() -> None:
    async def ask(*loads: bytes) -> int:
        async with WorkerPool(1, preload=PRELOAD, loads=loads) as pool:
            return await pool.run(tasks_loaded)

    assert [asyncio.run(ask()), asyncio.run(ask(load_of_tasks(None)))] == [0, 1]
