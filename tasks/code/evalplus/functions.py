"""HumanEval and MBPP, with evalplus's inputs or without: a function must do as the canonical solution does.

Source: ``evaluate.py``, ``eval/__init__.py`` and ``gen/util/__init__.py`` of evalplus 0.3.1. Its inputs, tolerances and
oracles are used, its executor is not: the candidate and the canonical solution run in the sandbox, each in processes of
its own, get the inputs alone, and what they answer is compared here.

HumanEval/32 (``find_zero``) fails there for every solution: an answer that its oracle accepts is not counted, and a
solution passes when as many answers were counted as there are inputs. Here those that the oracle accepts count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Score, code

from .canonical import canonical_answers
from .oracle import Oracle, arguments_of

PARTS = ("base", "plus")
# One and a half times evalplus's limits, which are of the clock: at least 1 s for an input, 4 times as long as the
# canonical solution, and 60 s for all inputs of a part.
LEAST_SECONDS = 1.5
TIMES_CANONICAL = 6.0
MOST_SECONDS = 90.0
# Of what a candidate may say, beside four times what the canonical solution says.
OUTPUT_BYTES = 2**20


def evalplus_score(
    row: Mapping[str, Any], answer: str, parts: Sequence[str] = PARTS, stops: Sequence[str] | None = None
) -> Score:
    """The verdict on a function by the last of the parts; those before it have to be right as well.

    row: of evalplus's own files. parts: of its inputs, ``base`` and ``plus``; each is a metric too. stops: given for a
    completion of the row's prompt, which ends at the first of them. Raises SandboxUnavailable, ModuleNotFoundError
    where the package is missing, and ValueError for a row whose canonical solution fails.
    """
    name, prompt = row["entry_point"], evalplus_prompt(row)
    if len(answer) > code.LONGEST:
        return Score.no_answer(f"an answer of more than {code.LONGEST:,} characters is not read")
    program = completed(name, prompt, answer, stops) if stops else code.program_for(name, answer, prompt)
    if not program:
        return Score.no_answer(f"no Python that defines {name}")
    faults = faults_of(row, program, parts)
    passed = [not any(faults[: number + 1]) for number in range(len(parts))]
    detail = next((f"{part}: {fault}" for part, fault in zip(parts, faults, strict=True) if fault), "all inputs passed")
    return Score(float(passed[-1]), "ok", program, dict(zip(parts, map(float, passed), strict=True)), detail)


def evalplus_prompt(row: Mapping[str, Any]) -> str:
    """The prompt of a row as it is completed."""
    return f"{row['prompt'].strip()}\n"


def completed(name: str, prompt: str, completion: str, stops: Sequence[str]) -> str:
    """The program that a completion makes of its prompt; a completion that is a program by itself, that one."""
    text = prompt + code.before_stop(completion, stops).replace("\t", "    ")
    program = code.needed_by(name, code.longest_python(text))
    return next((each for each in (program, completion) if code.defines(name, each)), "")


def faults_of(row: Mapping[str, Any], program: str, parts: Sequence[str]) -> list[str]:
    """What is wrong about a program by each part of the inputs; nothing where all of its answers are right."""
    task, name = row["task_id"], row["entry_point"]
    oracles = [Oracle(task, name, row["atol"]) for _ in parts]
    inputs = [arguments_of(task, row[f"{part}_input"]) for part in parts]
    calls = [[code.encoded(list(arguments)) for arguments in each] for each in inputs]
    unroll = oracles[0].unrolls
    expected = canonical_answers(f"{row['prompt']}{row['canonical_solution']}", name, json.dumps(calls), unroll)
    limits = [[max(LEAST_SECONDS, TIMES_CANONICAL * reply.seconds) for reply in replies] for replies in expected]
    said = code.run_steps(
        code.calling(program, name, calls, limits),
        sum(min(MOST_SECONDS, sum(each)) for each in limits),
        unroll=unroll,
        output_bytes=OUTPUT_BYTES + 4 * len(json.dumps([reply.encoded for replies in expected for reply in replies])),
    )
    return list(map(_complaint, oracles, inputs, said, expected))


def _complaint(
    oracle: Oracle, inputs: Sequence[Sequence[Any]], said: Sequence[code.StepReply], expected: Sequence[code.StepReply]
) -> str:
    """The first thing that is wrong, with the input where it shows; nothing when all is right."""
    if said[0].error:
        return f"the program does not load: {said[0].error}"
    for number, (arguments, found, target) in enumerate(zip(inputs, said[1:], expected, strict=False), 1):
        if fault := found.error or _fault(oracle, arguments, found, target):
            return f"input {number} of {len(inputs)}, {code.shown(tuple(arguments))}: {fault}"
    return ""


def _fault(oracle: Oracle, arguments: Sequence[Any], found: code.StepReply, expected: code.StepReply) -> str:
    """What is wrong about one answer."""
    try:
        right = oracle.accepts(arguments, found, expected)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        return f"an answer that cannot be compared ({type(error).__name__})"
    return "" if right else f"a wrong answer, {code.short(json.dumps(found.encoded))}"
