r"""MATH-500: five hundred problems of the MATH test set, each with one short closed-form answer.

Rows: the subset of openai/prm800k. Asked: the problem and the boxed-answer instruction of the Qwen3
model cards. Judged: the last ``\boxed{}`` (else what the text announces as its answer, else the last number,
as in QwenLM/Qwen2.5-Math) against the answer column, as mathematical objects. Report: Tables 11 to 21, 32,768 tokens.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import BOXED, Doc, Paper, Prompt, Score, Source, Task, final_answer, math_equal, task


@task(
    name="math_500",
    n_docs=500,
    category="math",
    version="3",
    source=Source(
        "HuggingFaceH4/MATH-500",
        split="test",
        mirror="math_500/test.jsonl",
        revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
    ),
    reference="QwenLM/Qwen2.5-Math@a45202bd16f1ec06f433442dc1152d0074773465 evaluation/parser.py, grader.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21), metric="accuracy"),
    suites=("math", "report"),
    deviations=(
        "answers are compared by exact rules, then math-verify 0.9.0, instead of the reference's sympy rules",
        "an endless decimal may be rounded after six digits; the reference allows a ten-thousandth, or a factor of 100",
        "lists, intervals and bases are compared whole; the reference takes 1 for 1,-2 and (0,1) for [0,1]",
        "equal forms that the reference refuses count: 3,-3 for -3,3, mixed numbers, units in words, other scripts",
        "an announced answer ends with its line; a box that is not closed is no answer, the reference takes the rest",
        "an empty box is passed over; a chain of equations has one value; the reference takes the last box and member",
        "a value counts with a unit or after \\approx, and in \\fbox; boxed without its backslash is no box",
    ),
)
class Math500(Task):
    """Five hundred closed forms."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        meta = {"subject": row["subject"], "level": row["level"]}
        return Doc(id=row["unique_id"], question=row["problem"], target=row["answer"], meta=meta)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
