"""Rows that are put together from files that were published in other forms: prompts in code, settings in YAML.

Code is read and never run: of a Python file the values that stand in it are taken, and nothing is imported, called or
looked up.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from qwen3_eval.task.source import Composed

__all__ = ["Composed", "constants", "settings"]


def constants(text: str) -> Mapping[str, Any]:
    """The constants of a Python file by name, those of functions included; of several under one name the first.

    Texts, numbers, lists and mappings, names of constants above in them, and ``.strip()`` behind a text. Raises
    ValueError for what is no Python.
    """
    try:
        assigned = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assign)]
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"it is no Python that can be read: {error}") from error
    found: dict[str, Any] = {}
    for node in sorted(assigned, key=lambda each: each.lineno):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id not in found:
                _take(found, target.id, node.value)
    return found


def _take(found: dict[str, Any], name: str, node: ast.expr) -> None:
    """Adds a value under its name, where it is one that can be read."""
    try:
        found[name] = _value(node, found)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, known) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {
                ast.literal_eval(key or node): _value(value, known) for key, value in zip(keys, values, strict=True)
            }
        case ast.Call(func=ast.Attribute(value=inner, attr="strip"), args=[], keywords=[]):
            return str(_value(inner, known)).strip()
    return ast.literal_eval(node)


def settings(text: str) -> Mapping[str, Any]:
    """The mapping in a YAML file. Raises ValueError for anything else."""
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML that can be read: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("it holds no settings")
    return found
