"""ARC-AGI-1: 400 puzzles of coloured grids, as QwenLM asks and judges them; the answer is one grid.

Rows: the public evaluation set with a row for each of its 419 test inputs, in the prompts that QwenLM publishes. Asked:
the row's prompt, which shows the pairs of the puzzle as JSON. Judged: the answer as a whole where it is JSON, else the
last block that is marked as json or python, else the last grid that begins with ``[[`` and ends with ``]]``; it must be
equal to the test output. Reported: the mean over the puzzles, where one with two inputs counts each of them half.
QwenLM's own run (Qwen3-235B-A22B-Instruct-2507, the sampling that is set here) gave 40.75; its card prints 41.8.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from qwen3_eval.api import Doc, Prompt, Sampling, Score, Source, Task, task

COMMIT = "7a2f61ffc7a20d47efcd2bf97f6f2bf52729042e"
ROWS = Source(
    "github:QwenLM/Qwen3",
    split="test",
    path="eval/data/arc_agi_1.jsonl",
    mirror="arc_agi_1/test.jsonl",
    revision=COMMIT,
    n_rows=419,
)
FENCE = "```"
OPENED = re.compile(r"```(?:json|python)\s*")
# What may stand in a grid; line breaks are spaces too.
GRID_CHARACTERS = re.compile(r"[\d,\[\]\s]+")


def blocks(text: str) -> Iterator[str]:
    """What stands in the fenced blocks that are marked as json or python; in linear time."""
    position = 0
    while opened := OPENED.search(text, position):
        end = text.find(FENCE, opened.end())
        if end < 0:
            return
        yield text[opened.end() : end].rstrip()
        position = end + len(FENCE)


def bare_grids(text: str) -> Iterator[str]:
    """From the first ``[[`` to the last ``]]`` of each stretch of digits, commas, brackets and space."""
    for stretch in GRID_CHARACTERS.finditer(text):
        start, end = stretch[0].find("[["), stretch[0].rfind("]]")
        if 0 <= start <= end - 2:
            yield stretch[0][start : end + 2]


def as_json(text: str) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def last_grid(answer: str) -> tuple[str, Any]:
    """The text that is taken for the grid, and its value: ``parse_model_output`` of the reference.

    The value is None where there is none, or where the text that is taken is no JSON: no other is tried then.
    """
    whole = as_json(answer)
    if whole is not None:
        return answer, whole
    found = [*blocks(answer)] or [*bare_grids(answer)]
    return (found[-1], as_json(found[-1])) if found else ("", None)


@task(
    name="arc_agi_1",
    n_docs=419,
    category="reasoning",
    version="1",
    source=ROWS,
    tables={"inputs": ROWS},
    sampling={"non-thinking": Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)},
    reference=f"QwenLM/Qwen3@{COMMIT} eval/eval/arc_agi_1.py, eval/configs/ARCAGI-Qwen3-235B-A22B-Instruct-2507.yaml",
    suites=("reasoning", "cards"),
    deviations=(
        "thinking that did not end is no answer; the reference then reads the trace",
        "nesting or numbers too deep or long for Python's reader are no answer; the reference ends with an error",
    ),
)
class ArcAgi1(Task):
    """Equal to the test output, every cell."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        puzzle = row["task_id"]
        inputs = Counter(other["task_id"] for other in self.tables.get("inputs", ()))[puzzle]
        share = {"accuracy": 1 / inputs} if inputs > 1 else {}
        return Doc(row["_row"], row["prompt"], row["answer"], group=puzzle, weights=share, meta={"puzzle": puzzle})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        taken, value = last_grid(answer)
        if value is None:
            return Score.no_answer(
                "what was taken for the grid is no JSON" if taken else "no grid that the scorer reads"
            )
        return Score(float(value == doc.target), extracted=taken)
