"""LiveBench's scorers, by task, as LiveBench/LiveBench@59f1adbaa13473d8923109ca05a47eff45d9a5f1 judges.

``livebench/gen_ground_truth_judgment.py`` there picks the scorer by task and, for two tasks, by the question's
release date. Where an official scorer stops with an error, this folder gives 0, as the later official code does
(b0fb577be60ea5ba6e3e677a84af127c893af0ef records such answers with a score of 0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .data_analysis import cta, tablejoin
from .finding import Finding
from .instructions import instructions_score
from .language import connections, typos
from .plots import plot_unscrambling
from .reasoning import spatial, web_of_lies, zebra_puzzle
from .tables import tablereformat
from .text import OfficialError

Facts = Mapping[str, Any]

SCORERS: Mapping[str, Callable[[Facts, str], Finding]] = {
    "web_of_lies_v2": web_of_lies,
    "zebra_puzzle": zebra_puzzle,
    "spatial": spatial,
    "typos": typos,
    "connections": connections,
    "plot_unscrambling": plot_unscrambling,
    "tablejoin": tablejoin,
    "tablereformat": tablereformat,
    "cta": cta,
    "summarize": instructions_score,
    "paraphrase": instructions_score,
    "simplify": instructions_score,
    "story_generation": instructions_score,
}
MATH = ("AMPS_Hard", "math_comp", "olympiad")
CODING = ("LCB_generation", "coding_completion")
TASKS = (*SCORERS, *MATH, *CODING)
# Characters of a found answer that are worth a journal's line: some answers are whole texts.
LONGEST = 2_000


def livebench_score(task: str, facts: Facts, answer: str) -> Finding:
    """The verdict on an answer to a question of one of the 18 tasks.

    facts: the row's columns that its scorer needs, and ``question``, the prompt's text.
    Raises ValueError for a task that LiveBench 2024-11-25 does not have.
    """
    try:
        verdict = _official(task, facts, answer)
    except OfficialError as error:
        return Finding(0.0, None, f"the official scorer stops here: {error}")
    found = verdict.extracted
    return verdict if found is None else replace(verdict, extracted=found[:LONGEST])


def _official(task: str, facts: Facts, answer: str) -> Finding:
    # Where these two come from is heavy: a parser of LaTeX, and the sandbox.
    if task in MATH:
        from .mathematics import math_score

        return math_score(task, facts, answer)
    if task in CODING:
        from .coding import coding_score

        return coding_score(task, facts, answer)
    if task not in SCORERS:
        raise ValueError(f"LiveBench 2024-11-25 has no task {task!r}")
    return SCORERS[task](facts, answer)
