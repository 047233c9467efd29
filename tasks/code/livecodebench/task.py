"""LiveCodeBench: programs for contest problems of AtCoder and LeetCode, by windows of their contests' dates.

Rows: ``livecodebench_v5``: the 166 questions of release_v5 from October 2024 to February 2025, of which two lie in the
file of release_v4; ``livecodebench_v6_2025_02_05``: the 131 of release_v6 from February to May 2025, all in its own
file. Asked: the prompt that LiveCodeBench has for Qwen models, of which thinking mode leaves out a sentence, as in the
report. Judged: the code between the last two fences, by all tests of the row; right when every one passes in either of
the two states that the official checker had (metrics: each of them, and what passes with real files as input and
output). Report: Tables 11 to 22, Figure 2. Cards: since Qwen3-2507, "25.02-25.05", 81,920 tokens where a model thinks.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .verdict import livecodebench_score

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
DEVIATIONS = (
    "right when the checker of January or of May 2025 (today's) passes it; each fails some ways of reading input",
    "a test's six seconds are CPU time and not wall time, and a program near them is run again alone",
    "an answer without any fence counts as the program when it is Python; the reference finds none in it",
    "a result with an __eq__ of its own is compared by what it holds; 4 GB of memory, bounded output",
    "programs find numpy and sympy; of the reference's environment scipy, pandas and networkx are missing",
)


def window(name: str, release: str, configs: tuple[str, ...], **facts: Any) -> Callable[[type[Task]], type[Task]]:
    """Declares the task of one window, with the files of the dataset that hold its questions."""
    further = facts.pop("deviations", ())
    return task(
        name=name,
        category="code",
        source=Source(
            "livecodebench/code_generation_lite",
            split="test",
            mirror=f"livecodebench/test.{release}.jsonl",
            revision="0fe84c3912ea0c4d4a78037083943e8f0c4dd505",
            path="{config}.jsonl",
            configs=configs,
        ),
        metric=metrics.Mean("pass@1"),
        needs=(needs.SANDBOX,),
        score_seconds=600.0,
        reference="LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d "
        "lcb_runner/evaluation/testing_util.py, utils/extraction_utils.py, prompts/code_generation.py",
        deviations=(*DEVIATIONS, *further),
        **facts,
    )


class LiveCodeBench(Task):
    """A program passes all tests, or does not.

    first, last: the days of the window, both in it.
    """

    first: ClassVar[str]
    last: ClassVar[str]

    def keep(self, row: Mapping[str, Any]) -> bool:
        return self.first <= str(row["contest_date"])[: len(self.first)] <= self.last

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


@window(
    "livecodebench_v5",
    "release_v5",
    ("test4", "test5"),
    summary="LiveCodeBench v5, October 2024 to February 2025: programs for 166 contest problems of AtCoder and "
    "LeetCode.",
    version="2",
    n_docs=166,
    paper=Paper(tables=tuple(range(11, 23)), figures=(2,), metric="pass@1"),
    suites=("code", "report"),
)
class LiveCodeBenchV5(LiveCodeBench):
    first, last = "2024-10-01", "2025-02-28"


@window(
    "livecodebench_v6_2025_02_05",
    "release_v6",
    ("test6",),
    summary="LiveCodeBench v6, February to May 2025: programs for 131 contest problems of AtCoder and LeetCode.",
    version="1",
    n_docs=131,
    max_tokens=81_920,
    suites=("code", "cards"),
    deviations=(
        "the cards do not print the prompt: that of the report, with its sentence left out in thinking mode",
        "16,384 tokens are what the cards give models that do not think; here both modes may use 81,920",
    ),
)
class LiveCodeBenchV6(LiveCodeBench):
    first, last = "2025-02-01", "2025-05-01"
