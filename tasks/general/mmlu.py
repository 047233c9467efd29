"""MMLU: 14,042 questions of 57 subjects with four options, by the likeliest letter.

Rows: the test split; the five examples of the dev split that belong to the question's subject. Asked: of a base
model, the header, examples and question of the authors' script, two spaces before the subject included. Judged: the
likeliest of " A", " B", " C" and " D" after "Answer:". Reported: accuracy over all questions, as the script's last
line; each subject has a result of its own. Report: Tables 3 to 8, five examples.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, choice_letter, task

REPOSITORY = "hendrycks/test@4450500f923c49f1fb1dd3d99108a0bd9717b660"
REVISION = "c30699e8356da336a370243923dbaf21066bb9fe"
HEADER = NamedPrompt(
    "mmlu_header",
    "1",
    "The following are multiple choice questions (with answers) about  {subject}.\n\n",
    f"{REPOSITORY} evaluate.py",
)
LETTERS = "ABCD"


@task(
    name="mmlu",
    n_docs=14_042,
    category="general",
    version="1",
    source=Source("cais/mmlu", config="all", split="test", mirror="mmlu/test.jsonl", revision=REVISION),
    few_shot=Source("cais/mmlu", config="all", split="dev", mirror="mmlu/dev.jsonl", revision=REVISION),
    shots=5,
    shots_by="subset",
    protocols=("base",),
    base_max_tokens=1,
    prompts=(HEADER,),
    reference=f"{REPOSITORY} evaluate.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base", "general"),
    deviations=("all five examples are kept; the reference drops some of them where a prompt passes 2,048 tokens",),
)
class Mmlu(Task):
    """Four options, compared by likelihood."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        options = "".join(f"\n{letter}. {text}" for letter, text in zip(LETTERS, row["choices"], strict=True))
        question = f"{row['question']}{options}\nAnswer:"
        return Doc(row["_row"], question, LETTERS[row["answer"]], subset=row["subject"])

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        header = HEADER.text.replace("{subject}", doc.subset.replace("_", " "))
        examples = "".join(f"{shot.question} {shot.target}\n\n" for shot in shots)
        return Prompt.complete(f"{header}{examples}{doc.question}", choices=tuple(f" {letter}" for letter in LETTERS))

    def score(self, doc: Doc, answer: str) -> Score:
        found = choice_letter(answer, LETTERS)
        return Score(float(found == doc.target), extracted=found) if found else Score.no_answer()
