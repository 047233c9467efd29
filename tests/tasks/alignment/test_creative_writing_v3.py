"""creative_writing_v3: prompts of samples, what the judge sees, and marks read as the reference reads them."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opened import summary_of
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data, run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import Doc, Score

scores = task_module("alignment/creative_writing_v3", "scores")
duels = task_module("alignment/creative_writing_v3", "duels")
# The expressions of the reference, for ``findall``.
OFFICIAL = (r"(.*?):\s*(?:Score\s+)?(-?\d+(?:\.\d+)?)", r"(.*?):\s*\[(-?\d+(?:\.\d+)?)\]")
PIECES = (
    *(":", ": ", " ", "\n", "\n\n", "\t", "\r", "Score", "Score ", "Score\n", "score ", "-", "--", "1", "12", "19.5"),
    *("20", "20.0", "20.1", "21", "0", "007", "3.", ".5", "[", "]", "[12]", "[ 12]", "[-3]", "[21]", "[1.]", "Clear"),
    *("**Clear**", "Rambling", "/20", "\u0663", "\u00b2", "\u2028", "\x85", "\x1c", "\u3000", "10:45", "::", ":\n 5"),
)
PIECE = "The pilot came aboard at dusk. " * 30


def official(reply: str) -> dict[str, float]:
    found = [each for expression in OFFICIAL for each in re.findall(expression, reply)]
    return {name.strip(): float(mark) for name, mark in found if float(mark) <= 20}


def judged_task(folder: Path = FIXTURES) -> tuple[Judged, list[Doc]]:
    task = task_of("creative_writing_v3")
    assert isinstance(task, Judged)
    return task, list(data.docs(task, folder))


def verdict(reply: str, *, lenient: bool = False) -> Score:
    task, docs = judged_task()
    read = task.read(docs[0], "marks", [reply], lenient=lenient)
    return task.verdict(docs[0], PIECE, {"marks": read})


def test_each_sample_asks_with_its_own_modifier() -> None:
    task, docs = judged_task()
    first, second = (doc.meta["modifiers"] for doc in docs)
    asked = [task.prompt(task.for_sample(docs[1], sample)).messages[0].content for sample in range(3)]
    assert [text.count("<SEED>") for text in asked] == [0, 0, 0]
    assert [second[0] in asked[0], second[1] in asked[1], asked[2] == asked[0]] == [True, True, True]
    assert first[2] in task.for_sample(docs[0], 2).question
    assert task.spec.samples == 3


def test_prompts() -> None:
    task, docs = judged_task()
    doc = task.for_sample(docs[0], 1)
    check_snapshot("creative_writing_v3.chat", shown(task.prompt(doc)))
    (call,) = task.calls(doc, "  A piece with {braces} and\n{writing_prompt}.\n\n")
    check_snapshot("creative_writing_v3.judge", shown(call.prompt))


@with_mirror
def test_the_real_prompts() -> None:
    task, docs = judged_task(MIRROR)
    assert len(docs) == 32
    assert all(doc.meta["prompt"].count("<SEED>") == 1 for doc in docs)
    (call,) = task.calls(docs[0], PIECE)
    (message,) = call.prompt.messages
    assert message.content.count("<SEED>") == 1
    assert message.content.endswith("\n- Sentences Flow Naturally\n- Overall Reader Engagement\n- Overall Impression")
    assert "lower is better:\nUnearned Transformations, Incongruent Ending Positivity, Overwrought," in message.content


def test_marks_are_those_of_the_reference() -> None:
    rng = random.Random(11)
    for _ in range(8_000):
        reply = "".join(rng.choices(PIECES, k=rng.randrange(1, 30)))
        assert list(scores.marks(reply).items()) == list(official(reply).items()), repr(reply)


@given(st.text(st.sampled_from(":[]- \n.1290Scorea\u0661"), max_size=60))
def test_marks_of_any_text_are_those_of_the_reference(reply: str) -> None:
    assert scores.marks(reply) == official(reply)


@pytest.mark.parametrize(
    "part", [":", ": ", ":Score", ":[", ":-", "a:1", ": Score ", "1", "\n", ": 1.", "**", ":[1", "|", "- ", "1) "]
)
def test_a_reply_is_read_in_linear_time(part: str) -> None:
    reply = part * (40_000 // len(part))
    start = time.process_time()
    scores.marks(reply)
    scores.lenient_marks(reply, ["Clear"])
    assert time.process_time() - start < 1.5


MARKS = [
    ("Clear: 15", {"Clear": 15.0}),
    ("Clear: [15]\nRambling: Score 4", {"Rambling": 4.0, "Clear": 15.0}),
    ("Clear: 15\nClear: 12", {"Clear": 12.0}),
    ("Clear: [9]\nClear: 12", {"Clear": 9.0}),
    ("Clear: 21\nRambling: 20.5", {}),
    ("Clear:\n\n  -3.5", {"Clear": -3.5}),
    ("The clock says 10:15. Clear: 15", {"The clock says 10": 15.0, ". Clear": 15.0}),
    ("Clear: 15/20 Rambling: 3", {"Clear": 15.0, "/20 Rambling": 3.0}),
    (": 7", {"": 7.0}),
    (f"Clear: -{'9' * 400}", {}),
    ("**Clear:** 15", {}),
]


@pytest.mark.parametrize(("reply", "found"), MARKS)
def test_marks(reply: str, found: Mapping[str, float]) -> None:
    assert scores.marks(reply) == found


@pytest.mark.parametrize(
    ("reply", "rest"),
    [
        ("<reasoning>Clear: 3</reasoning>\nClear: 9", "\nClear: 9"),
        ("Clear: 9 </reasoning>", "Clear: 9 </reasoning>"),
        ("<reasoning>Clear: 9", "<reasoning>Clear: 9"),
    ],
)
def test_a_block_of_reasoning_is_taken_off(reply: str, rest: str) -> None:
    assert scores.spoken(reply) == rest
    assert judged_task()[0].read(judged_task()[1][0], "marks", [reply]) == scores.marks(rest)


LENIENT = [
    ("**Clear:** 15\n- **Stiff talk** - 4/20", {"Clear": 15.0, "Stiff Talk": 4.0}),
    ("1. Clear: [15/20]\n| Rambling | 3 |", {"Clear": 15.0, "Rambling": 3.0}),
    ("### Tells-Don\u2019t-Show: Score: 6", {"Tells-Don't-Show": 6.0}),
    ("At 10: 15 all is well.\n__Clear__: **12.5**", {"Clear": 12.5}),
    ("Clear: 7/10\nRambling: 25", {"Clear": 7.0}),
    ("nothing", {}),
]


@pytest.mark.parametrize(("reply", "found"), LENIENT)
def test_lenient_marks(reply: str, found: Mapping[str, float]) -> None:
    task, docs = judged_task()
    assert task.read(docs[0], "marks", [reply], lenient=True) == (found or None)


def test_a_piece_is_the_mean_of_its_marks_with_the_negative_ones_turned_round() -> None:
    score = verdict("[Scores]\nClear: 15\nRambling: 4\nTells-Don't-Show: [6]\n")
    assert score.value == pytest.approx((15 + 16 + 14) / 60)
    assert score.counts == {"official_mean": (score.value, 1.0)}
    assert score.metrics == {
        "clear": 0.75,
        "rambling": 0.8,
        "tells_dont_show": pytest.approx(0.7),
        "stray_share": 0.0,
    }


def test_a_name_beyond_the_criteria_counts_and_is_told() -> None:
    score = verdict("Clear: 15\n**Rambling**: 4\n")
    assert score.value == pytest.approx((15 + 4) / 40)
    assert score.metrics == {"clear": 0.75, "stray_share": 0.5}
    assert "'**Rambling**'" in score.detail
    assert verdict("Clear: 15\n**Rambling**: 4\n", lenient=True).value == pytest.approx((15 + 16) / 40)


def test_a_negative_mark_counts_and_one_that_is_too_high_when_turned_does_not() -> None:
    assert verdict("Clear: -4\nRambling: -1").counts == {"official_mean": (-0.2, 1.0)}
    assert verdict("Clear: -4\nRambling: -1").value == 0
    assert verdict("Rambling: -1").outcome == "error"
    assert verdict("Rambling: -1").counts == {"official_mean": (0.0, 0.0)}


def test_a_piece_in_the_form_of_a_verdict_is_marked_as_such() -> None:
    task, _ = judged_task()
    assert task.marked("My own marks. \nClear: 20")
    assert not task.marked("It is 10: 15 already.")


DUELS = [
    ('{"writing_quality": "A0493++", "world": "A0488+++"}', (2, 3)),
    ('Here:\n```json\n{"writing_quality": "A0493 ++ +"}\n``` and no more', (3, 0)),
    ('{"coherence": "A0493++", "avoids_verbosity": "A0488+"}', (1, -1)),
    ('{"why": "A0493 has more ++", "theory_of_mind": "A0488+++++"}', (2, 0)),
    ('{"writing_quality": "A0493+", "writing_quality": "A0488+"}', (0, 1)),
    ('{"writing_quality": "neither"}', (0, 0)),
    ("{}", (0, 0)),
    ('{"writing_quality": "A0493+", "length": 3}', None),
    ('{"error": "no"}', None),
    ('{"writing_quality": "A0493+"', None),
    ("A0493+++", None),
    ("}{", None),
    ("[" * 100_000, None),
    ("{" + '"a":{' * 100_000 + "}", None),
]


@pytest.mark.parametrize(("reply", "points"), DUELS)
def test_plus_signs_are_counted_as_the_reference_counts_them(reply: str, points: tuple[int, int] | None) -> None:
    assert duels.plus_signs(reply) == points


def judged_run(folder: Path, answer: str, reply: str) -> tuple[list[Request], list[Mapping[str, Any]]]:
    """A run over the fixture rows; returns what the judge was asked, and the lines of scores."""
    asked: list[Request] = []

    def says(request: Request) -> str:
        asked.append(request)
        return reply

    config = RunConfig(
        model="writer",
        tasks=("creative_writing_v3",),
        modes=("non-thinking",),
        data_dir=FIXTURES,
        engine=EngineConfig(kind="mock"),
        judge=JudgeConfig("critic", EngineConfig(kind="mock")),
    )
    asyncio.run(run.execute(prepare(config, folder, MockEngine(lambda request: answer), MockEngine(says))))
    return asked, [json.loads(line) for line in (folder / "scores.jsonl").read_text("utf-8").splitlines()]


def test_a_run_judges_each_piece_once(tmp_path: Path) -> None:
    asked, lines = judged_run(tmp_path, f"\n{PIECE}\n", "Clear: 15\nRambling: [5]")
    assert len(asked) == len(lines) == 6
    assert {request.sampling.temperature for request in asked} == {0.0}
    assert {request.max_tokens for request in asked} == {1000}
    assert all(f"[PIECE]\n{PIECE.strip()}\n[END]" in request.prompt.messages[0].content for request in asked)
    assert all("<SEED>" in request.prompt.messages[0].content for request in asked)
    figures = {each["metric"]: (each["score"], each["unit"]) for each in summary_of(tmp_path)["results"]}
    assert figures["judge_score"] == figures["official_mean"] == (75.0, "points_0_100")
    assert figures["rambling"] == (75.0, "points_0_100")
    assert figures["stray_share"] == (0.0, "percent")


def test_a_short_piece_is_not_judged(tmp_path: Path) -> None:
    asked, lines = judged_run(tmp_path, f"{'x' * 499}   \n", "Clear: 15")
    assert asked == []
    assert {(line["outcome"], line["score"]) for line in lines} == {("no_answer", 0.0)}
    assert lines[0]["detail"] == "a piece of 499 characters is not judged, since it has fewer than 500"
    assert [line["counts"] for line in lines] == [{"official_mean": [0.0, 0.0]}] * 6


def test_a_reply_without_a_mark_is_asked_for_three_times(tmp_path: Path) -> None:
    asked, lines = judged_run(tmp_path, PIECE, "I would rather not.")
    assert len(asked) == 18
    assert {(line["outcome"], line["score"]) for line in lines} == {("error", 0.0)}


def test_what_was_read_is_not_asked_again(tmp_path: Path) -> None:
    asked, lines = judged_run(tmp_path, PIECE, "Rambling: -2")
    assert len(asked) == 6
    assert {line["outcome"] for line in lines} == {"error"}
