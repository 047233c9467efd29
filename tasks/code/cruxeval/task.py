"""CRUXEval: 800 short Python functions, each with an input; the model predicts the output, or an input for the output.

Rows: CRUXEval. Asked: the authors' prompt that has one example, read from their file. It is the one in which the
output, or the input, is found step by step; their prompts without steps have two examples. Qwen's own evaluation of
base models uses it too. Judged: what the answer asserts must be the output, as Python compares values; of an input,
what the function returns for it, whatever the input of the row is. Report: Tables 3 to 8 (``crux_o``); the table of
Qwen3.5's base model prints ``crux_i`` too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, needs, task

from .inputs import input_score
from .outputs import crux_score

COMMIT = "190faf16d175b5847b0af05d937872b1fb395942"
TEMPLATE = r'def make_cot_{}_prompt\(s\):.*?f"""(.*?)"""'
PLACE = re.compile(r"\{(code|input|output)\}")
ASSERTED = (
    "the assertion is not run: its value is compared with the output outside the process that evaluates it",
    "a right side that is more than a value (X or True) is wrong",
    "the limit of three seconds is CPU time, and a value near it is computed again alone",
)
FACTS: dict[str, Any] = {
    "n_docs": 800,
    "category": "code",
    "source": Source(
        "github:facebookresearch/cruxeval",
        split="test",
        path="data/cruxeval.jsonl",
        mirror="cruxeval/test.jsonl",
        revision=COMMIT,
    ),
    "few_shot": Source(
        "github:facebookresearch/cruxeval",
        split="prompts",
        path="prompts.py",
        mirror="cruxeval/prompts.jsonl",
        revision=COMMIT,
    ),
    "shots": 1,
    "protocols": ("base",),
    "base_max_tokens": 1024,
    "needs": (needs.SANDBOX,),
    "score_seconds": 30,
}


@task(
    name="crux_o",
    summary="CRUX-O: 800 short Python functions, each with an input; the model predicts the output.",
    version="2",
    reference=f"facebookresearch/cruxeval@{COMMIT} prompts.py, inference/tasks/output_prediction.py, evaluation/",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="accuracy"),
    suites=("code", "report-base"),
    deviations=(
        "the report says 1-shot and nothing of steps: it is taken to mean the authors' prompt with one example",
        *ASSERTED,
    ),
    **FACTS,
)
class CruxO(Task):
    """The output of a call."""

    asked = "output"

    def doc(self, row: Mapping[str, Any]) -> Doc:
        question = f"{row['code']}\nassert f({row['input']}) == ??"
        return Doc(row["id"], question, row["output"], meta={"code": row["code"], "input": row["input"]})

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The prompt's file holds several, each with its examples; one of them counts as one example here."""
        [template] = re.findall(TEMPLATE.format(self.asked), row["text"], re.DOTALL)
        yield Doc(row["_row"], "", None, meta={"template": template})

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        text = PLACE.sub(lambda place: doc.meta[place[1]], shots[0].meta["template"])
        return Prompt.complete(text, stop=("[/ANSWER]",))

    def score(self, doc: Doc, answer: str) -> Score:
        return crux_score({**doc.meta, "output": doc.target}, answer)


@task(
    name="crux_i",
    summary="CRUX-I: 800 short Python functions, each with an output; the model finds an input that gives it.",
    version="1",
    reference=f"facebookresearch/cruxeval@{COMMIT} prompts.py, inference/tasks/input_prediction.py, evaluation/",
    suites=("code",),
    deviations=ASSERTED,
    **FACTS,
)
class CruxI(CruxO):
    """An input with an output."""

    asked = "input"

    def doc(self, row: Mapping[str, Any]) -> Doc:
        question = f"{row['code']}\nassert f(??) == {row['output']}"
        return Doc(row["id"], question, row["output"], meta={"code": row["code"], "output": row["output"]})

    def score(self, doc: Doc, answer: str) -> Score:
        return input_score(doc.meta["code"], doc.target, answer)
