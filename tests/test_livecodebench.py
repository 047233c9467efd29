"""livecodebench_v5: which rows belong to it and have tests, what is asked in each mode, verdicts of whole answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from task_checks import FIXTURES, MIRROR, docs_of, task_of, with_mirror

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.grading.code import livecodebench
from qwen3_eval.grading.code.livecodebench import Case, cases_of, extract_code, function_of, judge, livecodebench_score
from qwen3_eval.plan import deviations
from qwen3_eval.sandbox import ProgramResult, available
from qwen3_eval.types import Doc, Score

NAME = "livecodebench_v5"
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
RIGHT = {
    "lamps_a": "input()\nprint(max(map(len, input().split('0'))))",
    "9001": "class Solution:\n    def countEven(self, num):\n        return sum(int(d) % 2 == 0 for d in str(num))",
    "9002": "class Solution:\n    def merge(self, a: List[str], b: List[str]) -> List[str]:\n"
    "        return sorted({*a, *b})",
}


def doc_of(name: str) -> Doc:
    return next(doc for doc in docs_of(NAME) if doc.id == name)


def fenced(code: str) -> str:
    return f"First some words.\n\n```python\n{code}\n```\nThat is all."


def score(name: str, answer: str) -> Score:
    return task_of(NAME).score(doc_of(name), answer)


# rows


def test_questions_of_the_window_that_have_tests() -> None:
    assert [doc.id for doc in docs_of(NAME)] == list(RIGHT)
    assert data.unjudged(task_of(NAME), FIXTURES) == {"test": ["sum_b"]}
    [said] = [
        text
        for text in deviations(RunConfig("demo", (NAME,), data_dir=FIXTURES), [task_of(NAME)])
        if "left out" in text
    ]
    assert said == "livecodebench_v5: 1 left out, because there is no test here: sum_b"


def test_predictions_for_rows_that_are_left_out_are_told_apart_from_strangers() -> None:
    assert {"sum_b", "early_c"} <= data.rows_left_out(task_of(NAME), FIXTURES)


def test_tests_in_both_forms() -> None:
    hub, mirror = doc_of("lamps_a").meta, doc_of("9002").meta
    assert cases_of(hub) == [Case("6\n011011\n", "2\n"), Case("1\n0\n", "0\n"), Case("5\n11111\n", "5\n")]
    assert cases_of(mirror)[1] == Case("[]\n[]", "[]")
    assert [function_of(doc_of(name).meta) for name in RIGHT] == [None, "countEven", "merge"]


def test_the_sentence_that_forbids_all_but_the_program_stands_in_one_mode() -> None:
    doc, task = doc_of("9001"), task_of(NAME)
    texts = {mode: task.prompt_for(doc, mode).messages[-1].content for mode in ("thinking", "non-thinking")}
    sentence = " You will NOT return anything except for the program."
    assert texts["non-thinking"].replace(sentence, "") == texts["thinking"] != texts["non-thinking"]
    assert doc.meta["starter_code"] in texts["thinking"]


@with_mirror
def test_the_real_rows() -> None:
    docs = docs_of(NAME, MIRROR)
    left_out = data.unjudged(task_of(NAME), MIRROR)["test"]
    assert len(docs) + len(left_out) == task_of(NAME).spec.n_docs == 166
    assert len(docs) == 116
    assert all(cases_of(doc.meta) for doc in docs)
    functions = [function_of(doc.meta) for doc in docs]
    assert all((name is None) == (not doc.meta["starter_code"]) for name, doc in zip(functions, docs, strict=True))


# answers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("```python\nx = 1\n```", "x = 1"),
        ("```python\nx = 1\n```\nor\n```python\nx = 2\n```", "x = 2"),
        ("```python\nx = 1\n```\nprints\n```\n1\n```\n", "1"),
        ("```python\nx = 1\n```\n```python\nx = 2", ""),  # the last two fences, whatever they open or close
        ("```python\nx = 1", ""),
        ("1. do\n   ```py\n   x = 1\n   ```", "   x = 1"),
        ("import sys\nprint(sys.argv)", "import sys\nprint(sys.argv)"),
        ("The answer is x.", ""),
        ("`x = 1`", ""),
        ("", ""),
    ],
)
def test_the_program_in_an_answer(answer: str, code: str) -> None:
    assert extract_code(answer) == code


def test_an_answer_without_a_program() -> None:
    for answer in ("", "I do not know.", "```python\nx = 1", "```\n```", "\x00", "word " * 100_000):
        assert score("lamps_a", answer).outcome == "no_answer"


def test_a_row_without_tests_is_said() -> None:
    with pytest.raises(ValueError, match="at least one test"):
        livecodebench_score({"public_test_cases": "[]", "private_test_cases": None}, "print(1)")


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize("name", RIGHT)
def test_right_and_wrong_programs(name: str) -> None:
    right = score(name, fenced(RIGHT[name]))
    assert (right.value, right.extracted) == (1, RIGHT[name])
    assert right.detail == f"{len(cases_of(doc_of(name).meta))} tests passed"
    assert score(name, RIGHT[name]).value == 1
    wrong = score(name, fenced(f"{RIGHT[name]}\nprint(1)" if name == "lamps_a" else RIGHT[name].replace("return", "")))
    assert (wrong.value, wrong.outcome) == (0, "ok")
    assert wrong.detail.startswith("test 1 of")


@pytest.mark.sandbox
@needs_sandbox
def test_the_first_failure_is_the_last_test() -> None:
    code = "n = int(input())\nif n == 3:\n    while True: pass\nprint(n)"
    cases = [Case("1", "1"), Case("2", "0"), Case("3", "3")]
    assert judge(code, None, cases) == "test 2 of 3: wrong answer"


@pytest.mark.sandbox
@needs_sandbox
def test_what_decides_on_a_second_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy is ``fairly``'s; it is told the CPU time of the slowest test of a program that passes."""
    found: list[ProgramResult] = []

    def once(run: Callable[[float], ProgramResult], cpu_seconds: float) -> ProgramResult:
        found.append(run(2 * cpu_seconds))
        return found[-1]

    monkeypatch.setattr(livecodebench, "fairly", once)
    monkeypatch.setattr(livecodebench, "SECONDS", 0.2)
    busy = "import time\nend = time.process_time() + float(input())\nwhile time.process_time() < end: pass\nprint(1)"
    assert judge(busy, None, [Case("0.3", "1"), Case("0.01", "1")]) is None
    assert 0.3 <= found[-1].cpu_seconds < 0.4
    assert judge(busy, None, [Case("0.3", "2")]) == "test 1 of 1: wrong answer"
    assert (found[-1].cpu_seconds, found[-1].timed_out) == (0, False)
    assert "TimeoutException" in str(judge(busy, None, [Case("9", "1")]))
    assert found[-1].killed == "cpu"


@pytest.mark.sandbox
@needs_sandbox
def test_packages_that_the_reference_has() -> None:
    code = "import numpy as np\nimport sympy\nprint(np.array([int(input())]).sum() + sympy.Integer(1))"
    assert judge(code, None, [Case("1", "2")]) is None
    assert "No module named" in str(judge("import aiohttp\nprint(2)", None, [Case("1", "2")]))


@pytest.mark.sandbox
@needs_sandbox
def test_large_inputs_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets more input in all than it has memory for."""
    cases = [Case("7" * 2**23, str(2**23))] * 20
    monkeypatch.setattr(livecodebench, "MEMORY_MB", 150)
    assert judge("print(len(input()))", None, cases) is None


def test_metadata_of_every_kind() -> None:
    for metadata in (None, "", "{}", json.dumps({"func_name": None})):
        assert function_of({"metadata": metadata, "starter_code": ""}) is None
        assert function_of({"metadata": metadata, "starter_code": "class A:\n    def f(self, x):\n        "}) == "f"
