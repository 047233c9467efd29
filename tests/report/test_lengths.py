"""Thinking lengths, tokens spent and cost on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_run import Fake, write_run
from opened import runs_in

from qwen3_eval.records.samples import Answered
from qwen3_eval.report import cost, curves, lengths, write_report
from qwen3_eval.types import AskedDoc, Cell, Mode, Scored


def sample(mode: Mode, budget: int | None, tokens: int | None, score: float) -> tuple[Answered, Scored]:
    cell = Cell("t", mode, budget)
    answered = Answered(cell, "1", 0, 1, tokens, 1, None, None, 0.0, 1, 0)
    return answered, Scored(cell, AskedDoc("1", "en", "1"), score, "ok", ())


def filled(*samples: tuple[int | None, int, float]) -> lengths.Lengths:
    found = lengths.Lengths()
    for budget, tokens, score in samples:
        found.add(0, *sample("thinking", budget, tokens, score))
    return found


def test_lengths_are_those_at_the_largest_budget() -> None:
    found = filled((64, 10, 1), (None, 100, 1), (None, 300, 0), (None, 310, 0), (None, 50, 0.5))
    (one,) = lengths.histograms(found, ["run"], ["t"])
    assert (one.right, one.wrong) == (
        "1 right, half of them within 100 tokens",
        "2 wrong, half of them within 305 tokens",
    )
    heights = {bar.kind: bar.height for bar in one.bars}
    assert heights["right"] == heights["wrong"] == lengths.HALF
    assert {bar.kind: bar.y for bar in one.bars} == {"right": 0, "wrong": lengths.HALF}
    assert all(bar.x >= 0 and bar.x + bar.width <= lengths.WIDTH for bar in one.bars)


def test_other_samples_are_passed_over() -> None:
    found = lengths.Lengths()
    found.add(0, *sample("non-thinking", None, 3, 1))
    found.add(0, sample("thinking", None, 3, 1)[0], None)
    found.add(0, *sample("thinking", None, None, 1))
    assert lengths.histograms(found, ["run"], ["t"]) == []


@pytest.mark.parametrize("tokens", [1, 2, 3, 17, 1023, 1024, 38_912])
def test_a_length_lies_in_its_bar(tokens: int) -> None:
    number = lengths.bin_of(tokens)
    assert lengths.edge(number) <= tokens < lengths.edge(number + 1)


def test_only_right_answers_have_a_picture_too() -> None:
    (one,) = lengths.histograms(filled((None, 7, 1)), ["run"], [])
    assert one.wrong == "none wrong" and len(one.bars) == 1 and one.ticks


def test_tokens_spent_are_means_per_sample(tmp_path: Path) -> None:
    (run,) = runs_in(write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=8)))
    curve = curves.curve_of(run, "demo_math")
    points = curves.drawn(curve, [round(curves.spent(result)) for result in curve.thinking]).points
    spent = [r.tokens["thinking"] + r.tokens["answer"] for r in run.results if r.mode == "thinking"]
    assert [point.budget for point in points] == [round(tokens) for tokens in spent]
    html = write_report(runs_in(run.record.folder), tmp_path / "x.html").read_text("utf-8")
    assert "demo_math, by tokens actually spent" in html and "tokens spent, mean per sample</text>" in html


def test_gpu_hours_are_time_times_the_gpus_of_the_engine(tmp_path: Path) -> None:
    engine = {"device": ["NVIDIA H100"] * 8, "arguments": {"tensor_parallel_size": 4}}
    fake = Fake(tasks=("demo_math",), docs=3)
    folders = [
        write_run(tmp_path / "cpu", fake),
        write_run(tmp_path / "gpu", Fake(tasks=("demo_math",), docs=3, extra={"engine": engine})),
        write_run(tmp_path / "ray", Fake(tasks=("demo_math",), docs=3, extra={"engine": {**engine, "replicas": 2}})),
    ]
    lines = {line.name: list(line.figures) for line in cost.cost_lines(runs_in(*folders))}
    assert lines["GPU hours"] == ["", "0.22 (4 × NVIDIA H100)", "0.44 (8 × NVIDIA H100)"]
    assert lines["Time"] == ["3 min 20 s"] * 3
    assert lines["Thinking tokens"][0] == lines["Thinking tokens"][1] != ""


def test_what_nobody_counted_is_left_out(tmp_path: Path) -> None:
    fake = Fake(tasks=("demo_math",), docs=3, extra={"sessions": []})
    names = [line.name for line in cost.cost_lines(runs_in(write_run(tmp_path / "run", fake)))]
    assert "Tokens decoded" in names and not {"Time", "Speed", "GPU hours"} & set(names)
