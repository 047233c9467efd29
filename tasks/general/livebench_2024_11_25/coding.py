"""LiveBench coding: LCB_generation and coding_completion, by tests that a program must pass, all of them.

Source: ``livebench/process_results/coding/utils.py`` of the reference that ``scorers`` names.
Its ``lcb_runner`` is a copy of LiveCodeBench's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import code

from .finding import Finding

FENCE = "```"


def coding_score(task: str, facts: Mapping[str, Any], answer: str) -> Finding:
    """Whether the program passes its tests; both tasks are marked alike. Raises SandboxUnavailable.

    facts: ``public_test_cases``, ``private_test_cases``, ``original_json`` and, for completions,
    ``partial_solution``.
    """
    written = extract_code(answer)
    begun = facts.get("partial_solution") or ""
    program = written if written.startswith(begun) else f"{begun}\n{written}"
    tests = code.cases_of(facts)
    if not tests:
        raise ValueError("columns 'public_test_cases' and 'private_test_cases': expected at least one test")
    function = json.loads(facts["original_json"]["metadata"]).get("func_name")
    complaint = code.failed_test(program, function, tests)
    return Finding(float(complaint is None), written or None, complaint or f"{len(tests)} tests passed")


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
