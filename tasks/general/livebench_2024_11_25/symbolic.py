r"""AMPS_Hard: the last box, read as LaTeX by SymPy's two parsers and compared with the truth.

The parsers are those of the official code, in its order: the Earley parser (``lark``), the same after ``\\`` became
``\``, the ANTLR parser. An expression that the grammar reads in several ways counts when any reading is equal.
Equal means that the difference simplifies to 0 or to a number below 0.001.

The reference sets no limit of time: the parser may find thousands of readings, and SymPy may simplify for minutes.
Three things are decided at once here. What is longer than ``LONGEST`` or holds a tower of powers is wrong. Two readings
that are far apart at each of ``POINTS`` are not equal, because no simplification makes up for that. The rest ends at
the limit of the worker process and is wrong, as it was in the code before and after the reference, which gave up
after eight seconds and after sixty.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qwen3_eval.api import once, reading

from .finding import Finding
from .text import last_box, unboxed

LONGEST = 600
CLOSE = 0.001
# Values of the first symbol of a difference; the next one takes the next multiple.
POINTS = (0.4142, 1.7321)
APART = 0.01
REPLACED = (
    *((constant, "") for constant in ("+C", "+ C", "+ c", "+c")),
    ("\\\\fbox{", "\\\\boxed{"),
    *((fraction, "\\frac") for fraction in ("\\dfrac", "\\tfrac")),
    *((size, "") for size in ("\\left", "\\right", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\,", "\\;", "\n")),
    ("\\cdot", "*"),
)
REPLACED_IN_TRUTH = (("\\left", ""), ("\\right", ""), (" ^", "^"), ("\\ ", "*"))
# What an answer is taken out of, and shorthand that is spelled out: appendix D of Lewkowycz et al. (2022).
WRAPPED = (
    (re.compile(r"(.*?)(\$)(.*?)(\$)(.*)"), r"$\3$"),
    (re.compile(r"(\\text\{)(.*?)(\})"), r"\2"),
    (re.compile(r"(\\textbf\{)(.*?)(\})"), r"\2"),
    (re.compile(r"(\\overline\{)(.*?)(\})"), r"\2"),
    (re.compile(r"(\\boxed\{)(.*)(\})"), r"\2"),
    (re.compile(r"(frac)([^{])(.)"), r"frac{\2}{\3}"),
    (re.compile(r"(sqrt)([^{\[])"), r"sqrt{\2}"),
)
# A command, which stays, or a letter, which SymPy leaves as it is.
LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
OR = "\\quad \\text{or} \\quad"


def symbolic_score(truth: str | list[str], answer: str) -> Finding:
    """Whether the last box, else the last formula between dollar signs, else the end of the text is the truth.

    Raises OfficialError where the official code raises: a box that it cannot open.
    """
    right = replaced(truth[-1] if isinstance(truth, list) else truth, REPLACED_IN_TRUTH)
    text = replaced(answer, REPLACED)
    found = _last_formula(text)
    if found is None:
        ends = text.removesuffix(".").endswith(right)
        return Finding(float(ends), right if ends else None, "the text's end" if ends else "no box and no formula")
    if len(found) > LONGEST:
        return Finding(0.0, found[:LONGEST], f"longer than {LONGEST} characters")
    said = normal(found)
    if reading.too_large(LETTER.sub(_number_for_letter, said)):
        return Finding(0.0, said, "numbers too large to work out")
    return Finding(float(equal(right, said)), said)


def replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """The text with one string after the other replaced."""
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _last_formula(text: str) -> str | None:
    """What stands in the last box, else between the last dollar signs; of an equation, its last side."""
    box = last_box(text)
    if box is not None:
        return unboxed(box).split("=")[-1]
    if text.count("$") < 2:
        return None
    end = text.rfind("$")
    end -= text[end - 1] == "$"
    formula = text[text.rfind("$", 0, end) + 1 : end]
    return (formula.split("=") if "=" in formula else formula.split(OR))[-1].strip()


def normal(answer: str) -> str:
    """An answer without what wraps it, its shorthand spelled out: ``normalize_final_answer``."""
    for pattern, kept in WRAPPED:
        answer = pattern.sub(kept, answer)
    answer = answer.replace("$", "")
    return answer.replace(",", "") if answer.replace(",", "").isdigit() else answer


def _number_for_letter(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("\\") else " 1 "


def equal(right: str, said: str) -> bool:
    """Whether any reading of one is any reading of the other: ``is_equiv``."""
    ours, theirs = readings(right), readings(said)
    return any(_same(one, other) for one in ours for other in theirs)


def _same(one: Any, other: Any) -> bool:
    """Whether the difference of two readings is nothing, or next to nothing.

    SymPy raises all kinds of exceptions on expressions that are no numbers; the official code goes on after each.
    """
    import sympy

    try:
        difference = one - other
        if _apart(difference):
            return False
        rest = sympy.simplify(difference)
        return rest == 0 or bool(sympy.Abs(rest) < CLOSE)
    except Exception:  # noqa: BLE001 - whatever two readings raise, they are not equal
        return False


def _apart(difference: Any) -> bool:
    """Whether a difference with symbols is a number far from 0 at each of the points."""
    symbols = sorted(getattr(difference, "free_symbols", ()), key=str)
    return bool(symbols) and all(_size(difference, symbols, point) > APART for point in POINTS)


def _size(difference: Any, symbols: Sequence[Any], point: float) -> float:
    """Absolute value at a point; not a number where there is none."""
    try:
        values = {symbol: point * place for place, symbol in enumerate(symbols, 1)}
        return abs(complex(difference.evalf(15, subs=values)))
    except Exception:  # noqa: BLE001 - SymPy raises all kinds; simplification then decides
        return math.nan


@functools.lru_cache(maxsize=256)
def readings(text: str) -> tuple[Any, ...]:
    """SymPy's readings of a piece of LaTeX, none when no parser can read it."""
    return next(filter(None, (_read(parse, text) for parse in _parsers())), ())


def _read(parse: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    """One parser's readings. The parsers raise all kinds of exceptions; each means that the next one is tried."""
    import lark

    try:
        read = parse(text)
    except Exception:  # noqa: BLE001 - as said
        return ()
    return tuple(read.children) if isinstance(read, lark.Tree) else (read,)


def _parsers() -> Iterator[Callable[[str], Any]]:
    from sympy.parsing.latex import parse_latex_lark

    yield parse_latex_lark
    yield lambda text: parse_latex_lark(text.replace("\\\\", "\\"))
    yield _antlr


def _antlr(text: str) -> Any:
    """SymPy's ANTLR parser, which by itself insists on release 4.11 of the runtime; later ones read the same."""
    import antlr4
    from sympy.parsing.latex import _parse_latex_antlr as official

    text = text.strip()
    lexer_class, parser_class = _antlr_classes()
    lexer = lexer_class(antlr4.InputStream(text))
    parser = parser_class(antlr4.CommonTokenStream(lexer))
    for part in (lexer, parser):
        part.removeErrorListeners()
        part.addErrorListener(official.MathErrorListener(text))
    return official.convert_relation(parser.math().relation())


@once
def _antlr_classes() -> tuple[type[Any], type[Any]]:
    """The lexer and the parser that SymPy generated, without their word about another release of the runtime."""
    from sympy.parsing.latex._antlr.latexlexer import LaTeXLexer
    from sympy.parsing.latex._antlr.latexparser import LaTeXParser

    silent = {"checkVersion": lambda self, version: None}
    return type("Lexer", (LaTeXLexer,), silent), type("Parser", (LaTeXParser,), silent)
