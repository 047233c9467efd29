"""A run in the formats of other tools, read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from judge_stub import UNREADABLE, replies
from judged_toy import judged_run
from opened import summary_of

from qwen3_eval.cli import main
from qwen3_eval.export import FORMATS, export_run, tables
from qwen3_eval.export.journals import file_name
from qwen3_eval.records.record import open_run
from qwen3_eval.types import UsageError

FAKE = Fake(tasks=("demo_math", "demo_multilingual"), budgets=(16, 32), docs=6, samples=2, unfinished=0.1)
FORMULAS = ("=1+1", "+1", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "'=1", "-2+3+cmd|' /C calc'!A0")
MISSING = ("NA", "None", "nan", "null", "N/A", "NULL", "-nan", "#N/A", "<NA>", "007", "1e3", "True")
HARD = (
    *FORMULAS,
    *MISSING,
    *('a "quoted", \r\n text', "", "half of a pair \ud83d", "\x00 \u2028 \U0001f600", "</script>"),
)
# What lm_eval/result_schema.py (0.4.13) asks of a line of samples.
LM_EVAL_KEYS = {
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
    "doc_hash", "prompt_hash", "target_hash",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a sample that has not been scored, a request that was made again, and a scorer's own metric."""
    run = write_run(tmp_path_factory.mktemp("runs") / "a-run", FAKE)
    edit(run / "scores.jsonl", 0, metrics={"strict": 0.5})
    lines = (run / "scores.jsonl").read_text("utf-8").splitlines(keepends=True)
    (run / "scores.jsonl").write_text("".join(lines[:-1]), "utf-8")
    generations = run / "generations.jsonl"
    again = json.loads(generations.read_text("utf-8").splitlines()[3])
    with open(generations, "a", encoding="utf-8") as file:
        file.write(json.dumps({**again, "answer": "said later"}) + "\n")
    return run


def edit(path: Path, number: int, **fields: Any) -> None:
    lines = path.read_text("utf-8").splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **fields})
    path.write_text("\n".join(lines) + "\n", "utf-8")


def generations(run: Path) -> dict[str, dict[str, Any]]:
    lines = (run / "generations.jsonl").read_text("utf-8").splitlines()
    return {line["key"]: line for line in map(json.loads, lines)}


def written(run: Path, kind: str, out: Path) -> list[Path]:
    paths = list(export_run(open_run(run), kind, out))
    assert sorted(paths) == sorted(path for path in out.rglob("*") if path.is_file())
    return paths


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_tables_hold_every_sample_and_every_result(run: Path, tmp_path: Path, kind: str) -> None:
    import pandas as pd

    written(run, kind, tmp_path)
    samples, results = (read_table(tmp_path / f"{name}.{kind}") for name in ("samples", "results"))
    expected = generations(run)
    assert set(samples["key"]) == set(expected) and len(samples) == len(expected) == 2 * 6 * 2 * 3
    for row in samples.to_dict("records"):
        line = expected[row["key"]]
        assert row["answer"] == line["answer"] or (pd.isna(row["answer"]) and not line["answer"])
        assert row["tokens.thinking"] == line["tokens"]["thinking"]
        assert row["budget"] == line["budget"] or (pd.isna(row["budget"]) and line["budget"] is None)
    assert "said later" in set(samples["answer"])
    assert samples["score"].isna().sum() == samples["outcome"].isna().sum() == 1
    assert list(samples["metrics.strict"].dropna()) == [0.5]
    assert samples["prompt"].str.contains("modulo 10").all()
    summary = summary_of(run)
    assert list(results["score"]) == pytest.approx([line["score"] for line in summary["results"]])
    assert results["health.ok"].sum() == sum(line["health"].get("ok", 0) for line in summary["results"])


def read_table(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path) if path.suffix == ".parquet" else tables.read_csv(path)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_texts_come_back_as_they_were(tmp_path: Path, kind: str) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=len(HARD), unfinished=0.0))
    for number, text in enumerate(HARD):
        edit(run / "generations.jsonl", number, answer=text)
    written(run, kind, tmp_path / "out")
    table = read_table(tmp_path / "out" / f"samples.{kind}").fillna({"answer": ""})
    found = dict(zip(table["key"], table["answer"], strict=True))
    wanted = {key: line["answer"].replace("\ud83d", "?") for key, line in generations(run).items()}
    assert found == wanted


def test_no_text_of_a_csv_is_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=len(HARD), unfinished=0.0))
    for number, text in enumerate(HARD):
        edit(run / "generations.jsonl", number, answer=text, thinking=text, seed=-5)
        edit(run / "scores.jsonl", number, extracted=text, detail=text, outcome="ok")
    written(run, "csv", tmp_path / "csv")
    with open(tmp_path / "csv" / "samples.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["seed"] for row in rows].count("-5") == len(HARD)
    for row in rows:
        texts = [value for name, value in row.items() if name != "seed"]
        assert not [text for text in texts if text.lstrip(" ").startswith(tuple("=+-@＝＋－＠\t\r"))]
    written(run, "parquet", tmp_path / "parquet")
    twin = read_table(tmp_path / "parquet" / "samples.parquet")
    read = tables.read_csv(tmp_path / "csv" / "samples.csv")
    assert list(read["extracted"].fillna("")) == list(twin["extracted"].fillna(""))
    assert {"NA", "None", "007", "-5", "=1+1"} <= set(read["extracted"])
    assert {name: str(kind) for name, kind in read.dtypes.items()} == {
        name: tables.sample_types(())[name] for name in read.columns
    }


def test_chunks_make_one_table(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    for kind in ("parquet", "csv"):
        written(run, kind, tmp_path / "whole" / kind)
    monkeypatch.setattr(tables, "CHUNK_ROWS", 7)
    for kind in ("parquet", "csv"):
        written(run, kind, tmp_path / "parts" / kind)
        name = f"samples.{kind}"
        pd.testing.assert_frame_equal(
            read_table(tmp_path / "whole" / kind / name), read_table(tmp_path / "parts" / kind / name)
        )


def test_a_run_without_samples_makes_empty_tables(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=0))
    written(run, "parquet", tmp_path / "out")
    table = read_table(tmp_path / "out" / "samples.parquet")
    assert len(table) == 0 and {"key", "score", "answer"} <= set(table.columns)


def test_samples_and_results_as_the_harness_writes_them(run: Path, tmp_path: Path) -> None:
    *samples, results = written(run, "lm-eval", tmp_path)
    assert results.parent.name == "demo" and results.name == "results_2026-11-23T10-00-00.json"
    found = json.loads(results.read_text("utf-8"))
    names = [path.name[path.name.find("_") + 1 : path.name.rfind("_")] for path in samples]
    assert names == list(found["results"]) and "demo_math_thinking_16" in names and len(names) == 6
    for path, name in zip(samples, names, strict=True):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [line["doc_id"] for line in lines] == list(range(6))
        for line in lines:
            assert set(line) == LM_EVAL_KEYS | set(line["metrics"])
            assert len(line["resps"][0]) == 2 == len(line["filtered_resps"][0])
        means = [line["accuracy"] for line in lines if "accuracy" in line]
        if name != "demo_multilingual_non-thinking":  # one of its samples has no score
            assert found["results"][name]["accuracy,none"] == pytest.approx(sum(means) / len(means))
        assert found["n-samples"][name] == {"original": 6, "effective": 6}
    thinking = json.loads(samples[1].read_text("utf-8").splitlines()[0])["resps"][0][0]
    assert thinking.startswith("<think>\nstep 0")


def test_lm_eval_responses_hold_the_tags_of_the_family(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", FAKE)
    manifest = json.loads((run / "run.json").read_text("utf-8"))
    told = {**manifest, "tags": {"open": "[THINK]", "close": "[/THINK]"}}
    (run / "run.json").write_text(json.dumps(told), "utf-8")
    samples = [path for path in written(run, "lm-eval", tmp_path / "out") if path.name.startswith("samples_")]
    texts = [
        text
        for path in samples
        for line in path.read_text("utf-8").splitlines()
        for text in json.loads(line)["resps"][0]
    ]
    assert any(text.startswith("[THINK]") and "[/THINK]" in text for text in texts)
    assert not any("<think>" in text for text in texts)


def test_what_the_harness_makes_of_it(run: Path, tmp_path: Path) -> None:
    utils = pytest.importorskip("lm_eval.utils", reason="lm-evaluation-harness is not installed")
    *_, results = written(run, "lm-eval", tmp_path)
    assert "demo_math_thinking_16" in utils.make_table(json.loads(results.read_text("utf-8")))


def test_logs_have_the_shape_of_inspect(run: Path, tmp_path: Path) -> None:
    paths = written(run, "inspect", tmp_path)
    logs = {log["eval"]["task"]: log for log in (json.loads(path.read_text("utf-8")) for path in paths)}
    assert len(logs) == len(paths) == 6
    assert logs["demo_math_thinking_16"]["status"] == "success"
    assert logs["demo_multilingual_non-thinking"]["status"] == "started"
    for log in logs.values():
        assert list(log) == ["version", "status", "eval", "plan", "results", "stats", "samples"]
        # Inspect keeps one of two samples with equal ids as text and epoch, when it writes its own format.
        assert len(log["samples"]) == len({(str(each["id"]), each["epoch"]) for each in log["samples"]})
        assert {(each["id"], each["epoch"]) for each in log["samples"]} == {
            (f"test/{number}", epoch) for number in range(6) for epoch in (1, 2)
        }
        for each in log["samples"]:
            assert_inspect_sample(each, log["eval"]["model"])


def assert_inspect_sample(sample: Mapping[str, Any], model: str) -> None:
    assert sample["messages"][0]["role"] == "user" and sample["messages"][-1]["role"] == "assistant"
    choice = sample["output"]["choices"][0]
    assert choice["message"] == sample["messages"][-1] and choice["message"]["model"] == model
    assert choice["stop_reason"] in ("stop", "max_tokens", "unknown")
    usage = sample["output"]["usage"]
    cached = usage["input_tokens_cache_read"]
    assert usage["total_tokens"] == usage["input_tokens"] + cached + usage["output_tokens"]
    for score in (sample["scores"] or {}).values():
        assert 0 <= score["value"] <= 1


def test_inspect_reads_its_logs(run: Path, tmp_path: Path) -> None:
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    for path in written(run, "inspect", tmp_path):
        found = log.read_eval_log(str(path))
        assert len(found.samples) == 12 and found.eval.model == "demo"
        assert log.read_eval_log(str(path), header_only=True).results.total_samples == 12


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_journal_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=3))
    lines = (run / "generations.jsonl").read_text("utf-8").splitlines()
    for damage in ('{"key": "00"}', "[]", "{"):
        (run / "generations.jsonl").write_text("\n".join([*lines[:4], damage, *lines[5:]]) + "\n", "utf-8")
        with pytest.raises(UsageError, match=r"generations\.jsonl, line 5 "):
            list(export_run(open_run(run), kind, tmp_path / "out"))


def test_a_score_without_its_generation_is_no_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=3))
    edit(run / "scores.jsonl", 2, key="ab" * 16)
    with pytest.raises(UsageError, match="abab"):
        list(export_run(open_run(run), "csv", tmp_path / "out"))


def test_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(run), "--format", "csv", "--out", str(tmp_path / "x")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"export: {tmp_path / 'x' / 'results.csv'}"
    (tmp_path / "file").write_text("")
    for arguments in (
        [str(run), "--format", "xml"],
        [str(tmp_path), "--format", "csv"],
        [str(run), "--format", "csv", "--out", str(tmp_path / "file")],
    ):
        assert main(["export", *arguments]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_names_stay_in_their_folder() -> None:
    for name in ("../../x", "/etc/passwd", "..", "", "a/b", "Qwen/Qwen3-8B"):
        made = file_name(name)
        assert made and "/" not in made and not made.startswith(".")
    assert file_name("Qwen/Qwen3-8B") == "Qwen__Qwen3-8B"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose judge counts its tokens, and of whose replies some cannot be read."""
    run = judged_run(tmp_path_factory.mktemp("judged") / "run", replies(0.3), answer=lambda r: f"Of {r.unit.id}.")
    for number, _ in enumerate(journal(run)):
        edit(run / "judgments.jsonl", number, tokens={"prompt": 20, "thinking": 3, "answer": 5})
    return run


def journal(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "judgments.jsonl").read_text("utf-8").splitlines()]


def replied(judgments: Any) -> list[tuple[str, int, str, Any]]:
    return sorted((each["call"], each["attempt"], each["reply"], each["verdict"] or 0) for each in judgments)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_tables_name_the_judge_and_hold_its_replies(judged: Path, tmp_path: Path, kind: str) -> None:
    written(judged, kind, tmp_path)
    samples, results = (read_table(tmp_path / f"{name}.{kind}") for name in ("samples", "results"))
    assert set(samples["judge"]) == set(results["judge"]) == {"toy-judge"}
    said = [each for text in samples["judgments"] for each in json.loads(text)]
    assert replied(said) == replied(journal(judged)) and any(each["reply"] == UNREADABLE for each in said)
    assert str(samples["judgments"].dtype) == "string" or kind == "parquet"


def test_a_run_without_a_judge_has_no_columns_of_one(run: Path, tmp_path: Path) -> None:
    for kind in FORMATS:
        texts = [path.read_bytes() for path in written(run, kind, tmp_path / kind)]
        assert not any(b"judg" in text or b"grader" in text for text in texts)


def test_samples_of_the_harness_name_the_judge_and_hold_its_replies(judged: Path, tmp_path: Path) -> None:
    samples, results = written(judged, "lm-eval", tmp_path)
    lines = [json.loads(line) for line in samples.read_text("utf-8").splitlines()]
    assert {line["judge"] for line in lines} == {"toy-judge"} and all(line["target"] == "" for line in lines)
    assert replied(each for line in lines for of_sample in line["judgments"] for each in of_sample) == replied(
        journal(judged)
    )
    [config] = json.loads(results.read_text("utf-8"))["configs"].values()
    assert config["metadata"]["judge"]["model"] == "toy-judge" and config["metadata"]["judge"]["parse"] == "official"


def test_logs_of_inspect_have_the_judge_in_a_role_of_its_own(judged: Path, tmp_path: Path) -> None:
    [path] = written(judged, "inspect", tmp_path)
    log, lines = json.loads(path.read_text("utf-8")), journal(judged)
    role = log["eval"]["model_roles"]["grader"]
    assert role["model"] == "toy-judge" and role["config"] == {
        "temperature": 0.0, "top_p": 1.0, "presence_penalty": 0.0, "max_tokens": 32,
    }  # fmt: skip
    spent = log["stats"]["role_usage"]["grader"]
    assert (spent["input_tokens"], spent["output_tokens"]) == (20 * len(lines), 8 * len(lines))
    said = [sample["scores"]["toy_judged"] for sample in log["samples"]]
    assert replied(each for score in said for each in score["metadata"]["judgments"]) == replied(lines)
    assert {score["metadata"]["judge"]["model"] for score in said} == {"toy-judge"}
    for score, sample in zip(said, log["samples"], strict=True):
        last = {each["call"]: each["reply"] for each in score["metadata"]["judgments"]}
        assert all(f"{name}:\n{text}" in score["explanation"] for name, text in last.items())
        assert sample["model_usage"]["toy-judge"] == sample["role_usage"]["grader"]


def test_inspect_reads_logs_with_a_judge(judged: Path, tmp_path: Path) -> None:
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    [path] = written(judged, "inspect", tmp_path)
    found = log.read_eval_log(str(path))
    assert found.eval.model_roles["grader"].model == "toy-judge" and found.stats.role_usage["grader"].total_tokens
