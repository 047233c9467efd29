"""What a task needs to be judged: of this machine, or of the nodes that judge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from places import TOYS
from preparing import selected

from qwen3_eval.config import RunConfig
from qwen3_eval.prepare.selection import able
from qwen3_eval.task.needs import SANDBOX, TOOLCHAINS, rests_on, toolchain
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import UsageError


@pytest.fixture(autouse=True)
def nothing_isolates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qwen3_eval.sandbox.available", lambda: "bwrap is not here")
    # What the choice is put into.
    monkeypatch.setenv("QWEN3_EVAL_SANDBOX", "auto")


def config(task: str, graders: str) -> RunConfig:
    return RunConfig("m", (task,), sandbox="bubblewrap", graders=graders)  # type: ignore[arg-type]


def test_a_sandbox_is_asked_of_who_judges() -> None:
    task = load_tasks(None).get("demo_code")
    with pytest.raises(
        UsageError, match="demo_code runs programs that a model wrote and there is no sandbox: bwrap is"
    ):
        able(selected(config("demo_code", "driver"), task))
    assert [each.name for each in able(selected(config("demo_code", "cluster"), task)).asked] == ["demo_code"]


def test_what_a_model_judges_is_judged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    task = load_tasks(TOYS).get("toy_judged")
    monkeypatch.setattr(type(task), "spec", replace(task.spec, needs=(SANDBOX,)))
    with pytest.raises(UsageError, match="there is no sandbox"):
        able(selected(config("toy_judged", "cluster"), task))


def test_verdicts_rest_on_the_toolchains_that_are_named_or_on_all_that_are_here() -> None:
    here = ("Python", "C++", "PHP")
    assert rests_on([SANDBOX], here) == []
    assert rests_on([SANDBOX, toolchain("C++")], here) == rests_on([toolchain("C++")], ()) == ["C++"]
    assert rests_on([SANDBOX, TOOLCHAINS], here) == list(here)
