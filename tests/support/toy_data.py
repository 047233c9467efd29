"""A toy task with a mirror of its rows, and processes that read them."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from places import ROOT

from qwen3_eval.task.base import Task, task
from qwen3_eval.task.source import Source
from qwen3_eval.types import Doc, Prompt, Score

REVISION = "a" * 40
TOY = Source("owner/toy", split="test", mirror="toy/test.jsonl", revision=REVISION)
ROWS: list[dict[str, Any]] = [
    {"id": index, "question": f"What is {index}+1?", "answer": str(index + 1)} for index in range(5)
]


class ToyTask(Task):
    """Adds one."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(id=str(row["id"]), question=row["question"], target=row["answer"])

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(float(answer == doc.target))


class DrawnTask(ToyTask):
    """Draws from ten different questions."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            number = rng.randrange(10)
            yield {"id": f"d{number}", "question": f"{number}?", "answer": str(number)}


def declared(cls: type[Task] = ToyTask, **facts: Any) -> Task:
    known = {"name": "toy", "category": "demo", "version": "1", "reference": "none", "source": TOY}
    return task(**(known | facts))(type(cls.__name__, (cls,), {}))()


def write_mirror(folder: Path, rows: list[dict[str, Any]], name: str = "toy/test.jsonl", **entry: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    listed = {"file": name, "n_records": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} | entry
    write_manifest(folder, {"toy": {"source": "somewhere", "license": "MIT", "files": [listed]}})
    return folder


def write_manifest(folder: Path, benchmarks: dict[str, Any]) -> None:
    (folder / "MANIFEST.json").write_text(json.dumps({"benchmarks": benchmarks}))


def in_process(code: str, *arguments: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
