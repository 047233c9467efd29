"""RULER's verdicts, and predictions that carry what they are compared with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from opened import summary_of
from task_modules import task_module

from qwen3_eval.cli import main
from qwen3_eval.records.journal import lines
from qwen3_eval.types import Doc

grade = task_module("long_context/ruler", "grade")
Row = dict[str, Any]


def verdict(part: str, wanted: Sequence[str], answer: str) -> float:
    return float(grade.score_of(Doc("1", "", list(wanted), subset=f"4096/{part}"), answer).value)


@pytest.mark.parametrize(
    ("part", "wanted", "answer", "value"),
    [
        ("vt", ["ABCDE", "FGHIJ"], "They are **abcde**,\x0bfghij.", 1.0),
        ("vt", ["ABCDE", "FGHIJ"], "ABCDE and nothing else", 0.5),
        ("cwe", ["big"], "ambiguous", 1.0),
        ("cwe", ["big"], "small", 0.0),
        ("niah_multiquery", ["1", "2", "3", "4"], "1, 2 and 3", 0.75),
        ("qa_1", ["Paris", "the city of Paris"], "paris", 1.0),
        ("qa_2", ["Paris", "London"], "Rome", 0.0),
        ("fwe", ["two words"], "two\twords", 0.0),
    ],
)
def test_wanted_strings_are_looked_for_in_any_case(part: str, wanted: list[str], answer: str, value: float) -> None:
    assert verdict(part, wanted, answer) == value


@pytest.mark.parametrize("answer", ["", "  ", "\x00\n\x1f"])
def test_nothing_but_blanks_is_no_answer(answer: str) -> None:
    found = grade.score_of(Doc("1", "", [""], subset="vt"), answer)
    assert (found.value, found.outcome) == (0, "no_answer")


def score(folder: Path, rows: Sequence[Row], *more: str) -> int:
    path = folder / "p.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    # Neither rows nor a tokenizer of the benchmark are there.
    words = ["--predictions", str(path), "--run-dir", str(folder / "s"), "--data-dir", str(folder)]
    return main(["score", "--task", "ruler", *words, *more])


def prediction(name: object, part: str, wanted: Sequence[str], response: str, **more: Any) -> Row:
    return {"id": name, "task": part, "outputs": list(wanted), "response": response, **more}


def figures(folder: Path) -> dict[str | None, float]:
    found = summary_of(folder / "s")["results"]
    return {each.get("subset"): each["score"] for each in found if each["metric"] == "accuracy"}


def test_tasks_lengths_and_all_are_means_of_what_they_have(tmp_path: Path) -> None:
    rows = [
        # Three answers of one length, one of which finds two of three.
        *(prediction(number, "fwe", ["a", "b", "c"], "a b c", length=4096) for number in range(2)),
        prediction(2, "fwe", ["a", "b", "c"], "a b", length=4096),
        prediction(0, "qa_1", ["a", "b"], "b", length=4096),
        prediction(1, "qa_1", ["a", "b"], "z", length=4096),
        # Thinking is nothing that was said, and one who did not end it has said nothing.
        prediction(0, "vt", ["A", "B"], "<think>A B</think>a", length=8192),
        prediction(1, "vt", ["A", "B"], "<think>A B", length=8192),
    ]
    assert score(tmp_path, rows) == 0
    found = {subset: round(value, 2) for subset, value in figures(tmp_path).items()}
    assert found == {
        "4096/fwe": 88.89,
        "4096/qa_1": 50.0,
        "4096": 69.44,
        "8192/vt": 25.0,
        "8192": 25.0,
        None: 47.22,
    }
    told = [line for _, line in lines(tmp_path / "s" / "scores.jsonl")]
    assert {line["id"]: line.get("given_id") for line in told} == {
        **{f"fwe/4096/{number}": str(number) for number in range(3)},
        **{f"{part}/{number}": str(number) for part in ("qa_1/4096", "vt/8192") for number in range(2)},
    }
    assert {line["id"]: line["outcome"] for line in told}["vt/8192/1"] == "unfinished"


def test_rows_without_a_length_are_of_one(tmp_path: Path) -> None:
    rows = [prediction("vt/1", "vt", ["A"], "A"), prediction("x", "cwe", ["b"], ""), prediction(2, "cwe", ["b"], "b")]
    assert score(tmp_path, rows, "--mode", "non-thinking") == 0
    assert figures(tmp_path) == {"vt": 100, "cwe": 50, None: 75}
    assert {line["id"] for _, line in lines(tmp_path / "s" / "scores.jsonl")} == {"vt/1", "cwe/x", "cwe/2"}


def test_one_question_may_have_several_samples(tmp_path: Path) -> None:
    rows = [prediction(1, "vt", ["A"], "A"), prediction(1, "vt", ["A"], "b", sample=1)]
    assert score(tmp_path, rows) == 0
    assert figures(tmp_path)[None] == 50


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": 2, "response": "A"}, '"task" has to be one of niah_single_1, '),
        (prediction(2, "vt2", ["A"], "A"), "and is 'vt2'"),
        (prediction(2, "vt", [], "A"), '"outputs" has to be a list of the wanted strings'),
        ({"id": 2, "task": "vt", "outputs": "A", "response": "A"}, '"outputs" has to be a list'),
        (prediction(2, "vt", ["A"], "A", length="long"), "\"length\" has to be a number of tokens, and is 'long'"),
        (prediction(1, "vt", ["A"], "A"), "a second prediction for id 'vt/1', sample 0"),
        (prediction(1, "vt", ["B"], "A", sample=1), "another sample of 'vt/1' brings another doc"),
    ],
)
def test_a_row_that_cannot_be_judged_is_named(
    row: Row, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(tmp_path, [prediction(1, "vt", ["A"], "A"), row]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "line 2" in told
    assert not (tmp_path / "s").exists()
