"""A document's steps, followed to the letter in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from places import ROOT

STEP = re.compile(r"^[^`\n]*File `([^`]+)`.*?^```\w+\n(.*?)^```$|^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(page: str, title: str) -> Iterator[tuple[str, str]]:
    """Files to write (name, text) and commands to run (empty name, line), in the order of a section of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = text.partition(f"## {title}")[2].partition("\n## ")[0]
    for name, content, commands in STEP.findall(section):
        if name:
            yield name, content
        else:
            yield from (("", line) for line in commands.splitlines())


def install(folder: Path) -> None:
    """The environment's commands that a page calls, for the interpreter that runs the tests."""
    for name, words in (("python", ""), ("qwen3-eval", "-m qwen3_eval ")):
        command = folder / ".venv" / "bin" / name
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words}"$@"\n')
        command.chmod(0o755)


def run(line: str, folder: Path) -> str:
    """One command of a page. Returns what it prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("QWEN3_EVAL_DATA", None)
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def follow(page: str, title: str, folder: Path, change: Callable[[str], str] = str) -> list[str]:
    """Takes all steps in a folder; gives what each command printed. change: of the commands, before they are run."""
    install(folder)
    printed = []
    for name, text in steps(page, title):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        else:
            printed.append(run(change(text), folder))
    return printed


def faults(file: Path, folder: Path) -> str:
    """What ruff says of an example, in a folder of tasks; empty where it is clean, or there is no ruff."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        return ""
    page = folder / "tasks" / "general" / file.name
    page.parent.mkdir(parents=True)
    shutil.copyfile(file, page)
    command = [ruff, "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "--ignore", "D102", str(page)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    command = [ruff, "format", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "--diff", str(page)]
    formatted = subprocess.run(command, capture_output=True, text=True, check=False)
    return (checked.stdout if checked.returncode else "") + formatted.stdout
