r"""AIME 2026: thirty competition problems with integer answers from 0 to 999, averaged over 64 samples.

Rows: both papers of 2026, I and II, as MathArena publishes them. Asked: the problem and the boxed-answer instruction of
the Qwen3 model cards. Judged: the integer in the last ``\boxed{}``, as for ``aime25``. Cards: Qwen3.5 and
3.6, which call it AIME26; reasoning tasks get 81,920 tokens since the cards of Thinking-2507.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import BOXED, Doc, Prompt, Score, Source, Task, final_answer, math_equal, task


@task(
    name="aime26",
    n_docs=30,
    category="math",
    version="1",
    source=Source(
        "MathArena/aime_2026",
        split="train",
        mirror="aime26/train.jsonl",
        revision="d2de22f3c656b4f56cf8981212186377d1e23bc3",
    ),
    reference="eth-sri/matharena@e92766038a80eee227589f5ea688004240bca8e0 src/matharena/parser.py, grader.py",
    samples=64,
    max_tokens=81_920,
    suites=("math", "cards"),
    deviations=(
        "the cards give neither samples nor prompt: 64 and the boxed-answer instruction, as the report for AIME",
        "16,384 tokens are what the cards give models that do not think; here both modes may use 81,920",
        "without a box counts what a phrase announces, else the last number; in the reference the last integer",
        "answers are compared as for AIME'24 and '25: a number counts with a unit, an empty box is passed over",
    ),
)
class Aime26(Task):
    """Thirty integers."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(id=str(row["problem_idx"]), question=row["problem"], target=str(row["answer"]))

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
