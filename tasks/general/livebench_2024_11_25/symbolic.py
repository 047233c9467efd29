r"""AMPS_Hard: the last box, read as LaTeX by SymPy's two parsers and compared with the truth.

The parsers are those of the official code, in its order: the Earley parser (``lark``), the same after ``\\`` became
``\``, the ANTLR parser. An expression that the grammar reads in several ways counts when any reading is equal.
Equal means that the difference simplifies to 0 or to a number below 0.001.

The reference sets no limit of time: the parser may find thousands of readings, and SymPy may simplify for minutes.
Three things are decided at once here. What is longer than ``LONGEST`` or holds a tower of powers is wrong. Two readings
that are far apart at two of ``POINTS`` are not equal, because no simplification makes up for that. The rest ends at
the limit of the worker process and is wrong, as it was in the code before and after the reference, which gave up
after eight seconds and after sixty.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qwen3_eval.api import once, reading

from . import grammar
from .finding import Finding
from .text import last_box, unboxed

LONGEST = 600
CLOSE = 0.001
# Pairs of readings that are looked at before any difference is simplified.
SOON = 64
# Values of the first symbol of a difference; the next one takes the next multiple.
POINTS = (0.4142, 1.7321, 0.2361, 0.1010)
APART = 0.01
# What stands for a function f(x, y, ...) of which nothing is known: ADDED + FACTOR * x + FACTOR ** 2 * y + ...
ADDED, FACTOR = 0.7, 1.3
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
    """Whether any reading of one is any reading of the other: ``is_equiv``.

    Of the first pairs those that are the same as they stand come first, since simplifying others may take long. There
    may be thousands of readings.
    """
    soon = itertools.islice(_differences(right, said), SOON)
    return any(each == 0 for each in soon) or any(map(_vanishes, _differences(right, said)))


def _differences(right: str, said: str) -> Iterator[Any]:
    return (_difference(one, other) for one in readings(right) for other in readings(said))


def _difference(one: Any, other: Any) -> Any:
    """None where there is none.

    SymPy raises all kinds of exceptions on expressions that are no numbers; the official code goes on after each.
    """
    try:
        return one - other
    except Exception:  # noqa: BLE001 - whatever two readings raise, they are not equal
        return None


def _vanishes(difference: Any) -> bool:
    """Whether a difference of two readings is nothing, or next to nothing."""
    import sympy

    if difference is None or _apart(difference):
        return False
    try:
        rest = sympy.simplify(difference)
        return rest == 0 or bool(sympy.Abs(rest) < CLOSE)
    except Exception:  # noqa: BLE001 - as above
        return False


def _apart(difference: Any) -> bool:
    """Whether a difference with symbols is a number far from 0 at two of the points."""
    symbols = sorted(getattr(difference, "free_symbols", ()), key=str)
    if not symbols:
        return False
    known = _without_unknown_functions(difference)
    far = (point for point in POINTS if _size(known, symbols, point) > APART)
    return len(list(itertools.islice(far, 2))) == 2


def _without_unknown_functions(difference: Any) -> Any:
    """With a plain function in place of those that SymPy knows nothing of: to its parser ``x (y + 1)`` is one.

    What is 0 whatever the function is 0 with this one.
    """
    from sympy.core.function import AppliedUndef

    def plain(*arguments: Any) -> Any:
        return ADDED + sum(FACTOR**place * argument for place, argument in enumerate(arguments, 1))

    try:
        return difference.replace(AppliedUndef, plain)
    except Exception:  # noqa: BLE001 - simplification then decides
        return difference


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
    return next(filter(None, (_read(parse, text) for parse in _parsers(text))), ())


def _read(parse: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    """One parser's readings. The parsers raise all kinds of exceptions; each means that the next one is tried."""
    import lark

    try:
        read = parse(text)
    except Exception:  # noqa: BLE001 - as said
        return ()
    return tuple(read.children) if isinstance(read, lark.Tree) else (read,)


def _parsers(text: str) -> Iterator[Callable[[str], Any]]:
    yield grammar.parse
    if "\\\\" in text:
        yield lambda text: grammar.parse(text.replace("\\\\", "\\"))
    yield _antlr


def _antlr(text: str) -> Any:
    """SymPy's ANTLR parser, which by itself insists on release 4.11 of the runtime; later ones read the same.

    Without contexts (SLL) it is several times as fast. Where it then takes in all of the text it has found the tree of
    the full way (Parr, Harwell and Fisher 2014, section 3.1); where not, the full way decides.
    """
    from antlr4.atn.PredictionMode import PredictionMode
    from sympy.parsing.latex import _parse_latex_antlr as official

    try:
        tree, whole = _antlr_tree(text.strip(), PredictionMode.SLL)
    except Exception:  # noqa: BLE001 - as said of parsers
        whole = False
    if not whole:
        tree, _ = _antlr_tree(text.strip(), PredictionMode.LL)
    return official.convert_relation(tree)


def _antlr_tree(text: str, mode: Any) -> tuple[Any, bool]:
    """The tree of a text, and whether all of the text is in it."""
    import antlr4
    from sympy.parsing.latex import _parse_latex_antlr as official

    lexer_class, parser_class = _antlr_classes()
    lexer = lexer_class(antlr4.InputStream(text))
    tokens = antlr4.CommonTokenStream(lexer)
    parser = parser_class(tokens)
    parser._interp.predictionMode = mode
    for part in (lexer, parser):
        part.removeErrorListeners()
        part.addErrorListener(official.MathErrorListener(text))
    tree = parser.math().relation()
    return tree, tokens.LA(1) == antlr4.Token.EOF


@once
def _antlr_classes() -> tuple[type[Any], type[Any]]:
    """The lexer and the parser that SymPy generated, without their word about another release of the runtime."""
    from sympy.parsing.latex._antlr.latexlexer import LaTeXLexer
    from sympy.parsing.latex._antlr.latexparser import LaTeXParser

    silent = {"checkVersion": lambda self, version: None}
    return type("Lexer", (LaTeXLexer,), silent), type("Parser", (LaTeXParser,), silent)
