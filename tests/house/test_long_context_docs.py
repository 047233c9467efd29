"""The benchmark of long prompts of docs/long_context.md, followed to the letter in an empty folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from followed import faults, follow, steps

from qwen3_eval.cli import main

PAGE, TITLE = "docs/long_context.md", "Add a benchmark of long prompts"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after all steps, and what each command printed."""
    folder = tmp_path_factory.mktemp("author")
    return folder, follow(PAGE, TITLE, folder)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results" / name).read_text("utf-8").splitlines()]


def test_the_page_has_its_files_and_commands() -> None:
    assert [name for name, _ in steps(PAGE, TITLE)] == [
        "my_data/pins/sentences.jsonl",
        "my_data/MANIFEST.json",
        "my_tasks/pins.py",
        *[""] * 4,
    ]


def test_a_prompt_is_shown_in_both_modes_and_begins_the_answer_in_one(followed: tuple[Path, list[str]]) -> None:
    shown = followed[1][0]
    assert shown.count("What is the pin? Answer with the number alone.") == 2
    assert shown.rstrip().endswith("The pin is")


def test_what_it_costs_is_said(followed: tuple[Path, list[str]]) -> None:
    assert "in all: 24 long prompts, 7,200 prompt tokens at most" in followed[1][1]


def test_every_prompt_is_asked_and_scored_and_replayed(followed: tuple[Path, list[str]]) -> None:
    folder, _ = followed
    first, again = (
        sorted((row["id"], row["mode"], row["score"]) for row in rows(folder, f"{run}/scores.jsonl"))
        for run in ("pins", "again")
    )
    assert len(first) == 16
    assert first == again
    told = json.loads((folder / "results" / "again" / "run.json").read_text("utf-8"))
    assert told["data"]["pins"]["lengths"] == [200, 400]


def test_data_that_is_another_is_refused_and_nothing_is_written(
    followed: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, out = followed[0], tmp_path / "run"
    data = shutil.copytree(folder / "my_data", tmp_path / "data")
    with (data / "pins" / "sentences.jsonl").open("a") as file:
        file.write('{"text": "A fifth one."}\n')
    where = ("--tasks-dir", str(folder / "my_tasks"), "--data-dir", str(data), "--run-dir", str(out))
    assert main(["run", "--model", "demo", "--tasks", "pins", "--engine", "mock", *where]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "sentences.jsonl" in line
    assert "sha256" in line
    assert not out.exists()


def test_the_example_is_clean(followed: tuple[Path, list[str]], tmp_path: Path) -> None:
    assert not faults(followed[0] / "my_tasks" / "pins.py", tmp_path)
