"""Runs of a benchmark that asks at several lengths, written without a model."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_run import sha, stored

from qwen3_eval.types import Doc, Generation, Mode, Record, Score, ScoreRecord, Tokens, Unit

PARTS = ("one", "two", "three")
MODES: tuple[Mode, ...] = ("thinking", "non-thinking")


@dataclass(frozen=True)
class LongRun:
    """chances: of a right answer at each length. part_chances: of some parts instead, by subset. docs: of each part."""

    chances: Mapping[int, float]
    part_chances: Mapping[str, float] = field(default_factory=dict)
    parts: Sequence[str] = PARTS
    docs: int = 8
    modes: Sequence[Mode] = MODES
    model: str = "Qwen/Qwen3-8B"
    task: str = "ruler"
    budget: int | None = 8192
    extra: Mapping[str, Any] = field(default_factory=dict)


def write_long(run_dir: Path, what: LongRun) -> Path:
    """Writes all files of a run but the summary."""
    return stored(run_dir, manifest(what, run_dir.name), answers(what), ())


def manifest(what: LongRun, run_id: str) -> dict[str, Any]:
    plan = [
        {
            "task": what.task,
            "mode": mode,
            "budgets": [what.budget if mode == "thinking" else None],
            "docs": len(what.chances) * len(what.parts) * what.docs,
            "samples": 1,
            "average": "subsets",
            "lengths": sorted(what.chances),
        }
        for mode in what.modes
    ]
    config = {"model": what.model, "tasks": [what.task], "seed": 0, "stop_text": "docs"}
    return {"schema": 1, "run_id": run_id, "model": what.model, "config": config, "plan": plan, "sessions": []} | {
        **what.extra
    }


def answers(what: LongRun) -> Iterator[tuple[Record, ScoreRecord, Doc]]:
    rng = random.Random(5)
    for mode in what.modes:
        for length, chance in what.chances.items():
            for part in what.parts:
                right = what.part_chances.get(f"{length}/{part}", chance)
                for number in range(what.docs):
                    name = f"{part}/{length}/{number}"
                    unit = Unit(what.task, name, 0, mode, what.budget if mode == "thinking" else None)
                    key = sha(repr(unit))[:32]
                    record = Record(key, unit, 1, sha(name), Generation("", "42", tokens=Tokens(10, 3, 5, 0, 8)))
                    score = Score(float(rng.random() < right))
                    yield (
                        record,
                        ScoreRecord(key, unit, score, f"{what.task}-1"),
                        Doc(name, "", "", "en", name, f"{length}/{part}"),
                    )
