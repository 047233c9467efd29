"""HumanEval, MBPP and CRUXEval in their seven tasks: docs, verdicts, programs that try to cheat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from preparing import selected
from task_checks import docs_of, task_of, with_mirror
from task_modules import task_module

from qwen3_eval.config import RunConfig
from qwen3_eval.data.mirror import read_rows
from qwen3_eval.grading import code
from qwen3_eval.grading.code import ProgramStep, calls
from qwen3_eval.grading.code.calls import call, load, run_steps
from qwen3_eval.prepare.selection import able
from qwen3_eval.sandbox import available
from qwen3_eval.types import Doc, Score, UsageError

canonical, functions, oracle = (task_module("code/evalplus", name) for name in ("canonical", "functions", "oracle"))
evalplus_score = functions.evalplus_score

needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
GAPS = "def gaps(heights):\n    return [b - a for a, b in zip(heights, heights[1:])]\n"
STUTTER = "def stutter(word, times):\n    return ''.join(letter * times for letter in word)\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    canonical.canonical_answers.cache_clear()


def doc(name: str, end: str) -> Doc:
    [found] = [each for each in docs_of(name) if each.id.endswith(end)]
    return found


def graded(name: str, end: str, answer: str) -> Score:
    return task_of(name).score(doc(name, end), answer)


def completed(name: str, end: str, answer: str) -> Score:
    return task_of(name).base_score(doc(name, end), answer)


# docs


def test_docs_of_the_functions() -> None:
    assert [each.id for each in docs_of("humaneval")] == ["HumanEval/9001", "HumanEval/9002", "HumanEval/9003"]
    assert [each.id for each in docs_of("mbpp_plus")] == ["Mbpp/9001", "Mbpp/2", "Mbpp/9003"]
    assert [each.subset for each in docs_of("evalplus")] == ["humaneval"] * 3 + ["mbpp"] * 3
    assert docs_of("humaneval")[0].question.startswith("from typing import List\n\n\ndef gaps(")
    assert docs_of("mbpp")[0].question.endswith('"aabb"\n"""\n')


def test_docs_of_mbpp_and_crux() -> None:
    assert [each.id for each in docs_of("mbpp_3shot")] == ["11", "12", "13"]
    assert "\r" not in docs_of("mbpp_3shot")[0].target
    assert [each.id for each in docs_of("crux_o")] == ["sample_0", "sample_1", "sample_2"]
    assert [each.target for each in docs_of("crux_i")] == [each.target for each in docs_of("crux_o")]
    assert "'x == y'" not in docs_of("crux_i")[2].question


@needs_sandbox
@pytest.mark.sandbox
def test_a_machine_without_the_package_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    oracle.evalplus.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=r"evalplus is not installed; pip install 'qwen3-eval\[code\]'"):
        oracle.evalplus("eval._special_oracle")
    for name in ("humaneval", "humaneval_plus", "mbpp", "mbpp_plus", "evalplus"):
        with pytest.raises(UsageError, match=f"{name} cannot be judged: the package evalplus is not installed"):
            able(selected(RunConfig(model="m", tasks=(name,)), task_of(name)))


# HumanEval and MBPP

BISECTION = """
def find_zero(xs):
    low, high = -9.0, 9.0
    for _ in range(99):
        middle = (low + high) / 2
        if sum(c * middle**i for i, c in enumerate(xs)) < 0:
            low = middle
        else:
            high = middle
    return low
"""
REMEMBERS = """
seen = []
def gaps(heights):
    seen.append(heights)
    return [b - a for a, b in zip(heights, heights[1:])] if len(seen) < 2 else 0
"""
WITH_NUMPY = """
import numpy as np
def gaps(heights):
    return [int(step) for step in np.array(heights[1:], object) - np.array(heights[:-1], object)]
"""


def with_term(term: str, before: str = "") -> str:
    """The right function with another term for each step, and a statement before the last."""
    return GAPS.replace("b - a", term).replace("    return", f"    {before}\n    return" if before else "    return")


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("end", "answer", "base", "plus"),
    [
        ("9001", GAPS, 1, 1),
        ("9001", f"Like this:\n\n```python\n{GAPS}```\nIt's short.", 1, 1),
        ("9001", "    return [b - a for a, b in zip(heights, heights[1:])]", 1, 1),
        ("9001", "```python\n    return [b - a for a, b in zip(heights, heights[1:])]\n```", 1, 1),
        ("9001", with_term("float(b - a) if abs(b - a) < 10 else b - a"), 1, 1),
        ("9001", with_term("b - a", "heights.append(0); heights.pop()"), 1, 1),
        ("9001", WITH_NUMPY, 1, 1),
        ("9001", with_term("b - a or 1"), 1, 0),
        ("9001", with_term("b - a", "heights[0]"), 1, 0),
        ("9001", with_term("b - a").replace("[b", "tuple([b").replace("])]", "])])"), 0, 0),
        ("9001", with_term("abs(b - a)"), 0, 0),
        ("9001", REMEMBERS, 0, 0),
        ("9001", GAPS + "assert gaps([1]) == [0]", 1, 1),
        ("9001", GAPS + "count = gaps([1])[0]", 0, 0),
        ("9001", "def gaps(heights):\n    return [", 0, 0),
        ("9001", "def steps(heights):\n    return []", 0, 0),
        ("9002", "def share(total, people):\n    return total / people + 1e-9", 1, 1),
        ("9002", "def share(total, people):\n    return round(total / people, 1)", 1, 0),
        ("9002", "from decimal import Decimal\ndef share(total, people):\n    return Decimal(total) / people", 1, 0),
        ("9003", "def find_zero(xs):\n    return -0.5 if len(xs) == 2 else 1.8337", 1, 0),
        ("9003", BISECTION, 1, 1),
    ],
)
def test_functions(end: str, answer: str, base: float, plus: float) -> None:
    found = graded("humaneval_plus", end, answer)
    assert (found.metrics.get("base", 0), found.metrics.get("plus", 0), found.value) == (base, plus, plus), found.detail


@needs_sandbox
@pytest.mark.sandbox
def test_one_answer_counts_by_both_kinds_of_tests() -> None:
    verdicts = {GAPS: (1, 1, 1), with_term("b - a or 1"): (1, 0, 0.5), with_term("a"): (0, 0, 0)}
    for answer, values in verdicts.items():
        names = ("humaneval", "humaneval_plus", "evalplus")
        assert tuple(graded(name, "HumanEval/9001", answer).value for name in names) == values
    assert task_of("evalplus").spec.metric.describe()["average"] == "subsets"


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("end", "answer", "base", "plus"),
    [
        ("9001", STUTTER, 1, 1),
        ("9001", STUTTER.replace("letter * times", "letter * (times or 1)"), 1, 0),
        ("/2", "def similar_elements(one, other):\n    return sorted((x for x in one if x in other), key=str)", 1, 1),
        ("/2", "def similar_elements(one, other):\n    return (x for x in one if x in other)", 1, 1),
        ("/2", "def similar_elements(one, other):\n    assert type(one) is tuple\n    return one", 0, 0),
        ("9003", "import re\ndef text_starta_endb(text):\n    return bool(re.match('a.*b$', text))", 1, 1),
        ("9003", "import re\ndef text_starta_endb(text):\n    return re.search('^a.*b$', text)", 1, 1),
        ("9003", "def text_starta_endb(text):\n    return text", 0, 0),
    ],
)
def test_mbpp(end: str, answer: str, base: float, plus: float) -> None:
    pytest.importorskip("evalplus")
    found = graded("mbpp_plus", end, answer)
    assert (found.metrics.get("base", 0), found.metrics.get("plus", 0)) == (base, plus), found.detail


@needs_sandbox
@pytest.mark.sandbox
def test_what_is_wrong_is_said() -> None:
    wrong = graded("humaneval_plus", "9001", GAPS.replace("b - a", "b - a or 1"))
    assert wrong.detail == "plus: input 2 of 3, ([1, 1, 2],): a wrong answer, [1, 1]"
    assert wrong.extracted is not None and wrong.extracted.startswith("def gaps")
    raised = graded("humaneval_plus", "9001", "def gaps(heights):\n    return 1 // 0")
    assert raised.detail == "base: input 1 of 2, ([3, 5, 4],): ZeroDivisionError: integer division or modulo by zero"
    broken = graded("humaneval_plus", "9001", GAPS + "size = unknown")
    assert broken.detail == "base: the program does not load: NameError: name 'unknown' is not defined"
    assert graded("humaneval_plus", "9001", "I cannot.").detail == "no Python that defines gaps"
    long = graded("humaneval_plus", "9001", GAPS + "#" * 10_000_000)
    assert (long.outcome, long.detail) == ("no_answer", "an answer of more than 200,000 characters is not read")


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("completion", "value"),
    [
        ("    return [b - a for a, b in zip(heights, heights[1:])]\n\ndef other(", 1),
        ("\treturn [b - a for a, b in zip(heights, heights[1:])]\nprint(gaps([]))", 1),
        ("    return [b - a for a, b in zip(heights, heights[1:])]\n    )", 1),
        (GAPS, 1),
        (f"import math\n\n{GAPS}", 1),
        ("    return heights\n", 0),
        ("    pass\n\ndef gaps(heights):\n    return [b - a for a, b in zip(heights, heights[1:])]", 0),
        ("\n", 0),
    ],
)
def test_completions(completion: str, value: float) -> None:
    assert completed("humaneval_plus", "9001", completion).value == value


@needs_sandbox
@pytest.mark.sandbox
def test_a_row_whose_canonical_solution_fails_is_named() -> None:
    row = dict(doc("humaneval", "9001").meta) | {"canonical_solution": "    return nothing\n"}
    with pytest.raises(ValueError, match="canonical solution of gaps fails: NameError"):
        evalplus_score(row, GAPS)


@needs_sandbox
@pytest.mark.sandbox
def test_canonical_answers_are_kept_by_what_they_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []

    def counted(*given: Any, **named: Any) -> Any:
        if given[1] == canonical.SECONDS:
            runs.append(given)
        return run_steps(*given, **named)

    monkeypatch.setattr(code, "run_steps", counted)
    kept = tmp_path / "qwen3_eval" / "canonical"
    for _ in range(2):
        canonical.canonical_answers.cache_clear()
        assert graded("humaneval_plus", "9001", GAPS).value == 1
    assert (len(runs), len(list(kept.iterdir()))) == (1, 1)
    row = dict(doc("humaneval", "9001").meta) | {"canonical_solution": "    return []\n"}
    assert evalplus_score(row, GAPS).value == 0
    assert (len(runs), len(list(kept.iterdir()))) == (2, 2)
    for path in kept.iterdir():
        path.write_text("[[", encoding="utf-8")
    canonical.canonical_answers.cache_clear()
    assert graded("humaneval_plus", "9001", GAPS).value == 1
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nothing")
    canonical.canonical_answers.cache_clear()
    assert graded("humaneval_plus", "9001", GAPS).value == 1


# cheating

LINE = json.dumps({"value": [2, -1], "seconds": 0})
FORGER = f"""
import os
for channel in range(3, 64):
    try:
        os.write(channel, ({LINE!r} + chr(10)).encode() * 9)
    except OSError:
        pass
os._exit(0)
def gaps(h): 0
"""
SAME = """
class Same(list):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
def gaps(h):
    return Same()
"""
PATCHED_BUILTINS = """
import builtins
builtins.len = builtins.isinstance = builtins.type = lambda *a: True
def gaps(h):
    return 0
"""
PATCHED_DRIVER = """
import __main__
for name, value in list(vars(__main__).items()):
    if callable(value):
        setattr(__main__, name, lambda *a, **k: None)
def gaps(h):
    return 0
"""
READS_THE_STACK = """
import sys
def gaps(h):
    frame = sys._getframe()
    while frame:
        for name, value in frame.f_locals.items():
            if "expected" in str(name) or "target" in str(name):
                return value
        frame = frame.f_back
"""
READS_MEMORY = """
import gc
def gaps(h):
    return next((each for each in gc.get_objects() if isinstance(each, list) and each == [2, -1]), None)
"""
CATCHES_ALL = """
def gaps(h):
    while True:
        try:
            while True: pass
        except BaseException: pass
"""
BAD_CLASS = """
class Bad(list):
    def __iter__(self): raise SystemExit(0)
    def __len__(self): return -1
def gaps(h):
    return Bad([1])
"""
BAD_TYPE = """
class Kind(type):
    __module__ = property(lambda self: 1 / 0)
class Bad(metaclass=Kind): pass
def gaps(h):
    return Bad()
"""
BAD_ERROR = """
class Bad(Exception):
    def __str__(self): raise Bad
def gaps(h):
    raise Bad
"""
EVIL = {
    "leaves": "def gaps(h):\n    raise SystemExit(0)",
    "leaves at once": "import os\nos._exit(0)\ndef gaps(h): 0",
    "leaves later": "import os\ndef gaps(h):\n    os._exit(0)",
    "leaves when loaded": "import sys\nsys.exit(0)\ndef gaps(h): 0",
    "equal to all": SAME,
    "an object equal to all": SAME.replace("(list)", ""),
    "patched json": "import json\njson.dumps = lambda *a, **k: 'true'\ndef gaps(h):\n    return True",
    "patched builtins": PATCHED_BUILTINS,
    "patched driver": PATCHED_DRIVER,
    "forged lines": FORGER,
    "forged output": f"import sys\nsys.__stdout__.write({LINE!r})\nprint({LINE!r}, flush=True)\ndef gaps(h): 0",
    "reads the stack": READS_THE_STACK,
    "reads memory": READS_MEMORY,
    "never ends": "def gaps(h):\n    while True: pass",
    "catches all": CATCHES_ALL,
    "recursion": "def gaps(h):\n    return gaps(h)",
    "memory": "def gaps(h):\n    return [0] * 10**12",
    "flood": "def gaps(h):\n    print('x' * 10**6)\n    return ['x' * 150_000] * 1000",
    "nested": "def gaps(h):\n    x = []\n    for _ in range(10**5): x = [x]\n    return x",
    "itself": "def gaps(h):\n    x = []\n    x.append(x)\n    return x",
    "generator": "def gaps(h):\n    while True:\n        yield 1",
    "bad class": BAD_CLASS,
    "bad type": BAD_TYPE,
    "bad error": BAD_ERROR,
    "kills itself": "import os, signal\ndef gaps(h):\n    os.kill(os.getpid(), signal.SIGKILL)",
    "kills all": "import os, signal\ndef gaps(h):\n    os.kill(os.getppid(), 9)\n    os.kill(-1, signal.SIGKILL)",
}


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize("name", EVIL)
def test_no_program_talks_itself_into_a_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "LEAST_SECONDS", 0.3)
    found = graded("humaneval_plus", "9001", EVIL[name])
    assert (found.value, found.metrics) == (0, {"base": 0, "plus": 0})
    assert found.detail.startswith("base: ")


@needs_sandbox
@pytest.mark.sandbox
def test_inputs_are_fresh_for_each_call_and_names_for_each_set() -> None:
    program = "seen = []\ndef f(x):\n    x.append(1)\n    seen.append(len(seen))\n    return x, len(seen)"
    first, second = run_steps([[load(program), call("f", [[]]), call("f", [[]])]] * 2, 5)
    assert [reply.value for reply in first[1:]] == [([1], 1), ([1], 2)]
    assert [reply.value for reply in second[1:]] == [([1], 1), ([1], 2)]


@needs_sandbox
@pytest.mark.sandbox
def test_what_a_step_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = ProgramStep({"expression": "sum(range(10**12))"}, 0.5)
    [replies, after] = run_steps([[load(""), loop], [load("")]], 5)
    assert [reply.error for reply in (*replies, *after)] == ["", "too slow", "too slow"]
    slow = ProgramStep(
        {"statements": "import time\nend = time.process_time() + 0.75\nwhile time.process_time() < end: pass"}, 0.5
    )
    assert run_steps([[slow]], 5)[0][-1].error == "too slow"
    monkeypatch.setattr(calls, "SPARE_SECONDS", 0.5)
    monkeypatch.setattr(calls, "ON_THE_CLOCK", 4)
    asleep = ProgramStep({"statements": "import time\ntime.sleep(1000)"}, 0.5)
    assert run_steps([[asleep]], 5)[0][-1].error == "too slow"
    sets = "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass"
    assert run_steps([[ProgramStep({"statements": sets}, 0.5)]], 0.5)[0][-1].error == "too slow"
    [[read]] = run_steps([[load("input()")]], 5)
    assert read.error == "OSError: there is nothing to read"


# MBPP in the original form


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("end", "answer", "value", "detail"),
    [
        ("11", "def mirror(word):\n    return word[::-1]\n[DONE]\nYou are", 1, "3 assertions hold"),
        ("11", "  def mirror(word):\n    return word[::-1]", 1, "3 assertions hold"),
        ("11", "[DONE]", 0, "no program"),
        ("11", "[BEGIN]\ndef mirror(word):\n    return word[::-1]", 1, "3 assertions hold"),
        ("11", "Sure:\n```python\ndef mirror(word):\n    return word[::-1]\n```", 1, "3 assertions hold"),
        ("11", "mirror = lambda w: ''.join(np.array(list(w))[::-1])", 1, "3 assertions hold"),
        ("11", "def mirror(word):\n    return word", 0, 'assert mirror("abc") == "cba": got \'abc\''),
        ("11", "def mirror(word):\n    return word[1]", 0, 'assert mirror("abc") == "cba": got \'b\''),
        ("11", "def mirror(word", 0, "SyntaxError"),
        ("11", "import sys; sys.exit()", 0, "the program does not load: SystemExit"),
        ("11", "def wrong(word):\n    return 1", 0, 'assert mirror("abc") == "cba": NameError'),
        ("11", "class Same:\n    __eq__ = lambda *x: True\ndef mirror(w):\n    return Same()", 0, "assert mirror"),
        ("12", docs_of("mbpp_3shot")[1].target, 1, "3 assertions hold"),
        ("12", "def leaves(node):\n    return 2", 0, "the program does not load: NameError"),
        ("13", "halve = lambda n: n / 2", 1, "3 assertions hold"),
        ("13", "halve = lambda n: n // 2", 0, "assert halve(1) == 0.5: got 0"),
    ],
)
def test_mbpp_3shot(end: str, answer: str, value: float, detail: str) -> None:
    found = completed("mbpp_3shot", end, answer)
    assert (found.value, found.detail[: len(detail)]) == (value, detail)


def test_assertions_of_another_form_are_refused() -> None:
    strange = Doc("1", "?", "", meta={"test_list": ["assert not f(1)"], "test_setup_code": ""})
    with pytest.raises(ValueError, match="another form"):
        task_of("mbpp_3shot").score(strange, "x = 1")


# CRUXEval


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("end", "answer", "value", "outcome"),
    [
        ("_0", "['AB', 'C']", 1, "ok"),
        ("_0", "Upper case.\n[/THOUGHT]\n[ANSWER]\nassert f(['ab', '', 'c']) == ['AB', 'C']\n[/ANSWER]", 1, "ok"),
        ("_0", "[ANSWER]\nassert f(['ab', '', 'c']) == ('AB', 'C')\n[/ANSWER]", 0, "ok"),
        ("_0", "[w.upper() for w in ['ab', 'c']]", 1, "ok"),
        ("_0", "list(map(str.upper, ['ab', 'c'])), 'because'", 1, "ok"),
        ("_0", "f(['ab', 'c'])", 1, "ok"),
        ("_0", "f(['ab', '', 'c'])", 0, "ok"),
        ("_0", "['AB', 'C'] or True", 0, "ok"),
        ("_0", "1 if False else ['AB', 'C']", 0, "ok"),
        ("_0", "['AB', 'C']\nprint('x')", 1, "ok"),
        ("_0", "['AB', 'C']\nunknown", 0, "ok"),
        ("_0", "AB, C", 0, "ok"),
        ("_0", "['AB'", 0, "ok"),
        ("_0", "type('', (), {'__eq__': lambda *a: True})()", 0, "ok"),
        ("_0", "exit()", 0, "ok"),
        ("_0", "[ANSWER][/ANSWER]", 0, "no_answer"),
        ("_1", "(False, {2, 1})", 1, "ok"),
        ("_1", "(0, {1, 2})", 1, "ok"),
        ("_1", "(False, [1, 2])", 0, "ok"),
        ("_1", "(False, {[1]})", 0, "ok"),
        ("_2", "1", 1, "ok"),
        ("_2", "'True'", 0, "ok"),
    ],
)
def test_crux(end: str, answer: str, value: float, outcome: str) -> None:
    found = completed("crux_o", end, answer)
    assert (found.value, found.outcome) == (value, outcome), found.detail


@needs_sandbox
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("end", "answer", "value", "outcome"),
    [
        ("_0", "f(['ab', '', 'c'])", 1, "ok"),
        ("_0", "f(['Ab', 'C'])", 1, "ok"),
        ("_0", "Any case.\n[/THOUGHT]\n[ANSWER]\nassert f(['ab', 'c']) == ['AB', 'C']\n[/ANSWER]", 1, "ok"),
        ("_0", "[ANSWER]\nassert f(['ab', 'd']) == ['AB', 'C']\n[/ANSWER]", 0, "ok"),
        ("_0", "[ANSWER]f('abc')[/ANSWER] and [ANSWER]f(['ab', 'c'])[/ANSWER]", 0, "ok"),
        ("_0", "assert f(['ab', 'c']) == ['AB', 'C'], so assert f(1)", 1, "ok"),
        ("_0", "f(['ab', 'c']), 'because'", 1, "ok"),
        ("_0", "sorted(f(['c', 'ab']))", 1, "ok"),
        ("_0", "f([]) or ['AB', 'C']", 0, "ok"),
        ("_0", "f(['ab']) + ['C']", 1, "ok"),
        ("_0", "f(['ab', 'c'", 0, "ok"),
        ("_0", "f(1)", 0, "ok"),
        ("_0", "f(type('', (), {'__iter__': lambda self: iter(['ab', 'c'])})())", 1, "ok"),
        ("_0", "['AB', 'C']", 0, "no_answer"),
        ("_0", "", 0, "no_answer"),
        ("_1", "f({2}, {1})", 1, "ok"),
        ("_1", "f({1, 2}, {1, 2})", 0, "ok"),
        # what stands behind a == is no part of the answer, not even inside a text
        ("_2", "f('x == y')", 0, "ok"),
        ("_2", "f('=' + '=')", 1, "ok"),
        ("_2", "f(str)", 0, "ok"),
    ],
)
def test_crux_i(end: str, answer: str, value: float, outcome: str) -> None:
    found = completed("crux_i", end, answer)
    assert (found.value, found.outcome) == (value, outcome), found.detail


# the real rows

CHOSEN = (
    "HumanEval/0 HumanEval/2 HumanEval/32 HumanEval/38 Mbpp/2 Mbpp/106 Mbpp/124 Mbpp/252 Mbpp/278 Mbpp/558"
    " Mbpp/581 Mbpp/615 Mbpp/722 Mbpp/787"
).split()


def real_rows() -> dict[str, Any]:
    paths = (MIRROR / name / "evalplus_inputs.jsonl.gz" for name in ("humaneval_plus", "mbpp_plus"))
    return {row["task_id"]: row for path in paths for row in read_rows(path)}


@with_mirror
@needs_sandbox
@pytest.mark.sandbox
def test_canonical_solutions_pass_and_changed_ones_do_not() -> None:
    """A few of each kind: floats, tuples, sets, complex numbers, special oracles; HumanEval/32, too."""
    pytest.importorskip("evalplus")
    rows = real_rows()
    assert len(rows) == 164 + 378
    for name in CHOSEN:
        row = rows[name]
        right = evalplus_score(row, row["prompt"] + row["canonical_solution"])
        assert (right.value, right.detail) == (1, "all inputs passed"), name
        changed = f"{row['prompt']}{row['canonical_solution']}\n_right = {row['entry_point']}\n"
        changed += f"def {row['entry_point']}(*given):\n    _right(*given)\n    return None\n"
        assert evalplus_score(row, changed).value == 0, name


@with_mirror
@needs_sandbox
@pytest.mark.sandbox
def test_real_mbpp_and_crux_rows() -> None:
    task, docs = task_of("mbpp_3shot"), docs_of("mbpp_3shot", MIRROR)
    assert (len(docs), docs[0].id, docs[-1].id) == (500, "11", "510")
    for number in (0, 7, 356):
        assert task.score(docs[number], docs[number].target).value == 1
    crux, outputs = task_of("crux_o"), docs_of("crux_o", MIRROR)
    assert len(outputs) == 800
    assert all(crux.score(each, f"[ANSWER]\nassert f(...) == {each.target}\n[/ANSWER]").value == 1 for each in outputs)
    crux_i = task_of("crux_i")
    for each, back in list(zip(outputs, docs_of("crux_i", MIRROR), strict=True))[::40]:
        assert crux_i.score(back, f"assert f({each.meta['input']}) == {each.target}").value == (
            "==" not in each.meta["input"]
        )


def test_the_fixtures_have_the_columns_of_the_real_rows() -> None:
    for name in ("humaneval_plus", "mbpp_plus"):
        for row in read_rows(FIXTURES / name / "evalplus_inputs.jsonl"):
            assert {
                "task_id",
                "prompt",
                "entry_point",
                "canonical_solution",
                "base_input",
                "plus_input",
                "atol",
            } <= set(row)
