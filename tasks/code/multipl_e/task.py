"""MultiPL-E: HumanEval in eight languages, each a result of its own, and their mean.

Rows: the problems of HumanEval that MultiPL-E could translate to C++ (161), Java (158), PHP (161), TypeScript (159),
C# (158), Bash (158) and JavaScript (161); Python is HumanEval itself (164). Subsets have the dataset's names. Asked:
the function is to be completed, up to the stop strings of its row; a chat model is asked as Qwen2.5-Coder's evaluation
does it, for all of the function in a block. Judged: prompt, completion and tests are one program that must compile and
run to its end; ``detail`` begins with the reference's word for how it ended. Report: Tables 3 to 8.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, sandbox, task

from .verdict import multipl_e_score

LANGUAGES = {
    "py": "Python",
    "cpp": "C++",
    "java": "Java",
    "php": "PHP",
    "ts": "TypeScript",
    "cs": "C#",
    "sh": "Bash",
    "js": "JavaScript",
}
HUMANEVAL = Source(
    "openai/openai_humaneval",
    split="test",
    mirror="humaneval/test.jsonl",
    revision="7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544",
)
HUMANEVAL_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
# Beside those of the rows, in Qwen2.5-Coder's evaluation of base models.
MORE_STOPS = {"ts": ("\nexport", "\nimport", "\nconsole.log")}
FENCE_WORDS = {"py": "python"}
QUESTION = (
    "Please continue to complete the function and return all completed code in a codeblock. "
    "Here is the given code to do completion:\n```{word}\n{prompt}\n```"
)


def translated(code: str) -> Source:
    """The rows in one of the languages that HumanEval was translated to."""
    return Source(
        "nuprl/MultiPL-E",
        config=f"humaneval-{code}",
        split="test",
        mirror=f"multipl_e/humaneval-{code}.jsonl",
        revision="28441b6024e71d4a1c1c0f6bf171c935cd5a43f2",
    )


@task(
    name="multipl_e",
    n_docs=1280,
    category="code",
    version="1",
    source=(HUMANEVAL, *(translated(code) for code in LANGUAGES if code != "py")),
    reference="bigcode-project/bigcode-evaluation-harness@8fc5bae6479c4fbbb28c3f8b644f6a15b3f3b5bd bigcode_eval/tasks/"
    "custom_metrics/multiple_metrics (copied from nuprl/MultiPL-E evaluation/src), "
    "QwenLM/Qwen2.5-Coder@d5ead97fea36bca3744e1a4c49e882f6fa2f406a qwencoder-eval/{base/benchmarks/multiple-eval,"
    "instruct/multipl_e}",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="pass@1"),
    metric=metrics.Mean("pass@1", over="subsets"),
    protocols=("chat", "base"),
    base_max_tokens=500,
    suites=("code", "report-base", "cards"),
    needs=(needs.SANDBOX, needs.TOOLCHAINS),
    score_seconds=150.0,
    deviations=(
        "seconds of the reference's limits are CPU time",
        (
            "a program that ends before its last test fails, and so does a result that is equal to anything; the "
            "reference asks for exit code 0 alone"
        ),
        "C# is compiled by Mono's mcs, as in Qwen2.5-Coder's copy of the reference; csc is not in Debian",
        "in C# an uncaught exception fails, as in nuprl/MultiPL-E; in Qwen2.5-Coder's copy such a program passes",
        "programs in Bash find no bc, as where the published verdicts were made",
    ),
)
class MultiplE(Task):
    """Programs in eight languages."""

    def lacks(self, row: Mapping[str, Any]) -> str:
        return sandbox.toolchains.lacking_toolchain(LANGUAGES[row.get("language", "py")])

    def doc(self, row: Mapping[str, Any]) -> Doc:
        if "entry_point" in row:
            name, code, tests, stops = row["task_id"], "py", row["test"], HUMANEVAL_STOPS
        else:
            name, code, tests = row["name"], row["language"], row["tests"]
            stops = (*row["stop_tokens"], *MORE_STOPS.get(code, ()))
        return Doc(
            id=f"{code}/{name}",
            question=row["prompt"],
            target=tests,
            group="/".join(name.replace("_", "/").split("/")[:2]),
            subset=code,
            meta={"stop_tokens": list(stops), "entry_point": row.get("entry_point", "")},
        )

    def prompt(self, doc: Doc) -> Prompt:
        word = FENCE_WORDS.get(doc.subset, doc.subset)
        return Prompt.user(QUESTION.format(word=word, prompt=doc.question.strip()))

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        return Prompt.complete(doc.question, stop=tuple(doc.meta["stop_tokens"]))

    def score(self, doc: Doc, answer: str) -> Score:
        return self._graded(doc, answer, completion=False)

    def base_score(self, doc: Doc, answer: str) -> Score:
        # Completions are often published together with their prompts.
        return self._graded(doc, answer.removeprefix(doc.question), completion=True)

    @staticmethod
    def _graded(doc: Doc, answer: str, *, completion: bool) -> Score:
        problem = {"prompt": doc.question, "tests": doc.target, **doc.meta}
        verdict = multipl_e_score(doc.subset, problem, answer, completion=completion)
        return Score(float(verdict.status == "OK"), extracted=verdict.program, detail=verdict.detail)
