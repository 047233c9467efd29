"""Nothing remains in the package that only tests use."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from places import ROOT

USERS = [
    path for folder in ("qwen3_eval", "tasks", "scripts", "speed") for path in sorted((ROOT / folder).rglob("*.py"))
]
# Names that stand where Python is not looked for: commands in documents, entry points, templates.
OTHERS = ("CONTRIBUTING.md", "README.md", "pyproject.toml", "Makefile")


def used(tree: ast.Module) -> Iterator[str]:
    """Every name that a module reads, and the words of its strings; docstrings and what it exports aside."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))
        elif isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            silent |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield from re.findall(r"\w+", node.value)


def declared(path: Path) -> Iterator[tuple[str, int]]:
    """Functions, classes and constants of a module."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Assign):
            yield from ((target.id, node.lineno) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.lineno


def test_what_the_package_declares_is_used_by_more_than_tests() -> None:
    names = Counter(name for path in USERS for name in used(ast.parse(path.read_text("utf-8"))))
    texts = [ROOT / name for name in OTHERS] + sorted((ROOT / "qwen3_eval").rglob("*.j2"))
    names.update(word for path in texts for word in re.findall(r"\w+", path.read_text("utf-8")))
    unused = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sorted((ROOT / "qwen3_eval").rglob("*.py"))
        for name, line in declared(path)
        if not names[name] and not name.startswith("__")
    ]
    assert unused == [], "delete it, or move it to tests/support"
