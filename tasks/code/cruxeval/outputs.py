"""CRUXEval: the output of a function, as a model predicts it.

Source: ``inference/tasks/output_prediction.py`` and ``evaluation/utils_general.py`` of facebookresearch/cruxeval. There
the prediction is the right side of an assertion that is run; here it is a value that is compared with the output, as
Python compares plain values: 1, 1.0 and True are equal.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from qwen3_eval.api import Score, code

SECONDS = 3.0


def crux_score(row: Mapping[str, str], answer: str) -> Score:
    """1 for the output of the function. row: ``code``, ``input``, ``output``. Raises SandboxUnavailable."""
    if len(answer) > code.LONGEST:
        return Score.no_answer(f"an answer of more than {code.LONGEST:,} characters is not read")
    prediction = predicted_output(answer)
    if not prediction:
        return Score.no_answer("no output")
    fault = fault_of(row["code"], f"f({row['input']})", row["output"], prediction)
    return Score(float(not fault), extracted=prediction, detail=fault)


def predicted_output(answer: str) -> str:
    """What an answer gives as the output; empty when it gives nothing.

    What stands between [ANSWER] and [/ANSWER], and of that, where it holds a ``==``, what stands behind the first and
    before the next. As in the reference, a fence around it stays, and is no Python.
    """
    text = answer.split("[ANSWER]")[1] if "[ANSWER]" in answer else answer
    text = code.before_stop(text, ("[/ANSWER]",))
    return (text.split("==")[1] if "==" in text else text).strip()


def fault_of(program: str, call: str, output: str, prediction: str) -> str:
    """What is wrong about the predicted output of a call, which may be anything but the call itself."""
    return "the call itself is no value" if call in prediction else value_fault(program, output, prediction)


def value_fault(program: str, output: str, prediction: str) -> str:
    """What is wrong about an expression that is to have a value; nothing when it has it.

    It may use what the program defines, and statements that do not fail may stand behind it.
    """
    asserted = f"assert None == {prediction}"
    if fault := code.complaint(asserted):
        return f"not Python: {fault}"
    match code.parse(asserted).body:
        case [ast.Assert(test=ast.Compare(ops=[ast.Eq()], comparators=[value])), *rest]:
            reply = (None if rest else _literal(value)) or _evaluated(program, [value, *rest])
            return reply.unlike(ast.literal_eval(output))
    return "more than a value"


def _literal(value: ast.expr) -> code.StepReply | None:
    try:
        return code.StepReply(code.encoded(ast.literal_eval(value)))
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _evaluated(program: str, nodes: Sequence[ast.AST]) -> code.StepReply:
    """The value of an expression, or why it or a statement behind it fails."""
    value, *rest = map(ast.unparse, nodes)
    [replies] = code.run_steps(
        [[code.load(program), code.ProgramStep({"expression": value}), *map(code.load, rest)]], SECONDS
    )
    return replies[-1] if replies[-1].error else replies[1]
