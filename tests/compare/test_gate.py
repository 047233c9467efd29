"""The gate: what it passes, what it fails, what it refuses, what it cannot tell, and how it says so."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from scored_run import Scored, write_scored

from qwen3_eval.cli import main, parser
from qwen3_eval.compare.rules import Rules
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records.record import open_run

EVEN = [0.1 + 0.8 * i / 299 for i in range(300)]
HALF = [0.5] * 300
BASE = Scored({"sums": EVEN, "words": HALF}, samples=2)


def write(folder: Path, what: Scored, name: str = "run") -> Path:
    return write_scored(folder / name, what)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    assert main(["baseline", str(write(folder, BASE, "base")), "--out", str(folder / "b" / "base.json")]) == 0
    return folder / "b" / "base.json"


def gate(run: Path, baseline: Path, *argv: str) -> int:
    return main(["gate", str(run), "--baseline", str(baseline), *argv])


def verdict(run: Path, baseline: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    capsys.readouterr()
    code = gate(run, baseline, "--json", *argv)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["exit"] == code
    return found


def status(found: dict[str, Any]) -> dict[str, str]:
    return {each["task"]: each["status"] for each in found["results"]}


def shifted(by: float) -> Scored:
    return replace(BASE, chances={"sums": [max(0.0, chance + by) for chance in EVEN], "words": HALF}, seed=7)


def test_an_unchanged_model_passes_and_a_planted_drop_is_caught(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(20):
        assert gate(write(tmp_path, replace(BASE, seed=100 + seed)), baseline) == 0
    found = verdict(write(tmp_path, shifted(-0.12)), baseline, capsys)
    assert found["exit"] == 1
    assert status(found) == {"sums": "worse", "words": "unchanged"}
    worse = found["results"][0]
    assert worse["difference"] == pytest.approx(-11.6, abs=3)
    assert worse["ci95"][0] < worse["difference"] < worse["ci95"][1] < -1
    assert worse["p"] < 0.01
    assert 1 < worse["detectable"] < 12
    assert len(worse["examples"]) == 5
    example = worse["examples"][0]
    assert example["before"] > example["after"]
    assert (example["answer"], example["gold"]) == ("41", "42")


def test_the_margin_is_what_may_be_lost(tmp_path: Path, baseline: Path) -> None:
    run = write(tmp_path, shifted(-0.12))
    assert gate(run, baseline, "--margin", "14") == 0 or gate(run, baseline, "--margin", "14", "--detect", "30") == 0
    assert gate(run, baseline, "--margin", "0") == 1


def test_a_rise_is_reported_and_passes(tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verdict(write(tmp_path, shifted(0.12)), baseline, capsys)
    assert found["exit"] == 0
    assert status(found) == {"sums": "better", "words": "unchanged"}
    assert "1 rose by more than 1 point" in found["verdict"]


def test_equal_runs_pass_when_they_are_big_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for docs, expected in ((300, 0), (30, 3)):
        run = write(tmp_path, Scored({"sums": [1.0] * docs}), f"r{docs}")
        assert main(["baseline", str(run), "--out", str(tmp_path / "b.json")]) == 0
        assert gate(run, tmp_path / "b.json") == expected
    said = capsys.readouterr().out
    assert "more questions (now 30), or" in said
    assert "samples a question in both runs (now 1)" in said


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"entry": {"version": "2"}}, 'version: "1" -> "2"'),
        ({"entry": {"prompts": {"boxed": "2"}}}, 'prompts.boxed: "1" -> "2"'),
        ({"entry": {"judge": {"model": "J"}}}, "judge: null -> "),
        ({"entry": {"average": "subsets"}}, "average"),
        ({"manifest": {"data": {"sums": {"sha256": "other"}}}}, "dataset_sha256"),
        ({"entry": {"protocol": "base"}}, "the run did not ask it"),
        ({"budget": 64}, "the run did not ask it"),
        ({"chances": {"words": HALF}}, "the run did not ask it"),
    ],
)
def test_what_cannot_be_compared_is_named(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], named: str
) -> None:
    found = verdict(write(tmp_path, replace(BASE, **change)), baseline, capsys)
    assert found["exit"] == 2
    assert any(named in each["reason"] for each in found["results"] if each["status"] == "not comparable")


def test_what_is_judged_may_differ_and_is_told(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hot = replace(shifted(-0.3), entry={"sampling": {"temperature": 2.0}}, manifest={"model": "other"})
    run = write(tmp_path, hot)
    prompts = (run / "prompts.jsonl").read_text().replace('"prompt_sha256":"', '"prompt_sha256":"00')
    (run / "prompts.jsonl").write_text(prompts)
    assert gate(run, baseline) == 1
    said = capsys.readouterr().out
    assert "sums thinking: differs: sampling.temperature: 0.6 -> 2.0" in said
    assert "sums thinking: differs: prompts: other texts, though under the same version" in said
    assert 'differs: model: "demo" -> "other"' in said


def test_a_run_that_is_not_finished_cannot_be_judged(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = verdict(write(tmp_path, replace(BASE, drop=3)), baseline, capsys)
    assert (found["exit"], status(found)["words"]) == (3, "not measured")
    assert found["results"][1]["reason"] == "not finished: 597 of 600 samples"
    nothing = write(tmp_path, replace(BASE, drop=1200), "nothing")
    assert gate(nothing, baseline) == 3
    assert main(["baseline", str(nothing), "--out", str(tmp_path / "x.json")]) == 3
    assert not (tmp_path / "x.json").exists()


def test_failures_of_the_machine_are_no_regression_and_those_of_the_model_are(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = verdict(write(tmp_path, replace(BASE, outcomes=["error"] * 200)), baseline, capsys)
    assert (broken["exit"], status(broken)["sums"]) == (3, "not measured")
    assert "failed with an error" in broken["results"][0]["reason"]
    endless = verdict(write(tmp_path, replace(BASE, outcomes=["unfinished"] * 200)), baseline, capsys)
    assert (endless["exit"], status(endless)["words"]) == (1, "worse")
    hard = Scored({"sums": [0.0] * 100 + [0.9] * 300})
    assert main(["baseline", str(write(tmp_path, hard, "hard")), "--out", str(tmp_path / "hard.json")]) == 0
    unread = replace(hard, outcomes=["no_answer"] * 100)
    found = verdict(write(tmp_path, unread), tmp_path / "hard.json", capsys)
    assert (found["exit"], status(found)["sums"]) == (3, "unhealthy")
    assert main(["baseline", str(write(tmp_path, unread, "usual")), "--out", str(tmp_path / "usual.json")]) == 0
    assert gate(write(tmp_path, replace(unread, seed=1)), tmp_path / "usual.json") == 0


def test_fewer_questions_than_the_baseline_are_compared_among_themselves(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = replace(BASE, chances={"sums": EVEN[:200], "words": HALF[:200]}, seed=3)
    found = verdict(write(tmp_path, part), baseline, capsys)
    assert found["exit"] == 0
    assert "questions: 200 are in both, 100 in one alone" in found["results"][0]["differs"]


# the files


def test_a_baseline_is_small_and_does_not_depend_on_the_order_of_the_journal(tmp_path: Path, baseline: Path) -> None:
    run = write(tmp_path, BASE, "base")
    lines = (run / "scores.jsonl").read_text().splitlines(keepends=True)
    (run / "scores.jsonl").write_text("".join(reversed(lines)))
    assert main(["baseline", str(run), "--out", str(tmp_path / "b.json")]) == 0
    assert (tmp_path / "b.json").read_text() == baseline.read_text()
    content = json.loads(baseline.read_text())
    assert len(baseline.read_bytes()) < 30 * 600 + 2000
    assert content["cells"][0]["means"]["q0"][1] == 2
    assert len(baseline.read_text().splitlines()) > 600


def test_junit_and_markdown_say_what_fell_and_hold_what_a_model_wrote(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write(tmp_path, shifted(-0.3))
    scores = (run / "scores.jsonl").read_text()
    evil = json.dumps("\x1b[31m`<script>|\x00\ud800](javascript:x)")[1:-1]
    (run / "scores.jsonl").write_text(scores.replace('"extracted":"41"', f'"extracted":"{evil}"'))
    junit, markdown = tmp_path / "out" / "gate.xml", tmp_path / "out" / "gate.md"
    assert gate(run, baseline, "--junit", str(junit), "--markdown", str(markdown)) == 1
    suite = ElementTree.fromstring(junit.read_bytes())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.text is not None
    assert "<script>" in failure.text
    text = markdown.read_text()
    assert "1 of 2 results got worse by more than 1 point" in text
    assert "| sums thinking |" in text
    assert "<script>" not in text and "](javascript" not in text and "\x1b" not in text
    assert "An unchanged model fails with a chance of at most 0.01 over all 2 tests" in text
    assert "<script>" in verdict(run, baseline, capsys)["results"][0]["examples"][0]["answer"]


def test_names_of_strangers_are_inert_in_markdown_and_xml(tmp_path: Path, baseline: Path) -> None:
    run = write(tmp_path, shifted(-0.3), "@someone #12 `x` <b> \x01\ufffe")
    for name in ("scores.jsonl", "run.json"):
        text = (run / name).read_text()
        evil = json.dumps("@someone https://x.y/ a@b.c | ![i](x) GH-12 \x08\uffff </failure>]]>")[1:-1]
        (run / name).write_text(text.replace('"extracted":"41"', f'"extracted":"{evil}"'))
    assert gate(run, baseline, "--junit", str(tmp_path / "g.xml"), "--markdown", str(tmp_path / "g.md")) == 1
    text = (tmp_path / "g.md").read_text()
    assert not re.search(r"@|(?<!&)#12|https:|!\[|GH-12|<(?!/?code>|!-- -->|[0-9])", text.replace("### ", ""))
    said = "".join(ElementTree.fromstring((tmp_path / "g.xml").read_bytes()).itertext())
    assert "@someone https://x.y/" in said
    assert "\x08" not in said


def test_bad_input_is_one_line_that_names_file_and_line(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*argv: str) -> str:
        capsys.readouterr()
        assert main([*argv]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    run = write(tmp_path, BASE)
    against = ("--baseline", str(baseline))
    assert "--alpha" in refused("gate", str(run), *against, "--alpha", "2")
    assert "--detect" in refused("gate", str(run), *against, "--detect", "1")
    assert "not a run directory" in refused("gate", str(tmp_path), *against)
    assert "is a folder" in refused("gate", str(run), "--baseline", str(run))
    assert "cannot read" in refused("gate", str(run), "--baseline", str(tmp_path / "no"))
    lines = (run / "scores.jsonl").read_text().splitlines()
    for number, bad in ((3, "{"), (5, "7"), (7, "{}"), (9, lines[8].replace('"score":', '"score":7'))):
        changed = [*lines[: number - 1], bad, *lines[number:]]
        (run / "scores.jsonl").write_text("\n".join(changed) + "\n")
        assert f"scores.jsonl, line {number} is " in refused("gate", str(run), *against)
    (run / "scores.jsonl").write_text("\n".join(lines) + "\n")
    write_summary(open_run(run))
    assert gate(run, baseline) == 0
    summary = (run / "summary.json").read_text()
    score = json.loads(summary)["results"][0]["score"]
    (run / "summary.json").write_text(summary.replace(f'"score": {score}', '"score": 99.0', 1))
    line = 1 + next(i for i, each in enumerate(summary.splitlines()) if '"score"' in each)
    assert f"summary.json, line {line}: sums thinking has 99.00" in refused("gate", str(run), *against)
    (run / "summary.json").unlink()
    later = write(tmp_path, replace(BASE, manifest={"schema": 2}), "later")
    assert "run.json, line 2: schema 2; this version reads schema 1" in refused("gate", str(later), *against)
    (later / "run.json").write_text('{"schema": 1,\n"plan": [7]}')
    assert "run.json is damaged: Expected `object`, got `int` - at `$.plan[0]`" in refused("gate", str(later), *against)
    (later / "run.json").write_text("[]")
    assert "run.json is damaged: Expected `object`, got `array`" in refused("gate", str(later), *against)
    text = baseline.read_text()
    damaged = tmp_path / "damaged.json"
    first = 1 + next(i for i, each in enumerate(text.splitlines()) if '"task"' in each)
    question = 1 + next(i for i, each in enumerate(text.splitlines()) if '"q1"' in each)
    for old, new, named in (
        ('"schema": 1', '"schema": 9', "line 2: schema 9"),
        ('"q1": [', '"q1": [7, ', f"line {first}: a damaged cell"),
        ('"q1": [', '"q1": ', f"line {question} is not JSON"),
        ('"q1": [', '"q1": [7], "q2": [', f"line {first}: a damaged cell"),
        ('"settings": {', '"settings": 7, "x": {', f"line {first}: a damaged cell"),
    ):
        damaged.write_text(text.replace(old, new, 1))
        assert named in refused("gate", str(run), "--baseline", str(damaged))


def test_the_command_has_the_defaults_of_the_rules() -> None:
    args = parser().parse_args(["gate", "run", "--baseline", "file"])
    assert Rules(args.alpha, args.margin, args.detect) == Rules()
