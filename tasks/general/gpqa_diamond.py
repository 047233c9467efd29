"""GPQA diamond: 198 graduate-level questions of biology, physics and chemistry, averaged over ten samples.

Rows: the diamond set, behind the authors' licence on the hub, or in their password-protected archive; examples are
never shown in logs, docs or tests. The four options of a question stand in an order that depends on its record id
alone: sorted by SHA-256 of ``<record id>/<column>``; ``order`` in a doc's meta lists the columns behind A to D.
Asked: the question, its options and the instruction of the Qwen3 model cards. Judged: the letter that the answer
settles on. A letter means our order: answers that were given to another order cannot be judged by their letters.
Report: Tables 11 to 22, ten samples, 32,768 tokens.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from qwen3_eval.api import CHOICE_LETTER, Doc, Paper, Prompt, Score, Source, Task, choice_letter, task

LETTERS = "ABCD"
RIGHT = "Correct Answer"
COLUMNS = (RIGHT, "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def order(record: str) -> list[str]:
    """The columns of a question's options A to D."""
    return sorted(COLUMNS, key=lambda column: sha256(f"{record}/{column}".encode()).digest())


@task(
    name="gpqa_diamond",
    n_docs=198,
    category="general",
    version="2",
    source=Source(
        "Idavidrein/gpqa",
        config="gpqa_diamond",
        split="train",
        mirror="gpqa/gpqa_diamond.zip",
        revision="5233cd1db58884ed0bf678c7c6be731722a23f84",
        gated=True,
        member="dataset/gpqa_diamond.csv",
        password="deserted-untie-orchid",
    ),
    reference="openai/simple-evals@ee3b0318d8d1d9d72755a4120879be65f7c07e9e gpqa_eval.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22), metric="accuracy"),
    samples=10,
    prompts=(CHOICE_LETTER,),
    suites=("report", "general", "cards"),
    deviations=(
        "the order of the options is a function of the record id; the reference draws one order after the other",
        "all ten samples of a question see one order; the reference draws a new one for each",
        'the last announced letter counts, in every form; the reference takes the first "Answer: X"',
    ),
)
class GpqaDiamond(Task):
    """Four options, in an order of their own for each question."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        columns = order(row["Record ID"])
        options = "".join(f"\n{letter}. {row[column].strip()}" for letter, column in zip(LETTERS, columns, strict=True))
        return Doc(
            id=row["Record ID"],
            question=f"{row['Question'].strip()}\n{options}",
            target=LETTERS[columns.index(RIGHT)],
            subset=row["High-level domain"],
            meta={"order": columns},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n\n{CHOICE_LETTER}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()
