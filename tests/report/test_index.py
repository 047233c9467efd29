"""The page over all runs: what it lists, what it says about broken ones, and that it does nothing but that."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judged_run import judge, judged_again
from judged_toy import JUDGE, judged_config, judged_run
from many_runs import add, index_of_many
from opened import summary_of

from qwen3_eval.cli import main
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records.record import open_run
from qwen3_eval.report import write_index


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_of_many(tmp_path_factory.mktemp("index"))


def cards(page: Path) -> dict[str, str]:
    """Text of each run's card by its folder, in the order of the page."""
    found = {}
    for card in re.findall(r'<li class="entry".*?\n    </li>', page.read_text("utf-8"), re.DOTALL):
        words = " ".join(re.sub(r"<[^>]+>", " ", card).split())
        name = re.search(r"<h3>(?:<a [^>]*>)?(.*?)(?:</a>)?</h3>", card)
        assert name
        found[name[1]] = words
    return found


def test_runs_are_listed_newest_first_and_broken_ones_with_what_is_wrong(page: Path) -> None:
    found = cards(page)
    dated = ["many", "stopped", "other-questions", "nightly-14", "damaged", "nightly-12"]
    assert list(found)[:6] == dated and len(found) == 11 and "baselines" not in found
    assert "unfinished: 19 of 24 samples" in found["stopped"]
    assert "scores.jsonl, line 4 is " in found["damaged"] and "2026-11-13" in found["damaged"]
    assert "schema 0" in found["old"] and "no run.json" in found["nothing"] and "not JSON" in found["no-manifest"]
    assert "all 3 results are healthy" in found["nightly-14"] and "3 more tasks" in found["many"]


def test_scores_are_those_of_the_summary(page: Path) -> None:
    lines = summary_of(page.parent.parent / "results" / "nightly-14")["results"]
    shown = [f"{line['score']:.1f}" for line in lines if line["budget"] in (None, 32)]
    assert cards(page)["nightly-14"].split()[-3:] == ["demo_math", *shown]


def test_a_report_is_linked_where_there_is_one(page: Path) -> None:
    links = re.findall(r'<h3><a href="([^"]*)">', page.read_text("utf-8"))
    assert links == ["./nightly-12.html"] and (page.parent / links[0]).is_file()


def test_trends_join_only_what_is_the_same(page: Path) -> None:
    text = page.read_text("utf-8")
    labels = re.findall(r'class="spark"[^>]*aria-label="([^"]*)"', text)
    assert len(labels) == 2
    for label in labels:
        assert re.findall(r"on (\S+?)(?:;|$)", label) == ["2026-11-10", "2026-11-12", "2026-11-14"]


def test_a_summary_is_read_only_where_it_is_as_new_as_the_journals(tmp_path: Path) -> None:
    run = add(tmp_path / "results", "run", 3)
    summary = summary_of(run)
    for line in summary["results"]:
        line["score"] = 12.3
    path = run / "summary.json"
    path.write_text(json.dumps(summary), "utf-8")
    assert "12.3" in cards(write_index(tmp_path / "results", tmp_path / "a.html"))["run"]
    os.utime(path, (0, 0))
    assert "12.3" not in cards(write_index(tmp_path / "results", tmp_path / "b.html"))["run"]


def test_a_summary_that_counts_more_than_the_journal_holds_is_not_believed(tmp_path: Path) -> None:
    run = add(tmp_path / "results", "run", 3)
    write_summary(open_run(run))
    lines = (run / "scores.jsonl").read_text("utf-8").splitlines(keepends=True)
    (run / "scores.jsonl").write_text("".join(lines[:20]), "utf-8")
    os.utime(run / "scores.jsonl", (0, 0))
    card = cards(write_index(tmp_path / "results", tmp_path / "x.html"))["run"]
    assert "summary.json counts 24 samples, scores.jsonl holds 20" in card


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--all"]) == 2
    Path("results").mkdir()
    assert main(["report", "--all"]) == 0
    assert "No run yet" in Path("reports/index.html").read_text("utf-8")
    capsys.readouterr()
    for arguments in ([], ["--all", "results"], ["--all", "--plots", "x"]):
        assert main(["report", *arguments]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


SAME_WAY = {
    "identity": {
        "model": "demo",
        "seed": 0,
        "samples": None,
        "limit": None,
        "languages": [],
        "chat_template_sha256": "a" * 64,
        "model_sha256": "b" * 64,
        "engine": {"kind": "vllm", "rendering": "auto", "args": {"dtype": "bfloat16", "tensor_parallel_size": 1}},
    }
}
PLANNED = {"version": "1", "sampling": {"temperature": 0.6, "top_p": 0.95}, "max_tokens": 32768, "answer_tokens": 2048}


def rewritten(run: Path, change: dict[str, Any]) -> None:
    """Sets values of a manifest by their dotted names; ``plan.`` is every entry of the plan."""
    path = run / "run.json"
    manifest = json.loads(path.read_text("utf-8"))
    for entry in manifest["plan"]:
        entry.update(json.loads(json.dumps(PLANNED)))
    for dotted, value in change.items():
        *parents, last = dotted.split(".")
        for place in manifest["plan"] if parents[:1] == ["plan"] else [manifest]:
            for name in parents[parents[:1] == ["plan"] :]:
                place = place[name]
            place[last] = value
    path.write_text(json.dumps(manifest), "utf-8")


def labels_of(results: Path, change: dict[str, Any], **fields: Any) -> list[str]:
    """Labels of the trends over two runs as usual and two with a change."""
    for day in (1, 2, 3, 4):
        further = fields if day > 2 else {}
        run = add(results, f"run-{day}", day, extra=json.loads(json.dumps(SAME_WAY)), **{"budgets": (16,), **further})
        rewritten(run, change if day > 2 else {})
    text = write_index(results, results.parent / "index.html").read_text("utf-8")
    return re.findall(r'class="spark"[^>]*aria-label="([^"]*)"', text)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("plan.sampling", {"temperature": 0.7, "top_p": 0.95}, "sampling.temperature 0.7"),
        (
            "plan.sampling",
            {"temperature": 0.6, "top_p": 0.95, "presence_penalty": 1.5},
            "sampling.presence_penalty 1.5",
        ),
        ("plan.max_tokens", 38_912, "max_tokens 38912"),
        ("plan.answer_tokens", 4096, "answer_tokens 4096"),
        ("plan.version", "2", "version 2"),
        ("plan.prompts", {"choice_letter": "2"}, "prompts.choice_letter 2"),
        ("config.stop_text", "report", "stop_text report"),
        ("identity.chat_template_sha256", "c" * 64, "chat_template_sha256 cccc"),
        ("identity.languages", ["de", "fr"], "languages [&#34;de&#34;, &#34;fr&#34;]"),
        ("identity.limit", 8, "limit 8"),
        ("identity.limit_per_language", 2, "limit_per_language 2"),
        ("identity.engine.args", {"dtype": "bfloat16", "quantization": "fp8"}, "engine.args.quantization fp8"),
        ("identity.engine.kind", "server", "engine.kind server"),
        ("identity.template_args", {"tools": True}, "template_args.tools true"),
        ("data.demo_math.sha256", "d" * 64, "dataset_sha256 dddd"),
    ],
)
def test_another_way_of_asking_is_another_trend(tmp_path: Path, name: str, value: Any, named: str) -> None:
    labels = labels_of(tmp_path / "results", {name: value})
    thinking = [label for label in labels if label.startswith("demo_math, thinking")]
    assert len(thinking) == 2
    assert sorted(len(re.findall(r" on 2026", label)) for label in thinking) == [2, 2]
    assert [named in label for label in thinking].count(True) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identity.seed", 7),
        ("identity.predictions_sha256", "f" * 64),
        ("identity.samples", 4),
        ("identity.model_sha256", "e" * 64),
        ("identity.engine.args", {"dtype": "bfloat16", "tensor_parallel_size": 8, "gpu_memory_utilization": 0.5}),
        ("engine.version", "0.33.0"),
        ("identity.budgets", [16, 32]),
        ("identity.tasks", ["demo_math", "demo_code"]),
    ],
)
def test_what_is_no_way_of_asking_parts_no_trend(tmp_path: Path, name: str, value: Any) -> None:
    labels = labels_of(tmp_path / "results", {name: value}, samples=3 if name == "identity.samples" else 1)
    assert len(labels) == 2
    for label in labels:
        assert len(re.findall(r" on 2026", label)) == 4
        assert re.match(r"demo_math, (thinking, budget 16|non-thinking): ", label)


def test_results_of_other_judges_are_no_points_of_one_line(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for day, name in ((3, "toy-judge"), (4, "toy-judge"), (5, "another"), (6, "another")):
        run = judged_run(results / f"of-{day}", f"[{day}]", judged_config(replace(JUDGE, model=name)))
        told = json.loads((run / "run.json").read_text("utf-8"))
        told["sessions"] = [{"start": f"2026-11-0{day}T10:00:00+00:00", "end": f"2026-11-0{day}T10:05:00+00:00"}]
        (run / "run.json").write_text(json.dumps(told), "utf-8")
    page = write_index(results, tmp_path / "index.html")
    labels = re.findall(r'class="spark"[^>]*aria-label="([^"]*)"', page.read_text("utf-8"))
    assert [(re.findall(r"on (\S+?)(?:;|$)", label), "judge.model another" in label) for label in labels] == [
        (["2026-11-03", "2026-11-04"], False),
        (["2026-11-05", "2026-11-06"], True),
    ]
    assert all("judge.model" in label for label in labels)
    assert "judged by another, non-thinking, replies read by the official rule" in cards(page)["of-5"]


def test_a_run_that_is_judged_again_is_listed_behind_it(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "results" / "a-run", "[8]")
    judged_again(run, lambda request: "[2]", run / "judges" / "second", judge("second"))
    found = cards(write_index(tmp_path / "results", tmp_path / "index.html"))
    assert set(found) == {"a-run", "a-run/judges/second"}
    assert "judged by second" in found["a-run/judges/second"] and "cannot be read" not in found["a-run/judges/second"]
