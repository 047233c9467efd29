"""How tasks are found: files and folders, what a benchmark may not do, and what reaches the workers of it."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from places import ROOT, TOYS

from qwen3_eval import data
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.registry import load_module, load_tasks
from qwen3_eval.types import Generation, Score, UsageError

TASK = '''"""A benchmark in a folder."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from qwen3_eval.api import Doc, Generated, Prompt, Score, Task, task

from .checker import verdict


@task(name="NAME", category="demo", version="1", source=Generated(1, 8), reference="this file")
class Sums(Task):
    """Sums."""

    def rows(self, rng: Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield {"a": rng.randrange(10**6)}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(str(row["a"]), f"{row['a']}+1=", str(row["a"] + 1))

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        return verdict(doc.target, answer)
'''
CHECKER = '''"""Judges sums with a table that takes long to make."""

import json
import os
import time
from pathlib import Path

from qwen3_eval.api import Score, once


class Odd(Exception):
    """An answer that cannot be read."""


@once
def table() -> tuple[int, dict[str, str]]:
    """The words of the table, and the process that read it."""
    started = time.process_time()
    while time.process_time() < started + SECONDS:
        pass
    return os.getpid(), json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))


def verdict(target: str, answer: str) -> Score:
    """Right or wrong."""
    process, words = table()
    if answer == "hang":
        while True:
            pass
    return Score(float(words.get(answer, answer) == target), detail="loaded here" if process == os.getpid() else "")
'''


def benchmark(folder: Path, files: Mapping[str, str] | None = None, name: str = "folded", seconds: str = "0") -> Path:
    folder.mkdir(parents=True)
    content = {
        "task.py": TASK.replace("NAME", name),
        "checker.py": CHECKER.replace("SECONDS", seconds),
        "words.json": '{"two": "2"}',
        **(files or {}),
    }
    for path, text in content.items():
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def listed(tasks_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qwen3_eval", *(arguments or ("list",)), "--tasks-dir", str(tasks_dir)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("place", ["", "folded", "code/folded"])
def test_a_folder_is_a_benchmark(tmp_path: Path, place: str) -> None:
    benchmark(tmp_path / "mine" / place)
    task = load_tasks(tmp_path / "mine").get("folded")
    doc = next(data.docs(task, None))
    assert task.spec.summary == "A benchmark in a folder."
    assert task.score(doc, doc.target).value == 1


def test_two_folders_may_have_modules_of_one_name(tmp_path: Path) -> None:
    benchmark(tmp_path / "one" / "same", name="first")
    benchmark(
        tmp_path / "two" / "same", {"checker.py": CHECKER.replace("SECONDS", "0") + "\nMARK = 2\n"}, name="second"
    )
    assert {"first", "second"} <= load_tasks(tmp_path).tasks.keys()
    assert not hasattr(load_module(tmp_path / "one" / "same", "checker"), "MARK")
    assert load_module(tmp_path / "two" / "same", "checker").MARK == 2


def test_what_a_folder_defines_is_pickled_into_another_process(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "mine" / "folded")
    load_tasks(tmp_path / "mine")
    error = load_module(folder, "checker").Odd("odd")
    code = f"""
import pickle
from pathlib import Path
from qwen3_eval.task.registry import load_tasks
load_tasks(Path({str(tmp_path / "mine")!r}))
print(type(pickle.loads({pickle.dumps(error)!r})).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "Odd\n", done.stderr


def test_what_a_folder_loads_once_is_off_the_clock_and_inherited(tmp_path: Path) -> None:
    """The table takes longer than an answer may. The worker that follows one that was killed has it already."""
    folder = benchmark(tmp_path / "mine" / "folded", seconds="1.5")
    task_file = folder / "task.py"
    task_file.write_text(task_file.read_text().replace('reference="this file"', 'reference="a", score_seconds=1.0'))
    task = load_tasks(tmp_path / "mine").get("folded")
    doc = next(data.docs(task, None))

    async def verdicts() -> list[Score]:
        pool = WorkerPool(1, preload=("qwen3_eval.scoring.scorer",))
        try:
            scorer = Scorer(pool, tmp_path / "mine")
            answers = (doc.target, "hang", doc.target)
            return [await scorer(task, doc, Generation(answer=answer), "chat") for answer in answers]
        finally:
            await pool.close()

    first, second, third = asyncio.run(verdicts())
    assert (first.value, first.detail) == (1, "loaded here")
    assert second.outcome == "timeout"
    assert (third.value, third.detail) == (1, "")


BAD = {
    "no task.py": ({"task.py": ""}, "has no task.py"),
    "two of one name": ({"task.py": TASK.replace("NAME", "mgsm")}, "two tasks are called 'mgsm'"),
    "a task beside task.py": ({"more.py": TASK.replace("NAME", "more")}, "in a benchmark's folder only task.py does"),
    "deep import": ({"checker.py": "from qwen3_eval.stats import mean\n"}, "imports qwen3_eval.stats.mean"),
    "late deep import": ({"late.py": "def f():\n    import qwen3_eval.run as r\n"}, "imports qwen3_eval.run"),
    "the package": ({"late.py": "import qwen3_eval\n"}, "imports qwen3_eval;"),
    "around the api": ({"late.py": "from qwen3_eval.api.code import x\n"}, "imports qwen3_eval.api.code.x"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_folder_may_not_do_is_said_in_a_line(tmp_path: Path, case: str) -> None:
    files, words = BAD[case]
    folder = benchmark(tmp_path / "mine" / "folded", files)
    if not files.get("task.py", "x"):
        (folder / "task.py").unlink()
    done = listed(tmp_path / "mine")
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_task_file_imports_the_api_and_nothing_deeper_either(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from qwen3_eval.types import Doc\n")
    with pytest.raises(UsageError, match=r"mine\.py imports qwen3_eval\.types\.Doc"):
        load_tasks(tmp_path)


def test_words_about_the_package_are_no_import(tmp_path: Path) -> None:
    benchmark(tmp_path / "mine" / "folded", {"late.py": '"""Not as qwen3_eval.run does it."""\n'})
    assert "folded" in load_tasks(tmp_path / "mine").tasks


def test_a_folder_that_fails_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    benchmark(tmp_path / "mine" / "folded", {"checker.py": "import no_such_package\n"})
    benchmark(tmp_path / "mine" / "good", name="good")
    done = listed(tmp_path / "mine")
    assert done.returncode == 0
    assert "good" in done.stdout
    assert f"task folder {tmp_path / 'mine' / 'folded'} fails to load: ModuleNotFoundError" in done.stderr
    assert listed(tmp_path / "mine", "show", "folded").returncode == 2


def test_files_with_an_underscore_and_other_folders_declare_no_task(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("raise ValueError\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.jsonl").write_text("{}\n")
    assert load_tasks(tmp_path).tasks.keys() == load_tasks().tasks.keys()


def test_the_toys_are_a_folder_of_files() -> None:
    assert {"toy_sum", "toy_hang"} <= load_tasks(TOYS).tasks.keys()


WAYS = {
    "as usual": ("task", "@task("),
    "with a space": ("task", "@task ("),
    "renamed": ("task as benchmark", "@benchmark("),
    "by its module": ("task", "@api.task("),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_of_files_may_declare_its_tasks_in_any_way(tmp_path: Path, way: str) -> None:
    imported, decorated = WAYS[way]
    text = TASK.replace("NAME", "filed").replace("from .checker import verdict", "from qwen3_eval import api")
    text = text.replace("Task, task\n", f"Task, {imported}\n").replace("@task(", decorated)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "filed.py").write_text(text)
    assert "filed" in load_tasks(tmp_path).tasks


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "folded")
    (folder / ".#task.py").symlink_to("nobody@nowhere")
    (folder / "folder.py").mkdir()
    (tmp_path / "gone.py").symlink_to("nowhere")
    registry = load_tasks(tmp_path)
    assert "folded" in registry.tasks
    assert [text.split(":")[0] for text in registry.failures] == [f"task file {tmp_path / 'gone.py'} fails to load"]


def test_a_file_too_deep_to_be_read_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text(f"import qwen3_eval\nx = {'-' * 200_000}1\n")
    [failure] = load_tasks(tmp_path).failures
    assert "deep.py fails to load" in failure
