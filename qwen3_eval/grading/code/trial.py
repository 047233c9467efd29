"""A program is right when it passes every test: inputs that it reads, or with which one of its functions is called.

As LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d ``lcb_runner/evaluation/testing_util.py`` does
it. The program runs in the sandbox (``trial_program.py``), which is given one input at a time and nothing else; what it
answers is compared here with what was expected. As there, the first test that fails is the last one.

Two things are otherwise than there. A test's six seconds are CPU time, and who is near them is run again alone, so
that a busy machine does not change a verdict. A result is compared by what it holds, whatever its ``__eq__`` says.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from qwen3_eval.data.unpacked import inflated
from qwen3_eval.grading.code.calls import PACKAGES
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

SECONDS = 6.0
SPARE_SECONDS = 5.0
MEMORY_MB = 4096
# The longest answer to a test, beside four times what the right output takes.
OUTPUT_BYTES = 2**20
Same = Callable[[object, str], bool]
# How a program gets its input; see the program that tries it. The first two are states of the reference.
Streams = Literal["january", "may", "files"]


@dataclass(frozen=True, slots=True)
class Case:
    """Input and expected output, as texts."""

    input: str
    output: str


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

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"a text was expected, not {module}.{name}")


def unpickled_text(data: bytes) -> str:
    """A pickled string. Raises UnpicklingError or ValueError for anything else."""
    text = _TextOnly(io.BytesIO(data)).load()
    if not isinstance(text, str):
        raise ValueError(f"column 'private_test_cases': expected a text, got {type(text).__name__}")
    return text


def failed_test(program: str, function: str | None, cases: Sequence[Case]) -> str | None:
    """Why a program does not pass its tests, None when it does. Raises SandboxUnavailable.

    function: the one that is called with an input; None for a program that reads its input, as in January 2025.
    """
    return tried(program, function, cases, "january")[1]


def tried(program: str, function: str | None, cases: Sequence[Case], streams: Streams) -> tuple[bool, str | None]:
    """Whether the states of the reference may differ on a program, and why it does not pass its tests."""
    attempt, complaint = _Attempt(SECONDS, streams), ""

    def once(cpu_seconds: float) -> ProgramResult:
        nonlocal attempt, complaint
        attempt = _Attempt(cpu_seconds, streams)
        complaint = attempt.complaint(program, function, cases)
        # A program that is wrong need not be fast, so that only its end is of interest for a second chance.
        used = 0.0 if complaint and not attempt.killed else attempt.seconds
        return ProgramResult(None if attempt.killed else 0, "", "", bool(attempt.killed), attempt.killed, used)

    late = fairly(once, SECONDS).timed_out
    return attempt.differs, complaint or ("too slow" if late else None)


@dataclass(slots=True)
class _Attempt:
    """One run of a program under a limit of CPU time for each test.

    seconds: CPU time of its slowest test. killed: as in ``ProgramResult``. differs: whether it used its input in a
    way on which the states of the reference differ.
    """

    limit: float
    streams: Streams = "january"
    seconds: float = 0.0
    killed: str = ""
    differs: bool = False

    def complaint(self, program: str, function: str | None, cases: Sequence[Case]) -> str:
        """What is wrong, empty when nothing is."""
        same = same_value if function else same_lines
        job = {"code": program, "function": function, "streams": self.streams, "seconds": self.limit}
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

    def _ask(self, service: Service, question: object, right: Callable[[object], bool]) -> str:
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

    def _read(self, reply: str, right: Callable[[object], bool]) -> str:
        try:
            said = json.loads(reply)
            self.seconds = max(self.seconds, float(said["seconds"]))
            self.differs = bool(said["differs"])
            if "value" in said:
                return "" if right(said["value"]) else "wrong answer"
            self.killed = "cpu" if said["slow"] else ""
            return str(said["error"])
        except (ValueError, TypeError, LookupError, RecursionError):
            return "unreadable result"


@functools.cache
def _driver() -> str:
    return Path(__file__).with_name("trial_program.py").read_text("utf-8")


def _right(same: Same, expected: str, value: object) -> bool:
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
