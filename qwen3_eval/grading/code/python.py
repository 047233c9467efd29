"""Python programs in the answer of a model: the longest part that is Python, and of it what a function needs.

Both follow ``evalplus/sanitize.py`` of evalplus 0.3.1, which cut the programs out that the published verdicts are on.
There every pair of lines is tried, which takes minutes for a long answer. Here a start is given up as soon as no text
that begins so can be Python, and what was cut out is read with ``ast`` instead of tree-sitter.
"""

from __future__ import annotations

import ast
import itertools
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from qwen3_eval.grading.code.extract import code_blocks

# The flag of ``codeop``: tells text that ends too early from text that no continuation makes right.
ALLOW_INCOMPLETE = 0x4000
INCOMPLETE = "incomplete input"
# Longer answers are not worth the search; a model of 32,768 tokens writes less.
LONGEST = 200_000
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)

State = Literal["python", "begun", "broken"]


def program_for(function: str, answer: str, prompt: str = "") -> str:
    """The program in an answer that defines a function; empty when there is none.

    An answer that is Python as a whole and only defines things is the program as it stands, as for evalplus's
    evaluator. Of any other the longest part that is Python counts, and of that what the function needs, as for its
    code generator: assertions that a model adds are its own. An answer without the function continues the prompt, with
    the longest of its fenced blocks if not as a whole.
    """
    blocks = sorted((block.code for block in code_blocks(answer)), key=len)[-1:]
    for text in (answer, prompt + answer, *(prompt + code for code in blocks)):
        cut = needed_by(function, longest_python(text))
        for program in (text, cut) if only_defines(text) else (cut, text):
            if defines(function, program) and program.strip() != prompt.strip():
                return program
    return ""


def only_defines(code: str) -> bool:
    """Whether a text is Python with nothing at its top but imports, definitions, assignments and texts."""
    return not complaint(code) and all(
        isinstance(node, DEFINITIONS) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in parse(code).body
    )


def complaint(code: str) -> str:
    """Why a text is not Python, in a few words; empty when it is."""
    try:
        parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def parse(code: str, flags: int = 0) -> ast.Module:
    """The syntax tree. Raises SyntaxError, ValueError, MemoryError or RecursionError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: ast.Module = compile(code, "<answer>", "exec", ast.PyCF_ONLY_AST | flags, dont_inherit=True)
    return tree


def defines(function: str, code: str) -> bool:
    """Whether a text is Python that gives the name to something."""
    return not complaint(code) and any(function in _bound(node) for node in ast.walk(parse(code)))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def longest_python(text: str) -> str:
    """The lines, at least two, one after the other, that are Python and of which most are not blank.

    The first of those that are equally long; the first line alone when no two are Python.
    """
    lines = text.split("\n")
    filled = [0, *itertools.accumulate(bool(line.strip()) for line in lines)]
    first, last, most = 0, 1, 0
    for start in range(len(lines) - 1):
        if filled[-1] - filled[start] <= most:
            break
        least = max(start + 2, bisect_right(filled, filled[start] + most))
        if stop := _python_until(lines, start, least):
            first, last, most = start, stop, filled[stop] - filled[start]
    return "\n".join(lines[first:last])


def _python_until(lines: Sequence[str], start: int, least: int) -> int:
    """The farthest place, not before ``least``, up to which the lines are Python; 0 when there is none."""
    if any(_state(lines[start:stop]) == "broken" for stop in (start + 2, least)):
        return 0
    # Text that is broken stays so, whatever follows.
    step, stop, beyond = 1, least, len(lines) + 1
    while stop + 1 < beyond:
        ahead = min(stop + step, beyond - 1)
        if _state(lines[start:ahead]) == "broken":
            beyond, step = ahead, 1
        else:
            stop, step = ahead, 2 * step
    return next((place for place in range(stop, least - 1, -1) if _state(lines[start:place]) == "python"), 0)


def _state(lines: Sequence[str]) -> State:
    try:
        parse("\n".join(lines), ALLOW_INCOMPLETE)
    except SyntaxError as error:
        return "begun" if INCOMPLETE in str(error) else "broken"
    except (ValueError, MemoryError, RecursionError):
        return "broken"
    return "python"


def needed_by(function: str, code: str) -> str:
    """Imports, and the definitions that the function reaches by name; all of the code when that is nothing.

    The rules of the reference, odd ones too: of two definitions of a name the first counts, a function without a
    ``return`` and one with a decorator are left out, and so is every other statement.
    """
    if complaint(code):
        return code
    code = code.replace("\r\n", "\n").replace("\r", "\n")  # as Python reads it
    body = parse(code).body
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) and not _from_future(node)]
    definitions: dict[str, ast.stmt] = {}
    for node in body:
        if name := _name(node):
            definitions.setdefault(name, node)
    reached = _reached(function, definitions)
    kept = [*imports, *(node for name, node in definitions.items() if name in reached)]
    return "\n".join(_segments(code, kept)).strip() or code


def _segments(code: str, nodes: Sequence[ast.stmt]) -> Iterator[str]:
    """The source of each statement. Places of nodes are counted in bytes."""
    lines = [line.encode() for line in code.split("\n")]
    begins = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    source = b"\n".join(lines)
    for node in nodes:
        assert node.end_lineno is not None and node.end_col_offset is not None
        end = begins[node.end_lineno - 1] + node.end_col_offset
        yield source[begins[node.lineno - 1] + node.col_offset : end].decode()


def _from_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _name(node: ast.stmt) -> str:
    """What a statement defines, by the rules of the reference; empty for one that it leaves out."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        plain = not node.decorator_list
        return node.name if plain and (isinstance(node, ast.ClassDef) or _returns(node)) else ""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        # The reference takes the first name that stands by itself, which may be the one on the right.
        single = not isinstance(node, ast.Assign) or len(node.targets) == 1
        return next((side.id for side in (target, node.value if single else None) if isinstance(side, ast.Name)), "")
    return ""


def _returns(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(function))


def _reached(function: str, definitions: Mapping[str, ast.stmt]) -> set[str]:
    """The names that a function needs, directly or not."""
    reached, queue = {function}, [function]
    while queue:
        node = definitions.get(queue.pop())
        names = set(_identifiers(node)) - reached if node else set()
        reached |= names
        queue += names
    return reached


def _identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name in the source of a tree: of variables, attributes, keywords, parameters, ..."""
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if field not in ("value", "kind", "type_comment"):
                yield from (name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))
