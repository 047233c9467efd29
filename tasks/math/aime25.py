r"""AIME 2025: thirty competition problems with integer answers from 0 to 999, averaged over 64 samples.

Rows: both papers of 2025, I and II. Asked: the problem and the boxed-answer instruction of the Qwen3
model cards. Judged: the integer in the last ``\boxed{}``, as in QwenLM/Qwen2.5-Math, whose fallbacks
(an announcing phrase, the last number) are kept for answers without a box. Report: Tables 11 to 21,
38,912 tokens.
"""

import re
from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import BOXED, Doc, Paper, Prompt, Score, Source, Task, final_answer, math_equal, task


@task(
    name="aime25",
    n_docs=30,
    category="math",
    version="2",
    source=Source(
        "math-ai/aime25",
        split="test",
        mirror="aime25/test.jsonl",
        revision="563bb8404243c5f09de6ec262f2db674fe5bce9b",
    ),
    reference="QwenLM/Qwen2.5-Math@a45202bd16f1ec06f433442dc1152d0074773465 evaluation/parser.py, grader.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21), metric="accuracy"),
    samples=64,
    max_tokens=38_912,
    suites=("math", "report", "cards"),
    deviations=(
        "an endless decimal may be rounded after six digits; the reference allows a ten-thousandth, or a factor of 100",
        "an announced answer ends with its line; a box that is not closed is no answer, the reference takes the rest",
        "an empty box is passed over; a chain of equations has one value; the reference takes the last box and member",
        "a number counts with a unit or after \\approx, and in \\fbox; boxed without its backslash is no box",
    ),
)
class Aime25(Task):
    """Thirty integers."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        """Some copies of the rows write the answer to problem 5 of paper II as ``336^\\circ``."""
        digits = re.match(r"\d+", str(row["answer"]))
        if digits is None:
            raise ValueError(f"column 'answer': expected an integer, got {row['answer']!r}")
        return Doc(id=str(row["id"]), question=row["problem"], target=digits[0])

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
