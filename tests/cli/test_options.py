"""Every option of every command with values that it cannot take: one line and exit code 2 or 3, or they are taken."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run

from qwen3_eval.cli import main, parser
from qwen3_eval.cli.arguments import template_argument
from qwen3_eval.types import UsageError

VALUES = (
    *("", "nan", "inf", "-1", "0", "2", "1e400", "9" * 26, "abc", "a,b", "demo,demo", "NAME=", "--", "\ud800"),
    *("file", "folder", "nowhere/x", "./nofolder", "base.json", "run", "x" * 5_000, "/proc/nowhere/x"),
)
RUN = ["--engine", "mock", "--model", "demo", "--run-dir", "new"]
# What each command needs beside the option that is tried.
COMMANDS: dict[str, list[str]] = {
    "run": [*RUN, "--tasks", "demo_math", "--limit", "2"],
    "score": ["--task", "demo_math", "--predictions", "p.jsonl", "--run-dir", "new"],
    "report": ["run", "--out", "out.html"],
    "reproduce": ["figure2", *RUN],
    "export": ["run", "--format", "csv", "--out", "ex"],
    "compare": ["run", "other"],
    "baseline": ["run", "--out", "new.json"],
    "gate": ["run", "--baseline", "base.json"],
    "list": [],
    "languages": [],
    "show": ["demo_math"],
    "doctor": [],
    "data": ["status", "--data-dir", "folder"],
    "model": ["import-gguf", "file", "made"],
    "repair": ["run"],
    "ratings": ["run", "other"],
    "judge-agreement": ["run"],
}


def commands() -> dict[str, argparse.ArgumentParser]:
    found: dict[str, Any] = {}
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(action.choices)
    return found


def requests(name: str) -> Iterator[list[str]]:
    """A command line for each option and value."""
    needed = COMMANDS[name]
    for action in commands()[name]._actions:
        for value in VALUES if action.nargs != 0 else ():
            if action.option_strings:
                yield [name, *needed, f"{action.option_strings[-1]}={value}"]
            else:
                yield [name, value, *needed[1:]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    facts: dict[str, Any] = {"tasks": ("demo_math",), "budgets": (16, 32), "docs": 6, "unfinished": 0.0}
    write_run(Path("run"), Fake(**facts))
    write_run(Path("other"), Fake(**facts, seed=1))
    assert main(["baseline", "run", "--out", "base.json"]) == 0
    Path("file").write_text("text")
    Path("folder").mkdir()
    Path("p.jsonl").write_text('{"id": "train/0", "response": "4"}\n')
    # The request is what is tried here, not the run.
    monkeypatch.setattr("qwen3_eval.cli.interrupts.run", lambda coroutine, run_dir: coroutine.close())
    monkeypatch.setattr("qwen3_eval.cli.evaluate._finish", lambda run_dir, report: None)
    return tmp_path


def test_all_commands_are_tried() -> None:
    assert set(COMMANDS) == set(commands())


# Those with most options take most of the time.
MANY = ("run", "reproduce", "report", "score")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in MANY)) for name in COMMANDS])
def test_bad_values(folder: Path, name: str) -> None:
    for argv in requests(name):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            code = main(argv)
        err = said.getvalue()
        context = f"{argv}: {code}, {err}"
        assert code in (0, 2, 3), context
        assert "Traceback" not in err and "should not have happened" not in err, context
        assert err.count("qwen3-eval: ") == (code != 0) or (name == "gate" and not err), context


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["run", *RUN, "--tasks", "demo_math", "--temperature", "nan"], "'nan' is not a number from 0 to 100"),
        (["run", *RUN, "--tasks", "demo_math", "--temperature=-1"], "'-1' is not a number from 0 to 100"),
        (["run", *RUN, "--tasks", "demo_math", "--top-p", "2"], "'2' is not a number from"),
        (["run", *RUN, "--tasks", "demo_math", "--seed", "9" * 30], "is not a whole number of 64 bits"),
        (["run", *RUN, "--tasks", "demo_math", "--limit", "9" * 30], "is not a positive whole number"),
        (["run", *RUN, "--tasks", ""], "there are no tasks"),
        (["run", *RUN, "--tasks", "demo_math", "--tasks-dir", "nowhere"], "--tasks-dir nowhere is not a folder"),
        (["run", *RUN, "--tasks", "demo_math", "--tasks-dir", "file"], "--tasks-dir file is not a folder"),
        (["run", *RUN, "--tasks", "gsm8k", "--data-dir", "nowhere"], "data folder nowhere does not exist"),
        (["run", *RUN, "--tasks", "gsm8k", "--data-dir", "file"], "file"),
        (["run", *RUN[:-1], "file", "--tasks", "demo_math"], "--run-dir file: file is a file"),
        (["run", *RUN[:-1], "file/below", "--tasks", "demo_math"], "file/below"),
        (["run", "--engine", "replay", *RUN[2:], "--tasks", "demo_math", "--replay-from", "nowhere"], "nowhere"),
        (["baseline", "run", "--out", "folder"], "cannot write folder: Is a directory"),
        (["report", "run", "--out", "file/below"], "cannot write file/below: Not a directory"),
        (["gate", "run", "--baseline", "base.json", "--margin", "nan"], "--margin"),
        (["gate", "run", "--baseline", "base.json", "--detect", "nan"], "--detect"),
        (["reproduce", "figure2", *RUN, "--throughput", "inf"], "--throughput"),
    ],
)
def test_what_the_line_says(folder: Path, argv: list[str], expected: str) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert main(argv) == 2
    assert expected in said.getvalue()
    assert said.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("effort=high", "effort", "high"),
        ("on=true", "on", True),
        ("n=3", "n", 3),
        ("share=0.5", "share", 0.5),
        ("none=null", "none", None),
        ('text="3"', "text", "3"),
        ('kinds={"a": [1]}', "kinds", {"a": [1]}),
        ("formula=a=b", "formula", "a=b"),
        ("empty=", "empty", ""),
        ("x=NaN", "x", "NaN"),
        ("x=-Infinity", "x", "-Infinity"),
        ("x=1e999", "x", "1e999"),
        ('x="\\ud800"', "x", '"\\ud800"'),
        pytest.param("x=" + "[" * 100_000, "x", "[" * 100_000, id="deep"),
    ],
)
def test_template_arguments_are_json_where_they_can_be(text: str, name: str, value: object) -> None:
    assert template_argument(text) == (name, value)


def test_a_template_argument_that_is_given_twice(capsys: pytest.CaptureFixture[str]) -> None:
    twice = ["--template-arg", "effort=low", "--template-arg", "effort=high"]
    assert main(["model", "inspect", "demo", *twice]) == 2
    assert "--template-arg effort is given twice; give it once" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["effort", "=high", "a b=1", "3=x", ""])
def test_template_arguments_need_a_name_and_a_value(text: str) -> None:
    with pytest.raises(UsageError, match="--template-arg takes NAME=VALUE"):
        template_argument(text)
