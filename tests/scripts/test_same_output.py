"""What the recorder of a checkout's output takes out, what it leaves in, and how two recordings are held together."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.same_output.__main__ import main
from scripts.same_output.answers import CONVERSATIONS, calls_in, predictions
from scripts.same_output.difference import differences, unified
from scripts.same_output.normal import page_text, plain_lines, plain_manifest, plain_run, plain_summary, said_text
from scripts.same_output.own_forms import OWN
from scripts.same_output.parts import ended_unnoted, lose_ends

MANIFEST: dict[str, Any] = {
    "schema": 1,
    "identity": {"model": "demo", "limit": 4},
    "plan": [{"task": "demo_math", "version": "2"}],
    "deviations": ["only the first 4 docs of each task were asked"],
    "versions": {"python": "3.11.7", "torch": "2.13"},
    "git_commit": "abc",
    "hardware": {"machine": "x86_64", "cores": 64, "memory_gib": 500.1},
    "engine": {"name": "vllm", "version": "0.32", "device": "H200", "arguments": {"model": "/a/b/model", "dtype": "x"}},
    "sessions": [
        {"start": "2025-05-05T05:05:05+00:00", "end": "2025-05-05T06:05:05+00:00"},
        {"start": "", "end": None},
    ],
    "run_id": "whole",
}


def test_a_manifest_keeps_all_but_clock_machine_and_versions() -> None:
    found = plain_manifest(MANIFEST)
    assert list(found) == list(MANIFEST)
    for name in ("schema", "identity", "plan", "deviations", "run_id"):
        assert found[name] == MANIFEST[name]
    for name in ("versions", "git_commit", "hardware", "sessions", "engine"):
        assert found[name] != MANIFEST[name]
    assert found["engine"] == {"name": "vllm", "arguments": {"model": "model", "dtype": "x"}}
    first, second = found["sessions"]
    assert first == {"start": "2026-01-01T00:00:00+00:00", "end": "2026-01-01T00:01:00+00:00"}
    assert second == {"start": "2026-01-01T01:00:00+00:00", "end": None}


def test_a_manifest_without_a_part_does_not_get_it() -> None:
    assert plain_manifest({"schema": 1}) == {"schema": 1}


def test_lines_lose_their_latency_and_order_alone() -> None:
    first = '{"key":"b","answer":"x","latency_s":0.125}\n'
    second = '{"key":"a","answer":"\\"latency_s\\":3","latency_s":1e-05}\n'
    assert plain_lines(first + second) == plain_lines(second + first)
    assert json.loads(plain_lines(second))["answer"] == '"latency_s":3'
    assert plain_lines(first) == first.replace("0.125", "0.5")
    assert plain_lines(first) != plain_lines(first.replace('"x"', '"y"'))
    assert plain_lines(first + first) == 2 * first.replace("0.125", "0.5")


def test_a_summary_loses_what_was_clocked_and_the_order_of_sums() -> None:
    cost = {"decoded_tokens": 7, "wall_s": 2.0, "tokens_per_s": 3.5, "request_s": 8}
    text = json.dumps({"score": 0.1 + 0.2, "ci95": [4.338931986063339, 3e-15], "n": 12, "cost": cost}, indent=1)
    kept = {"decoded_tokens": 7, "request_s": 0}
    assert json.loads(plain_summary(text)) == {"score": 0.3, "ci95": [4.3389319861, 0.0], "n": 12, "cost": kept}


def test_progress_is_its_last_line_without_speed() -> None:
    progress = "progress: a 1/2 (0 failed, 5 tok/s, ETA 0:09)\nprogress: a 2/2 (0 failed, 1,201 tok/s, ETA 0:00)\n"
    found = said_text(f"run directory: r\n{progress}left out: b\n")
    assert found == "run directory: r\nprogress: a 2/2 (0 failed, N tok/s, ETA T)\nleft out: b\n"


def test_paths_get_names() -> None:
    assert said_text("in /home/me/house/tasks\n", [("/home/me/house", "<house>")]) == "in <house>/tasks\n"


def test_a_page_shows_its_data() -> None:
    block = base64.b64encode(gzip.compress(json.dumps({"answer": "é"}).encode(), mtime=0)).decode()
    assert '"answer": "é"' in page_text(f'<script>"{block}"</script>')


def test_a_plain_run_has_no_summary_and_the_rest(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps(MANIFEST))
    (run / "scores.jsonl").write_text('{"key":"b"}\n{"key":"a"}\n')
    (run / "summary.json").write_text("{}")
    plain_run(run, tmp_path / "plain")
    assert sorted(path.name for path in (tmp_path / "plain").iterdir()) == ["run.json", "scores.jsonl"]
    assert (tmp_path / "plain/scores.jsonl").read_text() == '{"key":"a"}\n{"key":"b"}\n'


def recording(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "record" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_equal_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"demo/runs/a": "x\n", "demo/runs/b": "y\n", "look/list": "z\n"}
    before, after = recording(tmp_path / "before", files), recording(tmp_path / "after", files)
    assert main(["compare", str(before), str(after)]) == 0
    assert capsys.readouterr().out == "same  demo/runs  2 files\nsame  look/list  1 files\n"


def test_unequal_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recording(tmp_path / "before", {"demo/runs/a": "one\ntwo\n", "demo/runs/gone": "", "demo/list": "z"})
    after = recording(tmp_path / "after", {"demo/runs/a": "one\n2\n", "demo/runs/new": "", "demo/list": "z"})
    assert main(["compare", str(before), str(after)]) == 1
    said = capsys.readouterr().out
    assert "DIFFERS demo/runs/a" in said and "\n-two\n+2\n" in said
    assert "DIFFERS demo/runs/gone\nonly before\n" in said and "DIFFERS demo/runs/new\nonly after\n" in said
    assert "DIFFERS  demo/runs  3 files\n" in said and "same  demo/list  1 files\n" in said


def test_a_part_of_one_side_differs_unless_others_are_named(tmp_path: Path) -> None:
    before = recording(tmp_path / "before", {"demo/a": "", "vllm/a": ""})
    after = recording(tmp_path / "after", {"demo/a": ""})
    files, found = differences(before, after)
    assert files == {"demo/a": 1, "vllm/a": 1} and [each.name for each in found] == ["vllm/a"]
    assert differences(before, after, ["demo"]) == ({"demo/a": 1}, [])


@pytest.mark.parametrize("only", [[], ["look"]])
def test_nothing_to_compare_is_an_error(tmp_path: Path, only: list[str]) -> None:
    before = recording(tmp_path / "before", {"demo/a": ""} if only else {})
    (tmp_path / "before/record").mkdir(parents=True, exist_ok=True)
    with pytest.raises(FileNotFoundError, match="no recording"):
        differences(before, before, only)


def test_a_large_difference_is_shown_where_it_parts() -> None:
    lines = [f"line {number} {'x' * 1000}" for number in range(400)]
    changed = [*lines[:300], lines[300][:500] + "HERE" + lines[300][500:], *lines[301:]]
    shown = list(unified("\n".join(lines), "\n".join(changed)))
    assert len(shown) <= 21 and any("HERE" in line for line in shown)


def test_answers_are_the_same_each_time_and_of_many_kinds() -> None:
    prompts = [{"task": "t", "id": f"{n}", "text": "How many?", "target": "7", "protocol": "chat"} for n in range(200)]
    first = list(predictions(prompts, samples=2, salt=""))
    assert first == list(predictions(prompts, samples=2, salt=""))
    assert first != list(predictions(prompts, samples=2, salt="again"))
    assert [(row["id"], row["sample"]) for row in first[:3]] == [("0", 0), ("0", 1), ("1", 0)]
    texts = [row["response"] for row in first if isinstance(row["response"], str)]
    assert {"", "7"} <= set(texts)
    assert sum("7" in text for text in texts) > 100
    assert any(isinstance(row["response"], dict) for row in first)
    assert any(row.get("finish_reason") == "length" for row in first)


@pytest.mark.parametrize("task", CONVERSATIONS)
def test_a_conversation_has_replies(task: str) -> None:
    target = [["cd(folder='docs')", "ls()"], [{"name": "say", "arguments": {"text": "x"}}], "no call"]
    prompts = [{"task": task, "id": f"{n}", "text": "Go.", "target": target, "protocol": "chat"} for n in range(20)]
    rows = list(predictions(prompts, samples=1, salt=""))
    assert all(1 <= len(row["responses"]) <= 8 for row in rows)
    assert any('{"name": "cd", "arguments": {"folder": "docs"}}' in row["responses"][0] for row in rows)


@pytest.mark.parametrize("task", OWN)
def test_a_task_has_forms_of_its_own(task: str) -> None:
    target = {"House 1": {"Pet": "cat"}, "House 2": {"Pet": "dog"}}
    prompts = [
        {"task": task, "id": f"{n}", "text": "[user]\nWhy?", "target": target, "protocol": "chat"} for n in range(9)
    ]
    rows = list(predictions(prompts, samples=1, salt="", forms=OWN[task]))
    assert rows == list(predictions(prompts, samples=1, salt="", forms=OWN[task]))
    assert len({json.dumps(row.get("response", row.get("responses"))) for row in rows}) > 1


def test_ends_are_lost_with_their_scores(tmp_path: Path) -> None:
    lines = [json.dumps({"key": f"{n}"}) + "\n" for n in range(8)]
    for name in ("generations.jsonl", "scores.jsonl", "steps.jsonl"):
        (tmp_path / name).write_text("".join(lines))
    assert ended_unnoted(4 * lines, lines) == set()
    lose_ends(tmp_path)
    kept = (tmp_path / "generations.jsonl").read_text().splitlines(keepends=True)
    assert kept == lines[5:] and (tmp_path / "scores.jsonl").read_text() == "".join(kept)
    assert ended_unnoted(4 * lines, kept) == set("01234") and ended_unnoted(3 * lines, kept) == set()


def test_a_part_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["compare", str(tmp_path), str(tmp_path), "--only", "demos"])
    assert "there is no part 'demos'" in capsys.readouterr().err


def test_calls_are_found_in_the_ways_in_which_they_are_written() -> None:
    expected = [{"name": "f", "arguments": {"x": 1}}]
    assert list(calls_in([{"name": "f", "arguments": {"x": 1}}])) == expected
    assert list(calls_in([{"f": {"x": [1, 2], "y": [""]}}])) == expected
    assert list(calls_in(["f(x=1)"])) == expected
    assert list(calls_in(["f(x=)", "words", 3, {"a": 1}])) == []
