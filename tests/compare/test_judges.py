"""Runs that other judges judged, or the same judge otherwise, are not compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judged_toy import JUDGE, judged_config, judged_run
from scored_run import Scored, write_scored

from qwen3_eval.cli import main
from qwen3_eval.compare.baseline import from_run, way_of_asking
from qwen3_eval.config import EngineConfig, JudgeConfig
from qwen3_eval.records.record import open_run
from qwen3_eval.types import Cell

OTHERS: list[tuple[JudgeConfig, str]] = [
    (replace(JUDGE, model="another"), 'judge: "toy-judge" -> "another"'),
    (replace(JUDGE, mode="thinking"), 'judge.mode: "non-thinking" -> "thinking"'),
    (replace(JUDGE, family="qwen3"), 'judge.family: null -> "qwen3"'),
    (replace(JUDGE, lenient=True), 'judge.parse: "official" -> "lenient"'),
    (replace(JUDGE, sampling={"temperature": 0.5}), "judge.sampling.temperature: 0.0 -> 0.5"),
    (replace(JUDGE, max_tokens=48), 'judge: "toy-judge", asked otherwise; judge.max_tokens: 32 -> 48'),
]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged_run(tmp_path_factory.mktemp("before") / "run")


@pytest.fixture(scope="module")
def baseline(before: Path) -> Path:
    assert main(["baseline", str(before), "--out", str(before.parent / "b.json")]) == 0
    return before.parent / "b.json"


@pytest.mark.parametrize(("judge", "named"), OTHERS)
def test_the_gate_ends_with_2_and_names_both_judges(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str], judge: JudgeConfig, named: str
) -> None:
    run = judged_run(tmp_path / "run", config=judged_config(judge))
    assert main(["gate", str(run), "--baseline", str(baseline)]) == 2
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("toy_judged non-thinking: ")]
    assert named in line


@pytest.mark.parametrize("what", ["prompt", "rule"])
def test_another_prompt_or_rule_is_another_measurement(
    tmp_path: Path, before: Path, baseline: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    run = judged_run(tmp_path / "run")
    told = json.loads((run / "run.json").read_text("utf-8"))
    told["judge"]["tasks"]["toy_judged"][what] = "2"
    (run / "run.json").write_text(json.dumps(told), "utf-8")
    assert main(["gate", str(run), "--baseline", str(baseline)]) == 2
    assert f'judge.{what}: "1" -> "2"' in capsys.readouterr().out
    assert main(["compare", str(before), str(run)]) == 2
    assert f'judge.{what}: "1" -> "2"' in capsys.readouterr().err


def test_where_the_judge_is_reached_and_how_often_at_once_is_no_difference(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served = JudgeConfig("toy-judge", EngineConfig(kind="server", base_url="http://nowhere:1/v1", slots=3))
    run = judged_run(tmp_path / "run", config=judged_config(served))
    assert main(["gate", str(run), "--baseline", str(baseline)]) != 2
    said = capsys.readouterr().out
    assert "not comparable" not in said and "judge." not in said


def test_a_folder_of_the_same_weights_is_the_same_judge_wherever_it_lies(before: Path) -> None:
    record = open_run(before)
    used = record.manifest.judge
    assert used is not None

    def settings(**facts: Any) -> object:
        cells = from_run(replace(record, manifest=replace(record.manifest, judge=replace(used, **facts)))).cells
        return cells[Cell("toy_judged", "non-thinking", None)].settings["judge"]

    here = settings(model="/here/J", model_sha256="1")
    assert here == settings(model="/there/J/", model_sha256="1")
    assert here != settings(model="/there/J", model_sha256="2")
    assert here != settings(model="/there/K", model_sha256="1")
    assert settings(model="a/J") != settings(model="b/J")


@pytest.fixture(scope="module")
def judged_by(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs of a task that needs a judge and one that needs none, by the name of their judge."""
    folder, tasks = tmp_path_factory.mktemp("two"), ("toy_judged", "toy_sum")
    return {
        name: judged_run(folder / name, config=judged_config(replace(JUDGE, model=name), tasks=tasks)) for name in "AB"
    }


def test_compare_leaves_out_the_judged_tasks_and_compares_the_others(
    judged_by: dict[str, Path], before: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *map(str, judged_by.values()), "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert [each["task"] for each in found["results"]] == ["toy_sum"]
    assert found["left_out"]["toy_judged non-thinking"] == 'judge: "A" -> "B"'
    assert main(["compare", str(before), str(before)]) == 0


def test_a_baseline_carries_the_judge_and_old_ones_need_none(tmp_path: Path, baseline: Path) -> None:
    [cell] = json.loads(baseline.read_text("utf-8"))["cells"]
    assert cell["settings"]["judge"] == {
        "model": "toy-judge",
        "mode": "non-thinking",
        "parse": "official",
        "prompt": "1",
        "rule": "1",
        "max_tokens": 32,
        "sampling": {"temperature": 0.0, "top_p": 1.0, "top_k": -1, "min_p": 0.0, "presence_penalty": 0.0},
    }
    plain = write_scored(tmp_path / "plain", Scored({"sums": [0.5] * 300}))
    assert main(["baseline", str(plain), "--out", str(tmp_path / "b.json")]) == 0
    assert "judge" not in (tmp_path / "b.json").read_text("utf-8")


def test_a_run_that_nobody_judged_is_another_measurement(
    tmp_path: Path, before: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged_run(tmp_path / "run")
    told = json.loads((run / "run.json").read_text("utf-8"))
    del told["judge"]
    (run / "run.json").write_text(json.dumps(told), "utf-8")
    assert main(["gate", str(run), "--baseline", str(baseline)]) == 2
    assert 'judge: "toy-judge" -> null' in capsys.readouterr().out


def test_another_judge_is_told_before_that_samples_are_missing(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged_run(tmp_path / "run", config=judged_config(replace(JUDGE, model="another")))
    (run / "scores.jsonl").write_text("", "utf-8")
    assert main(["gate", str(run), "--baseline", str(baseline)]) == 2
    assert 'judge: "toy-judge" -> "another"' in capsys.readouterr().out


def test_the_verdict_names_the_judge(
    tmp_path: Path, before: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged_run(tmp_path / "run")
    code = main(["gate", str(run), "--baseline", str(baseline), "--detect", "99"])
    assert code != 2
    assert "toy_judged non-thinking: judged by toy-judge\n" in capsys.readouterr().out
    main(["gate", str(run), "--baseline", str(baseline), "--json"])
    [found] = json.loads(capsys.readouterr().out)["results"]
    assert found["judge"] == "toy-judge"
    assert main(["compare", str(before), str(run)]) == 0
    assert "toy_judged non-thinking: judged by toy-judge\n" in capsys.readouterr().out


def test_verdicts_that_nobody_could_read_make_no_baseline(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", "no verdict")
    assert main(["baseline", str(run), "--out", str(tmp_path / "b.json")]) == 3
    assert not (tmp_path / "b.json").exists()


def test_results_by_other_judges_are_other_measurements_and_tasks_without_one_are_not(
    judged_by: dict[str, Path],
) -> None:
    one, other = (open_run(run).manifest for run in judged_by.values())
    judged, plain = Cell("toy_judged", "non-thinking", None), Cell("toy_sum", "non-thinking", None)
    assert way_of_asking(judged, one) != way_of_asking(judged, other)
    assert way_of_asking(plain, one) == way_of_asking(plain, other)
