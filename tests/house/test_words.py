"""The words of the house: each class has a name of its own, no module is hidden, only a model is a judge."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

SOURCES = [path for room in ("qwen3_eval", "tasks") for path in sorted((ROOT / room).rglob("*.py"))]
FACES = [path for path in SOURCES if path.name == "__init__.py"]
# A judge is a model that judges. What scores by a program grades, checks or marks.
JUDGE = re.compile(r"(?i:(?:^|_)judg(?:e|es|ed|ing)(?:_|$))|Judge(?:[A-Z]|s?$)")
BY_PROGRAM = ("qwen3_eval/grading/", "qwen3_eval/scoring/", "qwen3_eval/sandbox/", "qwen3_eval/metrics/", "tasks/")
# How a benchmark says that a model judges its answers.
BY_A_MODEL = re.compile(r"\(judged\.Judged\)|judged\.JudgeCall")


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
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every function, class, parameter and variable."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def is_by_a_model(path: Path) -> bool:
    """Whether a module belongs to a benchmark whose answers a model judges."""
    own = [path, path.with_name("task.py")]
    return any(BY_A_MODEL.search(each.read_text("utf-8")) for each in own if each.is_file())


def test_only_a_model_is_called_a_judge() -> None:
    for path in SOURCES:
        where = path.relative_to(ROOT).as_posix()
        if where.startswith(BY_PROGRAM) and not is_by_a_model(path):
            assert not JUDGE.search(path.stem), where
            found = [f"{where}:{line} {name}" for line, name in names(ast.parse(path.read_text("utf-8")))]
            assert not [each for each in found if JUDGE.search(each.split()[1])]


@pytest.mark.parametrize("name", ["judge", "_judge", "judge_letter", "is_judged", "Judge", "LetterJudge", "JUDGED"])
def test_what_is_called_a_judge(name: str) -> None:
    assert JUDGE.search(name)


@pytest.mark.parametrize("name", ["judgement", "judgments", "adjudged", "grade"])
def test_what_is_not(name: str) -> None:
    assert not JUDGE.search(name)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.parent.relative_to(ROOT).as_posix())
def test_no_module_is_hidden_by_the_face_of_its_package(face: Path) -> None:
    modules = {path.stem for path in face.parent.glob("*.py")}
    modules |= {path.parent.name for path in face.parent.glob("*/*.py")}
    assert modules.isdisjoint(named(face))
