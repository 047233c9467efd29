"""The configuration is settled in one room: few calls hand it from one room to another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from places import ROOT

PACKAGE = ROOT / "qwen3_eval"
MOST = 15


def rooms_of(tree: ast.Module) -> dict[str, str]:
    """The room of the package that each imported name comes from."""
    return {
        alias.asname or alias.name: [*node.module.split("."), alias.name][1]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "qwen3_eval"
        for alias in node.names
    }


def is_config(argument: ast.expr) -> bool:
    """Whether an argument is a config: by its name, or what a function of that name returns."""
    name = argument.func if isinstance(argument, ast.Call) else argument
    return ast.unparse(name).split(".")[-1].removeprefix("_").removesuffix("_config") in ("config", "run")


def crossings(path: Path) -> Iterator[str]:
    """Calls of another room's functions that take a config."""
    tree = ast.parse(path.read_text("utf-8"))
    rooms, here = rooms_of(tree), path.relative_to(PACKAGE).with_suffix("").parts[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            there = rooms.get(ast.unparse(node.func).split(".")[0], here)
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if there not in (here, "config") and any(map(is_config, given)):
                yield f"{path.name}:{node.lineno} {ast.unparse(node)}"


def test_the_config_crosses_few_thresholds() -> None:
    found = [call for path in PACKAGE.rglob("*.py") for call in crossings(path)]
    assert any("prepare(config" in call for call in found)
    assert len(found) <= MOST, "\n".join(found)
