"""A package of a user with a task, as a wheel, and installed in a folder as pip would install it."""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

TASK = '''"""Sums that a package of a user asks; they count in another way than the toy ones of the tests."""

import random

from qwen3_eval.api import Doc, Generated, Prompt, Score, Task, task
from wheel_tasks.reading import number


@task(
    name="wheel_sum",
    category="demo",
    version="1",
    source=Generated(seed=9, count=9),
    reference="this file",
    max_tokens=64,
    answer_tokens=16,
)
class WheelSum(Task):
    """The half of the points is for being near."""

    def rows(self, rng):
        while True:
            yield {"a": rng.randrange(100), "b": rng.randrange(100)}

    def doc(self, row):
        return Doc(f"{row['a']}+{row['b']}", f"{row['a']}+{row['b']}=", row["a"] + row["b"])

    def prompt(self, doc):
        return Prompt.user(doc.question)

    def score(self, doc, answer):
        off = abs(number(answer) - doc.target)
        return Score(1.0 if not off else 0.5 if off < 3 else 0.0, extracted=answer)
'''
READING = '''"""What the task of this package needs beside itself."""


def number(text):
    return int("".join(letter for letter in text if letter.isdigit()) or 0)
'''
# What it depends on is on no index that a node could ask.
METADATA = "Metadata-Version: 2.1\nName: wheel-tasks\nRequires-Dist: qwen3-eval\nRequires-Dist: wheel-tasks-of-nobody\n"


def task_wheel(folder: Path, version: str) -> Path:
    """A wheel of the package ``wheel-tasks``, whose entry point offers the task ``wheel_sum``."""
    facts = f"wheel_tasks-{version}.dist-info"
    files = {
        "wheel_tasks/__init__.py": "",
        "wheel_tasks/reading.py": READING,
        "wheel_tasks/sums.py": TASK,
        f"{facts}/METADATA": f"{METADATA}Version: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/entry_points.txt": "[qwen3_eval.tasks]\nsums = wheel_tasks.sums\n",
    }
    record = [f"{name},sha256={_digest(text)},{len(text.encode())}" for name, text in files.items()]
    files[f"{facts}/RECORD"] = "\n".join([*record, f"{facts}/RECORD,,"]) + "\n"
    wheel = folder / f"wheel_tasks-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    """A folder for the path of modules that has what is in a wheel: one of Python alone is just unpacked."""
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
