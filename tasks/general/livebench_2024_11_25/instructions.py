"""LiveBench instruction following: summarize, paraphrase, simplify and story_generation.

Source: ``livebench/process_results/instruction_following/utils.py`` of the reference that ``scorers`` names, and its
copy of IFEval, ``livebench/if_runner/instruction_following_eval``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import instructions

from .finding import Finding


def instructions_score(facts: Mapping[str, Any], answer: str) -> Finding:
    """Half for all instructions being followed, half for the share that is; strict, without blanks around the text."""
    names, response = facts["instruction_id_list"], answer.strip()
    followed = instructions.check(names, facts["kwargs"], response).strict
    value = (all(followed) + sum(followed) / len(followed)) / 2
    missed = ", ".join(name for name, kept in zip(names, followed, strict=True) if not kept)
    return Finding(value, response or None, f"not followed: {missed}" if missed else "")
