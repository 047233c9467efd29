"""The tests of a row as a part of the program, made so that the program cannot end well without them.

A pass is a mark on standard output, drawn anew for every run and written after the last test; an exit code of 0 alone,
as in the reference, could come from ``exit(0)``. The mark stands nowhere in plain, so that printing sources or the
program's own file does not print it. What checks a test is bound before the answer runs, or has a name that the answer
cannot know, so that an ``assert`` of its own is not asked; nor is a result of a class of its own that calls itself
equal to everything. Tests in Bash and Python run in a process of their own and call the function in another one.

What remains: in the other languages an answer shares a process with its tests. One that was written against this very
file could find the mark in memory or among the files of its run.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from qwen3_eval.api import code as python

from .program import AnsweredProgram, function_name

NAME_BYTES = 12
# What every C++ prompt includes; `make toolchains` compiles them.
HEADERS = "all.h"
NODE_END = "globalThis['HARNESS'].end();\n"
# Parentheses, and strings with what looks like them.
PARENTHESES = re.compile(r'"(?:\\.|[^"\\])*"|[()]')


@dataclass(frozen=True, slots=True)
class Mark:
    """name: an identifier that nobody can guess. text: what a pass prints, on a line of its own."""

    name: str = field(default_factory=lambda: f"harness_{secrets.token_hex(NAME_BYTES)}")
    text: str = field(default_factory=lambda: secrets.token_hex(NAME_BYTES))

    def fill(self, template: str) -> str:
        """A template with the name for HARNESS, and the mark between line ends for MARK: as numbers, each one more."""
        numbers = ", ".join(str(byte + 1) for byte in f"\n{self.text}\n".encode())
        return template.replace("HARNESS", self.name).replace("MARK", numbers)


Files = dict[str, str]


def files(code: str, row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    """All files of a run, by name."""
    return MAKERS[code](row, program, mark)


@cache
def _source(name: str) -> str:
    return Path(__file__).with_name("sources").joinpath(name).read_text("utf-8")


def _before_end(tests: str, line: str) -> str:
    """The tests with a further line at the end of their function, which is the last of its class."""
    end = tests.rindex("}", 0, tests.rindex("}"))
    return f"{tests[:end]}{line}\n{tests[end:]}"


def _through(function: str, tests: str, check: str, called: str) -> str:
    """The tests with what ``called`` gives passed through a function, where a check begins with it."""
    first, *checks = tests.split(f"{check}{called}(")
    ends = [_end_of_call(text) for text in checks]
    passed = (f"{called}({text[:end]}){text[end:]}" for text, end in zip(checks, ends, strict=True))
    return first + "".join(f"{check}{function}({text}" for text in passed)


def _end_of_call(text: str) -> int:
    """The place after the parenthesis that closes one that was opened before the text."""
    depth = 1
    for found in PARENTHESES.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise ValueError(f"column 'tests': a call that does not end: {text[:80]!r}")


def _body(program: AnsweredProgram, tests: str) -> str:
    """The tests without the brace that closes the function, where it is closed."""
    return tests if program.opened else tests.lstrip().removeprefix("}")


def _cpp(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    name = function_name("cpp", row)
    asked = row["prompt"].rstrip().rpartition("\n")[2].partition(f"{name}(")[0].strip()
    tests = _body(program, row["tests"]).replace("    assert(", "    HARNESS_check(")
    tests = _through(f"HARNESS::plain<{asked}>", tests, "HARNESS_check(", "candidate")
    tests = tests.replace("int main() {", f"{_source('tests.cpp')}void HARNESS::tests() {{", 1)
    return {
        "answer.cpp": f"{program.head}\n",
        "tests.cpp": mark.fill(tests) + program.tail,
        "harness.cpp": mark.fill(_source("harness.cpp")),
        HEADERS: "#include <assert.h>\n#include <bits/stdc++.h>\n",
    }


def _java(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    tests = _body(program, row["tests"]).replace("    assert(", "    HARNESS.check(")
    tests = _through("HARNESS.plain", tests, "HARNESS.check(", function_name("java", row))
    tests = tests.replace("main(String[] args) {", "main(String[] args) throws Exception {", 1)
    return {
        "Problem.java": f"{program.head}\n{mark.fill(_before_end(tests, '    HARNESS.end();'))}{program.tail}",
        "harness.java": mark.fill(_source("harness.java")),
    }


def _cs(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    tests = _body(program, row["tests"]).replace("    Debug.Assert(", "    HARNESS.Check(")
    tests = _through("HARNESS.Plain", tests, "HARNESS.Check(", function_name("cs", row))
    return {
        "program.cs": f"{program.head}\n{mark.fill(_before_end(tests, '    HARNESS.End();'))}{program.tail}",
        "harness.cs": mark.fill(_source("harness.cs")),
    }


def _js(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    tests = row["tests"].replace("require('node:assert')", "globalThis['HARNESS']", 1)
    return {
        "program.js": f"{program.head}\n{mark.fill(tests)}\n{mark.fill(NODE_END)}",
        "harness.js": mark.fill(_source("harness.js")),
    }


def _ts(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    tests = row["tests"].replace("require('node:assert')", "(globalThis as any)['HARNESS']", 1)
    end = NODE_END.replace("globalThis", "(globalThis as any)")
    return {
        "program.ts": f"{program.head}\n{mark.fill(tests)}\n{mark.fill(end)}",
        "harness.js": mark.fill(_source("harness.js")),
    }


def _php(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    end = "foreach (array(MARK) as $byte) { fwrite(STDOUT, chr($byte - 1)); }"
    return {"program.php": f"{program.head}\n{row['tests']}\n{mark.fill(end)}\n"}


# What the reference's verdicts were made with has no bc (its Dockerfile names none), whatever this machine has.
SH_BEGIN = """
bc() { echo 'bc: command not found' >&2; return 127; }
harness_arguments=("$@")
set --
. ./answer.sh > /dev/null
"""
# A call as in a command substitution of the reference's script, of which errexit is no part.
SH_CALL = """
set +e
FUNCTION "${harness_arguments[@]}"
"""
# Bash goes on after a syntax error in a file that is read with a dot.
SH_CHECK = """
[ "$harness_whole" = yes ] && echo whole
"""


def _sh(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    function = function_name("sh", row)
    end = "}" if program.opened else ""
    tests = row["tests"].lstrip().removeprefix("}").replace(f'    {function} "$@"', '    bash call.sh "$@"', 1)
    numbers = mark.fill("MARK").split(", ")
    octal = "".join(f"\\{int(number) - 1:03o}" for number in numbers)
    return {
        "answer.sh": f"{program.head}\n{end}\nharness_whole=yes\n",
        "call.sh": SH_BEGIN + SH_CALL.replace("FUNCTION", function),
        "check.sh": SH_BEGIN + SH_CHECK,
        "tests.sh": f"[ \"$(bash check.sh)\" = whole ] || exit 2\n{tests}\nprintf '{octal}'\n",
    }


def _py(row: Mapping[str, Any], program: AnsweredProgram, mark: Mark) -> Files:
    texts = {"prompt": row["prompt"], "test": row["tests"], "function": row["entry_point"], "program": program.head}
    return {
        "texts.json": json.dumps(texts),
        "python_program.py": Path(__file__).with_name("python_program.py").read_text("utf-8"),
        "calls_program.py": python.program_source(),
    }


MAKERS: dict[str, Callable[[Mapping[str, Any], AnsweredProgram, Mark], Files]] = {
    "py": _py,
    "cpp": _cpp,
    "java": _java,
    "cs": _cs,
    "js": _js,
    "ts": _ts,
    "php": _php,
    "sh": _sh,
}
