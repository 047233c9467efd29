"""GPQA: 198 questions of biology, physics and chemistry that experts wrote, with four options each.

Rows: the diamond set: of the 20 different accuracies that the report prints for base models 18 are whole numbers out
of 198 (47.47 is 94, 39.90 is 79), one out of the 448 of the main set. Asked: the authors' chain-of-thought prompt, with
the five worked examples of their prompt file; options stand in the order that their baseline draws with seed 0, which
``order`` in a doc's meta names. Judged: the letter of the first "answer is (X)", else of the first "Answer: (X)",
"answer: (X)", "answer (X)" or "(X)"; each form is looked for once. Report: Tables 3 to 8.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from qwen3_eval.api import Doc, NamedPrompt, Paper, Prompt, Score, Source, Task, task

COMMIT = "56686c06f5e19865c153de0fdb11be3890014df7"
SEED = 0
COLUMNS = ("Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer")
FORMS = [re.compile(form) for form in (r"answer is \((.)\)", r"Answer: \((.)\)", r"answer: \((.)\)", r"answer \((.)\)")]
FORMS.append(re.compile(r"\((.)\)"))
OPENING = NamedPrompt(
    "gpqa_opening",
    "1",
    "Here are some example questions from experts. An explanation is given before the final answer. Answer the final "
    "question yourself, giving your reasoning beforehand.\n",
    f"idavidrein/gpqa@{COMMIT} baselines/utils.py",
)
CLOSING = NamedPrompt(
    "gpqa_closing",
    "1",
    "\nGive step by step reasoning before you answer, and when you're ready to answer, please use the format "
    '"The correct answer is (insert answer here)":\n',
    f"idavidrein/gpqa@{COMMIT} baselines/utils.py",
)


@cache
def order(index: int) -> tuple[str, ...]:
    """The columns of a row's options A to D: the baseline shuffles one row after the other."""
    source = random.Random(SEED)
    columns = list(COLUMNS)
    for _ in range(index + 1):
        columns = list(COLUMNS)
        source.shuffle(columns)
    return tuple(columns)


def chosen(text: str) -> str | None:
    """The letter that an answer gives: ``parse_sampled_answer`` of the reference."""
    for form in FORMS:
        found = form.search(text)
        if found and found[1] in ("A", "B", "C", "D"):
            return found[1]
    return None


def listed(options: Mapping[str, str]) -> str:
    """The options, one a line, with a line break before each."""
    return "".join(f"\n({letter}) {option}" for letter, option in options.items())


@task(
    name="gpqa",
    category="math",
    version="1",
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
    few_shot=Source(
        "github:idavidrein/gpqa",
        revision=COMMIT,
        path="prompts/chain_of_thought_examples.json",
        split="examples",
        mirror="gpqa/chain_of_thought_examples.jsonl",
    ),
    shots=5,
    protocols=("base",),
    prompts=(OPENING, CLOSING),
    reference=f"idavidrein/gpqa@{COMMIT} baselines/run_baseline.py, baselines/utils.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base",),
    deviations=(
        "a completion ends where the next question begins; the reference asks chat models and sets no stop string",
        "the question that the reference skips for its length is asked",
    ),
)
class Gpqa(Task):
    """Four options, reasoning before the letter."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        columns = order(int(row["_row"].rpartition("/")[2]))
        options = {letter: row[column] for letter, column in zip("ABCD", columns, strict=True)}
        right = next(letter for letter, option in options.items() if option == row["Correct Answer"])
        question = f"Question: {row['Question']}\nChoices:{listed(options)}"
        return Doc(row["Record ID"], question, right, subset=row["High-level domain"], meta={"order": list(columns)})

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The worked examples of the authors' prompt file."""
        for index, example in enumerate(row["questions"]):
            question = f"Question: {example['question']}\nChoices:{listed(example['choices'])}"
            meta = {"explanation": example["explanation"]}
            yield Doc(f"examples/{index}", question, example["correct_answer"], meta=meta)

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = "".join(
            f"{shot.question}\nLet's think step by step: \n{shot.meta['explanation']}\n"
            f"The correct answer is ({shot.target})\n"
            for shot in shots
        )
        return Prompt.complete(f"{OPENING}{examples}{doc.question}{CLOSING}", stop=("Question:",))

    def score(self, doc: Doc, answer: str) -> Score:
        letter = chosen(answer)
        return Score(float(letter == doc.target), extracted=letter) if letter else Score.no_answer()
