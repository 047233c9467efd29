"""CRUXEval: an input with which a function returns an output, as a model finds it.

Source: ``inference/tasks/input_prediction.py`` and ``evaluation/utils_general.py`` of facebookresearch/cruxeval.
"""

from __future__ import annotations

from qwen3_eval.api import Score, code

from .outputs import value_fault

CALL = "f("


def input_score(program: str, output: str, answer: str) -> Score:
    """1 for a call of the program's ``f`` that returns the output. Raises SandboxUnavailable."""
    if len(answer) > code.LONGEST:
        return Score.no_answer(f"an answer of more than {code.LONGEST:,} characters is not read")
    prediction = predicted_call(answer)
    if CALL not in prediction:
        return Score.no_answer("no call of f")
    fault = value_fault(program, output, prediction)
    return Score(float(not fault), extracted=prediction, detail=fault)


def predicted_call(answer: str) -> str:
    """What an answer gives as the call: between the tags, before the first ``==``, behind the first ``assert``.

    As in the reference, what follows a second ``[ANSWER]`` or ``assert f`` is not read.
    """
    text = answer.split("[ANSWER]")[1].strip() if "[ANSWER]" in answer else answer
    text = code.before_stop(text, ("[/ANSWER]",)).split("==")[0].strip()
    return f"f{text.split('assert f')[1].strip()}" if "assert f" in text else text
