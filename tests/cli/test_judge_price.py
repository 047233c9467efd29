"""What a judge is asked and what it costs, before anything is asked and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from places import TOYS

from qwen3_eval.cli import main
from qwen3_eval.task.registry import load_tasks
from scripts.task_docs import entry

TOY = ("--tasks-dir", str(TOYS))
DRY = ("run", "--model", "m", "--tasks", "toy_judged,toy_sum", "--dry-run", *TOY)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    capsys.readouterr()
    assert main([*argv]) == 0
    return capsys.readouterr().out


def rows(text: str, start: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith(start)]


def test_list_says_which_tasks_need_a_judge_and_how_much_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "list", *TOY, "--judge-price", "1000,10000")
    assert "  toy_judged: 12 judge calls, 240 tokens in, 60 tokens out, 0.84 at 1000 and 10000 a million tokens" in text
    found: list[dict[str, Any]] = json.loads(said(capsys, "list", "--json", *TOY))["tasks"]
    tasks = {each["name"]: each for each in found}
    assert tasks["toy_judged"]["needs"] == ["judge"]
    assert tasks["toy_judged"]["judge"] == {
        "model": "toy-judge",
        "since": "this file",
        "prompt": "1",
        "rule": "1",
        "calls_an_answer": 2,
        "tokens_a_call": [20, 5],
        "whole": {"calls": 12, "tokens_in": 240, "tokens_out": 60},
    }
    assert tasks["toy_sum"]["judge"] is None and "judge" not in tasks["toy_sum"]["needs"]


def test_show_has_a_prompt_of_each_kind_and_the_judge_with_how_sure_that_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = said(capsys, "show", "toy_judged", *TOY, "--judge-price", "10,30")
    assert "judge: toy-judge behind the printed numbers (this file)" in text
    assert "at most 32 tokens a reply, asked at most 2 times" in text
    assert "judge: 2 judge calls, 40 tokens in, 10 tokens out an answer" in text
    for what in ("style", "form"):
        assert f"--- the judge, {what}: doc " in text
        assert f"[system]\nBe strict.\n\n[user]\nJudge {{by}} {what}: [the answer of the model stands here]" in text


def test_of_numbered_calls_the_first_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (TOYS / "toy_judged.py").read_text("utf-8")
    (tmp_path / "toy_judged.py").write_text(text.replace('("style", "form")', '("game 1", "game 2")'), "utf-8")
    shown = said(capsys, "show", "toy_judged", "--tasks-dir", str(tmp_path))
    assert "--- the judge, game 1, and likewise game 2: doc" in shown
    assert shown.count("Judge {by}") == 1


def test_a_dry_run_counts_calls_tokens_and_cost_and_asks_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = said(capsys, *DRY, "--mode", "thinking", "--samples", "2", "--limit", "3", "--budgets", "8,16",
                "--judge-price", "1000,10000")  # fmt: skip
    [answers, judge] = rows(text, "toy_judged")
    assert answers[:6] == ["toy_judged", "thinking", "3", "2", "2", "12"]
    assert judge == ["toy_judged", "thinking", "12", "24", "480", "120", "1.68"]
    assert "in all: 24 judge calls, 480 tokens in, 120 tokens out, 1.68 at 1000 and 10000 a million tokens" in text
    assert "at most 48 calls" in text
    assert len(rows(text, "toy_sum")) == 1
    assert not list(tmp_path.iterdir())


def test_without_a_price_a_dry_run_says_how_to_give_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *DRY)
    assert "cost: --judge-price IN,OUT gives it" in text
    assert "modes: both, whatever the model has" in text
    assert [row[1] for row in rows(text, "toy_sum")] == ["thinking", "non-thinking"]


def test_where_nothing_is_judged_no_word_is_of_a_judge(capsys: pytest.CaptureFixture[str]) -> None:
    assert "judge" not in said(capsys, "run", "--model", "m", "--tasks", "toy_sum", "--dry-run", *TOY)


@pytest.mark.parametrize("price", ["10", "1,2,3", "a,b", "-1,2", "1,", "nan,1"])
def test_a_price_is_two_numbers(capsys: pytest.CaptureFixture[str], price: str) -> None:
    assert main([*DRY, f"--judge-price={price}"]) == 2
    assert capsys.readouterr().err.startswith("qwen3-eval: ")


def test_a_table_s_dry_run_counts_the_judge_s_calls(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "reproduce", "table11", "--model", "m", "--dry-run", "--judge-price", "10,30")
    [_, judge] = rows(text, "alignbench_v1_1")
    assert judge == ["alignbench_v1_1", "thinking", "683", "683", "1.2", "M", "0.3", "M", "22.40"]


def test_a_run_says_what_its_judge_took(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judge = ("--judge-model", "J", "--judge-engine", "mock", "--judge-price", "10,30")
    text = said(capsys, "run", "--model", "m", "--mode", "non-thinking", "--tasks", "toy_judged", *TOY, *judge,
                "--engine", "mock", "--run-dir", str(tmp_path / "run"))  # fmt: skip
    [line] = [line for line in text.splitlines() if line.startswith("judge J: ")]
    assert "24 judge calls" in line and "24 unread" in line
    assert "  judged by J  " in text
    cost = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["cost"]["judge"]
    assert (cost["model"], cost["calls"], cost["unread"]) == ("J", 24, 24)


def test_the_page_of_tasks_names_the_judge() -> None:
    lines = list(entry(load_tasks(TOYS).get("toy_judged")))
    assert "- needs: judge" in lines
    assert "- judge: toy-judge behind the printed numbers (this file)" in lines
