"""The tests of a row as a part of the program, made so that the program cannot end well without them.

A pass is a mark on standard output, drawn anew for every run and written after the last test; an exit code of 0 alone,
as in the reference, could come from ``exit(0)``. The mark stands nowhere in plain, so that printing sources or the
program's own file does not print it. What checks a test is bound before the answer runs, or has a name that the answer
cannot know, so that an ``assert`` of its own is not asked. Bash and Python tests run in a process of their own that
calls the function in another one.

What remains: an answer in the other languages shares a process with its tests. One that was written against this very
file could look up the mark there, and an object may call itself equal to whatever it is compared with.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen3_eval.grading.code import calls_program
from qwen3_eval.grading.code.multipl_e.program import Program, function_name

NAME_BYTES = 12
# What every C++ prompt includes; `make toolchains` compiles them.
HEADERS = "all.h"


@dataclass(frozen=True, slots=True)
class Mark:
    """name: an identifier that nobody can guess. text: what a pass prints, on a line of its own."""

    name: str = field(default_factory=lambda: f"judge_{secrets.token_hex(NAME_BYTES)}")
    text: str = field(default_factory=lambda: secrets.token_hex(NAME_BYTES))

    def fill(self, template: str) -> str:
        """A template with the name for JUDGE, and the mark between line ends for MARK: as numbers, each one more."""
        numbers = ", ".join(str(byte + 1) for byte in f"\n{self.text}\n".encode())
        return template.replace("JUDGE", self.name).replace("MARK", numbers)


Files = dict[str, str]


def files(code: str, row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    """All files of a run, by name."""
    return MAKERS[code](row, program, mark)


def _before_end(tests: str, line: str, braces: int) -> str:
    """The tests with a further line before the last closing braces."""
    place = len(tests)
    for _ in range(braces):
        place = tests.rindex("}", 0, place)
    return f"{tests[:place]}{line}\n{tests[place:]}"


def _body(program: Program, tests: str) -> str:
    """The tests without the brace that closes the function, where it is closed."""
    return tests if program.opened else tests.lstrip().removeprefix("}")


CPP_TESTS = """
extern "C" void JUDGE_check(bool);
extern "C" void JUDGE_end();
"""
# Without headers, which take longer to read than the rest; a trap cannot be replaced, as abort() can.
CPP_JUDGE = """
extern "C" int dprintf(int, const char*, ...);
extern "C" long write(int, const void*, unsigned long);
extern "C" void JUDGE_check(bool held) {
    static int number = 0;
    ++number;
    if (held) return;
    dprintf(2, "test %d failed\\n", number);
    __builtin_trap();
}
extern "C" void JUDGE_end() {
    unsigned char mark[] = {MARK};
    for (unsigned char& each : mark) --each;
    if (write(1, mark, sizeof mark) < 0) __builtin_trap();
}
"""


def _cpp(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    tests = _body(program, row["tests"]).replace("    assert(", "    JUDGE_check(")
    tests = tests.replace("int main() {", f"{CPP_TESTS}int main() {{", 1)
    tests = _before_end(tests, "    JUDGE_end();", braces=1)
    return {
        "answer.cpp": f"{program.head}\n",
        "tests.cpp": mark.fill(tests) + program.tail,
        "judge.cpp": mark.fill(CPP_JUDGE),
        HEADERS: "#include <assert.h>\n#include <bits/stdc++.h>\n",
    }


JAVA_JUDGE = """
class JUDGE {
    private static int number = 0;
    static void check(boolean held) {
        ++number;
        if (!held) throw new AssertionError("test " + number + " failed");
    }
    static void end() throws java.io.IOException {
        byte[] mark = {MARK};
        for (int i = 0; i < mark.length; ++i) --mark[i];
        System.out.flush();
        try (java.io.FileOutputStream out = new java.io.FileOutputStream(java.io.FileDescriptor.out)) {
            out.write(mark);
        }
    }
}
"""


def _java(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    tests = _body(program, row["tests"]).replace("    assert(", "    JUDGE.check(")
    tests = tests.replace("main(String[] args) {", "main(String[] args) throws Exception {", 1)
    tests = _before_end(tests, "    JUDGE.end();", braces=2)
    return {
        "Problem.java": f"{program.head}\n{mark.fill(tests)}{program.tail}",
        "judge.java": mark.fill(JAVA_JUDGE),
    }


CS_JUDGE = """
static class JUDGE {
    static int number = 0;
    public static void Check(bool held) {
        ++number;
        if (!held) throw new System.Exception("test " + number + " failed");
    }
    public static void End() {
        byte[] mark = {MARK};
        for (int i = 0; i < mark.Length; ++i) --mark[i];
        System.Console.Out.Flush();
        System.Console.OpenStandardOutput().Write(mark, 0, mark.Length);
    }
}
"""


def _cs(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    tests = _body(program, row["tests"]).replace("    Debug.Assert(", "    JUDGE.Check(")
    tests = _before_end(tests, "    JUDGE.End();", braces=2)
    return {
        "program.cs": f"{program.head}\n{mark.fill(tests)}{program.tail}",
        "judge.cs": mark.fill(CS_JUDGE),
    }


NODE_JUDGE = """
const assert = require('node:assert');
const { writeSync } = require('node:fs');
const judge = Object.assign(Object.create(null), assert);
judge.end = () => {
  const mark = Uint8Array.from([MARK], (number) => number - 1);
  for (let sent = 0; sent < mark.length;) {
    try {
      sent += writeSync(1, mark, sent);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
Object.defineProperty(globalThis, 'JUDGE', { value: Object.freeze(judge) });
"""


def _js(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    tests = row["tests"].replace("require('node:assert')", "globalThis['JUDGE']", 1)
    return {
        "program.js": mark.fill(f"{program.head}\n{tests}\nglobalThis['JUDGE'].end();\n"),
        "judge.js": mark.fill(NODE_JUDGE),
    }


def _ts(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    tests = row["tests"].replace("require('node:assert')", "(globalThis as any)['JUDGE']", 1)
    return {
        "program.ts": mark.fill(f"{program.head}\n{tests}\n(globalThis as any)['JUDGE'].end();\n"),
        "judge.js": mark.fill(NODE_JUDGE),
    }


def _php(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    end = "foreach (array(MARK) as $byte) { fwrite(STDOUT, chr($byte - 1)); }"
    return {"program.php": f"{program.head}\n{row['tests']}\n{mark.fill(end)}\n"}


# A call as in a command substitution of the reference's script, of which errexit is no part; and whether all of the
# answer could be read, since Bash goes on after a syntax error in a file that is read with a dot.
SH_CALL = """
judge_arguments=("$@")
set --
. ./answer.sh > /dev/null
set +e
FUNCTION "${judge_arguments[@]}"
"""
SH_CHECK = """
. ./answer.sh > /dev/null
[ "$judge_whole" = yes ] && echo whole
"""


def _sh(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    function = function_name("sh", row)
    end = "}" if program.opened else ""
    tests = row["tests"].lstrip().removeprefix("}").replace(f'    {function} "$@"', '    bash call.sh "$@"', 1)
    numbers = mark.fill("MARK").split(", ")
    octal = "".join(f"\\{int(number) - 1:03o}" for number in numbers)
    return {
        "answer.sh": f"{program.head}\n{end}\njudge_whole=yes\n",
        "call.sh": SH_CALL.replace("FUNCTION", function),
        "check.sh": SH_CHECK,
        "tests.sh": f"[ \"$(bash check.sh)\" = whole ] || exit 2\n{tests}\nprintf '{octal}'\n",
    }


def _py(row: Mapping[str, Any], program: Program, mark: Mark) -> Files:
    texts = {"prompt": row["prompt"], "test": row["tests"], "function": row["entry_point"], "program": program.head}
    return {
        "texts.json": json.dumps(texts),
        "python_program.py": Path(__file__).with_name("python_program.py").read_text("utf-8"),
        "calls_program.py": Path(calls_program.__file__).read_text("utf-8"),
    }


MAKERS: dict[str, Callable[[Mapping[str, Any], Program, Mark], Files]] = {
    "py": _py,
    "cpp": _cpp,
    "java": _java,
    "cs": _cs,
    "js": _js,
    "ts": _ts,
    "php": _php,
    "sh": _sh,
}
