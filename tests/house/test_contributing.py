"""CONTRIBUTING.md's "Add a benchmark in ten minutes", followed to the letter in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

STEP = re.compile(r"^File `([^`]+)`.*?^```\w+\n(.*?)^```$|^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str, str]]:
    """Files to write (name, text) and commands to run (empty name, line), in the order of the page."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Add a benchmark in ten minutes")[2].partition("\n## ")[0]
    for name, content, commands in STEP.findall(section):
        if name:
            yield name, content
        else:
            yield from (("", line) for line in commands.splitlines())


def install(folder: Path) -> None:
    """The environment's commands that the page calls, for the interpreter that runs the tests."""
    for name, words in (("python", ""), ("qwen3-eval", "-m qwen3_eval ")):
        command = folder / ".venv" / "bin" / name
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words}"$@"\n')
        command.chmod(0o755)


def run(line: str, folder: Path) -> str:
    """One command of the page. Returns what it prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("QWEN3_EVAL_DATA", None)
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after all steps, and what each command printed."""
    folder = tmp_path_factory.mktemp("contributor")
    install(folder)
    printed = []
    for name, text in steps():
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        else:
            printed.append(run(text, folder))
    return folder, printed


def test_the_page_has_its_files_and_commands() -> None:
    names = [name for name, _ in steps()]
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
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("no ruff")
    page = tmp_path / "tasks" / "general" / "capitals.py"
    page.parent.mkdir(parents=True)
    shutil.copyfile(folder / "my_tasks" / "capitals.py", page)
    command = [ruff, "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "--ignore", "D102", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [ruff, "format", "--no-cache", "--diff", str(page)], capture_output=True, text=True, check=False
    )
    assert not done.stdout
