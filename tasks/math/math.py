r"""MATH: 5,000 competition problems from seven subjects, each with one short closed-form answer.

Rows: the test split; the target is the last ``\boxed{}`` of the worked solution. Asked: in chat, the problem and the
boxed-answer instruction of the Qwen3 model cards; of a base model, the four worked examples of Minerva (Lewkowycz et
al. 2022, appendix D) in the form and with the stop string of EleutherAI/lm-evaluation-harness@4e7e0d47, task
minerva_math. Judged: what stands between "final answer is" and "I hope", else the last ``\boxed{}``, else what an
announcing phrase or the last number says, as a mathematical object. Report: Tables 3 to 8, four examples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import BOXED, Doc, Paper, Prompt, Score, Source, Task, boxed, final_answer, math_equal, task

EXAMPLE = re.compile(r"Problem:\n(.*?)\nSolution:\n(.*?)(?=\n+Problem:\n|\s*\Z)", re.DOTALL)


@task(
    name="math",
    n_docs=5000,
    category="math",
    version="2",
    source=Source(
        "DigitalLearningGmbH/MATH-lighteval",
        config="default",
        split="test",
        mirror="math/test.jsonl",
        revision="0530c78699ea5e8eb5530600900e1f328b48acad",
    ),
    few_shot=Source(
        "github:ZubinGou/math-evaluation-harness",
        split="train",
        mirror="math/minerva_prompt.jsonl",
        revision="db77bc6bb2a17c90ed2d63e88ebd8c40a82858c5",
        path="prompts/cot/minerva_math.md",
    ),
    shots=4,
    protocols=("chat", "base"),
    reference="QwenLM/Qwen2.5-Math@a45202bd16f1ec06f433442dc1152d0074773465 evaluation/parser.py, grader.py",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("math", "report-base"),
    deviations=(
        "answers are compared by exact rules, then math-verify 0.9.0, instead of the reference's sympy rules",
        "an endless decimal may be rounded after six digits; the reference allows a ten-thousandth, or a factor of 100",
        "lists, intervals and bases are compared whole; the reference takes 1 for 1,-2 and (0,1) for [0,1]",
        "equal forms that the reference refuses count: 3,-3 for -3,3, mixed numbers, units in words, other scripts",
        "an announced answer ends with its line; a box that is not closed is no answer, the reference takes the rest",
        "an empty box is passed over; a chain of equations has one value; the reference takes the last box and member",
        "a value counts with a unit or after \\approx, and in \\fbox; boxed without its backslash is no box",
        "the few-shot examples are Minerva's as in the prompt file; minerva_math breaks some of their lines elsewhere",
    ),
)
class Math(Task):
    """Five thousand closed forms."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        target = boxed(row["solution"])
        if target is None:
            raise ValueError("column 'solution': expected an answer in \\boxed{}")
        return Doc(row["_row"], row["problem"], target, subset=row["type"], meta={"level": row["level"]})

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The examples of the prompt file, which writes each backslash twice."""
        for index, (problem, solution) in enumerate(EXAMPLE.findall(row["text"].replace("\\\\", "\\"))):
            yield Doc(f"train/{index}", problem, boxed(solution), meta={"solution": solution})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = [f"Problem:\n{shot.question}\n\nSolution: {shot.meta['solution']}\n\n" for shot in shots]
        return Prompt.complete(f"{''.join(examples)}Problem:\n{doc.question}\n\nSolution:", stop=("Problem:",))

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
