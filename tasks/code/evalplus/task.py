"""HumanEval and MBPP with evalplus's tests: functions by their docstrings, five tasks of the same 542 problems.

Rows: 164 problems of HumanEval+ v0.1.10 and 378 of MBPP+ v0.2.0, in evalplus's own files: inputs of the original tests
(base) and further ones (plus). Asked: base models complete the prompt; chat models get evalplus's instruction. Judged:
the function is called in the sandbox and its results are compared, outside, with those of the canonical solution, with
evalplus's tolerances and oracles; ``plus`` is right when all results are, of both kinds of inputs. ``evalplus`` judges
one answer by both, and is the mean of HumanEval, HumanEval+, MBPP and MBPP+: the number of the report's Tables 3 to 8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, metrics, needs, task

from .functions import evalplus_prompt, evalplus_score
from .oracle import lacking

HUMANEVAL = Source(
    "github:evalplus/humanevalplus_release",
    split="test",
    path="HumanEvalPlus.jsonl.gz",
    mirror="humaneval_plus/evalplus_inputs.jsonl",
    revision="200defce9e3429d28ca215b6dd061c0f7f31c18b",
)
MBPP = Source(
    "github:evalplus/mbppplus_release",
    split="test",
    path="MbppPlus.jsonl.gz",
    mirror="mbpp_plus/evalplus_inputs.jsonl",
    revision="dadf43da556a00f7bacd71cb154f2932757d9144",
)
COLUMNS = ("task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input", "atol")
INSTRUCTION = (
    "Please provide a self-contained Python script that solves the following problem in a markdown code block:"
)
STOPS = ("<|endoftext|>", "<|endofmask|>", "</s>", "\nif __name__", "\ndef main(", "\nprint(")
FURTHER_STOPS = {
    "humaneval": ("\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert "),
    "mbpp": ('\n"""', "\nassert"),
}


def functions(
    name: str, source: Source | tuple[Source, ...], over: metrics.Average = "docs", **facts: Any
) -> Callable[[type[Task]], type[Task]]:
    """Declares one of the tasks."""
    return task(
        name=name,
        category="code",
        version="1",
        source=source,
        metric=metrics.Mean("pass@1", over=over),
        protocols=("chat", "base"),
        base_max_tokens=768,
        needs=(needs.SANDBOX, needs.Need("evalplus", lacking)),
        score_seconds=300,
        # Release 0.3.1.
        reference="evalplus/evalplus@e5d0ed0bab96280b60b637ec7f15b5e4841b0cb2 eval, evaluate.py, sanitize.py, provider",
        deviations=(
            "HumanEval/32 passes when its oracle accepts every answer; in evalplus 0.3.1 it fails for every solution",
            "limits are CPU time, 1.5 times what the reference gives on the clock; who is near them runs again alone",
            "an object that is no plain data, and none derived from it, equals nothing, whatever its __eq__ says",
            "an answer that only defines things is run as it is; the reference runs what a chat's function needs",
            "an answer that is only the body of the function continues the prompt; the reference fails it in a chat",
            "chat models get the instruction as evalplus's API providers send it, without the start of an answer",
        ),
        **facts,
    )


class Functions(Task):
    """What the five tasks have in common."""

    parts: ClassVar[tuple[str, ...]] = ("base", "plus")

    def doc(self, row: Mapping[str, Any]) -> Doc:
        meta = {column: row[column] for column in COLUMNS}
        return Doc(row["task_id"], evalplus_prompt(row), row["canonical_solution"], meta=meta)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{INSTRUCTION}\n```python\n{doc.question.strip()}\n```")

    def base_prompt(self, doc: Doc, shots: Sequence[Doc]) -> Prompt:
        return Prompt.complete(doc.question, stop=(*STOPS, *FURTHER_STOPS[family(doc)]))

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return self.parts

    def score(self, doc: Doc, answer: str) -> Score:
        return evalplus_score(doc.meta, answer, self.parts)

    def base_score(self, doc: Doc, answer: str) -> Score:
        return evalplus_score(doc.meta, answer, self.parts, self.base_prompt(doc, ()).stop)


def family(doc: Doc) -> str:
    """``humaneval`` or ``mbpp``."""
    return doc.id.split("/", 1)[0].lower()


@functions(
    "humaneval", HUMANEVAL, n_docs=164, summary="HumanEval: 164 functions by their docstrings.", suites=("code",)
)
class HumanEval(Functions):
    parts = ("base",)


@functions(
    "humaneval_plus", HUMANEVAL, n_docs=164, summary="HumanEval+: 164 functions, 80 times the tests.", suites=("code",)
)
class HumanEvalPlus(Functions):
    pass


@functions("mbpp", MBPP, n_docs=378, summary="MBPP: the 378 functions of MBPP+, original tests.", suites=("code",))
class Mbpp(Functions):
    parts = ("base",)


@functions("mbpp_plus", MBPP, n_docs=378, summary="MBPP+: 378 functions, 35 times the tests.", suites=("code",))
class MbppPlus(Functions):
    pass


@functions(
    "evalplus",
    (HUMANEVAL, MBPP),
    over="subsets",
    n_docs=542,
    summary="EvalPlus: the mean of HumanEval, HumanEval+, MBPP and MBPP+.",
    paper=Paper(tables=(3, 4, 5, 6, 7, 8), metric="pass@1"),
    suites=("code", "report-base"),
)
class EvalPlus(Functions):
    def doc(self, row: Mapping[str, Any]) -> Doc:
        doc = super().doc(row)
        return replace(doc, subset=family(doc))

    def score(self, doc: Doc, answer: str) -> Score:
        return mean(super().score(doc, answer))

    def base_score(self, doc: Doc, answer: str) -> Score:
        return mean(super().base_score(doc, answer))


def mean(score: Score) -> Score:
    """The verdict by the mean of both kinds of tests."""
    return replace(score, value=sum(score.metrics.values()) / 2)
