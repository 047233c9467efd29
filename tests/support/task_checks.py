"""What the tests of benchmarks share: fixture rows, the mirror of real rows, prompts as a person reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from places import FIXTURES, MIRROR, SNAPSHOTS

from qwen3_eval import data
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Prompt, Score

with_mirror = pytest.mark.skipif(
    not (MIRROR / "MANIFEST.json").is_file(), reason="no mirror of the real rows beside the repository"
)


def task_of(name: str) -> Task:
    return load_tasks().get(name)


def docs_of(name: str, folder: Path = FIXTURES) -> list[Doc]:
    return list(data.docs(task_of(name), folder))


def score(name: str, answer: str, target: str) -> Score:
    return task_of(name).score(Doc(id="1", question="?", target=target), answer)


def shown(prompt: Prompt) -> str:
    """A prompt as text, with a line for each message, for the stop strings and for the choices."""
    if prompt.completion is None:
        return "".join(f"--- {message.role}\n{message.content}\n" for message in prompt.messages)
    choices = f"--- choices: {list(prompt.choices)}\n" if prompt.choices else ""
    return f"{prompt.completion}\n--- stop: {list(prompt.stop)}\n{choices}"


def check_snapshot(name: str, text: str) -> None:
    """Compares with ``tests/snapshots``; UPDATE_SNAPSHOTS=1 writes them instead."""
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
