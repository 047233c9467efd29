"""LiveCodeBench v5, October 2024 to February 2025: programs for 166 contest problems of AtCoder and LeetCode.

Rows: the questions of release_v5 from those months, of which two lie in the file of release_v4. Asked: the prompt that
LiveCodeBench has for Qwen models, of which thinking mode leaves out a sentence, as in the report. Judged: the code
between the last two fences, by all tests of the row; right when every one passes in either of the two states that the
official checker had (metrics: each of them, and what passes with real files as input and output). Report: Tables 11 to
22, Figure 2.
"""

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .verdict import livecodebench_score

FIRST, LAST = "2024-10-01", "2025-02-28"
SYSTEM = "You are a helpful assistant."
TASK = (
    "You will be given a question (problem specification) and will generate a correct Python program that matches the "
    "specification and passes all tests."
)
ONLY_CODE = " You will NOT return anything except for the program."
BEGUN = (
    "You will use the following starter code to write the solution to the problem and enclose your code within "
    "delimiters."
)
READS_INPUT = (
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly test on the sample "
    "inputs). Enclose your code within delimiters as follows. Ensure that when the python program runs, it reads the "
    "inputs, runs the algorithm and writes output to STDOUT."
)
FACTS = ("public_test_cases", "private_test_cases", "metadata", "starter_code")


@task(
    name="livecodebench_v5",
    n_docs=166,
    category="code",
    version="2",
    source=Source(
        "livecodebench/code_generation_lite",
        split="test",
        mirror="livecodebench/test.release_v5.jsonl",
        revision="0fe84c3912ea0c4d4a78037083943e8f0c4dd505",
        path="{config}.jsonl",
        configs=("test4", "test5"),
    ),
    metric=metrics.Mean("pass@1"),
    needs=(needs.SANDBOX,),
    score_seconds=600.0,
    reference="LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d "
    "lcb_runner/evaluation/testing_util.py, utils/extraction_utils.py, prompts/code_generation.py",
    paper=Paper(tables=tuple(range(11, 23)), figures=(2,), metric="pass@1"),
    suites=("code", "report"),
    deviations=(
        "right when the checker of January or of May 2025 (today's) passes it; each fails some ways of reading input",
        "a test's six seconds are CPU time and not wall time, and a program near them is run again alone",
        "an answer without any fence counts as the program when it is Python; the reference finds none in it",
        "a result with an __eq__ of its own is compared by what it holds; 4 GB of memory, bounded output",
        "programs find numpy and sympy; of the reference's environment scipy, pandas and networkx are missing",
    ),
)
class LiveCodeBench(Task):
    """A program passes all tests, or does not."""

    def keep(self, row: Mapping[str, Any]) -> bool:
        return FIRST <= str(row["contest_date"])[: len(FIRST)] <= LAST

    def lacks(self, row: Mapping[str, Any]) -> str:
        return "" if row["public_test_cases"] or row["private_test_cases"] else "test"

    def doc(self, row: Mapping[str, Any]) -> Doc:
        facts = {name: row[name] for name in FACTS}
        return Doc(str(row["question_id"]), row["question_content"], None, meta=facts)

    def prompt(self, doc: Doc) -> Prompt:
        return self.prompt_for(doc, "non-thinking")

    def prompt_for(self, doc: Doc, mode: str) -> Prompt:
        asked = TASK + (ONLY_CODE if mode == "non-thinking" else "")
        code = doc.meta["starter_code"]
        form = f"{BEGUN}\n```python\n{code}\n```" if code else f"{READS_INPUT}\n```python\n# YOUR CODE HERE\n```"
        return Prompt.user(f"\n{asked}\n\nQuestion: {doc.question}\n\n{form}\n\n", system=SYSTEM)

    def score(self, doc: Doc, answer: str) -> Score:
        return livecodebench_score(doc.meta, answer)
