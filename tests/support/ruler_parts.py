"""Parts of RULER over the rows for tests, fitted to tokens that are words and marks."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from task_modules import task_module

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOLDER = "long_context/ruler"
TOKENS = re.compile(r"\w+|[^\w\s]")
MIRRORED = {
    "tasks": "tasks",
    "words": "wonderwords_2.2.0",
    "squad": "squad_dev_v2",
    "hotpot": "hotpotqa_train_100",
    "essays": "essays",
}
fitting, supply = task_module(FOLDER, "fitting"), task_module(FOLDER, "supply")


def count(text: str) -> int:
    """Words and marks of a text."""
    return len(TOKENS.findall(text))


@cache
def tables() -> dict[str, list[dict[str, Any]]]:
    """The rows by table."""
    files = {name: FIXTURES / "ruler" / f"{file}.jsonl" for name, file in MIRRORED.items()}
    return {name: list(map(json.loads, file.read_text("utf-8").splitlines())) for name, file in files.items()}


def part(name: str) -> Any:
    """One of the thirteen."""
    return next(fitting.LongPart.read(row) for row in tables()["tasks"] if row["task"] == name)


def generator(name: str, length: int, seed: int = 42) -> Any:
    """Of a part at a length, of which a chat template takes 12 tokens."""
    return supply.generator(part(name), fitting.Space(length, length - 12, count, seed, 12), tables())
