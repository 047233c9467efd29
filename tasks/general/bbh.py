"""BIG-Bench Hard: 27 tasks of 6,511 questions, with three worked examples each.

Rows: the test splits of the 27 tasks. Asked: the authors' prompt file of the task (its description and three worked
examples, without the canary line), then the question; the prompts are those of the authors' Codex run, character by
character. Judged: what stands after "the answer is", to the end of its line and without a full stop, must equal the
target: an option such as (A), Yes or No, True or False, valid or invalid, a number, words in order, or brackets.
Reported: the mean of the accuracies of the 27 tasks. Report: Tables 3 to 8.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, task

COMMIT = "9ee07bd481feebf959a6b59d61ea57bdcf30964d"
TASKS = (
    "boolean_expressions",
    "causal_judgement",
    "date_understanding",
    "disambiguation_qa",
    "dyck_languages",
    "formal_fallacies",
    "geometric_shapes",
    "hyperbaton",
    "logical_deduction_five_objects",
    "logical_deduction_seven_objects",
    "logical_deduction_three_objects",
    "movie_recommendation",
    "multistep_arithmetic_two",
    "navigate",
    "object_counting",
    "penguins_in_a_table",
    "reasoning_about_colored_objects",
    "ruin_names",
    "salient_translation_error_detection",
    "snarks",
    "sports_understanding",
    "temporal_sequences",
    "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects",
    "tracking_shuffled_objects_three_objects",
    "web_of_lies",
    "word_sorting",
)
CANARY_END = "\n-----\n"
THINK = "\nA: Let's think step by step."
ANNOUNCED = re.compile(r"the answer is (.*)")
NEXT_QUESTION = re.compile(r"^Q:", re.MULTILINE)


def announced(text: str) -> str | None:
    """What a completion gives as its answer, before it goes on to a question of its own."""
    if found := ANNOUNCED.search(NEXT_QUESTION.split(text, 1)[0]):
        return found[1].strip().removesuffix(".")
    return None


@task(
    name="bbh",
    n_docs=6511,
    category="general",
    version="1",
    source=Source(
        "lukaemon/bbh",
        configs=TASKS,
        config_column="task",
        split="test",
        mirror="bbh/test.jsonl",
        revision="982bb89fd79532a8ac676a61fc42eb1aeec63f99",
    ),
    few_shot=Source(
        "github:suzgunmirac/BIG-Bench-Hard",
        revision=COMMIT,
        path="cot-prompts/{config}.txt",
        configs=TASKS,
        config_column="task",
        split="cot-prompts",
        mirror="bbh/cot_prompts.jsonl",
    ),
    shots=3,
    shots_by="subset",
    metric=metrics.Mean(over="subsets"),
    protocols=("base",),
    base_max_tokens=1024,
    reference=f"suzgunmirac/BIG-Bench-Hard@{COMMIT} code-davinci-002-outputs (answers with their accuracies; no code)",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("report-base",),
    deviations=(
        "completions end at Q: or a blank line (EleutherAI/lm-evaluation-harness@4e7e0d47: at any Q or a blank line)",
        "the first announcement of the answer counts; the reference's answers do not tell it from the last",
    ),
)
class Bbh(Task):
    """Twenty-seven tasks with one exact answer a question."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        return Doc(id=row["_row"], question=row["input"], target=row["target"], subset=row["task"])

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The worked examples of a prompt file; each carries the description that opens it."""
        text = row["prompt"] if "prompt" in row else row["text"]
        description, *examples = text.split(CANARY_END, 1)[-1].strip("\n").split("\n\nQ: ")
        for index, example in enumerate(examples):
            question, _, solution = example.partition(THINK)
            meta = {"solution": solution, "description": description}
            yield Doc(f"{row['_row']}/{index}", question, announced(solution), subset=row["task"], meta=meta)

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = "".join(f"Q: {shot.question}{THINK}{shot.meta['solution']}\n\n" for shot in shots)
        text = f"{shots[0].meta['description']}\n\n{examples}Q: {doc.question}{THINK}"
        return Prompt.complete(text, stop=("Q:", "\n\n", "</s>"))

    def score(self, doc: Doc, answer: str) -> Score:
        found = announced(answer)
        if found is None and answer.strip().removesuffix(".") == doc.target:
            found = doc.target
        return Score(float(found == doc.target), extracted=found) if found is not None else Score.no_answer()
