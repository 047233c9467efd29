"""MultiPL-E: from answers to programs in eight languages, verdicts, programs that cheat, fail or never end."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from places import MIRROR
from task_checks import docs_of, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.sandbox import available, toolchains
from qwen3_eval.types import Doc, Score

harness, program, verdict = (task_module("code/multipl_e", name) for name in ("harness", "program", "verdict"))
Mark, files = harness.Mark, harness.files
LANGUAGES = verdict.LANGUAGES
AnsweredProgram, answered, completed = program.AnsweredProgram, program.answered, program.completed

DOCS = {doc.id: doc for doc in docs_of("multipl_e")}
NAMES = {"py": "Python", "cpp": "C++", "java": "Java", "php": "PHP", "ts": "TypeScript", "cs": "C#", "sh": "Bash"}
NAMES["js"] = "JavaScript"
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
# Completions of the two problems of each language, as a base model writes them.
SUMS = {
    "py": "    return sum(number for number in numbers if number % 2)\n",
    "cpp": "    long sum = 0;\n    for (long number : numbers) if (number % 2) sum += number;\n    return sum;\n}\n",
    "java": "        long sum = 0;\n        for (long n : numbers) if (n % 2 != 0) sum += n;\n"
    "        return sum;\n    }\n",
    "php": "    return array_sum(array_filter($numbers, fn($number) => $number % 2));\n}\n",
    "ts": "  return numbers.filter((number) => number % 2).reduce((a, b) => a + b, 0);\n}\n",
    "cs": "        return numbers.Where(number => number % 2 != 0).Sum();\n    }\n",
    "sh": "    local sum=0 number\n    for number in $1; do (( number % 2 )) && (( sum += number )); done\n"
    '    echo "$sum"\n}\n',
    "js": "  return numbers.filter((number) => number % 2).reduce((a, b) => a + b, 0);\n}\n",
}
PAIRS = {
    "py": "    return 2 * number\n",
    "cpp": "    auto ends = std::minmax_element(numbers.begin(), numbers.end());\n"
    "    return std::make_tuple(*ends.first, *ends.second);\n}\n",
    "java": "        return Pair.with(Collections.min(numbers), Collections.max(numbers));\n    }\n",
    "php": "    return array(min($numbers), max($numbers));\n}\n",
    "ts": "  return [Math.min(...numbers), Math.max(...numbers)];\n}\n",
    "cs": "        return Tuple.Create(numbers.Min(), numbers.Max());\n    }\n",
    "sh": "    local sorted=($(printf '%s\\n' $1 | sort -n))\n    echo \"${sorted[0]} ${sorted[-1]}\"\n}\n",
    "js": "  return [Math.min(...numbers), Math.max(...numbers)];\n}\n",
}
# What makes a solution wrong.
SLIPS = {
    "py": ("% 2)", "% 3)"),
    "cpp": ("sum += number", "sum -= number"),
    "java": ("!= 0", "== 0"),
    "php": ("% 2", "% 3"),
    "ts": ("% 2", "% 3"),
    "cs": ("!= 0", "== 0"),
    "sh": ("sum += number", "sum++"),
    "js": ("% 2", "% 3"),
}


def language(code: str) -> Any:
    """A language as a parameter, skipped by name where its tools are missing."""
    lacking = toolchains.lacking_toolchain(NAMES[code])
    return pytest.param(code, marks=[pytest.mark.sandbox, pytest.mark.skipif(bool(lacking), reason=f"no {lacking}")])


each_language = pytest.mark.parametrize("code", [language(code) for code in LANGUAGES])


def doc_of(code: str, number: int) -> Doc:
    return next(doc for doc in DOCS.values() if doc.subset == code and str(number) in doc.id)


def completion(code: str, text: str, number: int = 900) -> Score:
    return task_of("multipl_e").base_score(doc_of(code, number), text)


def chat(code: str, text: str, number: int = 900) -> Score:
    return task_of("multipl_e").score(doc_of(code, number), text)


def whole(code: str) -> str:
    """The prompt with its solution, to the last brace."""
    return doc_of(code, 900).question + SUMS[code] + ("}\n" if code in ("java", "cs") else "")


def fenced(text: str) -> str:
    return f"Sure:\n\n```\n{text}\n```\n\nIt adds up; call `it` as you like {{or not}}.\n"


def row(code: str, number: int = 900) -> dict[str, Any]:
    doc = doc_of(code, number)
    return {"prompt": doc.question, "tests": doc.target, **doc.meta}


# without a sandbox


def test_docs() -> None:
    assert len(DOCS) == 16
    doc = DOCS["cpp/HumanEval_900_sum_of_odds"]
    assert (doc.subset, doc.group) == ("cpp", "HumanEval/900")
    assert {found.group for found in DOCS.values()} == {"HumanEval/900", "HumanEval/901"}
    assert DOCS["py/HumanEval/900"].question.startswith("from typing import List")
    assert list(NAMES) == list(dict.fromkeys(doc.subset for doc in DOCS.values()))


@with_mirror
def test_the_real_rows() -> None:
    task = task_of("multipl_e")
    found = list(data.docs(task, MIRROR))
    sizes = {code: sum(doc.subset == code for doc in found) for code in LANGUAGES}
    assert sizes == {"py": 164, "cpp": 161, "java": 158, "php": 161, "ts": 159, "cs": 158, "sh": 158, "js": 161}
    for doc in found:
        given = {"prompt": doc.question, "tests": doc.target, **doc.meta}
        made = files(doc.subset, given, completed(given, "    here\n"), Mark("the_harness", "mark"))
        texts = "".join(text for name, text in made.items() if not name.startswith("harness."))
        assert doc.subset in ("py", "php", "sh") or "the_harness" in texts
        assert not {"HARNESS", "MARK"} & set(re.findall(r"[A-Z]+", doc.target))
        # No test is left to what the answer may have redefined.
        for own in ("    assert(", "    Debug.Assert(", "require('node:assert')", '    {name} "$@"'):
            assert own.format(name=doc.id.split("_", 2)[-1]) not in texts.replace(doc.question, "")


def test_a_completion_ends_at_the_stop_strings_of_its_row() -> None:
    program = completed(row("cpp"), "    return 0;\n}\n\nint main() {\n}\n")
    assert program.opened
    assert program.head.endswith("numbers) {\n    return 0;")


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "py"])
def test_a_bare_completion_is_one_in_a_chat_too(code: str) -> None:
    for text in (SUMS[code], doc_of(code, 900).question + SUMS[code] + "\nfunction more() {\n}\n"):
        assert answered(code, row(code), text).head.strip() == completed(row(code), SUMS[code]).head.strip()
    # What a chat model puts into a block it has ended itself.
    program = answered(code, row(code), fenced(SUMS[code] + "\nafter();"))
    assert not program.opened
    assert program.head.count("after();") + program.tail.count("after();") == 1
    assert "sum_of_odds" in program.head or "umOfOdds" in program.head


ADD = "long sum_of_odds(std::vector<long> numbers) {\n    if (numbers.empty()) { return 0; }\n    return 1;\n}"


@pytest.mark.parametrize(
    ("text", "head", "opened"),
    [
        (f"```cpp\n{ADD}\n```", ADD, False),
        (f"```cpp\n{ADD.removesuffix('}')}```", ADD.removesuffix("\n}"), True),
        (f"```cpp\n{ADD}\n\nint main() {{\n    if (1) {{}}\n    return 0;\n}}\n```", ADD, False),
        (f"```cpp\n{ADD}\nint main() {{\n    cut off", ADD, False),
        (f"```\nint x;\n```\nthen\n```cpp\n{ADD}\n```", ADD, False),
        (f"So it is:\n\n{ADD}\n\nAs you see, it counts.", ADD, False),
        (f"```cpp\n// it's }}\n/* {{ */\nchar c = '{{'; auto s = \"}}}}\\\"}}\";\n{ADD}\n```", ADD, False),
        (f'```cpp\nauto s = R"x({{ )" {{ )x";\n{ADD}\n```', ADD, False),
    ],
)
def test_the_function_in_a_chat_answer(text: str, head: str, opened: bool) -> None:
    program = answered("cpp", row("cpp"), text)
    assert program.head.strip().endswith(head)
    assert (program.opened, program.tail) == (opened, "")


@pytest.mark.parametrize(
    ("text", "head", "tail"),
    [
        ("class Problem {\n  METHOD\n}", "class Problem {\n  METHOD\n", ""),
        ("METHOD", "class Problem {\nMETHOD\n", None),
        ("class Problem {\n  METHOD\n}\nclass More {\n}", "class Problem {\n  METHOD\n", "\nclass More {\n}"),
        (
            "class Problem {\n  METHOD\n  public static void main(String[] a) {\n  }\n}",
            "class Problem {\n  METHOD\n\n",
            "",
        ),
        ("import java.util.*;\nclass Problem {\n  METHOD", "class Problem {\n  METHOD", None),
    ],
)
def test_the_method_in_a_chat_answer(text: str, head: str, tail: str | None) -> None:
    method = 'public static long sumOfOdds(ArrayList<Long> n) { String s = "}"; return 0; }'
    program = answered("java", row("java"), f"```java\n{text.replace('METHOD', method)}\n```")
    assert program.head.strip().startswith("import java.util.*;")
    assert program.head.rstrip().endswith(head.replace("METHOD", method).rstrip())
    assert not program.opened
    assert program.tail == (tail or "")


def test_a_class_that_ends_within_the_function_is_closed_by_the_tests() -> None:
    assert answered("java", row("java"), f"```\n{doc_of('java', 900).question}        return 1;\n```").opened


def test_php_gets_its_opening_tag_and_loses_the_closing_one() -> None:
    function = "function sum_of_odds($numbers) {\n    return 0;\n}"
    assert answered("php", row("php"), f"```php\n{function}\n?>\n```").head.strip() == f"<?php\n{function}"


def test_nothing_of_the_mark_stands_in_the_files_as_it_is_printed() -> None:
    mark = Mark()
    for code in LANGUAGES:
        for text in files(code, row(code), AnsweredProgram("", opened=False), mark).values():
            assert mark.text not in text


def test_a_prompt_without_a_signature_is_a_malformed_row() -> None:
    with pytest.raises(ValueError, match="column 'prompt': its last line is no signature: 'nothing'"):
        answered("cpp", {**row("cpp"), "prompt": "nothing"}, "x")


def test_languages_without_their_tools_are_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "found", lambda folder, sandbox: {"php"})
    task = task_of("multipl_e")
    assert {doc.subset for doc in docs_of("multipl_e")} == {"py", "php"}
    assert task.lacks({"language": "ts"}) == "toolchain for TypeScript (no node, no tsc; run `make toolchains`)"


# in the sandbox


@each_language
def test_solutions_pass_and_slips_do_not(code: str) -> None:
    for number, text in ((900, SUMS[code]), (901, PAIRS[code])):
        score = completion(code, text, number)
        assert (score.value, score.detail) == (1.0, "OK")
    right, wrong = SLIPS[code]
    slipped = SUMS[code].replace(right, wrong)
    assert slipped != SUMS[code]
    assert completion(code, slipped).value == 0


@each_language
def test_whole_functions_pass(code: str) -> None:
    score = chat(code, fenced(whole(code)))
    assert (score.value, score.detail) == (1.0, "OK")


@pytest.mark.parametrize("code", [language("cpp")])
def test_a_completion_may_begin_with_its_prompt(code: str) -> None:
    assert completion(code, doc_of(code, 900).question + SUMS[code]).value == 1


EARLY = {
    "py": "    import os\n    os._exit(0)\n",
    "cpp": "    exit(0);\n}\n",
    "java": "        System.exit(0);\n        return 0;\n    }\n",
    "php": "    exit(0);\n}\n",
    "ts": "  return (globalThis as any).process.exit(0);\n}\n",
    "cs": "        Environment.Exit(0);\n        return 0;\n    }\n",
    "sh": "    echo 4\n}\nexit 0\n",
    "js": "  process.exit(0);\n}\n",
}
TRICKS = {
    "py": "    class Any:\n        def __eq__(self, other):\n            return True\n    return Any()\n",
    "cpp": "    return 1;\n#undef assert\n#define assert(x) ((void)0)\n#define check(x)\n",
    "java": "        ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false);\n        return 1;\n    }\n",
    "php": "    set_exception_handler(function () { exit(0); });\n    return 1;\n}\n",
    "ts": "  const assert: any = (globalThis as any).process.mainModule.require('assert');\n"
    "  assert.deepEqual = () => {};\n  return 1;\n}\n",
    "cs": "        Debug.Listeners.Clear();\n        Console.SetError(Console.Out);\n        return 1;\n    }\n",
    "sh": "    echo 1\n}\ntrap 'exit 0' EXIT\nset() { :; }\nrun_test() { :; }\nreadonly -f run_test\n",
    "js": "  require('assert').deepEqual = () => {};\n  process.on('uncaughtException', () => process.exit(0));\n"
    "  require = () => ({ deepEqual() {} });\n  return 1;\n}\n",
}

# Results that are equal to whatever they are compared with.
EQUALS = {
    "cpp": "struct Any { template <class T> bool operator==(const T&) const { return true; } };\n"
    "Any low_and_high(std::vector<long> numbers) { return {}; }\n",
    "java": "class Problem {\n    public static Object lowAndHigh(ArrayList<Long> numbers) {\n"
    "        return new Object() { public boolean equals(Object other) { return true; } };\n    }\n}\n",
    "cs": "class Any {\n    public override bool Equals(object other) { return true; }\n}\n"
    "class Problem {\n    public static Any LowAndHigh(List<long> numbers) {\n        return new Any();\n    }\n}\n",
}
REFUSED = {"cpp": "no matching function", "java": "class Problem$1 failed", "cs": "type Any failed"}
OPERATOR = """bool operator==(const std::tuple<long, long>&, const std::tuple<int, int>&) { return true; }
std::tuple<long, long> low_and_high(std::vector<long> numbers) { return {0, 0}; }
"""


@pytest.mark.parametrize("code", [language(code) for code in EQUALS])
def test_results_that_are_equal_to_anything(code: str) -> None:
    score = chat(code, fenced(EQUALS[code]), 901)
    assert score.value == 0
    assert REFUSED[code] in score.detail


@pytest.mark.parametrize("code", [language("cpp")])
def test_an_operator_of_the_answer_is_not_asked(code: str) -> None:
    assert chat(code, fenced(OPERATOR), 901).detail == "Exception: test 1 failed"


@each_language
@pytest.mark.parametrize("kind", ["early", "tricks"])
def test_programs_that_cheat(code: str, kind: str) -> None:
    """The reference passes most of these: they end with exit code 0."""
    text = {"early": EARLY, "tricks": TRICKS}[kind][code]
    score = chat(code, fenced(doc_of(code, 900).question + text + ("}" if code in ("java", "cs") else "")))
    assert score.value == 0
    assert score.detail.startswith(("Exception: ", "AssertionError: ", "SyntaxError: "))


BROKEN = {
    "py": "    return (\n",
    "cpp": "    return number;\n",
    "java": "        return numbers;\n    }\n",
    "php": "    return $numbers +;\n}\n",
    "ts": "  return numbers;\n}\n",
    "cs": "        return numbers;\n    }\n",
    "sh": '    echo "$((\n',
    "js": "  return numbers +;\n}\n",
}


@each_language
def test_programs_that_cannot_be_built_or_read(code: str) -> None:
    score = completion(code, BROKEN[code])
    assert score.value == 0
    assert score.detail.startswith("SyntaxError: ")


@pytest.mark.parametrize("code", [language(code) for code in ("py", "php", "sh", "js", "cs")])
@pytest.mark.parametrize("text", ["\0\0", "\ud800", "    \0return 4;\n}\n"], ids=["nothing", "surrogate", "inside"])
def test_characters_that_are_no_text(code: str, text: str) -> None:
    assert completion(code, text).value == 0


ENDLESS = {
    "py": "    while True: pass\n",
    "cpp": "    for (volatile long i = 0;; ++i);\n",
    "php": "    while (true);\n}\n",
    "sh": "    while :; do :; done\n",
    "js": "  while (true);\n}\n",
}


@pytest.mark.parametrize("code", [language(code) for code in ENDLESS])
def test_programs_that_do_not_end(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, code, dataclasses.replace(LANGUAGES[code], seconds=0.5))
    assert completion(code, ENDLESS[code]).detail.startswith("Timeout: more than 0.5 s")


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("  return require('fs').readFileSync(0).length + 4;\n}\n", "AssertionError: "),
        ("  throw new Error('no');\n}\n", "Exception: Error: no"),
        ("  return nothing;\n}\n", "ReferenceError: "),
        (" " * (verdict.LONGEST_ANSWER + 1), "SyntaxError: the answer has more than 1048576 characters"),
    ],
)
@pytest.mark.skipif(bool(toolchains.lacking_tools("JavaScript")), reason="no node")
def test_programs_that_fail_otherwise(text: str, detail: str) -> None:
    assert completion("js", text).detail.startswith(detail)


@pytest.mark.parametrize("code", [language("php")])
def test_a_flood_of_output(code: str) -> None:
    text = "    while (true) { echo str_repeat('x', 10000); }\n}\n"
    assert completion(code, text).detail == "Exception: stopped by the output limit"


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.skipif(bool(toolchains.lacking_tools("C++")), reason="no g++")
@pytest.mark.parametrize(
    "text",
    [
        '#include "/dev/zero"\n',
        "    return N<100000>::value;\n}\ntemplate <long n> struct N { static const long value = N<n - 1>::value; };\n",
    ],
    ids=["endless header", "templates"],
)
def test_programs_that_keep_a_compiler_busy(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "BUILD_SECONDS", 2.0)
    score = completion("cpp", text)
    assert score.value == 0
    assert score.detail.startswith("SyntaxError: ")


@pytest.mark.sandbox
@needs_sandbox
def test_a_script_that_cannot_be_read_to_its_end_fails_whatever_it_has_defined() -> None:
    text = fenced(whole("sh") + "if true; then\n")
    assert chat("sh", text).detail.startswith("SyntaxError: ")
    assert chat("sh", fenced(whole("sh") + "set -e\nfalse\n")).value == 0
    assert chat("sh", fenced(whole("sh") + 'sum_of_odds "1 2"\necho done\n')).detail == "OK"
