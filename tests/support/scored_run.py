"""Writes run directories whose questions are answered right with given chances: for what compares runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_run import sha, stored

from qwen3_eval.types import Doc, Generation, Outcome, Record, Score, ScoreRecord, Tokens, Unit


@dataclass(frozen=True)
class Scored:
    """chances: of each question, by task. entry, manifest: what replaces parts of each plan entry and of ``run.json``.

    outcomes: instead of ``ok``, for the first samples of each task. drop: samples left out at the end.
    """

    chances: Mapping[str, Sequence[float]]
    samples: int = 1
    seed: int = 0
    budget: int | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()
    answer: str = "The answer is \\boxed{{{}}}."
    drop: int = 0


def write_scored(run_dir: Path, what: Scored) -> Path:
    """Writes all files of a run but the summary."""
    made = list(answers(what))
    return stored(run_dir, manifest(what, run_dir.name), made[: len(made) - what.drop], prompts(what))


def manifest(what: Scored, run_id: str) -> dict[str, Any]:
    plan = [
        {
            "task": task,
            "version": "1",
            "metric": "accuracy",
            "unit": "percent",
            "average": "docs",
            "pooled": [],
            "figures": {},
            "prompts": {"boxed": "1"},
            "protocol": "chat",
            "mode": "thinking",
            "budgets": [what.budget],
            "docs": len(chances),
            "samples": what.samples,
            "sampling": {"temperature": 0.6},
            "max_tokens": 512,
            **what.entry,
        }
        for task, chances in what.chances.items()
    ]
    return {
        "schema": 1,
        "run_id": run_id,
        "model": "demo",
        "config": {"model": "demo", "tasks": list(what.chances), "stop_text": "docs"},
        "plan": plan,
        "data": {task: {"sha256": sha(task)} for task in what.chances},
        "sessions": [],
        **what.manifest,
    }


def prompts(what: Scored) -> Iterator[tuple[str, str, Unit, str]]:
    for task, chances in what.chances.items():
        for i in range(len(chances)):
            yield sha(f"{task} {i}"), f"Question {i} <of> {task}?", Unit(task, f"q{i}", 0, "thinking"), "42"


def answers(what: Scored) -> Iterator[tuple[Record, ScoreRecord, Doc]]:
    rng = random.Random(what.seed)
    protocol = what.entry.get("protocol", "chat")
    for task, chances in what.chances.items():
        number = 0
        for i, chance in enumerate(chances):
            for sample in range(what.samples):
                outcome = what.outcomes[number] if number < len(what.outcomes) else "ok"
                number += 1
                right = rng.random() < chance and outcome == "ok"
                unit = Unit(task, f"q{i}", sample, "thinking", what.budget, protocol)
                yield one_answer(what, unit, right, outcome)


def one_answer(what: Scored, unit: Unit, right: bool, outcome: Outcome) -> tuple[Record, ScoreRecord, Doc]:
    said = "42" if right else "41"
    key = sha(repr(unit))[:32]
    generation = Generation(
        "let me see", what.answer.format(said), tokens=Tokens(10, 3, 5, 0, 8), latency_s=0.1, finish_reason="stop"
    )
    score = Score(float(right), outcome, said if outcome == "ok" else None)
    record = Record(key, unit, 1, sha(f"{unit.task} {unit.id[1:]}"), generation)
    return record, ScoreRecord(key, unit, score, f"{unit.task}-1"), Doc(unit.id, "", "42", "en", unit.id)
