"""Whether a run reproduces the report: in numbers, and in the words at the head of the page."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, get_args

import pytest
from fake_run import Fake, write_run
from opened import runs_in

from qwen3_eval import reference
from qwen3_eval.files import write_json
from qwen3_eval.report import runs, verdict, write_report
from qwen3_eval.task.registry import Registry, load_tasks

MODEL = "Qwen/Qwen3-8B"
WORDS: tuple[verdict.Word, ...] = get_args(verdict.Word)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_tasks()


def run_of(folder: Path, **facts: Any) -> runs.PageRun:
    extra = facts.pop("config", {})
    made = {"tasks": ("math_500",), "docs": 500, "budgets": (), "model": MODEL, "unfinished": 0.0, **facts}
    path = write_run(folder / "run", Fake(**made)) / "run.json"
    manifest = json.loads(path.read_text("utf-8"))
    write_json(path, {**manifest, "config": {**manifest["config"], **extra}})
    return runs_in(path.parent)[0]


def found_in(run: runs.PageRun, registry: Registry) -> list[verdict.Check]:
    return [check for check in verdict.checks(run, registry) if check is not None]


def test_a_result_far_below_is_told_from_one_that_agrees(tmp_path: Path, registry: Registry) -> None:
    checks = {check.result.mode: check for check in found_in(run_of(tmp_path, skill=1.03), registry)}
    assert (checks["non-thinking"].word, checks["thinking"].word) == ("below", "agrees")
    printed = reference.reported("math_500", "accuracy", "non-thinking", MODEL)
    assert printed is not None and checks["non-thinking"].printed == printed.value
    difference = checks["non-thinking"].result.score - printed.value
    assert math.isclose(checks["non-thinking"].difference, difference)


def test_part_of_the_questions_is_not_compared(tmp_path: Path, registry: Registry) -> None:
    run = run_of(tmp_path, config={"limit": 40})
    checks = found_in(run, registry)
    assert {check.word for check in checks} == {"not comparable"}
    told = verdict.answer(run, checks)
    assert (told.tone, told.short) == ("open", "That cannot be said.")
    assert told.obstacles == ["a subset: only the first 40 questions (math_500)"]


def test_an_unhealthy_result_is_not_valid(tmp_path: Path, registry: Registry) -> None:
    checks = found_in(run_of(tmp_path, unfinished=0.5), registry)
    assert {check.word for check in checks} == {"not valid"} and all(check.reasons for check in checks)


def test_a_task_that_is_not_here_is_not_compared(tmp_path: Path) -> None:
    (check, *_) = found_in(run_of(tmp_path), Registry({}))
    assert check.word == "not comparable" and check.reasons == ("the task is not installed here",)


@pytest.mark.parametrize(
    ("model", "said"),
    [("demo", "it is another model"), (MODEL, "prints no number for Qwen/Qwen3-8B on these tasks")],
)
def test_nothing_to_compare_is_said(tmp_path: Path, registry: Registry, model: str, said: str) -> None:
    run = run_of(tmp_path, tasks=("demo_math",), model=model)
    told = verdict.answer(run, verdict.checks(run, registry))
    assert told.short == "There is nothing to compare with." and said in told.long


def words_of(run: runs.PageRun, **counts: int) -> verdict.Answer:
    words: list[verdict.Word] = [word for word in WORDS for _ in range(counts.get(word.replace(" ", "_"), 0))]
    return verdict.answer(run, [verdict.Check(run.results[0], 50.0, -9.0, word, "") for word in words])


def test_the_answer_weighs_how_many_differ(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    assert words_of(run, agrees=8).short == "Yes."
    nearly = words_of(run, agrees=7, below=1)
    assert (nearly.tone, nearly.short) == ("open", "Mostly.")
    assert "7 of 8" in nearly.long and "1 lies below" in nearly.long
    assert words_of(run, agrees=5, below=3).short == "In part."
    assert words_of(run, agrees=1, above=2).short == "No."
    counts = words_of(run, agrees=1, not_comparable=1, not_valid=1).counts
    assert counts == [("agrees", 1), ("below", 0), ("above", 0), ("not comparable", 1), ("not valid", 1)]


def test_chance_is_that_of_a_binomial_draw() -> None:
    assert verdict.chance(1, 1) == pytest.approx(0.05)
    assert verdict.chance(1, 20) == pytest.approx(1 - 0.95**20)
    assert verdict.chance(0, 20) == pytest.approx(1)


def test_the_page_says_it_first(tmp_path: Path) -> None:
    run = run_of(tmp_path, docs=500)
    html = write_report(runs_in(run.record.folder), tmp_path / "x.html").read_text("utf-8")
    head = html[: html.index("<main>")]
    assert "Does it reproduce the report? <strong>" in head
    assert "math_500, non-thinking" in head and "below the report" in head


CARDED = "Qwen/Qwen3-30B-A3B-Thinking-2507"


def test_a_later_model_is_held_against_its_card(tmp_path: Path, registry: Registry) -> None:
    plan = {"task": "aime25", "mode": "thinking", "budgets": [None], "docs": 30, "samples": 4, "max_tokens": 81_920}
    run = run_of(tmp_path, tasks=("aime25",), docs=30, samples=4, model=CARDED, extra={"plan": [plan]})
    (check,) = found_in(run, registry)
    assert (check.printed, check.reasons) == (85.0, ())
    assert "printed in Model card Qwen3-30B-A3B-Thinking-2507, 2025-07" in check.note
    told = verdict.answer(run, [check])
    assert told.whose == "its card" and "agree" in told.long and "with its card" in told.long
    html = write_report(runs_in(run.record.folder), tmp_path / "x.html").read_text("utf-8")
    assert "Does it reproduce its card? <strong>" in html
    assert "Model card Qwen3-30B-A3B-Thinking-2507, 2025-07, Qwen3-30B-A3B-Thinking-2507" in html


def test_a_limit_other_than_the_card_s_is_an_obstacle(tmp_path: Path, registry: Registry) -> None:
    plan = {"task": "aime25", "mode": "thinking", "budgets": [None], "docs": 30, "samples": 4, "max_tokens": 38_912}
    run = run_of(tmp_path, tasks=("aime25",), docs=30, samples=4, model=CARDED, extra={"plan": [plan]})
    (check,) = found_in(run, registry)
    assert (check.word, check.reasons) == ("not comparable", ("at most 38,912 new tokens instead of 81,920",))
    assert verdict.answer(run, [check]).long.startswith("Its card prints a number for 1 of the results")


def test_a_task_that_no_card_names_has_no_number(tmp_path: Path, registry: Registry) -> None:
    run = run_of(tmp_path, tasks=("demo_math",), model=CARDED)
    assert verdict.answer(run, verdict.checks(run, registry)).long.startswith("Its card prints no number")
