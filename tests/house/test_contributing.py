"""CONTRIBUTING.md's "Add a benchmark in ten minutes", followed to the letter in an empty folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from followed import faults, follow, steps

PAGE, TITLE = "CONTRIBUTING.md", "Add a benchmark in ten minutes"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after all steps, and what each command printed."""
    folder = tmp_path_factory.mktemp("contributor")
    return folder, follow(PAGE, TITLE, folder)


def test_the_page_has_its_files_and_commands() -> None:
    names = [name for name, _ in steps(PAGE, TITLE)]
    assert names == [
        "my_data/capitals/test.jsonl",
        "my_data/MANIFEST.json",
        "",
        "my_tasks/capitals.py",
        "",
        "",
        "my_predictions.jsonl",
        "",
    ]


def test_the_digest_that_is_printed_is_the_one_in_the_task(followed: tuple[Path, list[str]]) -> None:
    folder, printed = followed
    assert printed[0].strip() in (folder / "my_tasks" / "capitals.py").read_text()


def test_the_task_is_listed_and_shown(followed: tuple[Path, list[str]]) -> None:
    _, printed = followed
    assert "capitals" in printed[1]
    assert "What is the capital of France? Put your final answer within \\boxed{}." in printed[2]


def test_the_scores_are_the_promised_ones(followed: tuple[Path, list[str]]) -> None:
    folder, _ = followed
    lines = (folder / "results" / "capitals" / "scores.jsonl").read_text().splitlines()
    scores = {row["id"]: (row["score"], row["outcome"]) for row in map(json.loads, lines)}
    assert scores == {"fr": (1.0, "ok"), "jp": (0.0, "ok"), "ca": (0.0, "unfinished")}
    (result,) = json.loads((folder / "results" / "capitals" / "summary.json").read_text())["results"]
    assert result["score"] == pytest.approx(100 / 3)


def test_the_example_is_clean(followed: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, _ = followed
    assert not faults(folder / "my_tasks" / "capitals.py", tmp_path)
