"""The documents say what the code says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from places import ROOT

from qwen3_eval.families import profiles
from qwen3_eval.task.registry import load_tasks


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_task_docs_are_current() -> None:
    module = script("task_docs")
    assert module.OUT.read_text("utf-8") == module.page(load_tasks()), "run `make docs`"


def test_family_docs_are_current() -> None:
    module = script("family_docs")
    known = {name: profile for name, profile in profiles().items() if profile.file}
    assert module.OUT.read_text("utf-8") == module.page(known), "run `make docs`"


def test_the_first_screen_of_the_readme_shows_both_commands() -> None:
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:40])
    assert "make eval" in first
    assert "make test" in first


def test_commands_and_options_in_the_documents_exist() -> None:
    from qwen3_eval.cli import parser

    known = parser().format_help()
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf-8")
        for command in re.findall(r"qwen3-eval ([a-z]+)", text):
            assert command in known, f"{name} names `qwen3-eval {command}`"


DOCUMENTS = [
    path
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("*/README.md"),
        *(ROOT / "docs").rglob("*.*"),
        *(ROOT / ".github").rglob("*.yml"),
        *(ROOT / "qwen3_eval").rglob("*.md"),
        ROOT / ".ci" / "run",
        ROOT / "Makefile",
    )
    if path.name != "CHANGELOG.md"
]
# Folders of the repository; what runs leave in results/ and reports/ is not there beforehand.
PATH = re.compile(r"(?<![\w/.-])((?:qwen3_eval|tasks|tests|scripts|speed|docs|requirements|findings)/[\w./-]*\w)")
MODULE = re.compile(
    r"python -m ((?:qwen3_eval|scripts|speed|tests)(?:\.\w+)*)|``?((?:qwen3_eval|scripts|speed)(?:\.[a-z_]\w*)+)`"
)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def is_there(module: str) -> bool:
    """Whether a dotted name is a module of the repository, or stands in one."""
    path = ROOT / module.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    file = path.parent.with_suffix(".py")
    return file.is_file() and re.search(rf"\b{path.name}\b", file.read_text("utf-8")) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_is_in_the_repository(document: Path) -> None:
    for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
        gone = [name for name in PATH.findall(line) if not (ROOT / name).exists()]
        gone += [
            name
            for pair in MODULE.findall(line)
            for name in pair
            if name and not is_there(name) and not name.endswith(".py")
        ]
        gone += [name for name in LINK.findall(line) if not (document.parent / name).exists()]
        assert not gone, f"line {number}: {gone[0]} is not there"
