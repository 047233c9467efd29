"""LiveCodeBench: a program is right when it passes every test.

Source: LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d ``lcb_runner/evaluation/testing_util.py``
and ``lcb_runner/utils/extraction_utils.py``. The program runs in the sandbox (``livecodebench_program.py``), which is
given one input at a time and nothing else; what it answers is compared here with what was expected. As there, the
first test that fails is the last one.

Three things are otherwise than there. A test's six seconds are CPU time, and who is near them is run again alone, so
that a busy machine does not change a verdict. A result is compared by what it holds, whatever its ``__eq__`` says. An
answer without any fence is taken as the program when it is Python; there it holds no program.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import pickle
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from qwen3_eval.data.unpacked import inflated
from qwen3_eval.grading.code.calls import PACKAGES
from qwen3_eval.grading.code.python import complaint as not_python
from qwen3_eval.sandbox import (
    Limits,
    ProgramResult,
    Service,
    ServiceDied,
    ServiceFlood,
    ServiceSilent,
    fairly,
    python_command,
)
from qwen3_eval.sandbox.fairness import in_company
from qwen3_eval.types import Score

FENCE = "```"
SECONDS = 6.0
SPARE_SECONDS = 5.0
MEMORY_MB = 4096
# The longest answer to a test, beside four times what the right output takes.
OUTPUT_BYTES = 2**20
METHOD = re.compile(r"def\s+(\w+)\s*\(\s*self\b")
Same = Callable[[object, str], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """Input and expected output, as texts."""

    input: str
    output: str


def livecodebench_score(facts: Mapping[str, Any], answer: str) -> Score:
    """1 when the program in an answer passes all tests. Raises SandboxUnavailable, and ValueError without tests.

    facts: the columns ``public_test_cases``, ``private_test_cases``, ``metadata`` and ``starter_code`` of a row.
    """
    code = extract_code(answer)
    if not code.strip():
        return Score.no_answer("no code between two fences")
    cases = cases_of(facts)
    if not cases:
        raise ValueError("columns 'public_test_cases' and 'private_test_cases': expected at least one test")
    complaint = judge(code, function_of(facts), cases)
    return Score(float(complaint is None), extracted=code, detail=complaint or f"{len(cases)} tests passed")


def extract_code(answer: str) -> str:
    """What stands between the last two lines with a fence; all of an answer that has none and is Python."""
    lines = answer.split("\n")
    fences = [place for place, line in enumerate(lines) if FENCE in line]
    if fences:
        return "\n".join(lines[fences[-2] + 1 : fences[-1]]) if len(fences) >= 2 else ""
    return "" if not_python(answer) else answer


def cases_of(facts: Mapping[str, Any]) -> list[Case]:
    """The public tests of a row, then the private ones; an empty column holds none."""
    columns = (facts.get("public_test_cases"), facts.get("private_test_cases"))
    return [case for column in columns if column for case in _cases(column)]


def _cases(column: str) -> Iterable[Case]:
    """Tests as JSON, or as JSON that was pickled, compressed and encoded."""
    try:
        rows = json.loads(column)
    except ValueError:
        rows = json.loads(unpickled_text(inflated(base64.b64decode(column))))
    return (Case(row["input"], row["output"]) for row in rows)


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


def function_of(facts: Mapping[str, Any]) -> str | None:
    """The function that tests call, by the metadata, else by the code that is begun; None for a program."""
    stated = json.loads(facts.get("metadata") or "{}").get("func_name")
    begun = METHOD.search(facts.get("starter_code") or "")
    return stated or (begun[1] if begun else None)


def judge(program: str, function: str | None, cases: Sequence[Case]) -> str | None:
    """Why a program does not pass its tests, None when it does. Raises SandboxUnavailable.

    function: the one that is called with an input; None for a program that reads its input.
    """
    complaint = ""

    def tried(cpu_seconds: float) -> ProgramResult:
        nonlocal complaint
        attempt = _Attempt(cpu_seconds)
        complaint = attempt.complaint(program, function, cases)
        # A program that is wrong need not be fast, so that only its end is of interest for a second chance.
        used = 0.0 if complaint and not attempt.killed else attempt.seconds
        return ProgramResult(None if attempt.killed else 0, "", "", bool(attempt.killed), attempt.killed, used)

    late = fairly(tried, SECONDS).timed_out
    return complaint or ("too slow" if late else None)


@dataclass(slots=True)
class _Attempt:
    """One run of a program under a limit of CPU time for each test.

    seconds: CPU time of its slowest test. killed: as in ``ProgramResult``.
    """

    limit: float
    seconds: float = 0.0
    killed: str = ""

    def complaint(self, program: str, function: str | None, cases: Sequence[Case]) -> str:
        """What is wrong, empty when nothing is."""
        same = same_value if function else same_lines
        job = {"code": program, "function": function, "seconds": self.limit}
        with in_company(), self._service(cases) as service:
            broken = self._ask(service, job, lambda value: True)
            for number, case in enumerate(cases, 1):
                wrong = broken or self._ask(service, case.input, functools.partial(_right, same, case.output))
                if wrong:
                    return f"test {number} of {len(cases)}: {wrong}"
        return ""

    def _service(self, cases: Sequence[Case]) -> Service:
        python = python_command(PACKAGES)
        return Service(
            [*python.argv, "/tmp/program.py"],
            files={"program.py": _driver()},
            limits=Limits(
                cpu_seconds=(self.limit + 1) * len(cases) + SPARE_SECONDS,
                memory_mb=MEMORY_MB,
                output_bytes=OUTPUT_BYTES + 4 * max(len(case.output) for case in cases),
            ),
            read_only=python.read_only,
            environment=python.environment,
        )

    def _ask(self, service: Service, question: Any, right: Callable[[Any], bool]) -> str:
        """What is wrong with the answer to a line, empty when nothing is."""
        try:
            reply = service.ask(json.dumps(question), Limits(self.limit).wall)
        except ServiceSilent:
            # It may have been starved or may have slept; only another run can tell.
            self.killed, self.seconds = "wall", self.limit
            return "stopped by the wall limit"
        except ServiceFlood:
            self.killed = "output"
            return "stopped by the output limit"
        except ServiceDied:
            return "it ended without an answer"
        return self._read(reply, right)

    def _read(self, reply: str, right: Callable[[Any], bool]) -> str:
        try:
            said = json.loads(reply)
            self.seconds = max(self.seconds, float(said["seconds"]))
            if "value" in said:
                return "" if right(said["value"]) else "wrong answer"
            self.killed = "cpu" if said["slow"] else ""
            return str(said["error"])
        except (ValueError, TypeError, LookupError, RecursionError):
            return "unreadable result"


@functools.cache
def _driver() -> str:
    return Path(__file__).with_name("livecodebench_program.py").read_text("utf-8")


def _right(same: Same, expected: str, value: Any) -> bool:
    return same(value, expected)


def same_value(value: object, expected: str) -> bool:
    """Equal as Python compares what JSON holds: 1, 1.0 and true are equal, and nothing is rounded."""
    return bool(value == json.loads(expected))


def same_lines(value: object, expected: str) -> bool:
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
