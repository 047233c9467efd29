"""Writes run directories whose questions are answered right with given chances: for what compares runs."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_run import sha, write_lines

from qwen3_eval.files import write_json


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
    outcomes: Sequence[str] = ()
    answer: str = "The answer is \\boxed{{{}}}."
    drop: int = 0


def write_scored(run_dir: Path, what: Scored) -> Path:
    """Writes all files of a run but the summary."""
    run_dir.mkdir(parents=True, exist_ok=True)
    write_json(run_dir / "run.json", manifest(what, run_dir.name))
    pairs = list(answers(what))
    pairs = pairs[: len(pairs) - what.drop]
    write_lines(run_dir / "generations.jsonl", (generation for generation, _ in pairs))
    write_lines(run_dir / "scores.jsonl", (score for _, score in pairs))
    write_lines(run_dir / "prompts.jsonl", prompts(what))
    return run_dir


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


def prompts(what: Scored) -> Iterator[dict[str, Any]]:
    for task, chances in what.chances.items():
        for i in range(len(chances)):
            where = {"task": task, "id": f"q{i}", "protocol": "chat", "mode": "thinking"}
            yield {"prompt_sha256": sha(f"{task} {i}"), **where, "text": f"Question {i} <of> {task}?", "target": "42"}


def answers(what: Scored) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    rng = random.Random(what.seed)
    for task, chances in what.chances.items():
        number = 0
        for i, chance in enumerate(chances):
            for sample in range(what.samples):
                outcome = what.outcomes[number] if number < len(what.outcomes) else "ok"
                number += 1
                right = rng.random() < chance and outcome == "ok"
                protocol = what.entry.get("protocol", "chat")
                unit = {"task": task, "id": f"q{i}", "sample": sample, "protocol": protocol, "mode": "thinking"}
                yield one_answer(what, {**unit, "budget": what.budget}, right, outcome)


def one_answer(what: Scored, unit: dict[str, Any], right: bool, outcome: str) -> tuple[dict[str, Any], dict[str, Any]]:
    said = "42" if right else "41"
    key = hashlib.sha256(repr(sorted(unit.items(), key=str)).encode()).hexdigest()[:32]
    generation = {
        "key": key,
        **unit,
        "seed": 1,
        "prompt_sha256": sha(f"{unit['task']} {unit['id'][1:]}"),
        "thinking": "let me see",
        "answer": what.answer.format(said),
        "finished": True,
        "forced_stop": False,
        "finish_reason": "stop",
        "tokens": {"prompt": 10, "thinking": 3, "answer": 5},
        "cached": 0,
        "decoded": 8,
        "latency_s": 0.1,
        "error": "",
        "retryable": False,
    }
    score = {
        "key": key,
        **unit,
        "score": float(right),
        "outcome": outcome,
        "extracted": said if outcome == "ok" else None,
        "metrics": {},
        "detail": "",
        "scorer": f"{unit['task']}-1",
        "language": "en",
        "subset": None,
        "group": f"q{unit['id'][1:]}",
    }
    return generation, score
