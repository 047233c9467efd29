"""LiveCodeBench: a program is right when it passes every test.

Source: LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d ``lcb_runner/evaluation/testing_util.py``
and ``lcb_runner/utils/extraction_utils.py``.

The reference's standard input changed in May 2025, and each state fails right programs that the other passes, by how
they read their input. An answer is right when either passes it; metrics give the verdict of each, and whether the
program would pass with files as its input and output, as on a contest's own machines.

An answer without any fence is taken as the program when it is Python; there it holds no program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Score, code

FENCE = "```"
METHOD = re.compile(r"def\s+(\w+)\s*\(\s*self\b")
OFFICIAL: tuple[code.Streams, ...] = ("january", "may")
METRICS: Mapping[code.Streams, str] = {
    "january": "checker_january_2025",
    "may": "checker_may_2025",
    "files": "real_files",
}
# Without one of these words a program reads by input() and writes by print(), which is the same everywhere.
STREAM_WORDS = re.compile(r"stdin|stdout|open|\bos\b|exit|quit|global")


def livecodebench_score(facts: Mapping[str, Any], answer: str) -> Score:
    """1 when the program in an answer passes all tests. Raises SandboxUnavailable, and ValueError without tests.

    facts: the columns ``public_test_cases``, ``private_test_cases``, ``metadata`` and ``starter_code`` of a row.
    """
    program = extract_code(answer)
    if not program.strip():
        return Score.no_answer("no code between two fences")
    cases = code.cases_of(facts)
    if not cases:
        raise ValueError("columns 'public_test_cases' and 'private_test_cases': expected at least one test")
    verdicts = states_of(program, function_of(facts), cases)
    wrong = next((verdicts[name] for name in OFFICIAL if verdicts[name] is not None), None)
    right = any(verdicts[name] is None for name in OFFICIAL)
    metrics = {METRICS[name]: float(verdict is None) for name, verdict in verdicts.items()}
    return Score(float(right), extracted=program, metrics=metrics, detail=_told(verdicts, len(cases), right, wrong))


def states_of(program: str, function: str | None, cases: Sequence[code.Case]) -> dict[code.Streams, str | None]:
    """Why a program does not pass its tests in each state of the reference, None where it does.

    It is run again only where that may tell. Under ``files`` a program that any state passes counts as right.
    Raises SandboxUnavailable.
    """
    differs, january = code.tried(program, function, cases, "january")
    may = code.tried(program, function, cases, "may")[1] if differs else january
    official = may if january is not None else None
    again = official is not None and not function and STREAM_WORDS.search(program)
    files = code.tried(program, None, cases, "files")[1] if again else official
    return {"january": january, "may": may, "files": files}


def _told(verdicts: Mapping[code.Streams, str | None], tests: int, right: bool, wrong: str | None) -> str:
    """What a reader of the record gets to know."""
    if not right:
        passed = "; it passes with files as its input and output" if verdicts["files"] is None else ""
        return f"{wrong}{passed}"
    failed = [f"; not by {METRICS[name]}: {verdicts[name]}" for name in OFFICIAL if verdicts[name] is not None]
    return f"{tests} tests passed{''.join(failed)}"


def extract_code(answer: str) -> str:
    """What stands between the last two lines with a fence; all of an answer that has none and is Python."""
    lines = answer.split("\n")
    fences = [place for place, line in enumerate(lines) if FENCE in line]
    if fences:
        return "\n".join(lines[fences[-2] + 1 : fences[-1]]) if len(fences) >= 2 else ""
    return "" if code.complaint(answer) else answer


def function_of(facts: Mapping[str, Any]) -> str | None:
    """The function that tests call, by the metadata, else by the code that is begun; None for a program."""
    stated = json.loads(facts.get("metadata") or "{}").get("func_name")
    begun = METHOD.search(facts.get("starter_code") or "")
    return stated or (begun[1] if begun else None)
