r"""Answers in another form than the target's: an inequality for an interval, ``x=1, y=2`` for a point.

And those that hold the target's number and say something else: ``\neq 204``, ``x > 5``, ``x \equiv 3 \pmod 7``.
"""

from __future__ import annotations

import re
from itertools import pairwise

from qwen3_eval.grading.math.chains import NAME
from qwen3_eval.grading.math.decide import same
from qwen3_eval.grading.math.exact import parse
from qwen3_eval.grading.math.normal import normal
from qwen3_eval.grading.patterns import regex

ORDER = regex(r"\s?(<=|>=|<|>|\\(?:leqslant|geqslant|leqq|geqq|leq?|geq?|lt|gt)(?![A-Za-z]))\s?")
LEADING = regex(rf"(?:{NAME.pattern})?\s?(?:[<>]|\\(?:not|neq?|leq?|geq?|leqslant|geqslant|lt|gt)(?![A-Za-z]))")
MODULUS = r"(?:\\text\{)?\(?(?:\\text\{)?mod\}?\s?\{?(\d+)\}?\)?\}?"
CONGRUENCE = regex(
    rf"(?:.*(\\equiv|=)\s?|)(-?\d+)\s?(?:\\pmod\s?\{{?(\d+)\}}?|\\bmod\s?\{{?(\d+)\}}?|\\mod\s?\{{?(\d+)\}}?|{MODULUS})"
)
JOINED = regex(r"\\text\{(or|and)\}|\b(or|and)\b|(,)")
BUILDER = regex(r"\\\{\s?[A-Za-z](?:\\in ?\\mathbb\{R\})?\s?(?:\\mid|\\colon|:|\|)\s?(.*)\\\}")
PART = regex(r"([A-Za-z])=([^=<>]+)")
LABEL = regex(r"(?:\\text\{[A-Za-z ]*\}|[A-Z])(?=\()|(?:\\text\{)?\(?[A-E]\) ?\}?(?=[\d\\-])")
BRACKETED = regex(r"(?:[A-Za-z]\\in ?)?[(\[]")
NUMBER = regex(r"-?[\d.,]+")
COUNTED = regex(
    r"\s*(-?(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)(?:\.\d+)?)(?:\s|~|\\[ ,;]|\\text\{(?=[ ~]))+"
    r"([^\W\d_]{3,}(?: [^\W\d_]+){0,3})\s*\}?\.?\s*"
)
SCALES = {"hundred": 10**2, "thousand": 10**3, "lakh": 10**5, "million": 10**6, "crore": 10**7, "billion": 10**9}
SCALES |= {"dozen": 12, "trillion": 10**12}
# Words that go on with the mathematics, or take the number back.
NO_NAMES = frozenset(
    "and or not mod modulo base choose plus minus over squared cubed factorial percent per cent degrees half halves "
    "third thirds quarter quarters fifth fifths tenth tenths hundredths thousandths if when except to than".split()
)
OPEN, INFINITE = ("<", ">", "\\lt", "\\gt"), "\\infty"
# The sides of inequalities: x < a, and a < x < b.
HALF, BOTH = 3, 5


def restated(answer: str, target: str) -> str | None:
    """The answer in the form of the target, or as it is; None where it says something else than a value."""
    text, wanted = normal(answer).text, normal(target).text
    if "mod" in text and "mod" not in wanted and (found := CONGRUENCE.fullmatch(text)):
        return _residue(found)
    is_number = _is_number(wanted)
    if is_number and LEADING.match(text):
        return None
    if "\\cup" in wanted and "or" in answer:
        text = answer = text.replace("),(", ")\\cup(")
    if BRACKETED.match(wanted) and (interval := _interval(text)):
        return interval
    if wanted.startswith("(") and (point := _point(text)):
        return point
    label = LABEL.match(text) if is_number or wanted.startswith("(") else None
    return text[label.end() :] if label else answer


def one_value(answer: str, target: str) -> str:
    r"""The first of several notations of one number: ``\frac34`` of ``\frac34 \text{ or } 0.75``.

    Against a number, words behind one are what is counted (``18 eggs``); thousands and millions multiply it.
    """
    if NUMBER.fullmatch(target) and (counted := COUNTED.fullmatch(answer)):
        return _counted(counted) or answer
    if "or" not in answer:
        return answer
    parts = re.split(r"\\text\s*\{\s*or\s*\}|\bor\b", answer)
    equal = len(parts) > 1 and all(_equal(*pair) for pair in pairwise(parts))
    return parts[0] if equal else answer


def _counted(found: re.Match[str]) -> str:
    """The number, in units; nothing where the words are no name of what is counted."""
    first, *others = found[2].casefold().split()
    if not NO_NAMES.isdisjoint((first, *others)):
        return ""
    scale = SCALES.get(first.removesuffix("s")) or SCALES.get(first)
    number = found[1].replace(",", "")
    return number if scale is None else f"{number}\\cdot {scale}"


def _equal(one: str, other: str) -> bool:
    left, right = normal(one), normal(other)
    if left.percent != right.percent:
        shares = [f"{side.text}/100" if side.percent else side.text for side in (left, right)]
        return same(*shares) is True
    return same(left.text, right.text) is True


def _is_number(text: str) -> bool:
    value = parse(text)
    return value is not None and not value.names


def _residue(found: re.Match[str]) -> str | None:
    """The residue, where it is the smallest one that is not negative."""
    modulus = int(next(filter(None, found.groups()[2:]))[:20])
    return found[2] if 0 <= int(found[2][:20]) < modulus else None


def _interval(text: str) -> str:
    r"""``3<x\le 4`` as ``(3,4]``, half-lines joined by "or" as a union, by "and" as what they share."""
    if not ORDER.search(text):
        return ""
    built = BUILDER.fullmatch(text)
    said = built[1] if built else text
    pieces = JOINED.split(said)
    ranges = [_range(piece) for piece in pieces[:: JOINED.groups + 1]]
    words = {word for word in pieces if word in ("or", "and", ",")}
    if not all(ranges) or len({name for name, _ in ranges}) > 1 or len(words) > 1:
        return ""
    if words == {"and"} and len(ranges) == 2:
        lower, upper = sorted((bounds for _, bounds in ranges), key=lambda bounds: INFINITE in bounds.split(",")[0])
        return f"{lower.split(',')[0]},{upper.split(',')[1]}" if lower.endswith(f"{INFINITE})") else ""
    return "\\cup".join(bounds for _, bounds in ranges) if words <= {"or"} else ""


def _range(text: str) -> tuple[str, str]:
    """The variable of an inequality, and its interval; empty where it is none."""
    parts = [part.strip() for part in ORDER.split(text)]
    if len(parts) not in (HALF, BOTH) or not all(parts):
        return "", ""
    if _falling(parts[1]):
        parts = parts[::-1]
    names = [NAME.fullmatch(part) is not None for part in parts[::2]]
    if len(parts) == BOTH and names == [False, True, False] and _falling(parts[1]) == _falling(parts[3]):
        return parts[2], _bounds(parts[0], parts[1], parts[3], parts[4])
    if len(parts) == HALF and names == [True, False]:
        return parts[0], _bounds(f"-{INFINITE}", "<", parts[1], parts[2])
    if len(parts) == HALF and names == [False, True]:
        return parts[2], _bounds(parts[0], parts[1], "<", INFINITE)
    return "", ""


def _falling(sign: str) -> bool:
    return sign.startswith((">", "\\g"))


def _bounds(low: str, left: str, right: str, high: str) -> str:
    return f"{'(' if left in OPEN else '['}{low},{high}{')' if right in OPEN else ']'}"


def _point(text: str) -> str:
    """Coordinates that are named, in the order of their names."""
    parts = [PART.fullmatch(part.strip()) for part in re.split(r"\\text\{and\}|[,;]|\band\b", text) if part.strip()]
    named = {part[1]: part[2] for part in parts if part}
    if len(parts) < 2 or len(named) != len(parts):
        return ""
    return f"({','.join(named[name] for name in sorted(named))})"
