"""The index of what a judge said, as report and agreement read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_run import Fake, write_run

from qwen3_eval.records.formats import JUDGMENTS
from qwen3_eval.records.record import RunRecord, open_run
from qwen3_eval.types import UsageError


def line(answer: str, call: str, attempt: int = 0, **facts: object) -> dict[str, object]:
    """A call as the journal has it; its key is made of what it is about."""
    return {
        "key": f"{answer}{attempt:02}{call.encode().hex()}",
        "answer_key": answer,
        "task": "toy",
        "id": f"doc {answer}",
        "sample": 0,
        "mode": "thinking",
        "budget": None,
        "call": call,
        "attempt": attempt,
        "judge": "j",
        "seed": 1,
        "prompt_sha256": "00",
        "reply": f"{call} [{attempt}]",
        "thinking": "",
        "finished": True,
        "finish_reason": "stop",
        "verdict": attempt,
        "lenient": attempt,
        "tokens": {"prompt": 5, "thinking": 0, "answer": 2},
        "latency_s": 0.5,
        "error": "",
        "retryable": False,
        **facts,
    }


def run_with(folder: Path, lines: list[dict[str, object]]) -> RunRecord:
    run = write_run(folder / "run", Fake(tasks=("demo_math",), budgets=(), docs=2))
    (run / JUDGMENTS).write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")
    return open_run(run)


def test_calls_stand_by_their_answer_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    order = [("aa", "x", 0), ("bb", "x", 0), ("aa", "x", 1), ("aa", "y", 0)]
    record = run_with(tmp_path, [line(*each) for each in order])
    found = record.judgments
    assert {key.hex(): [(each.call, each.attempt) for each in calls] for key, calls in found.items()} == {
        "aa": [("x", 0), ("x", 1), ("y", 0)],
        "bb": [("x", 0)],
    }
    [first, *_] = found[bytes.fromhex("bb")]
    assert (first.cell.task, first.id, first.judge, first.prompt, first.answer) == ("toy", "doc bb", "j", 5, 2)
    assert record.judgment(first.offset)["reply"] == "x [0]"


def test_of_a_call_that_was_made_again_the_latest_counts_in_its_place(tmp_path: Path) -> None:
    failed = line("aa", "x", error="503", retryable=True, verdict=None, lenient=None)
    record = run_with(tmp_path, [failed, line("aa", "y"), line("aa", "x", verdict=7)])
    [x, y] = record.judgments[bytes.fromhex("aa")]
    assert (x.call, x.verdict, x.failed, x.error, y.call) == ("x", 7, False, False, "y")


def test_what_is_forgotten_is_read_again(tmp_path: Path) -> None:
    record = run_with(tmp_path, [line("aa", "x")])
    before = record.judgments
    record.forget()
    assert record.judgments == before and record.judgments is not before


def test_a_run_without_a_judge_has_none_and_a_damaged_line_is_named(tmp_path: Path) -> None:
    assert run_with(tmp_path, []).judgments == {}
    record = run_with(tmp_path, [line("aa", "x"), {**line("aa", "y"), "attempt": "first"}])
    with pytest.raises(UsageError, match=r"judgments\.jsonl, line 2 is damaged: .*attempt"):
        _ = record.judgments
