"""``summary.json`` from journals: formats, denominators, errors, cost, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_run import LANGUAGES, Fake, write_run
from opened import runs_in, summary_of
from summaries import find

from qwen3_eval import stats
from qwen3_eval.measure import summary
from qwen3_eval.measure.results import results
from qwen3_eval.records.record import open_run
from qwen3_eval.report import write_report
from qwen3_eval.report.index import Loaded, load
from qwen3_eval.types import UsageError

FIELDS = {
    "task", "mode", "budget", "language", "metric", "unit", "score", "stderr", "ci95", "n_docs", "n_samples", "health",
    "valid", "tokens", "reported",
}  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def by_hand(run: Path, task: str, mode: str, budget: int | None) -> list[dict[str, Any]]:
    wanted = (task, mode, budget)
    return [line for line in read(run / "scores.jsonl") if (line["task"], line["mode"], line["budget"]) == wanted]


def append(path: Path, *lines: Any) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", Fake(docs=20, samples=2, budgets=(32, 64)))


def test_summary_has_the_fields_of_the_contract(run: Path) -> None:
    written, found = summary.write_summary(open_run(run)), summary_of(run)
    assert json.loads((run / "summary.json").read_text("utf-8")) == found
    assert [summary.read_result(row) for row in found["results"]] == written
    assert (found["schema"], found["run_id"], found["model"]) == (1, "run", "demo")
    assert all(row.keys() >= FIELDS for row in found["results"])


def test_score_is_the_mean_over_all_planned_samples(run: Path) -> None:
    found = summary_of(run)
    lines = by_hand(run, "demo_math", "thinking", 64)
    row = find(found, "demo_math", "thinking", 64)
    assert row["score"] == pytest.approx(100 * sum(line["score"] for line in lines) / 40)
    assert (row["n_docs"], row["n_samples"], sum(row["health"].values())) == (20, 40, 40)


def test_interval_is_clustered_by_group(run: Path) -> None:
    lines = by_hand(run, "demo_multilingual", "thinking", 64)
    per_question: dict[tuple[str, str], list[float]] = {}
    for line in lines:
        per_question.setdefault((line["group"], line["id"]), []).append(line["score"])
    wanted = stats.over_questions([stats.question(group, scores) for (group, _), scores in per_question.items()])
    row = find(summary_of(run), "demo_multilingual", "thinking", 64)
    assert row["stderr"] == pytest.approx(100 * wanted.stderr)
    assert row["ci95"] == pytest.approx([100 * wanted.interval.low, 100 * wanted.interval.high])
    assert row["ci95_samples"][0] < row["score"] < row["ci95_samples"][1]


def test_languages_have_results_of_their_own_only_where_there_are_several(run: Path) -> None:
    found = summary_of(run)
    parts = [find(found, "demo_multilingual", "thinking", 32, language=name) for name in LANGUAGES]
    whole = find(found, "demo_multilingual", "thinking", 32)
    assert sum(part["n_samples"] for part in parts) == whole["n_samples"]
    assert sum(part["score"] for part in parts) / len(parts) == pytest.approx(whole["score"])
    assert not [row for row in found["results"] if row["task"] == "demo_math" and row["language"]]


def test_results_are_ordered_by_task_mode_and_budget(run: Path) -> None:
    rows = [row for row in summary_of(run)["results"] if row["task"] == "demo_tools"]
    cells = list(dict.fromkeys((row["mode"], row["budget"]) for row in rows))
    assert cells == [("non-thinking", None), ("thinking", 32), ("thinking", 64)]


def test_repeated_samples_give_pass_at_k(run: Path) -> None:
    found = summary_of(run)
    right: dict[str, float] = {}
    for line in by_hand(run, "demo_math", "thinking", 64):
        right[line["id"]] = max(right.get(line["id"], 0.0), line["score"])
    passed = find(found, "demo_math", "thinking", 64, metric="pass@2")
    assert passed["score"] == pytest.approx(100 * sum(right.values()) / len(right))
    assert passed["stderr_samples"] is None


def test_pass_at_k_for_every_power_of_two_up_to_the_samples_that_all_questions_have(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=6, samples=7, budgets=(), unfinished=0.0))
    lines = by_hand(run, "demo_math", "thinking", None)
    counts = {line["id"]: sum(other["score"] for other in lines if other["id"] == line["id"]) for line in lines}
    found = summary_of(run)
    for k in (2, 4, 7):
        chance = sum(stats.pass_at_k(7, int(right), k) for right in counts.values()) / len(counts)
        row = find(found, "demo_math", "thinking", None, metric=f"pass@{k}")
        assert (row["score"], row["n_docs"]) == (pytest.approx(100 * chance), 6)
    (run / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[2:]), "utf-8")
    metrics = [row["metric"] for row in summary_of(run)["results"]]
    assert metrics == ["accuracy", "pass@2", "pass@4", "pass@5"]  # one question has five samples


def test_the_latest_line_of_a_key_counts(run: Path) -> None:
    before = summary_of(run)
    lines = by_hand(run, "demo_math", "non-thinking", None)
    append(run / "scores.jsonl", *({**line, "score": 1.0, "outcome": "ok"} for line in lines))
    after = summary_of(run)
    row = find(after, "demo_math", "non-thinking", None)
    assert (row["score"], row["n_samples"], row["health"]) == (100.0, 40, {"ok": 40})
    assert find(after, "demo_code", "thinking", 32) == find(before, "demo_code", "thinking", 32)


def test_an_unfinished_run_is_marked(tmp_path: Path) -> None:
    run = write_run(tmp_path / "part", Fake(tasks=("demo_math",), docs=20, budgets=(32,), drop=10, unfinished=0.0))
    row = find(summary_of(run), "demo_math", "thinking", 32)
    assert not row["valid"] and row["health_reason"] == "incomplete: 15 of 20 samples"
    assert row["n_samples"] == 15


def test_what_was_not_measured_is_absent(tmp_path: Path) -> None:
    run = write_run(tmp_path / "part", Fake(docs=3, drop=21))
    assert {row["task"] for row in summary_of(run)["results"]} == {
        "demo_math",
        "demo_code",
        "demo_tools",
    }


def test_further_metrics_count_failed_samples_as_zero(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=10, budgets=(), unfinished=0.0))
    lines = by_hand(run, "demo_math", "thinking", None)
    for line in lines:
        line["metrics"] = {"loose": 1.0}
    lines[0] |= {"metrics": {}, "outcome": "timeout", "score": 0.0}
    append(run / "scores.jsonl", *lines)
    assert find(summary_of(run), "demo_math", "thinking", None, metric="loose")["score"] == pytest.approx(90.0)


def test_cost_counts_a_shared_trace_once(run: Path) -> None:
    lines = read(run / "generations.jsonl")
    cost = summary_of(run)["cost"]
    assert cost["completions"] == len(lines)
    assert cost["decoded_tokens"] == sum(line["decoded"] for line in lines)
    assert cost["decoded_tokens"] < cost["tokens"]["thinking"] + cost["tokens"]["answer"]
    assert cost["wall_s"] == 200.0
    assert cost["tokens_per_s"] == pytest.approx(cost["decoded_tokens"] / 200, abs=0.1)


def test_counts_that_no_server_gave_are_absent(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=4, budgets=(), extra={"sessions": []}))
    lines = read(run / "generations.jsonl")
    nothing = {"tokens": {"prompt": None, "thinking": None, "answer": None}, "cached": None, "decoded": None}
    append(run / "generations.jsonl", *({**line, **nothing} for line in lines))
    found = summary_of(run)
    assert all(row["tokens"] == {} for row in found["results"])
    assert found["cost"]["tokens"] == {} and "wall_s" not in found["cost"]


def test_reported_values_stand_beside_runs_without_a_budget(tmp_path: Path) -> None:
    fake = Fake(tasks=("aime24",), docs=30, budgets=(1024,), model="Qwen/Qwen3-8B", unfinished=0.0)
    found = summary_of(write_run(tmp_path / "run", fake))
    row = find(found, "aime24", "non-thinking", None)
    assert row["reported"]["value"] > 0 and row["reported"]["model"] == "Qwen3-8B"
    assert find(found, "aime24", "thinking", 1024)["reported"] is None


def test_results_read_back_are_the_same(run: Path) -> None:
    found = summary_of(run)
    again = [summary.result_json(summary.read_result(line)) for line in found["results"]]
    assert json.loads(json.dumps(again)) == found["results"]


def test_text_for_the_terminal_has_a_line_per_cell(run: Path) -> None:
    text = list(summary.results_text(results(open_run(run))))
    assert len(text) == 1 + 4 * 3
    assert text[0].startswith("task") and text[1].startswith("demo_math") and "20 docs" in text[1]


def test_a_single_timeout_shows_in_the_terminal_and_on_the_pages(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=100, budgets=(), unfinished=0.0))
    line = by_hand(run, "demo_math", "thinking", None)[0]
    append(run / "scores.jsonl", {**line, "outcome": "timeout", "score": 0.0})
    found = summary.write_summary(open_run(run))
    assert all(result.valid for result in found)
    shown = [text for text in summary.results_text(found) if "WARNING" in text]
    assert len(shown) == 1 and "1 timed out  WARNING: 1 could not be judged in time" in shown[0]
    page = write_report(runs_in(run), tmp_path / "page.html").read_text("utf-8")
    assert "1 answer could not be judged in time" in page and "results are healthy" not in page
    one = load(run, tmp_path)
    assert isinstance(one, Loaded)
    entry = one.entry
    assert (entry.healthy, list(entry.problems)) == ("", ["1 answer could not be judged in time"])


def test_a_torn_last_line_is_left_out(run: Path) -> None:
    before = summary_of(run)
    with open(run / "scores.jsonl", "a", encoding="utf-8") as file:
        file.write('{"key": "00')
    assert summary_of(run) == before


def test_a_damaged_line_is_named(run: Path) -> None:
    lines = (run / "scores.jsonl").read_text("utf-8").splitlines(keepends=True)
    (run / "scores.jsonl").write_text("".join([lines[0], "{oops\n", *lines[1:]]), "utf-8")
    with pytest.raises(UsageError, match=r"scores\.jsonl, line 2"):
        summary_of(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a run directory"):
        summary_of(tmp_path)


MEASURE = """
import re, sys
from pathlib import Path
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records.record import open_run
found = write_summary(open_run(Path(sys.argv[1])))
peak = re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())
print(found[0].n_samples, int(peak[1]) // 1024)
"""


def test_memory_stays_flat_for_100_000_samples(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=1, budgets=()))
    plan = [{"task": "demo_math", "mode": "thinking", "budgets": [None], "docs": 10_000, "samples": 10}]
    (run / "run.json").write_text(json.dumps({"model": "demo", "plan": plan}), "utf-8")
    generation = {**read(run / "generations.jsonl")[0], "key": "KEY", "thinking": "word " * 400}
    score = {**read(run / "scores.jsonl")[0], "key": "KEY", "id": "DOC", "group": "DOC"}
    for name, line in (("generations.jsonl", generation), ("scores.jsonl", score)):
        text = json.dumps(line) + "\n"
        with open(run / name, "w", encoding="utf-8") as file:
            each = ((f"{i:032x}", f"test/{i // 10}") for i in range(100_000))
            file.writelines(text.replace("KEY", key).replace("DOC", doc) for key, doc in each)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(run)], capture_output=True, text=True, check=True)
    samples, mebibytes = map(int, done.stdout.split())
    print(f"peak {mebibytes} MiB")
    assert samples == 100_000
    assert mebibytes < 250


def test_the_number_of_a_card_stands_beside_a_later_model_with_the_card(tmp_path: Path) -> None:
    fake = Fake(tasks=("aime25",), docs=30, budgets=(), model="Qwen/Qwen3-30B-A3B-Thinking-2507", unfinished=0.0)
    run = write_run(tmp_path / "run", fake)
    found = summary_of(run)
    assert find(found, "aime25", "thinking", None)["reported"] == {
        "value": 85.0,
        "table": 0,
        "model": "Qwen3-30B-A3B-Thinking-2507",
        "card": "Model card Qwen3-30B-A3B-Thinking-2507, 2025-07",
    }
    assert find(found, "aime25", "non-thinking", None)["reported"] is None, "it has no such mode in its card"
    test_results_read_back_are_the_same(run)


def test_the_report_s_numbers_stand_there_without_a_card(tmp_path: Path) -> None:
    fake = Fake(tasks=("aime24",), docs=30, budgets=(), model="Qwen/Qwen3-8B", unfinished=0.0)
    row = find(summary_of(write_run(tmp_path / "run", fake)), "aime24", "thinking", None)
    assert row["reported"] == {"value": 76.0, "table": 17, "model": "Qwen3-8B"}
