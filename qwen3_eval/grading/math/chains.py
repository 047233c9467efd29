r"""What a chain of equations says: ``m+n = 194 + 10 = 204`` is 204.

The numbers of a chain must be equal to each other, or it contradicts itself and is no answer. The last of them is
its value; where there is none, the last member is. What follows an ``\approx`` is a rounding of the value before it,
and counts as the answer where nothing exact stands before it, or where the target is that rounding.
"""

from __future__ import annotations

from itertools import pairwise

from qwen3_eval.grading.math.decide import IN_BASE, same
from qwen3_eval.grading.math.exact import parse
from qwen3_eval.grading.math.normal import normal
from qwen3_eval.grading.math.values import approximate
from qwen3_eval.grading.patterns import regex

LINK = regex(r"\\(?:approx|simeq|doteq)(?:eq)?(?![A-Za-z])|(?<![<>!:=])=(?!=)")
# What makes a text more than one chain: other relations, and several equations.
OTHER = regex(r"[<>;]|\\(?:not?|neq?|lt|gt|leq?|geq?|leqslant|geqslant|in|pm|mid)(?![A-Za-z])|\b(?:and|or)\b")
THEREFORE = regex(r"\\(?:implies|Rightarrow|Longrightarrow|therefore|iff|Leftrightarrow)(?![A-Za-z])")
TOKEN = regex(rf"\\[{{}}]|[()\[\]{{}},]|{LINK.pattern}")
NAME = regex(r"[A-Za-z](?:_\{?\w+\}?)?(?:\([A-Za-z]\))?")
# An approximation may be off by a hundredth of the value before it.
ROUGHLY = 0.01


def reduced(answer: str, target: str) -> str | None:
    """What is to be compared in place of an answer: its value, or the answer itself where it is no chain.

    None where the chain contradicts itself.
    """
    text, wanted = (THEREFORE.split(normal(one).text)[-1] for one in (answer, target))
    members, roundings = _members(text)
    if len(members) + len(roundings) < 2 and not roundings:
        return answer if text == normal(answer).text else text
    numbers = [member for member in members if _is_number(member)]
    if any(same(one, other) is False for one, other in pairwise(numbers)):
        return None
    if "=" in wanted:
        return f"{members[0]}={(numbers or members)[-1]}" if len(members) > 2 else answer
    return _value(members, numbers, roundings, wanted)


def _value(members: list[str], numbers: list[str], roundings: list[str], wanted: str) -> str:
    if IN_BASE.fullmatch(wanted) and (based := [member for member in members if IN_BASE.fullmatch(member)]):
        return next((member for member in based if same(member, wanted)), based[-1])
    if roundings and (not numbers or (_roughly(numbers[-1], roundings[-1]) and same(roundings[-1], wanted))):
        return roundings[-1]
    if numbers:
        return numbers[-1]
    return members[0] if NAME.fullmatch(members[-1]) else members[-1]


def _members(text: str) -> tuple[list[str], list[str]]:
    """The members of a chain that are linked by ``=``, and those behind an ``\\approx``; nothing for all else."""
    if OTHER.search(text) or not LINK.search(text):
        return [], []
    depth, start, link, found = 0, 0, "=", []
    for token in TOKEN.finditer(text):
        if token[0][-1] in "([{":
            depth += 1
        elif token[0][-1] in ")]}":
            depth -= 1
        elif depth == 0 and token[0] == ",":
            return [], []
        elif depth == 0:
            found.append((link, text[start : token.start()].strip()))
            start, link = token.end(), token[0]
    found.append((link, text[start:].strip()))
    exact = [member for sign, member in found if member and sign == "="]
    return exact, [member for sign, member in found if member and sign != "="]


def _is_number(member: str) -> bool:
    value = parse(member)
    return value is not None and not value.names


def _roughly(exact: str, rounding: str) -> bool:
    first, second = parse(exact), parse(rounding)
    if first is None or second is None or second.names:
        return False
    value = approximate(first.value)
    return abs(value - approximate(second.value)) <= ROUGHLY * abs(value)
