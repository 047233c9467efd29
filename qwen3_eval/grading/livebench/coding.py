"""LiveBench coding: LCB_generation and coding_completion, by tests that a program must pass, all of them.

Source: ``livebench/process_results/coding/utils.py`` and ``livebench/lcb_runner`` of the reference that
``qwen3_eval.grading.livebench`` names. The program runs in the sandbox (``coding_program.py``), which knows the
inputs alone; what it answers is compared here with what was expected.

Two things are otherwise than there. A test's six seconds are CPU time, so that a busy machine does not change a
verdict. All tests of a program together have at most ``TOTAL_SECONDS``, where the reference has seven for each.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from qwen3_eval.grading.livebench.verdict import Verdict
from qwen3_eval.sandbox import ProgramResult, run_program

FENCE = "```"
SECONDS = 6.0
TOTAL_SECONDS = 150.0
MEMORY_MB = 2048
# Beside what the right outputs take; a program that writes more than four times that is wrong.
OUTPUT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Case:
    """Input and expected output, as texts."""

    input: str
    output: str


def coding_score(task: str, facts: Mapping[str, Any], answer: str) -> Verdict:
    """Whether the program passes its tests; both tasks are judged alike. Raises SandboxUnavailable.

    facts: ``public_test_cases``, ``private_test_cases``, ``original_json`` and, for completions,
    ``partial_solution``.
    """
    code = extract_code(answer)
    begun = facts.get("partial_solution") or ""
    program = code if code.startswith(begun) else f"{begun}\n{code}"
    tests = (*_tests(facts["public_test_cases"]), *_tests(facts["private_test_cases"]))
    if not tests:
        raise ValueError("columns 'public_test_cases' and 'private_test_cases': expected at least one test")
    function = json.loads(facts["original_json"]["metadata"]).get("func_name")
    complaint = _complaint(program, function, tests)
    return Verdict(float(complaint is None), code or None, complaint or f"{len(tests)} tests passed")


def extract_code(answer: str) -> str:
    """What stands between the last two lines with a fence; without two, all of the answer."""
    lines = answer.rstrip().split("\n")
    fences = [place for place, line in enumerate(lines) if FENCE in line]
    if len(fences) >= 2:
        return "\n".join(lines[fences[-2] + 1 : fences[-1]])
    if len(answer) > 1 and answer[0] == answer[-1] == "`":
        return answer[1:-1]
    if fences == [len(lines) - 1]:
        return "\n".join(lines[:-1])
    return answer.rstrip()


def _tests(column: str) -> list[Case]:
    """Tests as JSON, or as JSON that was pickled, compressed and encoded."""
    try:
        rows = json.loads(column)
    except ValueError:
        rows = json.loads(unpickled_text(zlib.decompress(base64.b64decode(column))))
    return [Case(row["input"], row["output"]) for row in rows]


class _TextOnly(pickle.Unpickler):
    """Reads plain values and never looks up a class or a function, so that nothing can be run."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"a text was expected, not {module}.{name}")


def unpickled_text(data: bytes) -> str:
    """A pickled string. Raises UnpicklingError or ValueError for anything else."""
    text = _TextOnly(io.BytesIO(data)).load()
    if not isinstance(text, str):
        raise ValueError(f"column 'private_test_cases': expected a text, got {type(text).__name__}")
    return text


def _complaint(program: str, function: str | None, tests: Sequence[Case]) -> str | None:
    """Why the program does not pass, None when it does."""
    job = {"code": program, "function": function, "inputs": [test.input for test in tests], "seconds": SECONDS}
    result = run_program(
        _driver(),
        stdin=json.dumps(job),
        cpu_seconds=min((SECONDS + 1) * len(tests) + 5, TOTAL_SECONDS),
        wall_seconds=TOTAL_SECONDS,
        memory_mb=MEMORY_MB,
        output_bytes=OUTPUT_BYTES + 4 * sum(len(test.output) for test in tests),
    )
    same = _same_value if function else _same_lines
    lines = result.stdout.split("\n")[:-1]
    for number, (test, line) in enumerate(zip(tests, lines, strict=False), 1):
        complaint = _wrong(line, test.output, same)
        if complaint:
            return f"test {number} of {len(tests)}: {complaint}"
    return None if len(lines) == len(tests) else f"test {len(lines) + 1} of {len(tests)}: {_end(result)}"


@functools.cache
def _driver() -> str:
    return Path(__file__).with_name("coding_program.py").read_text("utf-8")


def _end(result: ProgramResult) -> str:
    return f"stopped by the {result.killed} limit" if result.killed else f"exit code {result.exit_code}"


def _wrong(line: str, expected: str, same: Any) -> str:
    """What is wrong about one line of the sandbox, empty when nothing is."""
    try:
        said = json.loads(line)
        if isinstance(said, dict) and "value" in said:
            return "" if same(said["value"], expected) else "wrong answer"
        return str(said["error"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return "unreadable result"


def _same_value(value: object, expected: str) -> bool:
    """Equal as Python compares what JSON holds: 1, 1.0 and true are equal, and nothing is rounded."""
    return bool(value == json.loads(expected))


def _same_lines(value: object, expected: str) -> bool:
    """The same number of lines, each the same text or the same numbers."""
    if not isinstance(value, str):
        return False
    ours, theirs = _lines(value), _lines(expected)
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_line(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return [Decimal(word) for word in one.split()] == [Decimal(word) for word in other.split()]
    except InvalidOperation:
        return False
