"""CodeElo: problems of Codeforces, up to eight attempts each, and the contests that they come from.

Source: QwenLM/CodeElo@0bffc84f0477abe5fd641d4cb4c859318a572c70 ``main.py``. There Codeforces itself
judges. Here a program is right when it passes the tests of the row: the examples of the statement, and
``official_tests`` where a row has them (the columns of ``open-r1/codeforces``), compared by ``generated_checker`` where
it has one of those, else token by token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Score, code, sandbox

from . import stdio

OPENING = re.compile(r"```(\w*)\n")
CLOSING = "\n```"
CHECKER_SECONDS = 20.0
CHECKER_MB = 1024
TOLERANCE = 1e-6
ANSWERS = ("yes", "no")
# What is no integer: rounding is allowed for such alone.
FRACTION = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?")


def codeelo_score(facts: Mapping[str, Any], answer: str) -> Score:
    """1 when the program in an answer passes all tests. Raises SandboxUnavailable, and ValueError without tests.

    facts: the columns ``examples``, ``time_limit_ms`` and ``memory_limit_mb`` of a row, and ``official_tests`` and
    ``generated_checker`` where it has them.
    """
    name, program = first_block(answer)
    if not program.strip():
        return Score.no_answer("no code block")
    language = stdio.LANGUAGES.get(name or "cpp")
    if language is None:
        return Score(0.0, extracted=program, detail=f"programs in {name} are not judged here")
    cases, kind = cases_of(facts)
    if not cases:
        raise ValueError("columns 'examples' and 'official_tests': expected at least one test")
    complaint = _complaint(language, program, cases, facts)
    return Score(float(not complaint), extracted=program, detail=complaint or f"{len(cases)} {kind} passed")


def first_block(answer: str) -> tuple[str, str]:
    """Language and code of the first fenced block, as the reference's pattern finds it; empty without one."""
    opening = OPENING.search(answer)
    end = answer.find(CLOSING, opening.end()) if opening else -1
    return (opening[1], answer[opening.end() : end]) if opening and end >= 0 else ("", "")


def cases_of(facts: Mapping[str, Any]) -> tuple[list[code.Case], str]:
    """The tests of a row, and what they are."""
    examples = [code.Case(given, wanted) for given, wanted in facts["examples"] or ()]
    further = [code.Case(test["input"], test["output"]) for test in facts.get("official_tests") or ()]
    return [*examples, *further], "tests" if further else "examples"


def _complaint(language: stdio.Compiler, text: str, cases: Sequence[code.Case], facts: Mapping[str, Any]) -> str:
    """What is wrong with a program, empty when nothing is; up to the first test that fails."""
    try:
        program = stdio.built(language, text)
    except stdio.NotBuiltError as error:
        return f"compilation error: {error}"
    seconds, memory, checker = facts["time_limit_ms"] / 1000, facts["memory_limit_mb"], facts.get("generated_checker")
    for number, case in enumerate(cases, 1):
        result = stdio.output_of(program, case.input, seconds, memory, len(case.output))
        wrong = _ending(result) or ("" if _right(case, result.stdout, checker) else "wrong answer")
        if wrong:
            return f"test {number} of {len(cases)}: {wrong}"
    return ""


def _ending(result: sandbox.ProgramResult) -> str:
    """What is wrong with how a program ended."""
    if result.timed_out:
        return "time limit exceeded"
    if result.killed:
        return f"stopped by the {result.killed} limit"
    return f"runtime error (exit code {result.exit_code})" if result.exit_code else ""


def _right(case: code.Case, output: str, checker: str | None) -> bool:
    return accepts(checker, case, output) if checker else same_tokens(output, case.output)


def accepts(checker: str, case: code.Case, output: str) -> bool:
    """What a checker says: ``checker.py input.txt correct_output.txt solution_output.txt`` prints 1 at its end."""
    python = sandbox.python_command()
    files = {
        "checker.py": checker,
        "input.txt": case.input,
        "correct_output.txt": case.output,
        "solution_output.txt": output,
    }
    limits = sandbox.Limits(CHECKER_SECONDS, memory_mb=CHECKER_MB, disk_mb=256)
    result = sandbox.run_command([*python.argv, *files], files=files, limits=limits, read_only=python.read_only)
    said = result.stdout.split()[-1:]
    return result.exit_code == 0 and said in (["1"], ["1.0"])


def same_tokens(output: str, expected: str) -> bool:
    """The same words whatever blanks are between them; ``yes`` and ``no`` in any case, fractions to one millionth."""
    ours, theirs = output.split(), expected.split()
    return len(ours) == len(theirs) and all(map(_same_token, ours, theirs))


def _same_token(one: str, other: str) -> bool:
    if one == other:
        return True
    if other.lower() in ANSWERS:
        return one.lower() == other.lower()
    if not FRACTION.fullmatch(other):
        return False
    try:
        return abs(float(one) - float(other)) <= TOLERANCE * max(1.0, abs(float(other)))
    except ValueError:
        return False
