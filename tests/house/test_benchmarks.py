"""Benchmarks and the core know as little of each other as they can."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from places import ROOT

import qwen3_eval.api
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Generated

CORE = sorted((ROOT / "qwen3_eval").rglob("*.py"))
# The report's own numbers are by benchmark, and so are the lines of its tables.
SPEAK_OF_THEM = ("qwen3_eval/reference/", "qwen3_eval/reproduce/tables.py")
# Names of benchmarks that are also words: of a kind of grading, of English, and of the codes of languages.
WORDS = {"math", "include", "flores", "ruler"}
MOST_NAMES = 30


def names() -> set[str]:
    """What the benchmarks are called: each by itself, by its family, and by the folders of its rows and its modules."""
    specs = [task.spec for task in load_tasks().tasks.values() if not isinstance(task.spec.source, Generated)]
    own = {spec.name for spec in specs}
    families = {re.sub(r"(_v?\d+)+$|\d+$", "", name) for name in own}
    rows = {source.mirror.partition("/")[0] for spec in specs for source in spec.sources}
    folders = {path.parent.name for path in (ROOT / "tasks").rglob("task.py")}
    return (own | families | rows | folders) - WORDS


def said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every identifier and every text of a module with its line, but for texts that stand by themselves."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in alone:
            continue
        line = getattr(node, "lineno", 0)
        for _, value in ast.iter_fields(node):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str):
                    yield line, each


def test_no_name_of_a_benchmark_stands_in_the_core() -> None:
    named = re.compile(rf"(?<![a-z0-9])({'|'.join(sorted(names(), key=len, reverse=True))})(?![a-z0-9])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]}"
        for path in CORE
        if not path.relative_to(ROOT).as_posix().startswith(SPEAK_OF_THEM)
        for line, text in said(ast.parse(path.read_text("utf-8")))
        if (match := named.search(text))
    ]
    files = [path for path in CORE if named.search(path.stem)]
    assert not found, "\n".join(found)
    assert not files


def test_the_names_are_those_of_the_benchmarks() -> None:
    assert {"bfcl", "bfcl_v3", "codeelo", "codeforces", "evalplus", "livecodebench", "multipl_e", "tooluse"} <= names()


def test_the_api_stays_small() -> None:
    assert len(qwen3_eval.api.__all__) <= MOST_NAMES


@pytest.mark.parametrize(
    "name", [name for name, value in vars(qwen3_eval.api).items() if isinstance(value, ModuleType)]
)
def test_a_kind_has_a_face(name: str) -> None:
    """What a module of the api offers is there and says what it is."""
    module = getattr(qwen3_eval.api, name)
    assert name in qwen3_eval.api.__all__
    assert module.__doc__
    for each in face(module):
        value = getattr(module, each)
        assert value.__doc__ or not isinstance(value, type | FunctionType), f"{name}.{each} has no docstring"


def face(module: ModuleType) -> set[str]:
    """What a module offers: what it lists, else what it defines itself without an underscore."""
    own = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return set(getattr(module, "__all__", ())) or {name for name in own if not name.startswith("_")}


def used(path: Path) -> Iterator[tuple[str, str]]:
    """What a file takes from the modules of the api: ``("code", "run_steps")``."""
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "qwen3_eval.api"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield imported[node.value.id], node.attr


def test_benchmarks_take_what_a_face_offers_and_nothing_behind_it() -> None:
    for path in sorted((ROOT / "tasks").rglob("*.py")):
        for name, attribute in used(path):
            module = getattr(qwen3_eval.api, name)
            if isinstance(module, ModuleType):
                assert attribute in face(module), f"{path.relative_to(ROOT)}: {name}.{attribute}"
