"""MBPP, 3-shot: 500 short programs by a sentence and three tests.

Rows: the test split (task ids 11 to 510) of the original dataset. Asked: the prompt of Austin et al. 2021 with the
problems 2, 3 and 4 as examples, without carriage returns and tabs. Judged: the completion up to [DONE] must hold the
three assertions. Report: Tables 3 to 8.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .assertions import mbpp_score

REVISION = "4bb6404fdc6cacfda99d4ac4205087b89d32030c"
EXAMPLES = (2, 3, 4)


def asked(doc: Doc) -> str:
    """A problem as it stands in the prompt."""
    tests = "\n".join(doc.meta["test_list"])
    return (
        f"You are an expert Python programmer, and here is your task: {doc.question} "
        f"Your code should pass these tests:\n\n{tests}\n[BEGIN]\n"
    )


@task(
    name="mbpp_3shot",
    n_docs=500,
    category="code",
    version="1",
    source=Source(
        "google-research-datasets/mbpp", config="full", split="test", mirror="mbpp/test.jsonl", revision=REVISION
    ),
    few_shot=Source(
        "google-research-datasets/mbpp", config="full", split="prompt", mirror="mbpp/prompt.jsonl", revision=REVISION
    ),
    shots=3,
    metric=metrics.Mean("pass@1"),
    protocols=("base",),
    base_max_tokens=512,
    needs=(needs.SANDBOX,),
    score_seconds=60,
    reference="deepseek-ai/DeepSeek-Coder@2f9fd85927c669dae3c0fbb2d607274023af243e Evaluation/MBPP",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="pass@1"),
    suites=("code", "report-base"),
    deviations=(
        "the prompt ends with the line break that follows [BEGIN] in its examples (EleutherAI/lm-evaluation-harness)",
        "the setup code of the one problem that has some is run before its tests",
        "assertions are not run: the left side is evaluated, and compared with the right side outside the process",
        "the limit of ten seconds is CPU time, and a program near it is run again alone",
    ),
)
class Mbpp3Shot(Task):
    def doc(self, row: Mapping[str, Any]) -> Doc:
        code = row["code"].replace("\r", "").replace("\t", "    ")
        meta = {"test_list": row["test_list"], "test_setup_code": row["test_setup_code"]}
        return Doc(str(row["task_id"]), row["text"], code, meta=meta)

    def examples(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        """The examples of the paper, of the ten problems that are set apart for prompts."""
        if row["task_id"] in EXAMPLES:
            yield self.doc(row)

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        examples = "".join(f"{asked(shot)}{shot.target}\n[DONE]\n" for shot in shots)
        return Prompt.complete(examples + asked(doc), stop=("[DONE]",))

    def score(self, doc: Doc, answer: str) -> Score:
        return mbpp_score(doc.meta, answer)
