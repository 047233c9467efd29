"""The words of the house: a class has a name of its own, and a package's face hides none of its modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

SOURCES = [path for room in ("qwen3_eval", "tasks") for path in sorted((ROOT / room).rglob("*.py"))]
FACES = [path for path in SOURCES if path.name == "__init__.py"]
OWN_WORDS = (
    "qwen3_eval/grading/instructions",
    "qwen3_eval/grading/language",
    "qwen3_eval/grading/math",
    "tasks/general",
    "tasks/multilingual",
    "tasks/reasoning",
)


def named(face: Path) -> Iterator[str]:
    """What a package's face defines or imports, its own modules aside."""
    package = ".".join(face.parent.relative_to(ROOT).parts)
    for node in ast.parse(face.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module not in (package, None):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def test_no_class_name_stands_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if any(place.startswith(OWN_WORDS) for place in found)} == {}


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.parent.relative_to(ROOT).as_posix())
def test_no_module_is_hidden_by_the_face_of_its_package(face: Path) -> None:
    modules = {path.stem for path in face.parent.glob("*.py")}
    modules |= {path.parent.name for path in face.parent.glob("*/*.py")}
    assert modules.isdisjoint(named(face))
