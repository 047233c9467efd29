r"""When an answer to KOR-Bench is right: by category, and in some by rule or by question.

KOR-Bench/KOR-Bench@bb8194dff8e51e2e2247cf62aa9932c3d57d53d7 eval/eval_utils.py: ``extract_text_from_brackets`` and
``evaluate_response_vs_answer``, odd places and all: most categories compare with the row's answer as it stands, so that
one with a space in it is never met. Everything is read in linear time.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from qwen3_eval.api import math_equal

NOTHING = "NULL"
# Questions of the category operation whose answers are compared as mathematics, and those that are inequalities.
MATHEMATICAL = {
    *(18, 73, 74, 77, 94, 115, 116, 117, 121, 122, 123, 125, 131, 132, 134, 135, 136, 141, 143, 145, 146, 147, 149),
    *(151, 152, 153, 154, 155, 156, 160, 161, 162, 164, 165, 166, 170, 206, 209, 211, 212, 213, 214, 215, 217, 218),
}
INEQUALITIES = {178, 179}
# The brackets that an answer may stand in, the first that are there: what opens, what closes.
BRACKETS = (("[[", "]]"), ("$\\boxed{", "}$"), ("[", "]"))
LEAST_OR_MOST = re.compile(r"(≥|≤)\s*([-]?\d+\.?\d*)")
OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
# No sum of a puzzle is longer, and no formula.
LONGEST_SUM = 200
LONGEST_FORMULA = 1000


def found(text: str, drop: str = "") -> str | None:
    """What stands in the first brackets, without the characters to drop; None where there are none."""
    for opened, closed in BRACKETS:
        start = text.find(opened)
        end = text.find(closed, start + len(opened)) if start >= 0 else -1
        if end >= 0:
            return without(text[start + len(opened) : end].strip(), drop)
    return None


def without(text: str, drop: str) -> str:
    """A text without some characters."""
    return text.translate(dict.fromkeys(map(ord, drop)))


def bracketed(text: str, drop: str) -> str:
    """What was found, in double brackets again; the word for nothing."""
    inner = found(text, drop)
    return NOTHING if inner is None else f"[[{inner}]]"


def right(kind: str, rule: str, number: int, response: str, answer: str) -> bool:
    """Whether a response is right. kind: the category; rule and number: of the question; answer: as in the row."""
    if kind == "logic":
        said = bracketed(response, '"\n .')
        if rule == "5":
            return sorted(said.split(";")) == sorted(answer.split(";"))
        return said == bracketed(answer, '"\n .')
    if kind == "puzzle":
        return solved(rule, inner(response), inner(answer))
    if kind == "operation":
        return worked_out(rule, number, response, answer)
    return clean(response) == answer


def clean(text: str) -> str:
    """The answer in a text, without quotes, spaces and brackets of its own."""
    return bracketed(text, '"\n []')


def worked_out(rule: str, number: int, response: str, answer: str) -> bool:
    """The category operation."""
    said = clean(response)
    if number in INEQUALITIES:
        return inequalities(said) == inequalities(answer)
    if rule == "18":
        return sorted(word_characters(said)) == sorted(word_characters(inner(answer)))
    if rule in {"23", "24", "25"}:
        return re.findall(r"\d+", said) == re.findall(r"\d+", answer)
    if number in MATHEMATICAL:
        return same_expressions(response, answer)
    if "or" in answer:
        return said != NOTHING and alternatives(said) == alternatives(clean(answer))
    return said == answer


def inequalities(text: str) -> list[str]:
    """The bounds that a text states, in order."""
    return sorted("".join(bound) for bound in LEAST_OR_MOST.findall(text))


def alternatives(text: str) -> list[str]:
    r"""The values between ``or``, in order; ``\text{or}`` is one too."""
    return sorted(each.strip() for each in text.replace("\\text{or}", "or").strip("[]").split("or"))


def same_expressions(response: str, answer: str) -> bool:
    """Whether two texts hold the same expressions, whatever their order."""
    said, wanted = expression(response), expression(answer)
    if said is None or wanted is None:
        return False
    if "or" not in wanted:
        return said == wanted or math_equal(said, wanted)
    ours, theirs = (each.split("or") for each in (said, wanted))
    return all(any(math_equal(one, other) for other in theirs) for one in ours) and all(
        any(math_equal(one, other) for one in ours) for other in theirs
    )


def expression(text: str) -> str | None:
    """The formula in the brackets of a text, behind its last sign of equality."""
    said = found(text, '"\n[]$')
    if said is None or len(said) > LONGEST_FORMULA:
        return None
    said = re.sub(r"\\[()\[\]]", "", said.rsplit("=", 1)[-1])
    said = re.sub(r"\\text\{[^}]*\}", "", said)
    said = re.sub(r"\\(left|right|displaystyle)", "", said).replace("\\\\", "\\")
    # SymPy reads up to a brace that nothing opened.
    return said.removesuffix("}" * max(0, said.count("}") - said.count("{")))


def inner(text: str) -> str:
    """What stands in the first double brackets, as it is; the word for nothing."""
    start = text.find("[[")
    end = text.find("]]", start + 2) if start >= 0 else -1
    return text[start + 2 : end] if end >= 0 else NOTHING


def solved(rule: str, said: str, answer: str) -> bool:
    """The category puzzle, by the rule."""
    ways: Mapping[str, Callable[[str, str], bool]] = {
        "1": lambda said, answer: letters(said) == letters(answer),
        "2": lambda said, answer: letters(said) in answer.split(","),
        "3": lambda said, answer: sorted(filter(None, re.split(r"\W+", said.lower()))) == sorted(answer.split(" ")),
        "4": lambda said, answer: letters(said) in answer,
        "5": lambda said, answer: sorted(re.sub(r"\s+", "", said).split(",")) == sorted(answer.split(",")),
        "9": same_operators,
        "10": twenty_four,
        "18": lambda said, answer: re.sub(r"[,\s\[\]]+", "", said) == re.sub(r"[,\s\[\]]+", "", answer),
    }
    if rule in ways:
        return ways[rule](said, answer)
    return word_characters(said) == word_characters(answer)


def letters(text: str) -> str:
    """The letters of English in a text, in small."""
    return re.sub(r"[^A-Za-z]", "", text).lower()


def word_characters(text: str) -> str:
    """The letters and digits of a text."""
    return re.sub(r"\W+", "", text)


def plain_signs(text: str) -> str:
    """With the signs of a keyboard."""
    return text.replace("\u00d7", "*").replace("\u2212", "-")


def same_operators(said: str, answer: str) -> bool:
    """An equation with the answer's operators in their order, whose left side has the answer's value."""
    said, answer = plain_signs(said), plain_signs(answer)
    left, wanted = said.split("=")[0], re.search(r"=\s*(-?\d+)", answer)
    if wanted is None or re.findall(r"[+\-*/]", left) != re.findall(r"[+\-*/]", answer.split("=")[0]):
        return False
    return value_of(left) == int(wanted[1])


def twenty_four(said: str, answer: str) -> bool:
    """A sum of the answer's digits that makes 24."""
    said = plain_signs(said).split("=")[0]
    wanted = plain_signs(answer).split("\n")[0].split("=")[0]
    return sorted(word_characters(said)) == sorted(word_characters(wanted)) and value_of(said) == 24


def value_of(text: str) -> float | None:
    """The value of a sum of plain numbers; None for anything else."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body) if len(text) <= LONGEST_SUM else None
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def _value(node: ast.AST) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(left=left, op=sign, right=right_side) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_value(left), _value(right_side))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
    raise ValueError("no sum of plain numbers")


def examples_of(rows: Sequence[Mapping[str, str]], rule: str) -> list[str]:
    """Questions and answers of the examples of a rule, one after the other."""
    return [text for row in rows if row["rule_id"] == rule for text in (row["question"], row["answer"])]
