"""Answers that a model judges, from the run's loop to its files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from opened import summary_of
from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import EngineError, Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import IncompleteError, UsageError

JUDGE = JudgeConfig("toy-judge", EngineConfig(kind="mock"))
Said = Callable[[Request], str]


def config(judge: JudgeConfig | None = JUDGE, **facts: Any) -> RunConfig:
    return RunConfig(
        model="writer",
        tasks=("toy_judged",),
        modes=("non-thinking",),
        tasks_dir=TOYS,
        engine=EngineConfig(kind="mock"),
        judge=judge,
        **facts,
    )


def execute(folder: Path, said: Said, *, answer: str = "An essay.", settings: RunConfig | None = None) -> list[Request]:
    """A run whose judge answers with a function; returns what the judge was asked."""
    asked: list[Request] = []

    def reply(request: Request) -> str:
        asked.append(request)
        return said(request)

    writer, judge = MockEngine(lambda request: answer), MockEngine(reply)
    asyncio.run(run.execute(prepare(settings or config(), folder, writer, judge)))
    return asked


def read(folder: Path, name: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def test_each_call_is_a_line_and_each_answer_a_score(tmp_path: Path) -> None:
    asked = execute(tmp_path / "run", lambda request: "Fine. [8]")
    assert len(asked) == 12
    assert [message.role for message in asked[0].prompt.messages] == ["system", "user"]
    lines = read(tmp_path / "run", "judgments.jsonl")
    assert [line["verdict"] for line in lines] == [8] * 12
    assert {line["call"] for line in lines} == {"style", "form"}
    scores = read(tmp_path / "run", "scores.jsonl")
    assert [(line["score"], line["outcome"]) for line in scores] == [(0.8, "ok")] * 6
    figures = {each["metric"]: (each["score"], each["unit"]) for each in summary_of(tmp_path / "run")["results"]}
    assert figures["judge_score"] == figures["official_mean"] == (pytest.approx(8), "points_0_10")
    assert figures["unread_share"] == (0.0, "percent")


def test_braces_and_marks_of_an_answer_stand_in_the_prompt_as_they_are(tmp_path: Path) -> None:
    answer = "{what} {{x}} [9] {0}"
    asked = execute(tmp_path / "run", lambda request: "[2]", answer=answer)
    assert {request.prompt.messages[1].content for request in asked} == {
        f"Judge {{by}} {what}: {answer}" for what in ("style", "form")
    }
    scores = read(tmp_path / "run", "scores.jsonl")
    assert {line["score"] for line in scores} == {0.2}
    assert {line["metrics"]["marked_share"] for line in scores} == {1.0}


def test_what_cannot_be_read_is_asked_again_and_then_an_outcome(tmp_path: Path) -> None:
    asked = execute(tmp_path / "run", lambda request: "score 7" if "style" in request.unit.id else "[6]")
    assert len(asked) == 6 * (2 + 1)
    scores = read(tmp_path / "run", "scores.jsonl")
    assert {(line["score"], line["outcome"]) for line in scores} == {(0.1, "error")}
    assert {line["metrics"]["unread_share"] for line in scores} == {0.5}
    assert {line["metrics"]["lenient_share"] for line in scores} == {0.5}
    assert "style: the judge's reply holds no verdict" in scores[0]["detail"]


def test_a_finished_run_asks_no_judge_again(tmp_path: Path) -> None:
    execute(tmp_path / "run", lambda request: "[8]")
    assert execute(tmp_path / "run", lambda request: "[1]") == []
    assert len(read(tmp_path / "run", "scores.jsonl")) == 6


def test_what_was_judged_is_not_paid_twice(tmp_path: Path) -> None:
    execute(tmp_path / "run", lambda request: "[8]")
    path = tmp_path / "run" / "scores.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    path = tmp_path / "run" / "judgments.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:9]))
    assert len(execute(tmp_path / "run", lambda request: "[8]")) == 3
    assert {line["score"] for line in read(tmp_path / "run", "scores.jsonl")} == {0.8}


def test_a_judge_that_fails_leaves_the_answer_for_later(tmp_path: Path) -> None:
    def fails(request: Request) -> str:
        if "form" in request.unit.id:
            raise EngineError("503 from the judge")
        return "[8]"

    with pytest.raises(IncompleteError, match=r"6 answers got no judgment \(503 from the judge\); run the same"):
        execute(tmp_path / "run", fails)
    assert not read(tmp_path / "run", "scores.jsonl")
    assert len(execute(tmp_path / "run", lambda request: "[8]")) == 6


def test_another_judge_is_another_run(tmp_path: Path) -> None:
    execute(tmp_path / "run", lambda request: "[8]")
    other = config(JudgeConfig("another", EngineConfig(kind="mock")))
    with pytest.raises(UsageError, match=r"judge\.model"):
        execute(tmp_path / "run", lambda request: "[8]", settings=other)


def test_a_task_that_needs_a_judge_is_refused_without_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="toy_judged needs a judge"):
        prepare(config(None), tmp_path / "run")


def test_an_empty_answer_is_not_judged(tmp_path: Path) -> None:
    assert execute(tmp_path / "run", lambda request: "[8]", answer=" ") == []
    scores = read(tmp_path / "run", "scores.jsonl")
    assert {(line["score"], line["outcome"]) for line in scores} == {(0.1, "no_answer")}


def test_a_run_shows_how_far_the_judge_is(tmp_path: Path) -> None:
    shown = StringIO()
    writer, judge = MockEngine(lambda request: "An essay."), MockEngine(lambda request: "[8]")
    asyncio.run(run.execute(prepare(config(), tmp_path / "run", writer, judge), shown))
    assert "judged 6/6 (0 waiting, 12 calls, 0 unread, " in shown.getvalue()
    shown = StringIO()
    asyncio.run(run.execute(prepare(config(), tmp_path / "run", writer, judge), shown))
    assert "judged 6/6 (0 waiting, 0 calls, 0 unread, " in shown.getvalue()


@pytest.mark.parametrize("hook", ["again", "passes_over"])
def test_code_of_a_benchmark_that_trips_costs_one_answer_and_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    def trips(self: Judged, *about: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(Judged, hook, trips)
    execute(tmp_path / "run", lambda request: "nothing that can be read")
    scores = read(tmp_path / "run", "scores.jsonl")
    assert [line["outcome"] for line in scores] == ["error"] * 6
    assert ("surprise" in scores[0]["detail"]) == (hook == "passes_over")
