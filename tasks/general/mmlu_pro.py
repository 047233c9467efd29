"""MMLU-Pro: 12,032 questions of 14 categories with up to ten options, answered step by step.

Rows: the test split; options that read "N/A" are left out. Asked: of a base model, the header, form and stop string of
the authors' script with the five examples of the validation split that belong to the question's category; in chat, the
same without examples. Judged: the first "answer is X", else the last "Answer: X" of the first line that has one, else
the last letter from A to J that stands alone; in chat without ``**``. Reported: accuracy over all questions. Report:
Tables 3 to 8 (base); model cards print it in chat.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, task

REPOSITORY = "TIGER-AI-Lab/MMLU-Pro@f418b116db00b065c2aea046518d8fcf74d39872"
REVISION = "527feea0afed1de15a8c115abf7be4c912123315"
HEADER = NamedPrompt(
    "mmlu_pro_header",
    "1",
    "The following are multiple choice questions (with answers) about {$}. Think step by step and then finish your "
    'answer with "the answer is (X)" where X is the correct letter choice.\n\n\n',
    f"{REPOSITORY} cot_prompt_lib/initial_prompt.txt",
)
THINK = "Let's think step by step."
LETTERS = "ABCDEFGHIJKLMNOP"
STATED = re.compile(r"answer is \(?([A-J])\)?")
LABELLED = re.compile(r"[aA]nswer:(?=\s*([A-J]))")
ALONE = re.compile(r"\b[A-J]\b")


def chosen(text: str) -> str | None:
    """The letter that an answer gives: ``extract_answer`` of the reference and its two fallbacks."""
    if stated := STATED.search(text):
        return stated[1]
    if first := LABELLED.search(text):
        end = text.find("\n", first.start())
        labels = itertools.takewhile(lambda label: label.start() <= end or end < 0, LABELLED.finditer(text))
        return [*labels][-1][1]
    alone = ALONE.findall(text)
    return alone[-1] if alone else None


@task(
    name="mmlu_pro",
    n_docs=12_032,
    category="general",
    version="1",
    source=Source("TIGER-Lab/MMLU-Pro", split="test", mirror="mmlu_pro/test.jsonl", revision=REVISION),
    few_shot=Source("TIGER-Lab/MMLU-Pro", split="validation", mirror="mmlu_pro/validation.jsonl", revision=REVISION),
    shots=5,
    shots_by="subset",
    protocols=("chat", "base"),
    prompts=(HEADER,),
    reference=f"{REPOSITORY} evaluate_from_local.py; in chat its form and the rules of evaluate_from_api.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base", "cards"),
    deviations=(
        "an answer without a letter is wrong; the reference draws one of the options at random for its average",
        "all five examples are kept; the reference drops some of them where a prompt passes 2,048 tokens",
        "outputs published in May 2024 were judged by the first rule alone: 0.2 to 0.5 % of base verdicts differ",
        "in chat no examples are given, as with the other questions of the cards; the reference gives five",
        "question 6047 was rewritten after 2024; outputs published before answer another question under its id",
        "outputs published in July 2024 have G where no rule finds a letter: 0.2 to 0.6 % of verdicts differ",
    ),
)
class MmluPro(Task):
    """Up to ten options, reasoning before the letter."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        options = [option for option in row["options"] if option != "N/A"]
        listed = "".join(f"{letter}. {option}\n" for letter, option in zip(LETTERS, options, strict=False))
        return Doc(
            id=str(row["question_id"]),
            question=f"Question:\n{row['question']}\nOptions:\n{listed}",
            target=row["answer"],
            subset=row["category"],
            meta={"solution": row["cot_content"].replace(f"A: {THINK}", f"Answer: {THINK}")},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(self.asked(doc, ()))

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        return Prompt.complete(self.asked(doc, shots), stop=("Question:",))

    def asked(self, doc: Doc, shots: Sequence[Doc]) -> str:
        """The header, the examples with their solutions, and the question up to the answer's first words."""
        header = HEADER.text.replace("{$}", doc.subset)
        examples = "".join(f"{shot.question}{shot.meta['solution']}\n\n" for shot in shots)
        return f"{header}\n{examples}{doc.question}Answer: {THINK}"

    def score(self, doc: Doc, answer: str) -> Score:
        return self.base_score(doc, answer.replace("**", ""))

    def base_score(self, doc: Doc, answer: str) -> Score:
        letter = chosen(answer)
        return Score(float(letter == doc.target), extracted=letter) if letter else Score.no_answer()
