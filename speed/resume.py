"""What it costs to take a run up again: its records read, a finished run asked again, ``score`` begun.

python -m speed.resume [OTHER_CHECKOUT]

The last two on MMLU (14,042 rows; 56,168 samples by the mock engine), where its rows are in the mirror; with another
checkout these are measured by turns, and the ratio is given.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.records.record import JournalSet
from qwen3_eval.records.store import Store
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Generation, Record, Score, ScoreRecord, Unit, UsageError
from speed.figures import figure
from speed.harness import ROOT, finish, server
from speed.harness import start as start_run

ROUNDS = 5
THOUGHT = "So x² + 2x ≥ 0, and \\frac{a}{b} = 4.\nWait, let me check that again. "
# Ends ``score`` when the first answers are handed to a worker; the two places are those of two versions.
BEGINNING = """
import gc, os
import qwen3_eval.__main__ as command
gc.set_threshold(getattr(command, "OBJECTS", 700))
try:
    from qwen3_eval.scoring.scorer import Scorer
except ImportError:
    from qwen3_eval.scoring import Scorer
Scorer.batch = Scorer.__call__ = lambda *_: os._exit(0)
command.main()
"""


def spent(checkout: Path, words: Sequence[str], folder: Path) -> float:
    """User CPU seconds of a Python process with the package of a checkout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told["PYTHONPATH"] = str(checkout)
    subprocess.run([sys.executable, *words], cwd=folder, env=told, capture_output=True, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def predictions(folder: Path) -> Path:
    """An answer to every row."""
    path = folder / "predictions.jsonl"
    with path.open("w") as file:
        for doc in data.docs(load_tasks().get("mmlu")):
            file.write(json.dumps({"id": doc.id, "response": "The answer is (B)."}) + "\n")
    return path


def start(checkout: Path, folder: Path, answers: Path) -> float:
    """Until the first answer is handed to judging."""
    run = folder / "scored"
    shutil.rmtree(run, ignore_errors=True)
    words = ["score", "--task", "mmlu", "--predictions", str(answers), "--run-dir", str(run)]
    return spent(checkout, ["-c", BEGINNING, *words], folder)


def resume(checkout: Path, run: Path, folder: Path) -> float:
    """A run of four samples a doc by the mock engine, which is there already but the first time."""
    words = ["run", "--model", "demo", "--engine", "mock", "--tasks", "mmlu", "--samples", "4", "--run-dir", str(run)]
    return spent(checkout, ["-m", "qwen3_eval", *words], folder)


def records(count: int = 20_000, characters: int = 10_240) -> None:
    """CPU microseconds to read a record whose thinking has so many characters, with its score."""
    with tempfile.TemporaryDirectory() as folder:
        store, task = Store(Path(folder)), "t"
        store.open({})
        for number in range(count):
            unit, key = Unit(task, f"{number // 8}", number % 8, "thinking"), f"{number:032x}"
            said = Generation(THOUGHT * (characters // len(THOUGHT)), "4", finished=True)
            store.add_generation(Record(key, unit, number, "00", said))
            score = ScoreRecord(key, unit, Score(1.0, extracted="4"), "t-1")
            store.add_scores([(score, Doc(unit.id, "", "4"))])
        store.close()
        before = time.process_time()
        journals = JournalSet(Path(folder))
        assert len(journals.answered()) == len(journals.scored()) == count
        used = time.process_time() - before
    figure(f"resume: CPU to read a record of {characters:,} characters", 1e6 * used / count, "us")


def asked_again(samples: int = 5) -> None:
    """CPU seconds of a finished run that is asked again; no server is there any more."""
    with tempfile.TemporaryDirectory() as folder:
        with server() as url:
            finish(start_run(url, "toy_many", samples, folder), 0)
        used = finish(start_run(url, "toy_many", samples, folder), 0)
    figure(f"resume: CPU of a finished run of {samples * 2_000:,} asked again", used.cpu, "s", "2")


def main() -> None:
    """Measures all, the benchmark's rows permitting."""
    records()
    asked_again()
    try:
        list(zip(range(1), data.docs(load_tasks().get("mmlu")), strict=False))
    except UsageError as error:
        print(f"mmlu is left out: {error}")
    else:
        on_mmlu()


def on_mmlu() -> None:
    """The start of ``score`` and a full resume, each at its best."""
    checkouts = [ROOT, *(Path(each).resolve() for each in sys.argv[1:])]
    folder = Path(tempfile.mkdtemp())
    try:
        answers = predictions(folder)
        runs = {each: folder / f"run{number}" for number, each in enumerate(checkouts)}
        for each in checkouts:
            resume(each, runs[each], folder)
        for name in ("start of score", "full resume"):
            best = dict.fromkeys(checkouts, float("inf"))
            for each in checkouts * (ROUNDS + 1):
                taken = start(each, folder, answers) if name == "start of score" else resume(each, runs[each], folder)
                best[each] = min(best[each], taken)
            figure(f"resume: {name} of MMLU", best[ROOT], "s of CPU")
            if len(checkouts) > 1:
                figure(f"resume: {name} of MMLU, the other checkout", best[checkouts[-1]] / best[ROOT], "times as much")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
