"""A damaged journal of judgments: what is dropped, and that no call that was paid for is lost with it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from damages import cut, doubled, flipped, garbage, merged, shortened, zeroed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judged_run import essay, judged_run, read_lines

from qwen3_eval.cli import main
from qwen3_eval.engines.base import Request
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records.formats import GENERATIONS, JUDGMENTS, SCORES
from qwen3_eval.records.journal import lines as lines_of
from qwen3_eval.records.record import open_run
from qwen3_eval.records.repair import examine, repair

# Six essays, each asked about twice.
CALLS = 12


def marked(request: Request) -> str:
    return f"[{1 + len(request.prompt.messages[1].content) % 9}]"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged_run(tmp_path_factory.mktemp("whole") / "run", marked)


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def go_on(run: Path, answer: Callable[[Request], str] = essay) -> int:
    """Runs it to its end; returns how often the judge was asked."""
    asked = []

    def reply(request: Request) -> str:
        asked.append(request)
        return marked(request)

    judged_run(run, reply, answer=answer)
    return len(asked)


def scores(folder: Path) -> dict[str, float]:
    return {line["id"]: line["score"] for line in read_lines(folder, SCORES)}


Change = Callable[[list[dict[str, Any]]], list[Mapping[str, Any]]]


def rewritten(
    run: Path, change: Callable[[list[dict[str, Any]]], list[Mapping[str, Any]]], name: str = JUDGMENTS
) -> None:
    lines = change([dict(line) for line in read_lines(run, name)])
    (run / name).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def test_a_damaged_line_is_named_and_dropped_and_the_others_stay(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (run / JUDGMENTS).read_bytes().splitlines(keepends=True)
    (run / JUDGMENTS).write_bytes(b"".join([*lines[:3], lines[3][:50] + b"\n", *lines[4:]]))
    capsys.readouterr()
    assert main(["repair", str(run)]) == 3
    assert "judgments.jsonl, line 4: it is not JSON" in capsys.readouterr().out
    assert main(["repair", str(run), "--yes"]) == 0
    assert (run / JUDGMENTS).read_bytes() == b"".join([*lines[:3], *lines[4:]])
    (run / SCORES).write_text("")
    assert go_on(run) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda lines: [{**lines[0], "call": "taste"}, *lines[1:]], "its key is that of another call"),
        (lambda lines: [{**lines[0], "attempt": 1}, *lines[1:]], "its key is that of another call"),
        (lambda lines: [{**lines[0], "answer_key": "00"}, *lines[1:]], "its key is that of another call"),
        (lambda lines: [{**lines[0], "id": "7"}, *lines[1:]], "it is about another answer than its key says"),
        (lambda lines: [{**lines[0], "reply": "old"}, *lines], "a later line has the same key"),
        (lambda lines: [*lines, {**lines[0], "retryable": True}], "the call had its reply before"),
        (lambda lines: [{**lines[0], "verdict": 3, "attempt": "x"}, *lines[1:]], "Expected `int`"),
    ],
)
def test_what_cannot_be_used_says_why(run: Path, change: Change, why: str) -> None:
    rewritten(run, change)
    [found] = examine(run).journals[JUDGMENTS].dropped.values()
    assert why in found


def test_a_failed_call_that_was_made_again_is_in_order(run: Path) -> None:
    rewritten(run, lambda lines: [{**lines[0], "retryable": True, "error": "503"}, *lines])
    assert examine(run).nothing


def test_keys_that_another_version_made_are_left_alone(run: Path) -> None:
    rewritten(run, lambda lines: [{**line, "key": f"{number:032x}"} for number, line in enumerate(lines)])
    assert examine(run).nothing


def test_judgments_of_an_answer_that_is_lost_serve_the_same_answer_and_no_other(run: Path, whole: Path) -> None:
    gone = read_lines(run, GENERATIONS)[2]["id"]
    for name in (GENERATIONS, SCORES):
        rewritten(run, lambda lines: [line for line in lines if line["id"] != gone], name)
    other = Path(shutil.copytree(run, run.parent / "other"))
    assert examine(run).nothing
    assert go_on(run) == 0 and scores(run) == scores(whole)
    assert go_on(other, lambda request: "Something else, and longer than it was before.") == 2
    last = {line["id"]: line for line in read_lines(other, JUDGMENTS)}
    assert len(read_lines(other, JUDGMENTS)) == CALLS + 2 and last[gone]["reply"] == marked_again(other, gone)


def marked_again(run: Path, name: str) -> str:
    [line] = [line for line in read_lines(run, GENERATIONS) if line["id"] == name]
    return f"[{1 + len('Judge {by} form: ' + line['answer']) % 9}]"


def test_attempts_about_an_answer_that_was_made_again_are_not_counted(run: Path) -> None:
    """The old answer was asked about twice; the new one has its verdict at once."""
    [first, *others] = [dict(line) for line in read_lines(run, JUDGMENTS)]
    rewritten(run, lambda lines: [{**first, "key": "aa", "attempt": 1}, *others, first])
    calls = open_run(run).judgments[bytes.fromhex(first["answer_key"])]
    assert [(each.call, each.attempt) for each in calls if each.call == first["call"]] == [(first["call"], 0)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([JUDGMENTS, JUDGMENTS, GENERATIONS, SCORES]),
            st.sampled_from([flipped, cut, zeroed, doubled, garbage, merged, shortened]),
            st.integers(0, 2**32),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(
    max_examples=10, suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None, deadline=None
)
def test_any_damage_is_repaired_and_what_can_be_read_is_not_paid_again(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[str, Any, int]]
) -> None:
    folder = Path(shutil.copytree(whole, tmp_path_factory.mktemp("damaged") / "run"))
    for name, how, seed in damages:
        data = (folder / name).read_bytes()
        if data.count(b"\n") > 1:
            (folder / name).write_bytes(how(data, random.Random(seed)))
    before = {line["key"] for line in read_lines(whole, JUDGMENTS)}
    repair(folder, write_summary)
    assert examine(folder).nothing
    kept = {line["key"] for _, line in lines_of(folder / JUDGMENTS)}
    assert kept <= before
    asked = go_on(folder)
    assert asked <= CALLS - len(kept & before) + 2 * len(damages)
    assert sorted(scores(folder)) == sorted(scores(whole))
    assert examine(folder).nothing
