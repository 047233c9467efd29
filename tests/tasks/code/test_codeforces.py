"""codeforces: what is asked, verdicts of programs in every form, checkers, and what a rating is made of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES
from preparing import departures, selected
from task_checks import docs_of, task_of
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.data.mirror import file_sha256
from qwen3_eval.grading.code import Case
from qwen3_eval.metrics.ladder import contest_ratings
from qwen3_eval.prepare.manifest import ladders
from qwen3_eval.prepare.selection import able
from qwen3_eval.sandbox import SandboxUnavailable, available, toolchains
from qwen3_eval.sandbox.toolchains import lacking_toolchain
from qwen3_eval.types import Doc, Score, UsageError

codeelo, contests, stdio = (task_module("code/codeforces", name) for name in ("codeelo", "rating", "stdio"))
accepts, same_tokens, first_block = codeelo.accepts, codeelo.same_tokens, codeelo.first_block
codeelo_score, contest_of = codeelo.codeelo_score, contests.contest_of

NAME = "codeforces"
WHY_NOT = available() or lacking_toolchain("C++")
needs_compiler = pytest.mark.skipif(bool(WHY_NOT), reason=f"no sandbox with a compiler: {WHY_NOT}")
SUM = "#include <iostream>\nint main(){long long t,a,b;std::cin>>t;while(t--){std::cin>>a>>b;std::cout<<a+b<<'\\n';}}"


def doc_of(name: str) -> Doc:
    return next(doc for doc in docs_of(NAME) if doc.id == name)


def fenced(code: str, language: str = "cpp") -> str:
    return f"Let me think.\n\n```{language}\n{code}\n```\nDone."


def score(name: str, answer: str) -> Score:
    return task_of(NAME).score(doc_of(name), answer)


def facts(**more: Any) -> dict[str, Any]:
    return {"examples": [["1\n", "1\n"]], "time_limit_ms": 1000, "memory_limit_mb": 256, **more}


# rows


def test_interactive_problems_are_left_out_by_name() -> None:
    assert [doc.id for doc in docs_of(NAME)] == ["1900A", "1900B", "1901A"]
    assert data.read(task_of(NAME), FIXTURES).ungraded == {"interactor": ["1900C"]}
    notes = departures(RunConfig("demo", (NAME,), data_dir=FIXTURES), task_of(NAME))
    assert any("not Codeforces' judge" in note for note in notes)
    assert not any("8 samples" in note for note in notes)


def test_the_statement_has_all_parts() -> None:
    text = task_of(NAME).prompt(doc_of("1900A")).messages[0].content
    headings = "<h2>Input</h2> <h2>Output</h2> <h2>Examples</h2>".split()
    parts = ("C++ program", "<h1>Two Baskets</h1>", "Ann has", *headings, "<pre>1\n0 0\n</pre>", "three apples")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "<h2>Note</h2>" not in task_of(NAME).prompt(doc_of("1901A")).messages[0].content


@pytest.mark.skipif(available() is not None, reason="no sandbox")
@pytest.mark.sandbox
def test_without_a_compiler_the_task_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "lacking_tools", lambda language: ["g++"])
    with pytest.raises(UsageError, match=r"codeforces cannot be judged: there is no toolchain for C\+\+"):
        able(selected(RunConfig("demo", (NAME,)), task_of(NAME)))


# answers


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("```cpp\nint x;\n```", ("cpp", "int x;")),
        ("text\n```\nint x;\n```\n```python\ny\n```", ("", "int x;")),
        ("```python\nx = 1\n\n```", ("python", "x = 1\n")),
        ("``` cpp\nint x;\n```\nand\n```cpp\ny\n```", ("", "and")),  # as the pattern of the reference has it
        ("```c++\nint x;\n```", ("", "")),
        ("```cpp\nint x;", ("", "")),
        ("int main(){}", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_first_block(answer: str, found: tuple[str, str]) -> None:
    assert first_block(answer) == found


def test_the_first_block_of_a_long_answer_is_found_at_once() -> None:
    assert first_block("a```\n" * 200_000) == ("", "")
    assert first_block("```" * 200_000) == ("", "")


def test_answers_that_are_not_run() -> None:
    for answer in ("", "No idea.", "```cpp\n```", "```cpp\nint main(){}", "```c++\nint main(){}\n```"):
        assert score("1900A", answer).outcome == "no_answer"
    other = score("1900A", fenced("fun main() {}", "kotlin"))
    assert (other.value, other.outcome, other.detail) == (0, "ok", "programs in kotlin are not judged here")


@pytest.mark.parametrize(
    ("said", "expected", "same"),
    [
        ("1 2\n3", "1  2 3\n", True),
        ("1 2", "1 2 3", False),
        ("YES", "yes", True),
        ("Yes\nnO", "YES\nNO\n", True),
        ("Alice", "alice", False),
        ("1.5000004", "1.5", True),
        ("1.50001", "1.5", False),
        ("15e-1", "1.5", True),
        ("2", "2.0", True),
        ("2.0", "2", False),  # a whole number is written as one
        ("1000000001.0", "1000000000.0", True),  # relative
        ("nan", "0.5", False),
        ("x", "0.5", False),
        ("", "", True),
        ("0", "", False),
    ],
)
def test_tokens(said: str, expected: str, same: bool) -> None:
    assert same_tokens(said, expected) is same


def test_a_row_without_tests_is_said() -> None:
    with pytest.raises(ValueError, match="at least one test"):
        codeelo_score(facts(examples=[]), fenced("int main(){}"))


@pytest.mark.skipif(available() is not None, reason="no sandbox")
@pytest.mark.sandbox
def test_a_compiler_that_is_not_here_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stdio.LANGUAGES, "cpp", stdio.Compiler("program.cpp", "no-such-compiler program.cpp"))
    with pytest.raises(SandboxUnavailable, match="there is no no-such-compiler here"):
        codeelo_score(facts(), fenced("int main(){}"))


@pytest.mark.sandbox
@needs_compiler
def test_programs_in_cpp() -> None:
    right = score("1900A", fenced(SUM))
    assert (right.value, right.extracted, right.detail) == (1, SUM, "2 examples passed")
    assert score("1900A", fenced(SUM, "")).value == 1
    wrong = {
        "int main(){ return 0; }": "test 1 of 2: wrong answer",
        "int main(){ return 3; }": "test 1 of 2: runtime error (exit code 3)",
        "int main(){ return x; }": "compilation error: program.cpp:1:20: error: ‘x’ was not declared in this scope",
        SUM.replace("a+b", "(int)(a+b)").replace("long long", "short"): "test 1 of 2: wrong answer",
    }
    for code, detail in wrong.items():
        found = score("1900A", fenced(code))
        assert (found.value, found.detail.replace("'x'", "‘x’")) == (0, detail)


@pytest.mark.sandbox
@needs_compiler
def test_programs_in_c_and_python() -> None:
    given = facts(examples=[["3 4\n", "7\n"]])
    c = '#include <stdio.h>\nint main(){int a,b;scanf("%d %d",&a,&b);printf("%d\\n",a+b);return 0;}'
    assert codeelo_score(given, fenced(c, "c")).value == 1
    assert codeelo_score(given, fenced("print(sum(map(int, input().split())))", "python")).value == 1
    assert codeelo_score(given, fenced("print(0)", "python")).detail == "test 1 of 1: wrong answer"
    assert codeelo_score(given, fenced("print(", "python")).detail == "test 1 of 1: runtime error (exit code 1)"


@pytest.mark.sandbox
@needs_compiler
def test_deep_recursion_has_the_stack_of_the_judge() -> None:
    deep = "int f(int n){volatile char a[100];a[0]=n;return n?f(n-1)+a[0]*0+1:0;}"
    code = f'#include <cstdio>\n{deep}\nint main(){{printf("%d\\n",f(1000000));}}'
    assert codeelo_score(facts(examples=[["", "1000000\n"]]), fenced(code)).value == 1


@pytest.mark.sandbox
@needs_compiler
def test_slow_and_large_programs() -> None:
    given = facts(time_limit_ms=200)
    assert codeelo_score(given, fenced("int main(){for(;;);}")).detail == "test 1 of 1: time limit exceeded"
    flood = '#include <cstdio>\nint main(){for(;;)puts("x");}'
    assert "stopped by the output limit" in codeelo_score(facts(), fenced(flood)).detail
    hungry = "#include <vector>\nint main(){std::vector<char> v(2000000000,1);return v[5]-1;}"
    assert "runtime error" in codeelo_score(facts(), fenced(hungry)).detail


@pytest.mark.sandbox
@needs_compiler
def test_several_answers_where_the_problem_has_a_checker() -> None:
    for code, value in (("print(1, n - 1)", 1), ("print(n - 1, 1)", 1), ("print(0, n)", 0), ("print(n)", 0)):
        found = score("1900B", fenced(f"n = int(input())\n{code}", "python"))
        assert found.value == value, code
    assert score("1900B", fenced("n = int(input())\nprint(1, n - 1)", "python")).detail == "3 tests passed"


@pytest.mark.sandbox
@needs_compiler
def test_what_a_checker_must_say() -> None:
    case = Case("1", "2")
    assert accepts("print('well', 1)", case, "3")
    assert accepts("print(1.0)", case, "3")
    for checker in ("print(0)", "print(0.5)", "", "print(1)\nraise SystemExit(1)", "1 +", "print(1, 'point')"):
        assert not accepts(checker, case, "3")
    reads = "import sys\nprint(int([open(name).read() for name in sys.argv[1:]] == ['1', '2', '3']))"
    assert accepts(reads, case, "3")


@pytest.mark.sandbox
@needs_compiler
def test_reals_and_words_in_any_case() -> None:
    code = "n = int(input())\nprint(f'{n / 2:.9f}', 'no' if n % 2 else 'Yes')"
    assert score("1901A", fenced(code, "python")).value == 1


@pytest.mark.sandbox
@needs_compiler
@pytest.mark.parametrize("junk", ["\x00", "\ud800", "int x = " + "(" * 1_000, "#include </etc/shadow>", "x" * 2**20])
def test_hostile_programs_get_a_verdict(junk: str) -> None:
    for language in ("cpp", "python"):
        found = codeelo_score(facts(), fenced(junk, language))
        assert (found.value, found.outcome) == (0, "ok")
        assert found.detail


# ratings


def test_problems_belong_to_contests() -> None:
    assert [contest_of(name) for name in ("1971A", "1972D1", "x")] == ["1971", "1972", ""]


def test_a_ladder_out_of_rows_and_standings() -> None:
    found = ladders(selected(RunConfig("demo", (NAME,), data_dir=FIXTURES), task_of(NAME)).asked)[NAME]
    assert found["problems"]["1900B"] == {"contest": "1900", "points": 1000.0, "rating": 1100}
    assert found["problems"]["1901A"] == {"contest": "1901", "points": None, "rating": 900}
    assert set(found["contests"]) == {"1900"}
    verdicts = {"1900A": [True], "1900B": [False, True], "1901A": [False]}
    [rating] = contest_ratings(found, verdicts).values()
    [row] = data.mirrored(task_of(NAME).standings, FIXTURES)  # type: ignore[arg-type]
    better = sum(points >= 1450 for handle, points, _ in row["standings"] if handle in row["ratings"])
    assert rating == contests.rating_of_place(row["ratings"].values())(better)
    assert 1100 < rating < 1900


def test_malformed_standings_are_said_in_one_line(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "codeelo", tmp_path / "codeelo")
    (tmp_path / "codeelo" / "contests.jsonl").write_text('{"id": 1900, "problems": []}\n{"id": 1901}\n')
    files = [
        {"file": f"codeelo/{path.name}", "sha256": file_sha256(path)} for path in (tmp_path / "codeelo").glob("*.jsonl")
    ]
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"benchmarks": {"codeelo": {"files": files}}}))
    with pytest.raises(UsageError, match=r"a row of codeelo/contests.jsonl is malformed \(KeyError\('problems'\)\)"):
        ladders(selected(RunConfig("demo", (NAME,), data_dir=tmp_path), task_of(NAME)).asked)


def test_a_contest_whose_problems_are_others_does_not_count() -> None:
    docs = docs_of(NAME)
    contest = {"id": 1900, "problems": [{"index": "A"}], "standings": [], "ratings": {}}
    metric = task_of(NAME).spec.metric
    found = metric.ladder(docs, [contest])
    assert found is not None
    assert found["contests"] == {}
    without = metric.ladder(docs, [])
    assert without is not None
    assert without["problems"].keys() == {doc.id for doc in docs}
