"""MBPP's assertions, each ``assert f(...) == value``.

An assertion is never run as one. The program's process yields the value of the left side as data, and that is compared
with the right side here, as Python compares plain values: 1, 1.0 and True are equal. What is loaded before a program,
and the limit, are those of ``Evaluation/MBPP/human_eval`` of deepseek-ai/DeepSeek-Coder; the limit is of CPU time here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Score, code

SECONDS = 10.0
MODULES = "math re sys copy datetime itertools collections heapq functools hashlib string".split()
PREAMBLE = "".join(f"import {name}\n" for name in MODULES) + "from typing import *\nfrom collections import *\n"
# Loaded only where it is used, because that takes longer than most programs.
NUMPY, SPEAKS_OF_NUMPY = "import numpy\nimport numpy as np\n", re.compile(r"\b(np|numpy)\b")


def mbpp_score(row: Mapping[str, Any], answer: str) -> Score:
    """1 when the program in an answer holds all assertions of ``test_list``, after the row's ``test_setup_code``.

    Raises SandboxUnavailable, and ValueError for an assertion that is not ``assert <expression> == <literal>``.
    """
    if len(answer) > code.LONGEST:
        return Score.no_answer(f"an answer of more than {code.LONGEST:,} characters is not read")
    program = completed_program(answer)
    if not program:
        return Score.no_answer("no program")
    fault = code.complaint(program) or broken_assertion(program, row["test_list"], row["test_setup_code"])
    return Score(float(not fault), extracted=program, detail=fault or f"{len(row['test_list'])} assertions hold")


def completed_program(answer: str) -> str:
    """The program in a completion of the few-shot prompt: what stands between [BEGIN] and [DONE].

    A program in a fence, as chat models write, is taken out of it.
    """
    text = code.before_stop(answer, ("[DONE]",)).rpartition("[BEGIN]")[2].strip()
    blocks = code.code_blocks(text) if code.complaint(text) else []
    return max((block.code for block in blocks), key=len, default=text)


def broken_assertion(program: str, assertions: Sequence[str], setup: str = "") -> str:
    """The first assertion that does not hold after the program and the setup, with the reason; nothing when all do."""
    sides = [_sides(text) for text in assertions]
    before = [code.load(PREAMBLE + NUMPY * bool(SPEAKS_OF_NUMPY.search(program))), code.load(program), code.load(setup)]
    steps = [*before, *(code.ProgramStep({"expression": left}) for left, _ in sides)]
    [replies] = code.run_steps([steps], SECONDS)
    if len(replies) <= len(before) and replies[-1].error:
        return f"the program does not load: {replies[-1].error}"
    for text, (_, expected), reply in zip(assertions, sides, replies[len(before) :], strict=False):
        if fault := reply.unlike(expected):
            return f"{code.short(text)}: {fault}"
    return ""


def _sides(assertion: str) -> tuple[str, object]:
    """The source of what is asserted about, and the value that it should have."""
    match code.parse(assertion).body:
        case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
            return ast.unparse(left), ast.literal_eval(right)
    raise ValueError(f"an assertion of another form than f(...) == value: {assertion}")
