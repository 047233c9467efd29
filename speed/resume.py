"""The start of ``score`` on 14,042 rows, and the full resume of a finished run of 56,168 samples; seconds of CPU.

python -m speed.resume [OTHER_CHECKOUT]

With another checkout both are measured by turns, and the ratio is given. Needs the rows of MMLU in the mirror.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.task.registry import load_tasks
from speed.harness import ROOT

ROUNDS = 5
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


def main() -> None:
    """Measures both, each at its best."""
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
            shown = ", ".join(f"{seconds:.2f} s in {each}" for each, seconds in best.items())
            print(f"{name}: {shown}; ratio {best[checkouts[-1]] / best[ROOT]:.2f}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
