"""What benchmarks of long prompts send is said beforehand, and what nobody can ask for is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from places import TOYS

from qwen3_eval.cli import main

TOY = ("--tasks-dir", str(TOYS))
RUN = ("run", "--model", "demo", "--tasks", "toy_fitted", "--engine", "mock", *TOY)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    capsys.readouterr()
    assert main([*argv]) == 0
    return capsys.readouterr().out


def test_list_says_how_many_prompts_and_tokens_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "list")
    lengths = "4,096, 8,192, 16,384, 32,768, 65,536, 131,072"
    assert f"\n  ruler: 39,000 prompts of {lengths} tokens, 1,677.3 M tokens in all\n" in text
    (found,) = [
        task["long_prompts"] for task in json.loads(said(capsys, "list", "--json"))["tasks"] if task["long_prompts"]
    ]
    assert (found["samples"], found["prompts"], found["prompt_tokens"]) == (500, 39_000, 1_677_312_000)
    assert "\n  toy_fitted: an unknown number of prompts of 64, 128 tokens\n" in said(capsys, "list", *TOY)


def test_a_dry_run_counts_the_prompts_of_its_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--lengths", "64,100", "--samples-per-task", "3", "--mode", "thinking")
    text = said(capsys, *RUN, "--dry-run", *asked)
    assert "toy_fitted  thinking  12       984\n" in text
    assert "in all: 12 long prompts, 984 prompt tokens at most" in text
    assert "long prompts" not in said(capsys, "run", "--model", "demo", "--tasks", "toy_sum", "--dry-run", *TOY)


def test_a_prompt_is_shown_in_tokens_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no prompt: they are fitted in tokens of the model" in said(capsys, "show", "toy_fitted", *TOY)
    assert "doc first/64/0, target" in said(capsys, "show", "toy_fitted", "--model", "demo", *TOY)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("--lengths", "4k"), "--lengths: '4k' is not a whole number from 1 to 10000000"),
        (("--lengths", "64,"), "--lengths: '' is not a whole number"),
        (("--lengths", "0"), "--lengths: '0' is not a whole number from 1"),
        (("--lengths", "40"), "--lengths 40: toy_fitted needs at least 48 tokens with this tokenizer"),
        (("--samples-per-task", "0"), "--samples-per-task: '0' is not a whole number from 1 to 100000"),
        (("--yarn", "on"), "--yarn: 'on' is neither a factor from 1 to 128 nor off nor served"),
        (("--yarn", "nan"), "--yarn: 'nan' is neither"),
        (("--tokenizer", "{empty}"), "has no tokenizer.json"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: tuple[str, str], expected: str
) -> None:
    (tmp_path / "empty").mkdir()
    option, value = argv
    folder = tmp_path / "run"
    given = (option, value.format(empty=tmp_path / "empty"), "--run-dir", str(folder))
    assert main([*RUN, *given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert not folder.exists()
