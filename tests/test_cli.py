"""The command line: what bad input gets, and what the light commands print."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from task_checks import FIXTURES

from qwen3_eval.cli import main

RUN = ["run", "--engine", "mock", "--model", "demo"]


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one line that a bad request prints."""
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([*RUN, "--tasks", "gsm8kk"], "did you mean 'gsm8k'"),
        ([*RUN, "--suite", "demmo"], "did you mean 'demo'"),
        ([*RUN, "--suite", "demo", "--mode", "thinkin"], "did you mean 'thinking'"),
        (["run", "--model", "demo", "--suite", "demo", "--engine", "vlm"], "did you mean 'vllm'"),
        ([*RUN, "--suite", "demo", "--budgets", "0"], "'0' is not a positive whole number"),
        ([*RUN, "--suite", "demo", "--budgets", "8,-3"], "'-3' is not a positive whole number"),
        ([*RUN, "--suite", "demo", "--budgets", "many"], "'many' is not a positive whole number"),
        ([*RUN, "--suite", "demo", "--engine-arg", "x"], "NAME=VALUE"),
        (["run", "--model", "no such model", "--suite", "demo"], "neither a folder nor a hub id"),
        (["run", "--suite", "demo"], "--model"),
        (["frobnicate"], "frobnicate"),
        (["report", "nowhere"], "not a run directory"),
        (["show", "aime"], "did you mean 'aime2"),
    ],
)
def test_bad_requests_are_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, argv: list[str], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in refused(capsys, *argv)
    assert not list(tmp_path.iterdir())


def test_a_model_folder_without_a_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no config.json" in refused(capsys, "run", "--model", str(tmp_path), "--suite", "demo")


def test_a_mirror_without_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "MANIFEST.json").write_text('{"benchmarks": {}}')
    said = refused(capsys, *RUN, "--tasks", "gsm8k", "--data-dir", "mirror")
    assert "gsm8k/test.jsonl" in said
    assert not (tmp_path / "results").exists()


def test_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"aime24", "math_500", "gsm8k", "demo_math"} <= {entry["name"] for entry in listed["tasks"]}
    assert main(["list"]) == 0
    assert "demo_math" in capsys.readouterr().out
    assert main(["show", "demo_math", "--model", "demo"]) == 0
    shown = capsys.readouterr().out
    assert "<|im_start|>user" in shown
    assert "reference:" in shown


def test_a_mock_run_end_to_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    argv = [*RUN, "--tasks", "demo_math", "--limit", "5", "--run-dir", "r", "--report"]
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert "report: reports/r.html" in printed
    assert (tmp_path / "reports" / "r.html").is_file()
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["schema"] == 1
    assert {result["mode"] for result in summary["results"]} == {"thinking", "non-thinking"}
    assert all(result["n_docs"] == 5 for result in summary["results"])


def test_score_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(
        [
            "run",
            "--engine",
            "mock",
            "--model",
            "demo",
            "--tasks",
            "demo_math",
            "--limit",
            "4",
            "--run-dir",
            str(tmp_path / "r"),
        ]
    )
    prompts = [json.loads(line) for line in (tmp_path / "r" / "prompts.jsonl").read_text().splitlines()]
    targets = {line["id"]: line["target"] for line in prompts}
    rows = [{"id": doc, "sample": 0, "response": f"so \\boxed{{{target}}}"} for doc, target in targets.items()]
    rows[0]["response"] = "<think>\nstill thinking"
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    capsys.readouterr()
    assert main(["score", "--task", "demo_math", "--predictions", str(path), "--run-dir", str(tmp_path / "s")]) == 0
    assert "left out" in capsys.readouterr().out
    result = json.loads((tmp_path / "s" / "summary.json").read_text())["results"][0]
    assert result["score"] == 75
    assert result["health"]["unfinished"] == 1


def test_score_refuses_strangers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "nobody", "response": "4"}\n')
    said = refused(capsys, "score", "--task", "demo_math", "--predictions", str(path), "--run-dir", str(tmp_path / "s"))
    assert "'nobody'" in said
    path.write_text('{"id": "nobody"\n')
    said = refused(capsys, "score", "--task", "demo_math", "--predictions", str(path), "--run-dir", str(tmp_path / "s"))
    assert "line 1" in said
    assert not (tmp_path / "s").exists()


def test_show_prints_what_it_can_where_the_mirror_lacks_the_examples(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(FIXTURES / "gsm8k", tmp_path / "gsm8k")
    shutil.copy(FIXTURES / "MANIFEST.json", tmp_path)
    (tmp_path / "gsm8k" / "train.jsonl").unlink()
    assert main(["show", "gsm8k", "--data-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "--- chat, thinking:" in said
    assert "--- base: no prompt, because data folder" in said


def test_a_run_says_what_the_mirror_lacks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "zebralogic", tmp_path / "m" / "zebralogic")
    shutil.copy(FIXTURES / "MANIFEST.json", tmp_path / "m")
    (tmp_path / "m" / "zebralogic" / "template.jsonl").unlink()
    words = ["run", "--engine", "mock", "--model", "demo", "--tasks", "zebralogic", "--mode", "non-thinking"]
    assert main([*words, "--data-dir", str(tmp_path / "m"), "--run-dir", str(tmp_path / "r")]) == 0
    said = "zebralogic: the prompt is without the text of its template, because the mirror lacks it"
    assert f"left out: {said}" in capsys.readouterr().err
    assert said in json.loads((tmp_path / "r" / "run.json").read_text())["deviations"]
