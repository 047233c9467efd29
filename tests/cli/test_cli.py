"""The command line: what bad input gets, and what the light commands print."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from places import FIXTURES, TOYS

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


def test_score_reads_calls_as_the_family_writes_them(tmp_path: Path) -> None:
    call = "<function=add_meeting>\n<parameter=person>\nLeo\n</parameter>\n<parameter=day>\nWednesday\n</parameter>"
    row = {
        "id": "set_alarm+add_meeting+order_food/Plan a meeting with Leo on Wednesday.",
        "response": f"<tool_call>\n{call}\n</function>\n</tool_call>",
    }
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    score = ["score", "--task", "demo_tools", "--predictions", str(tmp_path / "p.jsonl")]
    for family, expected in {"qwen3": "other_format", "glm-4.5": "other_format", "qwen3.5": "ok"}.items():
        folder = tmp_path / family
        assert main([*score, "--family", family, "--run-dir", str(folder)]) == 0
        found = json.loads((folder / "scores.jsonl").read_text())
        assert (found["outcome"], found["score"]) == (expected, float(expected == "ok"))
        assert json.loads((folder / "run.json").read_text())["family"]["name"] == family


def test_score_names_no_mode_that_the_family_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.jsonl"
    row = {"id": "set_alarm+add_meeting+order_food/Plan a meeting with Leo on Wednesday.", "response": "4"}
    path.write_text(json.dumps(row) + "\n")
    score = ["score", "--task", "demo_tools", "--predictions", str(path), "--run-dir", str(tmp_path / "r")]
    assert "use --mode non-thinking" in refused(capsys, *score, "--family", "qwen3-instruct", "--mode", "thinking")
    assert not (tmp_path / "r" / "scores.jsonl").exists()
    assert main([*score, "--family", "qwen3-instruct"]) == 0
    assert {each["mode"] for each in json.loads((tmp_path / "r" / "summary.json").read_text())["results"]} == {
        "non-thinking"
    }


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


def model_folder(tmp_path: Path, **facts: object) -> str:
    """The demo model's files without its weights; ``config.json`` says other things too."""
    from qwen3_eval.demo import model_path

    folder = tmp_path / "model"
    folder.mkdir()
    for file in model_path().glob("*.js*"):
        shutil.copy(file, folder)
    stated = json.loads((folder / "config.json").read_text()) | facts
    (folder / "config.json").write_text(json.dumps(stated))
    return str(folder)


@pytest.mark.parametrize(
    ("facts", "argv", "expected"),
    [
        ({}, ["--budgets", "8,1024"], "--budgets 1024 does not fit the context of 1024 tokens"),
        ({}, ["--max-tokens", "1025"], "--max-tokens 1025 does not fit the context of 1024 tokens"),
        ({}, ["--budgets", "600", "--engine-arg", "max_model_len=512"], "does not fit the context of 512 tokens"),
        ({"max_position_embeddings": 64}, ["--budgets", "64"], "does not fit the context of 64 tokens"),
        (
            {"rope_scaling": {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 1024}},
            ["--budgets", "2048"],
            "does not fit the context of 2048 tokens",
        ),
    ],
)
def test_a_budget_that_the_model_rules_out_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    facts: dict[str, object],
    argv: list[str],
    expected: str,
) -> None:
    pytest.importorskip("vllm", reason="vllm is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qwen3_eval.run.execute", None)
    run = ["run", "--model", model_folder(tmp_path, **facts), "--suite", "demo", "--limit", "1", "--run-dir", "r"]
    assert expected in refused(capsys, *run, *argv)
    assert not (tmp_path / "r").exists()


def test_where_a_scaling_makes_the_context_unclear_the_engine_decides(tmp_path: Path) -> None:
    from qwen3_eval.config import EngineConfig, RunConfig
    from qwen3_eval.engines import engine_class

    unclear = {"rope_scaling": {"rope_type": "longrope", "long_factor": [1.0]}}
    model = model_folder(tmp_path, **unclear)

    def stated(model: str, kind: str = "vllm", base_url: str = "") -> int | None:
        return engine_class(kind).stated_context(RunConfig(model, (), engine=EngineConfig(kind, base_url)))

    assert stated(model) is None
    assert stated("demo") == stated("demo", "server") == 1024
    assert stated("demo", "server", "http://x") is None
    assert stated("demo", "mock") is stated("demo", "replay") is None


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        (None, "./nofolder", "there is no model folder ./nofolder"),
        (None, "/nowhere/at/all", "there is no model folder"),
        (None, "nofolder/", "there is no model folder"),
        (None, "~/model", "there is no model folder"),
        (None, "", "neither a folder nor a hub id"),
        ("m.gguf", "m.gguf", "import-gguf"),
        ("weights.bin", "weights.bin", "is a file, not a folder"),
        ("empty/x", "empty", "has no config.json"),
        ("bare/config.json", "bare", "has no tokenizer.json"),
        (None, "a--b/c", "neither a folder nor the name of a model"),
    ],
)
def test_models_that_are_none(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: str | None,
    model: str,
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if make:
        Path(make).parent.mkdir(exist_ok=True)
        Path(make).write_text("{}")
    monkeypatch.setattr("qwen3_eval.engines.vllm.default_slots", lambda given: 1)
    assert expected in refused(capsys, "run", "--model", model, "--suite", "demo", "--limit", "1", "--run-dir", "r")


@pytest.mark.parametrize(("name", "content"), [("tokenizer.json", "{"), ("tokenizer_config.json", "[]")])
def test_a_model_whose_files_are_damaged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: str
) -> None:
    model = model_folder(tmp_path)
    (tmp_path / "model" / name).write_text(content)
    assert name in refused(capsys, "show", "demo_math", "--model", model)


PLUGINS = {
    "def (": "SyntaxError",
    "import not_there": "ModuleNotFoundError: No module named 'not_there'",
    "raise ValueError('one\\ntwo')": "ValueError: one two",
    "import sys; sys.exit(1)": "SystemExit: 1",
    "assert False": "AssertionError",
    "from qwen3_eval.api import task\n@task(name='x')\nclass X: pass": "TypeError",
}


@pytest.mark.parametrize("code", PLUGINS)
def test_a_task_file_that_fails_is_kept_from_the_rest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, code: str
) -> None:
    (tmp_path / "bad.py").write_text(code)
    shutil.copy(TOYS / "toy.py", tmp_path / "good.py")
    more = ["--tasks-dir", str(tmp_path)]
    assert main(["list", *more]) == 0
    said = capsys.readouterr()
    assert "toy_sum" in said.out and "gsm8k" in said.out
    assert said.err.startswith(f"warning: task file {tmp_path / 'bad.py'} fails to load: {PLUGINS[code]}")
    assert said.err.count("\n") == 1
    assert main([*RUN, "--tasks", "toy_sum", "--limit", "1", "--run-dir", str(tmp_path / "r"), *more]) == 0
    capsys.readouterr()
    text = refused(capsys, *RUN, "--tasks", "of_the_bad_file", "--run-dir", str(tmp_path / "r"), *more)
    assert "unknown task 'of_the_bad_file'" in text and PLUGINS[code] in text


def test_a_package_whose_tasks_fail_is_kept_from_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import EntryPoint

    points = [EntryPoint("gone", "no.such.module", "qwen3_eval.tasks"), EntryPoint("odd", "json:dumps", "g")]
    monkeypatch.setattr("qwen3_eval.task.registry.entry_points", lambda group: points)
    assert main(["list"]) == 0
    said = capsys.readouterr()
    assert "gsm8k" in said.out
    assert "warning: plugin gone (no.such.module) fails to load: ModuleNotFoundError" in said.err
    assert "warning: plugin odd (json:dumps) fails to load: TypeError" in said.err
    assert "plugin gone" in refused(capsys, "show", "of_the_package")


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (KeyError("x"), 3, "this should not have happened: KeyError: 'x'; please report it with"),
        (RecursionError("deep"), 3, "RecursionError"),
        (MemoryError(), 3, "not enough memory"),
        (OSError(28, "No space left on device", "a/b"), 3, "a/b: No space left on device"),
        (PermissionError(13, "Permission denied", "a/b"), 3, "a/b: Permission denied"),
        (ModuleNotFoundError("no", name="pandas"), 2, "'pandas' is not installed"),
        (SystemExit(1), 3, "SystemExit: 1"),
        (SystemExit("a library has had enough"), 3, "a library has had enough"),
        (KeyboardInterrupt(), 3, "interrupted"),
        (ExceptionGroup("several", [ExceptionGroup("deeper", [ValueError("first")])]), 3, "ValueError: first"),
        (BrokenPipeError(32, "Broken pipe"), 3, "Broken pipe"),
    ],
)
def test_whatever_happens_is_one_line_and_not_exit_code_1(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: BaseException,
    code: int,
    expected: str,
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("qwen3_eval.catalog.doctor_text", fails)
    monkeypatch.delenv("QWEN3_EVAL_DEBUG", raising=False)
    assert main(["doctor"]) == code
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and expected in said.err and "Traceback" not in said.err
    assert all(expected.split(";")[0].split(": ")[-1] in path.read_text() for path in tmp_path.iterdir())
    monkeypatch.setenv("QWEN3_EVAL_DEBUG", "1")
    assert main(["doctor"]) == code
    assert expected.split(";")[0] in capsys.readouterr().err


def test_a_reader_that_leaves_does_not_change_what_the_gate_says(tmp_path: Path) -> None:
    import subprocess
    import sys

    from fake_run import Fake, write_run

    few = {"tasks": ("demo_math",), "budgets": (16, 32), "docs": 60, "unfinished": 0.0}
    write_run(tmp_path / "good", Fake(**few))  # type: ignore[arg-type]
    write_run(tmp_path / "bad", Fake(**few, skill=0.2))  # type: ignore[arg-type]
    assert main(["baseline", str(tmp_path / "good"), "--out", str(tmp_path / "b.json")]) == 0
    command = [
        sys.executable,
        "-m",
        "qwen3_eval",
        "gate",
        str(tmp_path / "bad"),
        "--baseline",
        str(tmp_path / "b.json"),
    ]
    with subprocess.Popen([*command, "--detect", "90"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
