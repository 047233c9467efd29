"""``--draw-seed``: a fresh set of what tasks draw themselves, which is never taken for the fixed one."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from places import TOYS
from preparing import asked_docs, departures

from qwen3_eval import data
from qwen3_eval.cli import main
from qwen3_eval.config import RunConfig
from qwen3_eval.prepare import prepare_predictions
from qwen3_eval.task.base import Task
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.task.source import Fitted, Generated
from qwen3_eval.types import UsageError

SUMS = load_tasks(TOYS).get("toy_sum")
DRAWN = sorted(name for name, task in load_tasks().tasks.items() if isinstance(task.spec.source, Generated))


def config(**facts: Any) -> RunConfig:
    return RunConfig("m", ("toy_sum",), tasks_dir=TOYS, **facts)


def run(folder: Path, *argv: str, tasks: str = "toy_sum") -> tuple[int, str]:
    """The exit code of a run with the mock engine, and what it said."""
    start = ["run", "--model", "demo", "--engine", "mock", "--mode", "non-thinking", "--tasks-dir", str(TOYS)]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = main([*start, "--tasks", tasks, "--run-dir", str(folder), *argv])
    return code, said.getvalue()


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


def test_another_seed_draws_another_set_of_the_same_size() -> None:
    fixed, fresh = asked_docs(SUMS, config()), asked_docs(SUMS, config(draw_seed=5))
    assert len(fixed) == len(fresh) == 20
    assert not {doc.id for doc in fixed} & {doc.id for doc in fresh}
    assert fresh == asked_docs(SUMS, config(draw_seed=5)) == list(data.docs(SUMS, draw_seed=5))
    assert asked_docs(SUMS, config(draw_seed=1)) == fixed


@pytest.mark.parametrize("name", DRAWN)
def test_every_task_that_draws_can_draw_afresh(name: str) -> None:
    task = load_tasks().get(name)
    fixed, fresh = (
        [doc.question for doc in itertools.islice(data.docs(task, draw_seed=seed), 8)] for seed in (None, 4_711)
    )
    assert len(fresh) == 8
    assert fixed != fresh


def test_it_is_part_of_the_identity_only_where_it_was_given() -> None:
    assert "draw_seed" not in config().identity()
    assert config(draw_seed=0).identity()["draw_seed"] == 0


def test_it_deviates_unless_it_is_the_tasks_own() -> None:
    assert "toy_sum: a set drawn with seed 5, not the fixed one" in departures(config(draw_seed=5), SUMS)
    assert not [text for seed in (None, 1) for text in departures(config(draw_seed=seed), SUMS) if "drawn" in text]


def test_prompts_that_are_fitted_to_a_length_are_drawn_too() -> None:
    fitted = [task for task in load_tasks().tasks.values() if isinstance(task, FittedTask)]
    assert fitted
    for task in fitted:
        source = task.spec.source
        assert isinstance(source, Fitted)
        assert data.drawn_afresh(task, {"seed": source.seed + 1}).startswith("a set drawn with seed")
        assert data.drawn_afresh(task, {"seed": source.seed}) == ""


def test_a_run_says_what_it_drew_and_is_never_taken_for_one_of_the_fixed_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, argv in (("fixed", ()), ("fresh", ("--draw-seed", "5"))):
        assert run(tmp_path / name, "--limit", "1", *argv)[0] == 0
    told = manifest(tmp_path / "fresh")
    assert (told["data"]["toy_sum"]["seed"], told["identity"]["draw_seed"]) == (5, 5)
    assert "toy_sum: a set drawn with seed 5, not the fixed one" in told["deviations"]
    for other in ((), ("--draw-seed", "6")):
        code, said = run(tmp_path / "fresh", "--limit", "1", *other)
        assert (code, "draw_seed" in said) == (2, True)
    base = str(tmp_path / "base.json")
    assert main(["baseline", str(tmp_path / "fixed"), "--out", base]) == 0
    capsys.readouterr()
    assert main(["gate", str(tmp_path / "fresh"), "--baseline", base, "--json"]) == 2
    assert "dataset_sha256" in capsys.readouterr().out


def test_predictions_for_a_fresh_set_belong_to_it_and_not_to_the_fixed_one(tmp_path: Path) -> None:
    docs = asked_docs(SUMS, config(draw_seed=5))
    rows = [json.dumps({"id": doc.id, "response": doc.target}) for doc in docs]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    found = prepare_predictions(config(draw_seed=5), tmp_path / "rows.jsonl", tmp_path / "run")
    assert found.manifest["left_out"] == 0
    assert "toy_sum: a set drawn with seed 5, not the fixed one" in found.manifest["deviations"]
    with pytest.raises(UsageError, match="20 predictions belong to no doc of toy_sum"):
        prepare_predictions(config(), tmp_path / "rows.jsonl", tmp_path / "run")


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ("-1", "'-1' is not a whole number from 0 to 9223372036854775807"),
        ("x", "'x' is not a whole number of 64 bits"),
        ("1.5", "'1.5' is not a whole number of 64 bits"),
        ("9" * 25, "is not a whole number of 64 bits"),
    ],
)
def test_a_bad_seed_is_one_line(tmp_path: Path, seed: str, said: str) -> None:
    code, line = run(tmp_path / "run", f"--draw-seed={seed}")
    assert (code, line.count("\n")) == (2, 1)
    assert said in line
    assert "--draw-seed" in line
    assert not (tmp_path / "run").exists()


def test_where_nothing_is_drawn_there_is_nothing_to_draw_afresh(tmp_path: Path) -> None:
    code, line = run(tmp_path / "run", "--draw-seed", "5", tasks="ifeval")
    assert (code, line.count("\n")) == (2, 1)
    assert "--draw-seed is for tasks that draw their rows; ifeval read theirs" in line


def pinned(sha256: str) -> Task:
    """The toy with a digest of its docs."""
    assert isinstance(SUMS.spec.source, Generated)
    spec = replace(SUMS.spec, source=replace(SUMS.spec.source, sha256=sha256))
    found: Task = type("Pinned", (type(SUMS),), {"spec": spec})()
    return found


def test_docs_that_are_not_those_of_the_version_are_refused() -> None:
    digest = data.read(SUMS).origin["sha256"]
    assert len(data.read(pinned(digest)).docs) == 20
    with pytest.raises(UsageError, match=f"toy_sum draws other docs than its version 1 has: their digest is {digest}"):
        data.read(pinned("0" * 64))
    assert len(data.read(pinned("0" * 64), draw_seed=5).docs) == 20
