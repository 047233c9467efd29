"""Results of tasks that a model judges: health of the verdicts, printed numbers, costs, and what a terminal shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from judged_toy import JUDGE, judged_config, judged_run
from opened import summary_of
from summaries import find

from qwen3_eval.engines.base import Request
from qwen3_eval.measure import health, summary
from qwen3_eval.measure.cost import cost
from qwen3_eval.measure.results import results
from qwen3_eval.money import TokenPrice
from qwen3_eval.records.formats import ResultLine
from qwen3_eval.records.record import open_run
from qwen3_eval.types import AskedDoc as Asked
from qwen3_eval.types import Cell, Scored


def scored(unread: float | None, outcome: str = "ok", lenient: float = 0.0) -> Scored:
    metrics = () if unread is None else (("unread_share", unread), ("lenient_share", lenient))
    return Scored(Cell("t", "thinking", None), Asked("q", None, "q"), 0.5, outcome, metrics)


def verdict(*rows: Scored) -> health.Health:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return health.check(counts, len(rows), health.verdicts_of(rows))


def test_more_than_2_percent_of_unread_verdicts_make_a_result_invalid() -> None:
    assert verdict(*[scored(0.5)] * 4, *[scored(0.0)] * 96) == health.Health(True)
    found = verdict(*[scored(0.5, lenient=0.5)] * 5, *[scored(0.0)] * 95)
    assert not found.valid
    assert found.reason == "2.5% of the judge's verdicts could not be read (limit 2%), 2.5% only by the lenient rule"


def test_answers_that_no_judge_was_asked_about_do_not_dilute_the_share() -> None:
    found = verdict(*[scored(1.0, "error")] * 1, *[scored(0.0)] * 9, *[scored(None, "no_answer")] * 1)
    assert found.reason == (
        "10% of the judge's verdicts could not be read (limit 2%), 1 of 10 answers could not be judged"
    )


def test_what_could_not_be_judged_has_the_limit_of_verdicts_and_other_errors_their_own() -> None:
    assert verdict(*[scored(1.0, "error")] * 2, *[scored(0.0)] * 98).valid
    assert "failed with an error" in verdict(*[scored(None, "error")] * 2, *[scored(0.0)] * 98).reason
    found = verdict(*[scored(0.2, "error")] * 5, *[scored(0.0)] * 95)
    assert found.reason == "5 of 100 answers could not be judged, as a verdict on each could not be read (limit 2%)"


def test_a_run_without_a_judge_has_no_verdicts() -> None:
    assert health.verdicts_of([scored(None)]) is None


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which one of two calls about each answer says nothing that the official rule reads."""

    def said(request: Request) -> str:
        return "score 7" if "style" in request.unit.id else "[6]"

    return judged_run(tmp_path_factory.mktemp("unread") / "run", said)


def shown(run: Path) -> list[str]:
    return list(summary.results_text(results(open_run(run)), open_run(run)))


def test_the_summary_says_so_and_names_the_judge(unread: Path) -> None:
    row = find(summary_of(unread), "toy_judged", "non-thinking", None, metric="judge_score")
    assert not row["valid"]
    assert row["health_reason"] == (
        "50% of the judge's verdicts could not be read (limit 2%), 50% only by the lenient rule, "
        "6 of 6 answers could not be judged"
    )
    _, own = shown(unread)
    assert "judged by toy-judge  6 failed  NOT VALID: 50% of the judge's verdicts" in own
    assert "judge_score" in own


def test_a_figure_of_the_official_code_that_leaves_all_out_is_absent(unread: Path) -> None:
    assert "official_mean" not in {row["metric"] for row in summary_of(unread)["results"]}


def test_a_valid_score_says_what_only_the_lenient_rule_read(tmp_path: Path) -> None:
    lenient = judged_config(replace(JUDGE, lenient=True))
    run = judged_run(tmp_path / "run", lambda request: "score 7" if "style" in request.unit.id else "[6]", lenient)
    _, own, official = shown(run)
    assert own.endswith("6 docs  judged by toy-judge  50% only by the lenient rule")
    assert "official_mean" in official and "judged by" not in official


def test_shares_of_verdicts_stand_in_the_summary_but_in_no_row_of_the_terminal(unread: Path) -> None:
    metrics = {row["metric"] for row in summary_of(unread)["results"]}
    assert {"unread_share", "lenient_share", "marked_share"} <= metrics
    assert not [line for line in shown(unread) if "_share" in line]


def test_shares_of_verdicts_are_those_of_the_answers_that_were_judged(tmp_path: Path) -> None:
    def answers(request: Request) -> str:
        return " " if int(request.unit.id) % 2 else "An essay."

    run = judged_run(tmp_path / "run", "nothing to read", answer=answers)
    row = find(summary_of(run), "toy_judged", "non-thinking", None, metric="unread_share")
    assert 0 < row["n_docs"] < 6
    assert row["score"] == 100.0


def test_the_cost_has_the_judge_s_part(unread: Path) -> None:
    lines = [json.loads(line) for line in (unread / "judgments.jsonl").read_text("utf-8").splitlines()]
    found = summary_of(unread)["cost"]["judge"]
    assert (found["model"], found["calls"], found["unread"]) == ("toy-judge", len(lines), 12) == ("toy-judge", 18, 12)
    assert found["request_s"] == pytest.approx(sum(line["latency_s"] for line in lines), abs=1e-3)


def test_the_cost_counts_a_call_once_and_what_it_came_to(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run")
    path = run / "judgments.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        line["tokens"] = {"prompt": 1000, "thinking": None, "answer": 100}
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, lines[0]]), "utf-8")
    spent = cost(open_run(run)).judge
    assert spent is not None
    assert (spent.calls, spent.tokens) == (12, {"prompt": 12_000, "answer": 1_200})
    assert spent.text(TokenPrice(10, 30)) == (
        "judge toy-judge: 12 judge calls, 12,000 tokens in, 1,200 tokens out, 0.16 at 10 and 30 a million tokens; "
        f"0 unread, {spent.request_s:.1f} s of calls"
    )


def named(run: Path, model: str, task: str, **plan: Any) -> Path:
    """The run as one of a published model and benchmark."""
    told = json.loads((run / "run.json").read_text("utf-8"))
    told["model"] = model
    told["plan"][0] |= {"benchmark": task, **plan}
    (run / "run.json").write_text(json.dumps(told), "utf-8")
    return run


def test_the_printed_number_stands_beside_the_official_figure_alone(tmp_path: Path) -> None:
    run = named(judged_run(tmp_path / "run"), "Qwen/Qwen3-8B", "alignbench_v1_1")
    found = {row["metric"]: row["reported"] for row in summary_of(run)["results"]}
    assert found["official_mean"] == {"value": 8.38, "table": 18, "model": "Qwen3-8B"}
    assert [name for name, reported in found.items() if reported] == ["official_mean"]


def test_where_there_is_no_official_figure_it_stands_beside_ours(tmp_path: Path) -> None:
    run = named(judged_run(tmp_path / "run"), "Qwen/Qwen3-8B", "alignbench_v1_1", figures={})
    row = find(summary_of(run), "toy_judged", "non-thinking", None, metric="judge_score")
    assert row["reported"]["value"] == 8.38


def test_a_printed_number_on_another_scale_says_its_unit(tmp_path: Path) -> None:
    run = named(judged_run(tmp_path / "run"), "Qwen/Qwen3-4B-Instruct-2507", "writingbench")
    row = find(summary_of(run), "toy_judged", "non-thinking", None, metric="official_mean")
    assert (row["unit"], row["reported"]["value"], row["reported"]["unit"]) == ("points_0_10", 83.4, "points_0_100")
    again = summary.result_json(summary.read_result(cast(ResultLine, row)))
    assert json.loads(json.dumps(again)) == row
