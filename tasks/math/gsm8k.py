r"""GSM8K: 1,319 grade-school word problems, each with one number as its answer.

Rows: the test split; examples from the train split. Asked: in chat, the problem and the boxed-answer
instruction of the Qwen3 model cards; of a base model, four worked examples with the form and stop strings of
EleutherAI/lm-evaluation-harness@4e7e0d47, which leaves the calculator notes (``<<16-3=13>>``) in. Judged: the
number in the last ``\boxed{}``, else after ``####`` (the official rule), else the last one. Report: Tables 3 to 8.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import BOXED, Doc, Paper, Prompt, Score, Source, Task, boxed, math_equal, reading, task

OFFICIAL = re.compile(r"#### (-?[0-9.,]+)")
STOP = ("Question:", "</s>", "<|im_end|>")
REVISION = "740312add88f781978c0658806c59bc2815b9866"


def official_answer(text: str) -> str | None:
    """The number after ``####``, without commas: ``extract_answer`` of the reference."""
    match = OFFICIAL.search(text)
    return match[1].replace(",", "").rstrip(".") if match else None


@task(
    name="gsm8k",
    n_docs=1319,
    category="math",
    version="3",
    source=Source("openai/gsm8k", config="main", split="test", mirror="gsm8k/test.jsonl", revision=REVISION),
    few_shot=Source("openai/gsm8k", config="main", split="train", mirror="gsm8k/train.jsonl", revision=REVISION),
    shots=4,
    protocols=("chat", "base"),
    reference="openai/grade-school-math@3101c7d5072418e28b9008a6636bde82a006892c grade_school_math/dataset.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("math", "report-base"),
    deviations=(
        "numbers are compared by value, not as text",
        "an answer without #### or a box counts by its last number (flexible-extract of lm-evaluation-harness)",
        "an empty box, or one that only restates the instruction, is passed over; the reference knows no boxes",
    ),
)
class Gsm8k(Task):
    """Word problems with one number each."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        target = official_answer(row["answer"])
        return Doc(id=row["_row"], question=row["question"], target=target, meta={"solution": row["answer"]})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = [f"Question: {shot.question}\nAnswer: {shot.meta['solution']}\n\n" for shot in shots]
        return Prompt.complete(f"{''.join(examples)}Question: {doc.question}\nAnswer:", stop=STOP)

    def score(self, doc: Doc, answer: str) -> Score:
        found = boxed(answer) if reading.has_box(answer) else official_answer(answer) or reading.last_number(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
