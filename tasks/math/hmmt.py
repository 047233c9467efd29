r"""HMMT: problems of the Harvard-MIT Mathematics Tournament, with closed-form answers, averaged over 64 samples.

Rows: three rounds as MathArena publishes them: February and November 2025 (30 problems each), February 2026 (33).
Asked: the problem and the boxed-answer instruction of the Qwen3 model cards; MathArena's own is its second half.
Judged: the last ``\boxed{}`` as a mathematical object; where the answer is a list of values, all of them in any order.
Cards: February 2025 since Qwen3-2507, November 2025 since Qwen3.5, February 2026 since Qwen3.6; reasoning tasks get
81,920 tokens since the cards of Thinking-2507.
"""

from collections.abc import Callable, Mapping
from typing import Any

from qwen3_eval.api import BOXED, Doc, Prompt, Score, Source, Task, final_answer, math_equal, task


def tournament(name: str, month: str, n_docs: int, revision: str) -> Callable[[type[Task]], type[Task]]:
    """Declares the task of one round."""
    dataset = f"hmmt_{month[:3].lower()}_{month[-4:]}"
    return task(
        name=name,
        summary=f"HMMT {month}: {n_docs} problems with closed-form answers, averaged over 64 samples.",
        n_docs=n_docs,
        category="math",
        version="1",
        source=Source(f"MathArena/{dataset}", split="train", mirror=f"hmmt/{dataset}.jsonl", revision=revision),
        reference="eth-sri/matharena@e92766038a80eee227589f5ea688004240bca8e0 src/matharena/parser.py, grader.py",
        samples=64,
        max_tokens=81_920,
        suites=("math", "cards"),
        deviations=(
            "the cards give neither samples nor prompt: 64 and the boxed-answer instruction, as the report for AIME",
            "16,384 tokens are what the cards give models that do not think; here both modes may use 81,920",
            "values in several boxes of one line are no list; the reference joins them where the answer is a list",
            "an endless decimal may be rounded after six digits, in the reference after ten; units may follow",
            "an open box, one without its backslash, and \\sqrt10 for the root of ten count in the reference alone",
            "without a box counts what a phrase announces, else the last number; in the reference the last integer",
            "the reference replaces answers of models by hand where it reads them wrongly; here nothing is",
        ),
    )


class Hmmt(Task):
    """A closed form, or a list of them."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        subjects = {"problem_type": list(row.get("problem_type") or ())}
        return Doc(str(row["problem_idx"]), row["problem"], str(row["answer"]), meta=subjects)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()


@tournament("hmmt_feb25", "February 2025", 30, "6fdc4277120810ff75aa22d2d5489b91f7a262a1")
class HmmtFebruary2025(Hmmt):
    """Algebra, combinatorics and geometry."""


@tournament("hmmt_nov25", "November 2025", 30, "118dbfb45c4c9467c672268ed55166642897aa46")
class HmmtNovember2025(Hmmt):
    """The general, theme and guts rounds."""


@tournament("hmmt_feb26", "February 2026", 33, "02fba4f74d8e68e73e66a02d540fd979c05c274c")
class HmmtFebruary2026(Hmmt):
    """Algebra, combinatorics and geometry."""
