"""Runs inside the sandbox: reads an arrangement as data and puts it to a puzzle's own checks.

Input, as JSON: ``arrangement`` (the text found in an answer), ``checks`` (source that defines
``inputs_check`` and ``constraint_list``) and ``token``. Output: the token and what came out, on one line:
``unreadable``, ``unspeakable`` (a value without a literal, such as infinity), ``misshapen``, ``constraint N`` for
the first one that fails (from 1), or ``passed``.
The accepted forms are those of 8188zq/AutoLogi@d67fda13ab3d950403b32ca2242aee426e54472a, evaluation/eval.py.
"""

import ast
import json
import sys
from typing import Any

LITERAL_ERRORS = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)


def read(text: str) -> Any:
    """A Python literal (``true`` and ``false`` too), one that is assigned to a name, else JSON. Raises ValueError."""
    try:
        return ast.literal_eval(text.replace("true", "True").replace("false", "False"))
    except LITERAL_ERRORS:
        try:
            return ast.literal_eval(text.split("=", 1)[1].strip()) if "=" in text else json.loads(text)
        except LITERAL_ERRORS as error:
            raise ValueError("no literal and no JSON") from error


def respelled(value: Any) -> Any:
    """The value after a round trip through its source, which the reference writes into a program.

    A string is that source itself there; here it must hold a literal. Raises for infinities and NaN.
    """
    return ast.literal_eval(str(value))


def outcome(arrangement: str, checks: str) -> str:
    """What came out; an error in the checks is raised."""
    try:
        inputs = read(arrangement)
    except ValueError:
        return "unreadable"
    try:
        inputs = respelled(inputs)
    except LITERAL_ERRORS:
        return "unspeakable"
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(checks, names)  # noqa: S102 - the dataset's own checks, in the sandbox
    if not names["inputs_check"](inputs):
        return "misshapen"
    for number, constraint in enumerate(names["constraint_list"], 1):
        if not constraint(inputs):
            return f"constraint {number}"
    return "passed"


def main() -> None:
    """One job."""
    job = json.load(sys.stdin)
    sys.stdout.write(f"{job['token']} {outcome(job['arrangement'], job['checks'])}\n")


if __name__ == "__main__":
    main()
