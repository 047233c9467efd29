r"""Whether two pieces of mathematics have one value, as sympy and PolyMath's authors read and compare them.

A text is read by the first of three readers that understands it: sympy's reader of LaTeX, sympy's reader of
expressions, and the authors' own reader of LaTeX (``latex``). What none reads is a text. sympy's reader of
expressions evaluates Python; here it gets to see numbers, names of mathematics and operators alone.
"""

from __future__ import annotations

import ast
import functools
import importlib
import io
import tokenize
from collections.abc import Callable
from math import isclose
from typing import Any

from qwen3_eval.api import reading

from .latex import read_latex
from .values import Value, sympy

CLOSE = 1e-4
MAX_CHARS = 1000
UNREAD = object()
DOUBLED, SINGLE = "\\\\", "\\"
PLAIN_NODES = (
    ast.Expression,
    ast.Constant,
    ast.Load,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
)
FUNCTIONS = ("sqrt", "cbrt", "root", "real_root")


def same_value(left: str, right: str) -> bool:
    """Whether the two have one value, up to four digits where they are numbers.

    False without more ado for more than 1,000 characters and for numbers of more than 20,000 digits.
    """
    if max(len(left), len(right)) > MAX_CHARS or reading.too_large(left) or reading.too_large(right):
        return False
    first, second = _read(left), _read(right)
    if isinstance(first, str) or isinstance(second, str):
        # sympy would evaluate a text that it is asked to compare.
        return bool(str(first) == str(second))
    return any(_tried(rule, first, second) for rule in (_alike, _equal, _same_sides, _near, _same_matrix))


def _tried(rule: Callable[[Value, Value], bool], first: Value, second: Value) -> bool:
    """A rule's verdict. It may not be made for what was read (a list has no ``equals``): then it says nothing."""
    try:
        return rule(first, second)
    except Exception:  # noqa: BLE001
        return False


@functools.lru_cache(maxsize=256)
def _read(text: str) -> Value:
    for reader in (_sympy_latex, _expression, read_latex):
        for written in (text.replace(DOUBLED, SINGLE), text):
            found = _understood(reader, written)
            if found is not UNREAD:
                return found
    return text


def _understood(reader: Callable[[str], Value], text: str) -> Value:
    """What a reader makes of a text. They raise whatever they like at what is not of their language."""
    try:
        return reader(text)
    except Exception:  # noqa: BLE001
        return UNREAD


def _alike(first: Value, second: Value) -> bool:
    return bool(str(first) == str(second) or first == second)


def _equal(first: Value, second: Value) -> bool:
    verdict = first.equals(second)
    # A difference that was computed stays one, however it is simplified.
    return bool(verdict) or (verdict is None and sympy().simplify(first - second) == 0)


def _same_sides(first: Value, second: Value) -> bool:
    return bool(abs(first.lhs - first.rhs).equals(abs(second.lhs - second.rhs)))


def _near(first: Value, second: Value) -> bool:
    value = sympy().N
    return isclose(float(value(second)), float(value(first)), rel_tol=CLOSE)


def _same_matrix(first: Value, second: Value) -> bool:
    rounded = [one.applyfunc(lambda cell: round(cell, 3)) for one in (first, second)]
    return first.shape == second.shape and bool(rounded[0].equals(rounded[1]))


@functools.cache
def _grammar() -> tuple[Any, type, type, Any]:
    """sympy's reader of LaTeX below its entrance, which asks for an older antlr than the grammar needs."""
    reader = importlib.import_module("sympy.parsing.latex._parse_latex_antlr")
    silent = {"checkVersion": lambda *_: None}
    lexer = type("Lexer", (reader.LaTeXLexer,), silent)
    return reader, lexer, type("Parser", (reader.LaTeXParser,), silent), importlib.import_module("antlr4")


def _sympy_latex(text: str) -> Value:
    reader, make_lexer, make_parser, antlr = _grammar()
    text = text.strip()
    strict = reader.MathErrorListener(text)
    lexer = make_lexer(antlr.InputStream(text))
    parser = make_parser(antlr.CommonTokenStream(lexer))
    for each in (lexer, parser):
        each.removeErrorListeners()
        each.addErrorListener(strict)
    return reader.convert_relation(parser.math().relation())


def _expression(text: str) -> Value:
    """What sympy's ``parse_expr`` makes of a text, without running what the text asks to be run."""
    reader = importlib.import_module("sympy.parsing.sympy_parser")
    names = _names()
    if any(token.type == tokenize.STRING for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline)):
        raise ValueError("a quoted text is no mathematics")
    code = reader.stringify_expr(text, {}, names, reader.standard_transformations)
    tree = ast.parse(code.strip(), mode="eval")
    for node in ast.walk(tree):
        _check(node, names)
    return eval(compile(tree, "<answer>", "eval"), {"__builtins__": {}}, names)  # noqa: S307


@functools.cache
def _names() -> dict[str, Any]:
    """The names of sympy that an expression may hold: its constants, its classes and a few functions."""
    library = sympy()
    public = {name: getattr(library, name) for name in library.__all__}
    found = {name: value for name, value in public.items() if isinstance(value, (library.Basic, type))}
    functions = {name: public[name] for name in FUNCTIONS}
    return {**found, **functions, "abs": abs, "max": library.Max, "min": library.Min}


def _check(node: ast.AST, names: dict[str, Any]) -> None:
    """Raises ValueError where a node of an expression is more than mathematics."""
    if isinstance(node, ast.Name):
        allowed = node.id in names
    elif isinstance(node, ast.Call):
        allowed = isinstance(node.func, (ast.Name, ast.Call)) and not node.keywords
    else:
        allowed = isinstance(node, PLAIN_NODES)
    if not allowed:
        raise ValueError(f"{ast.unparse(node)} is no mathematics")
