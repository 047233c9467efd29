"""The documents say what the code says."""

import importlib.util
import re

from places import ROOT

from qwen3_eval.task.registry import load_tasks


def test_task_docs_are_current() -> None:
    spec = importlib.util.spec_from_file_location("task_docs", ROOT / "scripts" / "task_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.OUT.read_text("utf-8") == module.page(load_tasks()), "run `make docs`"


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
