"""compare: paired differences of runs, what it leaves out by name, and its page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from scored_run import Scored, write_scored

from qwen3_eval.cli import main
from qwen3_eval.compare import pairs
from qwen3_eval.records.record import open_run
from qwen3_eval.report.compare_page import render
from qwen3_eval.report.flips import CHARACTERS, PER_TASK, flips_of, shortened
from qwen3_eval.types import REBUILT

BASE = Scored({"sums": [1.0] * 40 + [0.0] * 20, "words": [0.5] * 60})


def write(folder: Path, name: str, **changes: Any) -> Path:
    return write_scored(folder / name, replace(BASE, **changes))


def compared(capsys: pytest.CaptureFixture[str], *argv: object) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["compare", *map(str, argv), "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_wins_losses_difference_and_p_of_each_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = write(tmp_path, "before")
    after = write(tmp_path, "after", chances={"sums": [0.0] * 10 + [1.0] * 32 + [0.0] * 18, "words": [0.5] * 60})
    [found] = compared(capsys, before, after)
    sums, words = found["results"]
    assert (sums["wins"], sums["losses"], sums["ties"]) == (2, 10, 48)
    assert (sums["before"], sums["after"]) == (pytest.approx(100 * 40 / 60), pytest.approx(100 * 32 / 60))
    assert sums["difference"] == pytest.approx(-100 * 8 / 60)
    assert sums["p"] == pytest.approx(2 * 2 * 79 / 4096)  # McNemar's test of 10 against 2, by Holm for two results
    assert sums["ci95"][0] < sums["difference"] < sums["ci95"][1]
    assert (words["difference"], words["p"]) == (0, 1)
    assert main(["compare", str(before), str(after)]) == 0
    said = capsys.readouterr().out
    assert "before: before (demo), after: after (demo)" in said
    assert "-13.3" in said


def test_the_first_run_is_compared_with_each_of_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write(tmp_path, name, seed=seed) for seed, name in enumerate("abc")]
    found = compared(capsys, *runs)
    assert [(each["before"], each["after"]) for each in found] == [("a", "b"), ("a", "c")]


def test_what_was_measured_otherwise_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = write(tmp_path, "before"), write(tmp_path, "after")
    manifest = json.loads((after / "run.json").read_text())
    manifest["plan"][1]["version"] = "2"
    (after / "run.json").write_text(json.dumps(manifest))
    [found] = compared(capsys, before, after)
    assert [each["task"] for each in found["results"]] == ["sums"]
    assert found["left_out"] == {"words thinking": 'version: "1" -> "2"'}
    write_scored(after, replace(BASE, entry={"prompts": {"boxed": "7"}}))
    assert main(["compare", str(before), str(after)]) == 2
    assert 'cannot be compared: sums thinking: prompts.boxed: "1" -> "7"' in capsys.readouterr().err
    assert main(["compare", str(before)]) == 2
    assert "two or more" in capsys.readouterr().err


def test_modes_budgets_and_unfinished_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = write_run(tmp_path / "before", Fake(docs=20, budgets=(16, 64), unfinished=0))
    after = write_run(tmp_path / "after", Fake(docs=20, budgets=(16,), unfinished=0, drop=5))
    [found] = compared(capsys, before, after)
    assert {(each["mode"], each["budget"]) for each in found["results"]} == {("thinking", 16), ("non-thinking", None)}
    assert found["left_out"]["demo_math thinking, budget 64"] == "not asked in after"
    unfinished = [note for each in found["results"] for note in each["differs"] if "not finished" in note]
    assert unfinished == ["not finished: 17 of 20 samples", "not finished: 18 of 20 samples"]


def test_groups_and_weights_are_those_of_the_task(tmp_path: Path) -> None:
    """Two languages with 10 and 30 questions, averaged by language: each question of the first counts three times."""
    runs = [write(tmp_path, "a", entry={"average": "languages"}), write(tmp_path, "b", entry={"average": "languages"})]
    for run in runs:
        lines = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
        for line in lines:
            number = int(line["id"][1:])
            line |= {"language": "de" if number < 15 else "en", "group": str(number % 15)}
            line["score"] = float(run.name == "b" and number < 15)
        (run / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    [found] = pairs.compare_runs([open_run(run) for run in runs])
    for one in found.cells:
        assert one.difference.mean == pytest.approx(0.5)
        assert one.difference.clusters == 15


def test_the_page_shows_both_answers_and_escapes_them(tmp_path: Path) -> None:
    evil = "<script>window.hacked = 1</script>\x00 {}"
    before = write(tmp_path, "before", chances={"sums": [1.0] * 300}, answer=evil)
    after = write(tmp_path, "after", chances={"sums": [0.0] * 300}, answer="<img src=x onerror='window.hacked=1'> {}")
    page = tmp_path / "out" / "pairs.html"
    assert main(["compare", str(before), str(after), "--out", str(page)]) == 0
    text = page.read_text("utf-8")
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in text
    assert "<script>window" not in text and "<img" not in text
    assert text.count("<details") == PER_TASK
    assert f"{PER_TASK} of 300 shown" in text
    assert "Question 0 &lt;of&gt; sums?" in text
    assert "Of 1 results, 1 fell beyond chance." in text
    assert 'aria-label="sums thinking -100.0"' in text


def in_pairs(run: Path) -> Path:
    """Doc 0 with doc 1, and so on, of which both have to be right."""
    lines = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
    lines = [line | {"group": f"pair {int(line['id'][1:]) // 2}"} for line in lines]
    (run / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


def test_pairs_flip_as_one_and_show_the_doc_that_did(tmp_path: Path) -> None:
    """The second doc of the first pair is wrong after, so that one pair of three fell."""
    entry = {"together": 2, "rebuilt": True}
    before, after = (
        in_pairs(write(tmp_path, name, chances={"sums": chances}, entry=entry))
        for name, chances in (("before", [1.0] * 6), ("after", [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]))
    )
    [found] = pairs.compare_runs([open_run(before), open_run(after)])
    [one] = found.cells
    assert (one.difference.losses, one.difference.ties) == (1, 2)
    assert one.difference.mean == pytest.approx(-1 / 3)
    [flip] = flips_of(found)[one.cell]
    assert (flip.id, flip.way) == ("q1", "lost")
    assert (flip.before.extracted, flip.after.extracted) == ("42", "41")
    assert (flip.before.mean, flip.after.mean) == (1.0, 0.0)
    assert [line for line in pairs.text_lines(found) if line.endswith(REBUILT)]
    assert REBUILT in render([found]) and pairs.as_json(found)["results"][0]["rebuilt"]  # type: ignore[index]


def test_long_texts_lose_their_middle() -> None:
    text = shortened("a" * CHARACTERS + "b" * CHARACTERS)
    assert text.startswith("aaa") and text.endswith("bbb")
    assert f"[… {CHARACTERS:,} characters left out …]" in text
    assert shortened("short") == "short"
