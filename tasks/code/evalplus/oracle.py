"""When an answer of a function counts as right: evalplus's comparison, tolerance and special oracles.

Source: ``evalplus/eval/__init__.py`` of evalplus 0.3.1, whose ``_special_oracle`` is used as it is. Values arrive here
as data: an object of a candidate's own class is equal to nothing, whatever its ``__eq__`` says.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from qwen3_eval.api import code, once

RELATIVE = 1e-7
FOR_FLOATS = 1e-6


def lacking() -> str:
    """Why there is no oracle here, and what to do; empty where there is one."""
    found = importlib.util.find_spec("evalplus")
    return "" if found else "the package evalplus is not installed; pip install 'qwen3-eval[code]'"


@once
def evalplus(module: str) -> ModuleType:
    """A module of the package. Raises ModuleNotFoundError where it is not installed."""
    if reason := lacking():
        raise ModuleNotFoundError(reason, name="evalplus")
    return importlib.import_module(f"evalplus.{module}")


def arguments_of(task_id: str, inputs: Sequence[Any]) -> list[Sequence[Any]]:
    """The arguments of each call. JSON has no tuples, sets or complex numbers; evalplus knows where MBPP has some."""
    if not task_id.startswith("Mbpp/"):
        return list(inputs)
    return list(evalplus("data.mbpp").mbpp_deserialize_inputs(task_id, inputs))


class Oracle:
    """Compares the answers to a list of inputs, in their order.

    The order matters: once an expected answer was made of floats, answers may differ by a millionth from there on.
    """

    def __init__(self, task_id: str, function: str, tolerance: float) -> None:
        self._mbpp = task_id.startswith("Mbpp/")
        self._function = function
        self._tolerance = tolerance

    @property
    def unrolls(self) -> bool:
        """Whether an iterator may stand for the items that it gives."""
        return self._mbpp and self._function in evalplus("eval._special_oracle").MBPP_OUTPUT_SET_EQ_TASKS

    def accepts(self, arguments: Sequence[Any], found: code.StepReply, expected: code.StepReply) -> bool:
        """Whether an answer is right. Raises ValueError, TypeError or ArithmeticError where it cannot be compared."""
        if not self._mbpp and self._function == "find_zero":
            special = evalplus("eval._special_oracle")
            return bool(abs(special._poly(*arguments, found.value)) <= self._tolerance)
        exact = self._exactly(arguments, found, expected)
        if self._tolerance == 0 and _of_floats(expected.value):
            self._tolerance = FOR_FLOATS
        return exact or (self._tolerance != 0 and _nearly(found, expected, self._tolerance))

    def _exactly(self, arguments: Sequence[Any], found: code.StepReply, expected: code.StepReply) -> bool:
        """Whether the values are equal as Python has it, or right by the oracle of a problem."""
        answer, target = found.value, expected.value
        if not self._mbpp:
            return bool(answer == target)
        special = evalplus("eval._special_oracle")
        if self._function in special.MBPP_OUTPUT_SET_EQ_TASKS:
            return bool(answer == target) or set(answer) == set(target)
        if self._function in special.MBPP_OUTPUT_NOT_NONE_TASKS:
            return bool((answer if found.type_name == "bool" else answer is not None) == (target is not None))
        return bool(answer == target) or self._excused(special, arguments, answer)

    def _excused(self, special: ModuleType, arguments: Sequence[Any], answer: Any) -> bool:
        """Problems of MBPP with several readings, of which the canonical solution has one."""
        if self._function == "are_equivalent":
            return True
        if self._function == "sum_div":
            return bool(answer == 0)
        if self._function == "surface_Area":
            return bool(abs(answer - special._surface_Area(*arguments)) <= self._tolerance)
        if self._function == "digit_distance_nums":
            return bool(answer == special._digit_distance_nums(*arguments))
        return False


def _of_floats(value: Any) -> bool:
    if isinstance(value, list | tuple) and value:
        return all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def _nearly(found: code.StepReply, expected: code.StepReply, tolerance: float) -> bool:
    """Numbers of one type that differ little."""
    import numpy as np

    answer, target = found.value, expected.value
    if found.type_name != expected.type_name or (isinstance(target, list | tuple) and len(answer) != len(target)):
        return False
    return bool(np.allclose(answer, target, rtol=RELATIVE, atol=tolerance))
