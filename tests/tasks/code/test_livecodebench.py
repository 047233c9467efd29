"""livecodebench: which rows belong to it and have tests, what is asked in each mode, verdicts of whole answers."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable

import pytest
from places import FIXTURES, MIRROR
from preparing import departures
from task_checks import docs_of, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.grading.code import Case, cases_of, failed_test, trial
from qwen3_eval.grading.code import trial_program as program
from qwen3_eval.sandbox import ProgramResult, available
from qwen3_eval.types import Doc, Score

verdict = task_module("code/livecodebench", "verdict")
extract_code, function_of, livecodebench_score = (
    verdict.extract_code,
    verdict.function_of,
    verdict.livecodebench_score,
)

NAME, V6 = "livecodebench_v5", "livecodebench_v6_2025_02_05"
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
RIGHT = {
    "lamps_a": "input()\nprint(max(map(len, input().split('0'))))",
    "9001": "class Solution:\n    def countEven(self, num):\n        return sum(int(d) % 2 == 0 for d in str(num))",
    "9002": "class Solution:\n    def merge(self, a: List[str], b: List[str]) -> List[str]:\n"
    "        return sorted({*a, *b})",
}


RIGHT_V6 = {
    "stairs_a": "n = int(input())\nprint(n // 2 + n % 2)",
    "9101": "class Solution:\n    def turn(self, words):\n        return words[-1:] + words[:-1]",
}


def doc_of(name: str, task: str = NAME) -> Doc:
    return next(doc for doc in docs_of(task) if doc.id == name)


def fenced(code: str) -> str:
    return f"First some words.\n\n```python\n{code}\n```\nThat is all."


def score(name: str, answer: str) -> Score:
    return task_of(NAME).score(doc_of(name), answer)


# rows


def test_questions_of_the_window_that_have_tests() -> None:
    assert [doc.id for doc in docs_of(NAME)] == list(RIGHT)
    assert data.read(task_of(NAME), FIXTURES).ungraded == {"test": ["sum_b"]}
    [said] = [
        text for text in departures(RunConfig("demo", (NAME,), data_dir=FIXTURES), task_of(NAME)) if "left out" in text
    ]
    assert said == "livecodebench_v5: 1 left out, because there is no test here: sum_b"


def test_predictions_for_rows_that_are_left_out_are_told_apart_from_strangers() -> None:
    assert {"sum_b", "early_c"} <= data.read(task_of(NAME), FIXTURES, names=True).left_out


def test_each_window_has_its_own_questions_and_length() -> None:
    assert [doc.id for doc in docs_of(V6)] == list(RIGHT_V6)
    old, new = task_of(NAME).spec, task_of(V6).spec
    assert (old.version, old.n_docs, old.max_tokens, old.suites) == ("2", 166, 32_768, ("code", "report"))
    assert (new.version, new.n_docs, new.max_tokens, new.suites) == ("1", 131, 81_920, ("code", "cards"))
    assert new.deviations[: len(old.deviations)] == old.deviations


@pytest.mark.parametrize(
    ("day", "v5", "v6"),
    [
        ("2024-10-01T00:00:00", True, False),
        ("2025-01-31T19:30:00", True, False),
        ("2025-02-01T00:00:00", True, True),
        ("2025-04-06T00:00:00", False, True),
        ("2025-05-02T00:00:00", False, False),
    ],
)
def test_the_days_of_the_windows(day: str, v5: bool, v6: bool) -> None:
    assert [task_of(name).keep({"contest_date": day}) for name in (NAME, V6)] == [v5, v6]


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
    left_out = data.read(task_of(NAME), MIRROR).ungraded["test"]
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
@pytest.mark.parametrize("name", RIGHT_V6)
def test_right_and_wrong_programs_of_v6(name: str) -> None:
    task, doc = task_of(V6), doc_of(name, V6)
    assert task.score(doc, fenced(RIGHT_V6[name])).value == 1
    assert task.score(doc, fenced(RIGHT_V6[name].replace("return", "").replace("+", "-"))).value == 0


@pytest.mark.sandbox
@needs_sandbox
def test_the_first_failure_is_the_last_test() -> None:
    code = "n = int(input())\nif n == 3:\n    while True: pass\nprint(n)"
    cases = [Case("1", "1"), Case("2", "0"), Case("3", "3")]
    assert failed_test(code, None, cases) == "test 2 of 3: wrong answer"


@pytest.mark.sandbox
@needs_sandbox
def test_what_decides_on_a_second_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy is ``fairly``'s; it is told the CPU time of the slowest test of a program that passes."""
    found: list[ProgramResult] = []

    def once(run: Callable[[float], ProgramResult], cpu_seconds: float) -> ProgramResult:
        found.append(run(2 * cpu_seconds))
        return found[-1]

    monkeypatch.setattr(trial, "fairly", once)
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    busy = "import time\nend = time.process_time() + float(input())\nwhile time.process_time() < end: pass\nprint(1)"
    assert failed_test(busy, None, [Case("0.3", "1"), Case("0.01", "1")]) is None
    assert 0.3 <= found[-1].cpu_seconds < 0.4
    assert failed_test(busy, None, [Case("0.3", "2")]) == "test 1 of 1: wrong answer"
    assert (found[-1].cpu_seconds, found[-1].timed_out) == (0, False)
    assert "TimeoutException" in str(failed_test(busy, None, [Case("9", "1")]))
    assert found[-1].killed == "cpu"


@pytest.mark.sandbox
@needs_sandbox
def test_packages_that_the_reference_has() -> None:
    code = "import numpy as np\nimport sympy\nprint(np.array([int(input())]).sum() + sympy.Integer(1))"
    assert failed_test(code, None, [Case("1", "2")]) is None
    assert "No module named" in str(failed_test("import aiohttp\nprint(2)", None, [Case("1", "2")]))


@pytest.mark.sandbox
@needs_sandbox
def test_large_inputs_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets more input in all than it has memory for."""
    cases = [Case("7" * 2**23, str(2**23))] * 20
    monkeypatch.setattr(trial, "MEMORY_MB", 150)
    assert failed_test("print(len(input()))", None, cases) is None


def test_metadata_of_every_kind() -> None:
    for metadata in (None, "", "{}", json.dumps({"func_name": None})):
        assert function_of({"metadata": metadata, "starter_code": ""}) is None
        assert function_of({"metadata": metadata, "starter_code": "class A:\n    def f(self, x):\n        "}) == "f"


# standard input, in the two states of the reference; every verdict below is one that its own code gave

READ = "print(sum(map(int, {}[1:])))"
EACH = "n = int({0})\nprint(sum(int({0}) for _ in range(n)))"
FORMS = {
    # form: (program, passes in January 2025, passes in May 2025)
    "input": (EACH.format("input()"), True, True),
    "readline": ("import sys\n" + EACH.format("sys.stdin.readline()"), True, True),
    "read": ("import sys\n" + READ.format("sys.stdin.read().split()"), True, True),
    "readlines": ("import sys\n" + READ.format("sys.stdin.readlines()"), True, False),
    "lines": ("import sys\n" + READ.format("list(sys.stdin)"), True, False),
    "next": ("import sys\n" + EACH.format("next(sys.stdin)"), True, False),
    "readline, then read": ("import sys\ninput()\nprint(sum(map(int, sys.stdin.read().split())))", True, False),
    "read, then read": ("import sys\nsys.stdin.read()\nprint(6 if not sys.stdin.read() else 0)", True, False),
    "read, then readline": ("import sys\nsys.stdin.read()\nprint(6 if not sys.stdin.readline() else 0)", True, False),
    "tell": ("import sys\nsys.stdin.read()\nprint(6 if sys.stdin.tell() else 0)", True, False),
    "with": ("import sys\nwith sys.stdin as f:\n    " + READ.format("f.read().split()"), True, False),
    "buffer.read": ("import sys\n" + READ.format("sys.stdin.buffer.read().split()"), False, True),
    "BytesIO": (
        "import io, sys\nread = io.BytesIO(sys.stdin.buffer.read()).readline\n" + EACH.format("read()"),
        False,
        True,
    ),
    "one buffer.readline": ("import sys\nprint(2 * int(sys.stdin.buffer.readline()))", False, True),
    "buffer.readline": ("import sys\n" + EACH.format("sys.stdin.buffer.readline()"), False, False),
    "buffer.readlines": ("import sys\n" + READ.format("sys.stdin.buffer.readlines()"), False, False),
    "own readline": ("from sys import stdin\n" + EACH.format("stdin.readline()"), True, True),
    "own read": ("from sys import stdin\n" + READ.format("stdin.read().split()"), True, True),
    "own readlines": (
        "from sys import stdin\n" + READ.format("[line for line in stdin.readlines() if line]"),
        True,
        True,
    ),
    "own, in a function": (
        "def f():\n    from sys import stdin\n    " + READ.format("stdin.read().split()") + "\nf()",
        True,
        True,
    ),
    "__stdin__": ("import sys\n" + READ.format("sys.__stdin__.read().split()"), False, False),
    "stdout.buffer": ("import sys\nsys.stdout.buffer.write(b'6')", False, False),
    "stdout.write": ("import sys\nsys.stdout.write('6')", True, True),
    "exit": (EACH.format("input()") + "\nexit()", True, True),
    "main guard": ("if __name__ == '__main__':\n    print(6)", True, True),
    "global": ("n = 5\ndef f():\n    global n\n    n += 1\nf()\nprint(n)", False, False),
}


def passes(code: str, streams: str) -> bool:
    try:
        return program.program_test(code, streams)("3\n1\n2\n3\n").strip() == "6"
    except Exception:  # noqa: BLE001 - what a program raises is its failure
        return False


@pytest.mark.parametrize("form", FORMS)
def test_how_a_program_reads_its_input(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "__stdin__", closed)
    code, january, may = FORMS[form]
    program.seen["differs"] = False
    assert (passes(code, "january"), passes(code, "may")) == (january, may)
    assert program.seen["differs"] or january == may


def columns(*tests: tuple[str, str]) -> dict[str, str]:
    return {"public_test_cases": json.dumps([{"input": given, "output": wanted} for given, wanted in tests])}


SUMS = columns(("3\n1\n2\n3\n", "6\n"), ("2\n5\n6\n", "11\n"))


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    ("form", "value", "verdicts", "said"),
    [
        ("read", 1, (1, 1, 1), "2 tests passed"),
        ("buffer.read", 1, (0, 1, 1), "not by checker_january_2025: test 1 of 2: AttributeError"),
        ("lines", 1, (1, 0, 1), "not by checker_may_2025: test 1 of 2: TypeError"),
        ("buffer.readline", 0, (0, 0, 1), "'buffer'; it passes with files as its input and output"),
        ("stdout.write", 0, (0, 0, 0), "test 2 of 2: wrong answer"),
    ],
)
def test_either_state_counts_and_each_is_told(form: str, value: int, verdicts: tuple[int, ...], said: str) -> None:
    found = livecodebench_score(SUMS, fenced(FORMS[form][0]))
    names = ("checker_january_2025", "checker_may_2025", "real_files")
    assert (found.value, tuple(found.metrics[name] for name in names)) == (value, verdicts)
    assert said in found.detail


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    "code",
    [
        READ.format("open(0).read().split()"),
        "import os\n" + READ.format("os.read(0, 99).split()"),
        "import sys\nsys.stdin = open(0)\n" + EACH.format("input()"),
        "import sys\nsys.stdout = open(1, 'w')\n" + EACH.format("input()"),
        "from sys import stdin, stdout\nstdout.write(str(sum(map(int, stdin.read().split()[1:]))))",
        "import os\nos.write(1, str(sum(int(line) for line in list(open('/dev/stdin'))[1:])).encode())",
    ],
)
def test_with_files_as_input_and_output(code: str) -> None:
    """Forms that neither state of the reference knows; the second test finds the first one's files replaced."""
    found = livecodebench_score(SUMS, fenced(code))
    assert (found.value, found.metrics["real_files"]) == (0, 1)


@pytest.mark.sandbox
@needs_sandbox
def test_a_program_that_writes_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 1.0)
    code = "import os\nwhile True:\n    os.write(1, b'1' * 2**20)"
    found = livecodebench_score(columns(("1", "1")), fenced(code))
    assert (found.value, found.metrics["real_files"]) == (0, 0)
