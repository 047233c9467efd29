"""Runs a program step by step in the sandbox and brings back what each step came to, as data.

The program gets inputs alone. What it answers is compared by the caller, in another process than the program's.
"""

from __future__ import annotations

import functools
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qwen3_eval.grading.code.calls_program import decoded, type_name
from qwen3_eval.sandbox import ProgramResult, fairly, run_program

# Beside Python's own library: what programs really use of that which the authors' evaluators have installed.
PACKAGES = ("numpy", "sympy", "mpmath")
MEMORY_MB = 4096
OUTPUT_BYTES = 2**22
# For the start of the interpreter and the transport of values, beside the limits of the steps.
SPARE_SECONDS = 3.0
LOAD_SECONDS = 20.0
# A step that sleeps uses no CPU time: it may take so many times its limit on the clock.
ON_THE_CLOCK = 20
TOO_SLOW = "too slow"
# Exit codes of a program that a timer of its step has ended: of CPU time, of the clock.
ENDED = {number: 128 + number for number in (signal.SIGPROF, signal.SIGALRM)}
SHOWN = 100


@dataclass(frozen=True, slots=True)
class ProgramStep:
    """Something to be evaluated, as ``calls_program`` takes it; seconds: its own limit of CPU time, if it has one."""

    job: Mapping[str, object]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class StepReply:
    """What a step came to: a value, or why there is none.

    encoded: the value as ``calls_program.encoded`` gives it. seconds: its CPU time.
    """

    encoded: object = None
    seconds: float = 0.0
    error: str = ""

    @property
    def value(self) -> Any:
        """The value. Raises ValueError for one that cannot be read."""
        try:
            return decoded(self.encoded)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            raise ValueError(f"unreadable value ({type(error).__name__})") from error

    def unlike(self, expected: object) -> str:
        """What is wrong where a value was expected; nothing when this one is equal to it."""
        if self.error:
            return self.error
        try:
            return "" if self.value == expected else f"got {shown(self.value)}"
        except (ValueError, ArithmeticError, RecursionError) as error:
            return f"a value that cannot be compared ({type(error).__name__})"

    @property
    def type_name(self) -> str:
        """Name of the value's type."""
        return type_name(self.encoded)


def short(text: str) -> str:
    """A text, or its begin when it is long."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def shown(value: object) -> str:
    """A value for a reader; only its type where it cannot be written."""
    try:
        return short(repr(value))
    except (ValueError, RecursionError):
        return f"a {type(value).__name__}"


def load(code: str) -> ProgramStep:
    """The step that loads a program."""
    return ProgramStep({"statements": code}, LOAD_SECONDS)


def call(function: str, encoded_arguments: Sequence[object], seconds: float | None = None) -> ProgramStep:
    """The step that calls a function."""
    return ProgramStep({"function": function, "arguments": encoded_arguments}, seconds)


def calling(
    program: str, function: str, calls: Sequence[Sequence[Sequence[object]]], limits: Sequence[Sequence[float | None]]
) -> list[list[ProgramStep]]:
    """A set of steps for each part: the program, then a call for each of the encoded arguments, with its limit."""
    return [
        [load(program), *(call(function, arguments, limit) for arguments, limit in zip(*part, strict=True))]
        for part in zip(calls, limits, strict=True)
    ]


def run_steps(
    sets: Sequence[Sequence[ProgramStep]], cpu_seconds: float, *, unroll: bool = False, output_bytes: int = OUTPUT_BYTES
) -> list[list[StepReply]]:
    """The replies to each set of steps, up to and with the first error; sets do not see each other's names.

    cpu_seconds: for all of it. A step or a program near its limit is run again alone, so that the replies do not depend
    on what else the machine does. Raises SandboxUnavailable.
    """
    total = cpu_seconds + SPARE_SECONDS

    def once(limit: float) -> ProgramResult:
        result = _run(sets, limit, limit / total, unroll, output_bytes)
        slowest = max(_shares(sets, _lines(result.stdout)), default=0.0)
        slept = "wall" if result.exit_code == ENDED[signal.SIGALRM] else result.killed
        return replace(result, cpu_seconds=max(result.cpu_seconds, slowest * total), killed=slept)

    return _replies(sets, fairly(once, total))


def _run(
    sets: Sequence[Sequence[ProgramStep]], limit: float, scale: float, unroll: bool, output_bytes: int
) -> ProgramResult:
    """One run; ``scale`` is that of the steps' limits."""
    return run_program(
        program_source(),
        stdin=json.dumps({"sets": [[_step(step, scale) for step in steps] for steps in sets], "unroll": unroll}),
        cpu_seconds=limit,
        memory_mb=MEMORY_MB,
        stack_mb=None,
        output_bytes=output_bytes,
        packages=PACKAGES,
    )


def _step(step: ProgramStep, scale: float) -> dict[str, object]:
    seconds = (step.seconds or 0) * scale
    return {**step.job, "seconds": seconds, "clock": seconds * ON_THE_CLOCK}


@functools.cache
def program_source() -> str:
    """The program that runs the steps."""
    return Path(__file__).with_name("calls_program.py").read_text("utf-8")


def _lines(stdout: str) -> Iterator[StepReply]:
    """What was said, up to what cannot be read."""
    for line in stdout.split("\n")[:-1]:
        try:
            said = json.loads(line)
            yield StepReply(said.get("value"), float(said.get("seconds", 0.0)), str(said.get("error", "")))
        except (ValueError, TypeError, AttributeError, RecursionError):
            yield StepReply(error="unreadable reply")
            return


def _shares(sets: Sequence[Sequence[ProgramStep]], replies: Iterator[StepReply]) -> Iterator[float]:
    """How much of its own limit each step took."""
    for steps in sets:
        for step, reply in zip(steps, replies, strict=False):
            if step.seconds:
                yield reply.seconds / step.seconds
            if reply.error:
                break


def _replies(sets: Sequence[Sequence[ProgramStep]], result: ProgramResult) -> list[list[StepReply]]:
    """The replies set by set. A program that ended too early owes one for the step that it was at."""
    said, found = _lines(result.stdout), list[list[StepReply]]()
    for steps in sets:
        replies: list[StepReply] = []
        while len(replies) < len(steps) and not (replies and replies[-1].error):
            replies.append(next(said, StepReply(error=_end(result))))
        found.append(replies)
    return found


def _end(result: ProgramResult) -> str:
    """Why a program said no more."""
    if result.timed_out or result.exit_code in ENDED.values():
        return TOO_SLOW
    if result.killed:
        return f"stopped by the {result.killed} limit"
    last = result.stderr.strip().splitlines()[-1:]
    return f"ended with exit code {result.exit_code}" + "".join(f" ({line[:200]})" for line in last)
