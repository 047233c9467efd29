"""LiveBench math: competitions, proof rearrangement and AMPS_Hard.

Source: ``livebench/process_results/math/*/utils.py`` of the reference that ``scorers`` names.
Which rule judges is decided by the question's subtask, as in ``livebench/gen_ground_truth_judgment.py`` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .competition import choice_score, three_digits_score
from .finding import Finding
from .rearrangement import rearrangement_score
from .symbolic import symbolic_score


def math_score(task: str, facts: Mapping[str, Any], answer: str) -> Finding:
    """The verdict on an answer to a question of ``math_comp``, ``olympiad`` or ``AMPS_Hard``.

    facts: ``subtask``, ``ground_truth`` and ``question``, the prompt's text.
    Raises OfficialError where the official scorer raises; ValueError for another task or subtask.
    """
    subtask, truth = facts.get("subtask") or task, facts["ground_truth"]
    words = subtask.split("_")
    if words[0] in ("amc", "smc") or words[1:2] == ["amc"]:
        return choice_score(truth, answer, facts["question"])
    if words[0] == "aime":
        return three_digits_score(truth, answer)
    if words[0] in ("imo", "usamo"):
        return rearrangement_score(truth, answer)
    if "amps_hard" in subtask:
        return symbolic_score(truth, answer)
    raise ValueError(f"LiveBench 2024-11-25 has no subtask {subtask!r} of {task!r}")
