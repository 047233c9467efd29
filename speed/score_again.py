"""What ``score`` costs for 10,000 multiple-choice answers, beside what judging them costs alone.

    python -m speed.score_again [--data-dir DIR]

The answers are to MMLU, each with some thinking before it; a mirror is needed. The start of a run, which reads the
docs, is taken off.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc
from speed.figures import figure
from speed.results import measured

TASK = "mmlu"
COUNT, FEW, ROUNDS = 10_000, 10, 3
FORMS = ("The answer is ({}).", "\\boxed{{{}}}", "None of the others fits.\n\nAnswer: {}", "{}", "So, **{}**.")
THINKING = f"<think>\n{'Let me see. ' * 30}\n</think>\n\n"


def answers(docs: Sequence[Doc]) -> list[str]:
    """A letter for each doc, in one form after the other."""
    return [FORMS[place % len(FORMS)].format("ABCD"[place % 4]) for place in range(len(docs))]


def score(docs: Sequence[Doc], texts: Sequence[str], folder: Path) -> float:
    """CPU seconds of one command."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "predictions.jsonl"
        rows = ({"id": doc.id, "response": THINKING + text} for doc, text in zip(docs, texts, strict=True))
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        told = ["--predictions", str(file), "--run-dir", f"{place}/run", "--data-dir", str(folder)]
        return measured(["score", "--task", TASK, *told])[1]


def judging(docs: Sequence[Doc], texts: Sequence[str]) -> float:
    """CPU seconds of the scorer alone."""
    task = load_tasks().get(TASK)
    began = time.process_time()
    for doc, text in zip(docs, texts, strict=True):
        task.base_score(doc, text)
    return time.process_time() - began


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    folder = mirror_dir(parser.parse_args().data_dir)
    if folder is None:
        print("needs a mirror with the rows of MMLU")
        return
    docs = list(itertools.islice(data.docs(load_tasks().get(TASK), folder), COUNT))
    texts = answers(docs)
    starts, wholes = [], []
    for _ in range(ROUNDS):
        starts.append(score(docs[:FEW], texts[:FEW], folder))
        wholes.append(score(docs, texts, folder))
    start, each = statistics.median(starts), statistics.median(map(float.__sub__, wholes, starts)) / len(docs)
    alone = judging(docs, texts) / len(docs)
    figure("score: CPU of an answer to MMLU", 1000 * each, "ms")
    figure("score: CPU of judging it alone", 1000 * alone, "ms")
    figure("score: CPU of the start", start, "s")


if __name__ == "__main__":
    main()
