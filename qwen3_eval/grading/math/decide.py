"""The fast path of ``math_equal``: answers whose equality is certain, one way or the other.

``decide`` says True or False only where no judge could reasonably say otherwise, and None for all else.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import chain

from qwen3_eval.grading.math import words
from qwen3_eval.grading.math.exact import Expression, parse
from qwen3_eval.grading.math.normal import Normal, normal
from qwen3_eval.grading.math.sample import differ
from qwen3_eval.grading.math.values import Key, approximate, multiply, number, rational
from qwen3_eval.grading.patterns import regex

MAX_CHARS = 2000
MAX_PARTS = 12
MAX_NESTING = 8
TOLERANCE = 1e-6
NOISE = 1e-13
ASSIGNMENT = regex(r"([A-Za-z])(?:=|\\in ?)([^=<>]+)")
SCIENTIFIC = regex(r"-?\d+(?:\.\d+)?[eE][+-]?\d{1,2}")
# A number with its base: sign, digits, and the base in braces, in brackets or bare, as a numeral or a word.
IN_BASE = regex(r"(-?)\(?([\d.]+[A-Fa-f\d.]*)\)?_(?:\{(?:\\text)?[{( ]*(?:base )?(\d+|[a-z]{3,7})[)} ]*\}|(\d+))")
BASES = {"two": "2", "binary": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
BASES |= {
    "octal": "8",
    "oct": "8",
    "bin": "2",
    "nine": "9",
    "ten": "10",
    "decimal": "10",
    "twelve": "12",
    "sixteen": "16",
    "hex": "16",
}
DATE = regex(r"\d{4}([-/.])\d{2}\1\d{2}|\d{1,2}([-/.])\d{1,2}\2\d{4}")
LAKHS = regex(r"-?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
MATRIX = regex(r"\\begin\{([pb])matrix\}(.*)\\end\{\1matrix\}", re.DOTALL)
OVER = regex(r"(?<![\w}.])(\d+)/(\d+)(?= ?(?:[A-Za-z(]|\\(?:pi|sqrt)))")
GROUPED = regex(r"-?\d+(?:,\d+|(?:,\d{3})+)")
BRACKET = regex(r"\\[{}]|[()\[\]{}]|,")


def decide(answer: str, target: str) -> bool | None:
    """Whether the two are equal, where that is certain; None where it is not."""
    if max(len(answer), len(target)) > MAX_CHARS:
        return True if answer.strip() == target.strip() else None
    if answer == target and answer.strip():
        return True
    left, right = normal(answer), normal(target)
    if not left.text or not right.text:
        return None
    if left.text in (right.text + right.unit, right.text + " " + right.unit) or left.text + left.unit == right.text:
        return True
    verdict = same(left.text, right.text)
    if left.percent != right.percent:
        return _percent(left, right) if verdict is False else verdict
    if left.unit == right.unit or not left.unit or not right.unit:
        return verdict
    return None


def _percent(left: Normal, right: Normal) -> bool | None:
    """A percent sign against none: ``5\\%`` is 5 of that unit, which was found unequal, or 0.05."""
    values = [_expression(one.text) for one in (left, right)]
    if any(one is None or one.names for one in values):
        return None
    first, second = (one.value if one else {} for one in (values if left.percent else values[::-1]))
    return first == multiply(number(100), second)


def same(left: str, right: str) -> bool | None:
    """Whether two texts without typography and units are equal; None where it is not certain."""
    if left == right:
        return True
    for rule in (
        words.texts,
        words.choices,
        words.numerals,
        words.words,
        _dates,
        _lakhs,
        _assigned,
        _in_base,
        _matrices,
        _unions,
        _tuples,
        _lists,
        _kinds,
        _values,
        _slashes,
        _sampled,
    ):
        verdict = rule(left, right)
        if verdict is not None:
            return verdict
    return None


def _assigned(left: str, right: str) -> bool | None:
    """``x=5`` against ``5`` or ``x=5``."""
    first, second = ASSIGNMENT.fullmatch(left), ASSIGNMENT.fullmatch(right)
    if first and second:
        return same(first[2], second[2]) if first[1] == second[1] else None
    if first or second:
        return same(first[2] if first else left, second[2] if second else right)
    return None


def _dates(left: str, right: str) -> bool | None:
    """A date is no difference of numbers and no quotient: it equals its own text, which has been looked at."""
    return False if DATE.fullmatch(left) or DATE.fullmatch(right) else None


def _lakhs(left: str, right: str) -> bool | None:
    """``12,34,567`` against a number: grouped as in India. Against another list it is one."""
    for one, other in ((left, right), (right, left)):
        if LAKHS.fullmatch(one) and (GROUPED.fullmatch(other) is None or LAKHS.fullmatch(other)):
            joined = same(one.replace(",", ""), other.replace(",", ""))
            return joined if "," not in other else joined or None
    return None


def _in_base(left: str, right: str) -> bool | None:
    """``52_8`` against ``52_{8}``, digit by digit: a question about another base asks for that base.

    A number without its base is another number, unless the base is ten.
    """
    first, second = IN_BASE.fullmatch(left), IN_BASE.fullmatch(right)
    if not (first and second):
        return _without_base(first or second, right if first else left)
    return (_digits_of(first), _base_of(first)) == (_digits_of(second), _base_of(second))


def _without_base(based: re.Match[str] | None, other: str) -> bool | None:
    value = _expression(other) if based else None
    if based is None or value is None or value.names:
        return None
    return same(_digits_of(based), other) if _base_of(based) == "10" else False


def _digits_of(based: re.Match[str]) -> str:
    sign, digits = based[1], based[2]
    return sign + (digits.lstrip("0") or "0")


def _base_of(based: re.Match[str]) -> str:
    base = based[3] or based[4]
    return BASES.get(base.lower(), base)


def _matrices(left: str, right: str) -> bool | None:
    """Matrices of one shape, cell by cell; the kind of bracket is typography."""
    first, second = MATRIX.fullmatch(left), MATRIX.fullmatch(right)
    if not first or not second:
        return _columns(first or second, right if first else left)
    cells, others = (_cells(match[2]) for match in (first, second))
    if [len(row) for row in cells] != [len(row) for row in others]:
        return None
    return _each([*chain(*cells)], [*chain(*others)])


def _columns(matrix: re.Match[str] | None, other: str) -> bool | None:
    """A vector as a column against its coordinates."""
    rows, parts = (_cells(matrix[2]) if matrix else []), _inside(other, "([", ")]")
    if not parts or len(rows) != len(parts) or any(len(row) != 1 for row in rows):
        return None
    return _each([row[0] for row in rows], parts)


def _cells(body: str) -> list[list[str]]:
    rows = [row for row in re.split(r"\\\\", body) if row.strip()]
    return [[cell.strip() for cell in row.split("&")] for row in rows]


def _unions(left: str, right: str) -> bool | None:
    """Unions of the same parts in any order."""
    if "\\cup" not in left or "\\cup" not in right:
        return None
    parts, others = ([part.strip() for part in text.split("\\cup")] for text in (left, right))
    return True if len(parts) == len(others) and _matched(parts, others) else None


def _tuples(left: str, right: str) -> bool | None:
    """Points and intervals with the same brackets, part by part."""
    parts, others = _inside(left, "([", ")]"), _inside(right, "([", ")]")
    if not parts or not others or len(parts) != len(others) or (left[0], left[-1]) != (right[0], right[-1]):
        return None
    return _each(parts, others)


def _lists(left: str, right: str) -> bool | None:
    """Sets and plain lists, in any order; ``a \\pm b`` counts as two."""
    braces = left.startswith("\\{"), right.startswith("\\{")
    if braces[0] != braces[1]:
        return None
    pair = [_spread(_braced(text) if braces[0] else _parts(text)) for text in (left, right)]
    if min(map(len, pair)) < 2 or len(pair[0]) != len(pair[1]) or len(pair[0]) > MAX_PARTS:
        return None
    return _matched(*pair)


def _kinds(left: str, right: str) -> bool | None:
    """A constant is no point, interval, union, matrix or list."""
    for one, other in ((left, right), (right, left)):
        value = _expression(one)
        if value is not None and not value.names and _is_compound(other):
            return False
    return None


def _is_compound(text: str) -> bool:
    """Whether a text has several parts. ``1,234`` may be one number, with either meaning of the comma."""
    if GROUPED.fullmatch(text):
        return False
    matrix = MATRIX.fullmatch(text)
    parts = _cells(matrix[2]) if matrix else _inside(text, "([", ")]") or _parts(text)
    return "\\cup" in text or len(parts) > 1


def _braced(text: str) -> list[str]:
    return _parts(text[2:-2]) if text.endswith("\\}") else []


def _spread(parts: list[str]) -> list[str]:
    return [part.replace("\\pm", sign, 1) for part in parts for sign in ("+-" if part.count("\\pm") == 1 else "+")]


def _inside(text: str, opening: str, closing: str) -> list[str]:
    """Parts of a bracketed list, or nothing when the text is no single bracket of at least two parts."""
    if len(text) < 2 or text[0] not in opening or text[-1] not in closing:
        return []
    parts = _parts(text[1:-1])
    return parts if len(parts) > 1 else []


def _parts(text: str) -> list[str]:
    """The text, split at its outer commas; nothing when its brackets do not match or are nested deeply."""
    depth, start, found = 0, 0, []
    for token in BRACKET.finditer(text):
        if token[0] != ",":
            depth += 1 if token[0][-1] in "([{" else -1
        elif depth == 0:
            found.append(text[start : token.start()].strip())
            start = token.end()
        if not 0 <= depth <= MAX_NESTING:
            return []
    return [*found, text[start:].strip()] if depth == 0 else []


def _each(left: list[str], right: list[str]) -> bool | None:
    """False when one pair differs, True when all are equal."""
    verdicts = [same(*pair) for pair in zip(left, right, strict=True)]
    if any(verdict is False for verdict in verdicts):
        return False
    return True if all(verdicts) else None


def _matched(left: list[str], right: list[str]) -> bool | None:
    """Whether the parts of two lists can be paired; None as soon as one comparison is not certain."""
    rest = list(right)
    for part in left:
        verdicts = [same(part, other) for other in rest]
        if True in verdicts:
            del rest[verdicts.index(True)]
        elif None in verdicts:
            return None
        else:
            return False
    return True


def _values(left: str, right: str) -> bool | None:
    """Two closed forms. A decimal fraction may stand for a number with more digits, if it has at least six right."""
    first, second = _expression(left), _expression(right)
    if first is None or second is None:
        return None
    if first.value == second.value:
        return True
    if _one_varies(first, second):
        return False
    if first.names != second.names or any(_risky(one) for one in (first, second)):
        return None
    if not first.rounded and not second.rounded:
        return None if _lower(first) == _lower(second) else False
    return None if first.names else _near(first, second)


def _near(first: Expression, second: Expression) -> bool:
    """Whether a decimal fraction stands for a number that has none: six digits and six places must be right.

    What can be written exactly has to be: 1.0000001 is not 1. Only the noise of a double is no difference.
    """
    one, other = approximate(first.value), approximate(second.value)
    exact = all(side.rounded or _terminates(side) for side in (first, second))
    tolerance = NOISE * abs(other) if exact else TOLERANCE * min(1.0, abs(other))
    return abs(one - other) <= tolerance


def _terminates(expression: Expression) -> bool:
    """Whether the number can be written as a decimal fraction."""
    value = rational(expression.value)
    return value is not None and 10 ** value.denominator.bit_length() % value.denominator == 0


def _slashes(left: str, right: str) -> bool | None:
    """``1/2x``, which some write for half of x: equal when this reading is."""
    first, second = (OVER.sub(r"\\frac{\1}{\2}", text) for text in (left, right))
    return (same(first, second) or None) if (first, second) != (left, right) else None


def _sampled(left: str, right: str) -> bool | None:
    """False for two closed forms with other values, however involved they are."""
    return False if differ(left, right) else None


def _one_varies(first: Expression, second: Expression) -> bool:
    """Whether one is a constant and the other a sum with letters in it (a product could be a number with a unit)."""
    constant, other = (first, second) if not first.names else (second, first)
    return not constant.names and bool(other.names) and len(other.value) > 1


def _expression(text: str) -> Expression | None:
    if SCIENTIFIC.fullmatch(text):
        value = Fraction(text)
        return Expression({(1, ()): value} if value else {}, rounded=True)
    return parse(text)


def _risky(expression: Expression) -> bool:
    """Whether a letter may be a constant with rules of its own: i squared is -1."""
    return any(name in ("i", "j") and exponent != 1 for _, powers in expression.value for name, exponent in powers)


def _lower(expression: Expression) -> list[tuple[Key, Fraction]]:
    """The terms with all letters in lower case."""
    return sorted((_lower_key(key), factor) for key, factor in expression.value.items())


def _lower_key(key: Key) -> Key:
    return key[0], tuple(sorted((name.lower(), exponent) for name, exponent in key[1]))
