"""Multi-IF: turns that add up, four accuracies a turn, conversations without a third turn, translations as clusters."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval import reference
from qwen3_eval.cli import main
from qwen3_eval.data import partial
from qwen3_eval.types import Doc, Reply, UsageError

TASK = task_of("multi_if")
# The turns of the fixture: no commas; in quotation marks too; twelve words at least too.
RIGHT = (
    "A tall white tower.",
    '"A tall white tower by the sea."',
    '"A tall white tower by the sea whose lamp turns the whole night."',
)
KIWI = "a ripe kiwi is a sweet green fruit with a thin brown skin"


def doc(key: str) -> Doc:
    [found] = [each for each in docs_of("multi_if") if each.id == key]
    return found


def test_multi_if_docs() -> None:
    docs = docs_of("multi_if")
    assert [each.id for each in docs] == ["7:1:en", "7:1:zh", "9:4:en"]
    assert [each.language for each in docs] == ["en", "zh-Hans", "en"]
    assert [each.group for each in docs] == ["7:1", "7:1", "9:4"]
    assert [len(each.meta["turns"]) for each in docs] == [3, 3, 2]
    assert docs[0].target[2] == ["punctuation:no_comma", "startend:quotation", "length_constraints:number_words"]


def test_a_conversation_goes_on_with_all_that_was_said() -> None:
    replies = [Reply("It must have no comma.", RIGHT[0]), Reply("", RIGHT[1])]
    first, third = TASK.prompt(doc("7:1:en")), TASK.follow(doc("7:1:en"), replies)
    assert third is not None
    check_snapshot("multi_if.en.chat", shown(first) + "--- third turn\n" + shown(third))
    assert third.messages[1].reasoning == "It must have no comma."


@pytest.mark.parametrize(("key", "turns"), [("7:1:en", 3), ("9:4:en", 2)])
def test_a_conversation_has_as_many_turns_as_its_row(key: str, turns: int) -> None:
    said = [Reply("", "yes")] * turns
    assert all(TASK.follow(doc(key), said[:number]) is not None for number in range(1, turns))
    assert TASK.follow(doc(key), said) is None


@pytest.mark.parametrize(
    ("answers", "value", "detail"),
    [
        (RIGHT, 1, "all followed"),
        (tuple(f" {each}\n" for each in RIGHT), 1, "all followed"),
        (
            (RIGHT[0], RIGHT[0], RIGHT[2]),
            (4 + 0 + 0.5 + 0 + 0.5 + 4) / 12,
            "not followed in turn 2: startend:quotation",
        ),
        (
            (RIGHT[0], RIGHT[1], RIGHT[1]),
            (4 + 4 + 0 + 2 / 3 + 0 + 2 / 3) / 12,
            "not followed in turn 3: length_constraints:number_words",
        ),
        (("Tall, white.", *RIGHT[1:]), 8 / 12, "not followed in turn 1: punctuation:no_comma"),
        (("Sure, here:\n" + RIGHT[0], *RIGHT[1:]), (2 + 8) / 12, "not followed in turn 1: punctuation:no_comma"),
        (RIGHT[:1], 4 / 12, None),
        ((), 0, None),
    ],
)
def test_multi_if_verdicts(answers: tuple[str, ...], value: float, detail: str | None) -> None:
    """Strict and loose count alike; the first line of an answer may be left out for the loose verdict."""
    found = TASK.score_replies(doc("7:1:en"), answers)
    assert found.value == pytest.approx(value)
    assert detail is None or found.detail == detail


def test_a_turn_that_is_not_there_counts_nothing() -> None:
    found = TASK.score_replies(doc("9:4:en"), (KIWI, KIWI))
    assert found.value == 1
    assert found.counts["turn_3"] == [0] * 8
    assert found.counts["accuracy"] == [*found.counts["turn_1"], *found.counts["turn_2"], *found.counts["turn_3"]]


def test_chinese_quotation_marks_and_characters_count() -> None:
    answers = ("灯塔很高。", "“灯塔很高。”", "“海边的灯塔又高又白整夜发光。”")
    assert TASK.score_replies(doc("7:1:zh"), answers).value == 1


def test_accuracies_are_ratios_of_sums_by_turn(tmp_path: Path) -> None:
    """By hand: as the reference counts them, over all conversations that have the turn."""
    said = {
        "7:1:en": list(RIGHT),
        "7:1:zh": ["灯塔很高。", "灯塔很高。", "灯塔很高。"],
        "9:4:en": [KIWI.title(), KIWI],
    }
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text("".join(json.dumps({"id": key, "responses": each}) + "\n" for key, each in said.items()))
    command = ["score", "--task", "multi_if", "--predictions", predictions, "--run-dir", tmp_path / "run"]
    assert main([str(part) for part in (*command, "--data-dir", FIXTURES)]) == 0
    results = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    scores = {line["metric"]: line["score"] for line in results if line["language"] is None}
    first, second, third = (2 / 3 + 2 / 3) / 2, (2 / 3 + 5 / 6) / 2, (1 / 2 + 4 / 6) / 2
    assert scores["turn_1"] == pytest.approx(100 * first)
    assert scores["turn_2"] == pytest.approx(100 * second)
    assert scores["turn_3"] == pytest.approx(100 * third)
    assert scores["accuracy"] == pytest.approx(100 * (first + second + third) / 3)
    [english] = [line for line in results if line["language"] == "en" and line["metric"] == "accuracy"]
    assert english["n_docs"] == 2
    assert english["score"] == pytest.approx(100 * (1 / 2 + 1 + 1) / 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"turn_1_kwargs": '["{}", "{}"]'}, "zip"),
        ({"turn_1_instruction_id_list": '["punctuation:colour"]'}, "unknown instruction"),
        ({"turn_1_prompt": "no JSON"}, "turn_1_prompt"),
        ({"language": "Klingon"}, "unknown language"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(change: dict[str, Any], said: str) -> None:
    rows = [json.loads(line) for line in (FIXTURES / "multi_if" / "train.jsonl").read_text("utf-8").splitlines()]
    with pytest.raises((ValueError, UsageError), match=said if said != "turn_1_prompt" else "Expecting value"):
        TASK.doc({**rows[0], **change})


def test_every_printed_language_of_multi_if_has_its_number() -> None:
    rows = [row for row in reference.results() if row.benchmark == "multi_if" and row.language]
    assert {row.language for row in rows} == {"es", "fr", "pt", "it", "ru"}
    assert {row.table for row in rows} <= set(TASK.spec.paper.tables)  # type: ignore[union-attr]


@with_mirror
def test_real_multi_if() -> None:
    docs = docs_of("multi_if", MIRROR)
    assert Counter(len(each.meta["turns"]) for each in docs) == {3: 896, 2: 13}
    assert len({each.group for each in docs}) == len(docs) == 909
    assert partial(TASK.spec.sources, MIRROR) == [*TASK.spec.sources]
