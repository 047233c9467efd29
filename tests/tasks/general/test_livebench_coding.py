"""LiveBench coding: what is run, how it is compared, programs that fail, are slow or try to cheat."""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from task_checks import docs_of
from task_modules import task_module

from qwen3_eval.grading.code import trial
from qwen3_eval.grading.code import trial_program as program
from qwen3_eval.grading.code.trial import same_lines, same_value, unpickled_text
from qwen3_eval.sandbox import Limits, SandboxUnavailable, Service, available, choice

coding_score = task_module("general/livebench_2024_11_25", "coding").coding_score
extract_code = task_module("general/livebench_2024_11_25", "coding").extract_code
livebench_score = task_module("general/livebench_2024_11_25", "scorers").livebench_score
MEGABYTE = 2**20
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
Pairs = Sequence[tuple[str, str]]
SUM: Pairs = (("1 2\n", "3\n"), ("10 -4", "6"))
ADD: Pairs = (("1\n2", "3"), ("[1]\n[2]", "[1, 2]"), ('"a"\n"b"', '"ab"'))


def facts(tests: Pairs, function: str | None = None, begun: str = "") -> dict[str, Any]:
    """A row's columns, with the first test public and the rest private, packed as on the hub."""
    rows = [{"input": given, "output": wanted, "testtype": "stdin"} for given, wanted in tests]
    return {
        "public_test_cases": json.dumps(rows[:1]),
        "private_test_cases": packed(json.dumps(rows[1:])),
        "original_json": {"metadata": json.dumps({"func_name": function} if function else {})},
        "partial_solution": begun,
    }


def packed(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def fenced(code: str) -> str:
    return f"Here it is:\n```python\n{code}\n```\n"


def reads(code: str, *tests: tuple[str, str]) -> Any:
    """The verdict on a program that reads its input."""
    return coding_score("LCB_generation", facts(tests or SUM), fenced(code))


def calls(body: str, *tests: tuple[str, str]) -> Any:
    """The verdict on a method ``f(self, a, b)``."""
    lines = "\n".join(f"        {line}" for line in body.split("\n"))
    code = f"class Solution:\n    def f(self, a, b):\n{lines}"
    return coding_score("LCB_generation", facts(tests or ADD, "f"), fenced(code))


# without a sandbox


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("```python\nx = 1\n```", "x = 1"),
        ("text\n```\nx = 1\ny = 2\n```\ntext", "x = 1\ny = 2"),
        ("```python\nx = 1\n```\nor\n```python\nx = 2\n```", "x = 2"),
        ("```python\nx = 1\n```\nprints\n```\n1\n```\n", "1"),
        ("```python\nx = 1\n```\n```python\nx = 2", ""),  # the last two fences, whatever they open or close
        ("  x = 1\n  y = 2\n\n", "  x = 1\n  y = 2"),
        ("    return x\n```", "    return x"),
        ("```python\nx = 1", "```python\nx = 1"),
        ("`x = 1`", "x = 1"),
        ("`", "`"),
        ("say `x`", "say `x`"),
        ("```x = 1```", "``x = 1``"),
        ("", ""),
    ],
)
def test_code_stands_between_the_last_fences(answer: str, code: str) -> None:
    assert extract_code(answer) == code


def test_packed_tests_are_text_and_nothing_else(tmp_path: Path) -> None:
    assert unpickled_text(pickle.dumps("[]")) == "[]"
    with pytest.raises(ValueError, match="private_test_cases"):
        unpickled_text(pickle.dumps(["[]"]))
    with pytest.raises(pickle.UnpicklingError, match="a text was expected"):
        unpickled_text(pickle.dumps(_Writes(tmp_path / "written")))
    assert not (tmp_path / "written").exists()


class _Writes:
    """Pickled, it writes a file when it is read by an unpickler that may call functions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "written")


def test_a_row_without_tests_is_said() -> None:
    with pytest.raises(ValueError, match="at least one test"):
        coding_score("LCB_generation", facts(()), "x")


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(choice.BACKENDS, "auto", ())
    with pytest.raises(SandboxUnavailable, match="--sandbox none"):
        reads("print(3)")


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("3", "3", True),
        (" 3 \n\n", "3", True),
        ("\n3", "3\n", True),
        ("3.0", "3", True),
        ("+3", "3", True),
        ("1e3", "1000", True),
        ("1 2.50", "1  2.5", True),
        ("1\n2", "1 2", False),
        ("1\n\n2", "1\n2", False),
        ("3.000000001", "3", False),
        ("50000000000000001", "50000000000000000", False),
        ("a b", "a  b", False),
        ("YES", "Yes", False),
        ("1.0 x", "1 x", False),
        ("1 2", "1", False),
        ("", "", True),
        ("0", "", False),
        ("nan", "nan", True),  # the same text
        ("NaN", "nan", False),
        ("sNaN", "3", False),
        ("inf", "Infinity", True),
    ],
)
def test_lines(printed: str, expected: str, same: bool) -> None:
    assert same_lines(printed, expected) is same


@pytest.mark.parametrize(
    "line", ["", "[]", "{}", '"value"', "nonsense", "[" * 100_000, '{"value": ' + "9" * 9999 + "}"]
)
def test_lines_that_the_driver_never_writes(line: str) -> None:
    assert trial._Attempt(1.0)._read(line, lambda value: same_value(value, "3"))


def test_what_equals_a_json_value() -> None:
    from collections import Counter
    from decimal import Decimal
    from fractions import Fraction

    value = {"a": [True, 2, 0.5, "x", None, Fraction(1, 2), Decimal(2)], "b": Counter("z")}
    assert program.plain(value) == {"a": [True, 2, 0.5, "x", None, 0.5, 2.0], "b": {"z": 1}}
    for other in ((1,), {1: 2}, {1}, [(1,)], range(2), object(), 1j, Fraction(1, 3), b"x"):
        with pytest.raises(TypeError):
            program.plain(other)


def test_a_program_becomes_a_function() -> None:
    code = program.as_function(program.without_main("import os\nx = 1\nif __name__ == '__main__':\n    print(x)"))
    assert code.endswith("import os\ndef wrapped_function():\n    x = 1\n    print(x)")
    assert code.startswith(program.PREAMBLE)
    for broken in ("x = (", "\x00", "(" * 500):
        assert program.as_function(program.without_main(broken)) == broken


# programs that read their input


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("a, b = map(int, input().split())\nprint(a + b)", 1),
        ("import sys\nprint(sum(map(int, sys.stdin.read().split())))\nsys.exit()", 1),
        ("def main():\n    print(sum(map(int, input().split())))\nif __name__ == '__main__':\n    main()", 1),
        ("print(sum(map(int, input().split())))\nexit()\nprint(9)", 1),
        ("import numpy\nprint(sum(map(int, input().split())))", 1),
        ("print(3)", 0),
        ("print(sum(map(int, input().split())))\nprint('debug')", 0),
        ("print(sum(map(int, input().split())))\n1 / 0", 0),
        ("print(sum(map(int, input().split())))\nquit()", 0),  # taken away
        ("import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))", 0),  # standard input is text there
        ("print(sum(map(int, open(0).read().split())))", 0),
        ("print(sum(map(int, input().split()))", 0),
        ("import os\nos._exit(0)", 0),
        ("", 0),
    ],
)
def test_programs(code: str, value: float) -> None:
    verdict = reads(code)
    assert verdict.value == value, verdict


@pytest.mark.sandbox
@needs_sandbox
def test_programs_in_detail() -> None:
    assert reads("print(3)").detail == "test 2 of 2: wrong answer"
    assert reads("print(1 / 0)").detail == "test 1 of 2: ZeroDivisionError: division by zero"
    assert reads("print(sum(map(int, input().split())))").detail == "2 tests passed"
    assert reads("print(3)").extracted == "print(3)"
    assert reads("x = [" * 10).detail.startswith("test 1 of 2: SyntaxError")


# functions


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return a + b", 1),
        ("print('noise')\nreturn a + b", 1),
        ("return tuple(a + b) if isinstance(a, list) else a + b", 1),
        ("return a", 0),
        ("print(a + b)", 0),
        ("return a + b + undefined", 0),
        ("exit()", 0),
    ],
)
def test_functions(body: str, value: float) -> None:
    assert calls(body).value == value


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    ("result", "expected", "value"),
    [
        ("True", "1", 1),
        ("1.0", "1", 1),
        ("None", "null", 1),
        ("Counter({'x': 2})", '{"x": 2}', 1),
        ("0.1 + 0.2", "0.3", 0),
        ("'3'", "3", 0),
        ("[(1, 2)]", "[[1, 2]]", 0),
        ("{1: 2}", '{"1": 2}', 0),
        ("deque([1])", "[1]", 0),
        ("False", "null", 0),
    ],
)
def test_results(result: str, expected: str, value: float) -> None:
    assert calls(f"return {result}", ("0\n0", expected)).value == value


@pytest.mark.sandbox
@needs_sandbox
def test_functions_in_other_forms() -> None:
    def graded(code: str, *tests: tuple[str, str]) -> float:
        return float(coding_score("LCB_generation", facts(tests or ADD, "f"), fenced(code)).value)

    assert graded("def f(a, b):\n    return a + b") == 1
    assert graded("class Solution:\n    def f(self, a: List[int], b: Optional[int]):\n        return a + b") == 1
    assert graded("class Solution:\n    def g(self, a, b):\n        return a + b") == 0
    assert (
        graded(
            "class Solution:\n    def __init__(self, n):\n        pass\n    def f(self, a, b):\n        return a + b"
        )
        == 0
    )
    counting = "class Solution:\n    n = 0\n    def f(self, a, b):\n        self.n += 1\n        return self.n"
    assert graded(counting, ("0\n0", "1"), ("0\n0", "2")) == 1  # one object for all tests


@pytest.mark.sandbox
@needs_sandbox
def test_completions() -> None:
    begun = "class Solution:\n    def f(self, a, b):\n        total = a + b"
    row = facts(ADD, "f", begun)
    for answer, value in (
        ("```python\n        return total\n```", 1),
        ("        return total", 1),
        (fenced(f"{begun}\n        return total"), 1),
        ("```python\nreturn total\n```", 0),
        ("```python\n        return a\n```", 0),
        ("", 0),
    ):
        assert coding_score("coding_completion", row, answer).value == value, answer


@pytest.mark.sandbox
@needs_sandbox
def test_the_fixtures_from_row_to_verdict() -> None:
    good = {
        "lb-lcb-1": "print(sum(map(int, input().split())))",
        "lb-lcb-2": "class Solution:\n    def vowels(self, word):\n        return sum(map(word.count, 'aeiou'))",
        "lb-done-1": "print(max(numbers))",
    }
    docs = {doc.id: doc for doc in docs_of("livebench_2024_11_25") if doc.subset.startswith("coding")}
    assert set(docs) == set(good)
    for name, code in good.items():
        given = {**docs[name].meta, "question": docs[name].question, "ground_truth": None}
        assert livebench_score(docs[name].meta["task"], given, fenced(code)).value == 1
        assert livebench_score(docs[name].meta["task"], given, fenced("print(0)")).value == 0


# slow, large, hostile


@pytest.mark.sandbox
@needs_sandbox
def test_slow_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    loop = "while True:\n    pass"
    assert "TimeoutException" in reads(loop).detail
    assert "TimeoutException" in calls(loop).detail
    assert coding_score("LCB_generation", facts(ADD, "f"), fenced(f"{loop}\nclass Solution: pass")).value == 0
    assert reads("try:\n    while True: pass\nexcept Exception:\n    print(3)", ("", "3")).value == 0
    monkeypatch.setattr(Limits, "wall", 1.0)
    assert reads("import time\ntime.sleep(60)").detail == "test 1 of 2: stopped by the wall limit"
    forever = "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True:\n    pass"
    assert "stopped by the wall limit" in reads(forever).detail


@pytest.mark.sandbox
@needs_sandbox
def test_large_programs_and_outputs() -> None:
    flood = reads("print('x' * 10**8)", ("", "x"))
    assert (flood.value, flood.detail) == (0, "test 1 of 1: stopped by the output limit")
    assert reads("x = [0] * 10**10\nprint(3)", ("", "3")).detail == "test 1 of 1: MemoryError: "
    many = "\n".join(["1"] * 200_000)
    assert (
        reads("print(*open_input, sep='\\n')".replace("open_input", "sys.stdin.read().split()"), (many, many)).value
        == 1
    )
    for text in ("\x00" * MEGABYTE, "```\n" * (MEGABYTE // 4), "(" * MEGABYTE, "\ud800x"):
        assert coding_score("LCB_generation", facts(SUM), text).value == 0


FORGERIES = {
    "equal to all": "class Always:\n    def __eq__(self, other): return True\nprint(Always())",
    "other print": ("import builtins, json\nbuiltins.print = lambda *a, **k: None\njson.dumps = lambda *a, **k: '3'"),
    "early exit": "import os\nos._exit(0)",
    "lines of its own": (
        "import os\nfor n in range(3, 20):\n    try:\n        os.write(n, b'{\"value\": true}\\n' * 2)\n"
        "    except OSError:\n        pass\nos._exit(0)"
    ),
    "the driver's frames": (
        "import sys\nframe = sys._getframe()\nwhile frame.f_back:\n    frame = frame.f_back\n"
        "frame.f_globals['json'] = None\nprint(sorted(map(str, frame.f_locals.values())))"
    ),
    "the driver's input": "import os\nprint(os.read(0, 9999))\nprint(open('/tmp/program.py').read())",
    "a patched interpreter": "import builtins\nbuiltins.str = lambda *a: '3'\nbuiltins.all = lambda *a: True\nprint(4)",
    "its own tests": "import gc\nprint([o for o in gc.get_objects() if isinstance(o, dict) and 'outputs' in o])",
}


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize("code", FORGERIES.values(), ids=FORGERIES)
def test_a_pass_cannot_be_forged(code: str) -> None:
    assert reads(code).value == 0


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    "body",
    [
        "class Always:\n    def __eq__(self, other): return True\nreturn Always()",
        "class All(list):\n    def __eq__(self, other): return True\nreturn All([9])",
        "class One(int):\n    def __eq__(self, other): return True\nreturn One(9)",
        "import json\njson.dumps = lambda *a, **k: '{\"value\": true}'\nreturn 9",
    ],
)
def test_a_result_that_equals_everything_equals_what_it_holds(body: str) -> None:
    assert calls(body).value == 0


@pytest.mark.sandbox
@needs_sandbox
def test_what_was_expected_is_nowhere_in_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Watched(Service):
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            sent.append((arguments, settings))
            super().__init__(*arguments, **settings)

        def ask(self, line: str, wall_seconds: float) -> str:
            sent.append(line)
            return super().ask(line, wall_seconds)

    monkeypatch.setattr(trial, "Service", Watched)
    assert reads("print(input())", ("in-7391", "out-8264")).value == 0
    assert "in-7391" in str(sent)
    assert "out-8264" not in str(sent)
