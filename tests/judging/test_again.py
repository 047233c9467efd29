"""Answers of a run, judged by another judge: what stays, what is new, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from judged_run import cut_lines, judge, judged_again, judged_run, marks, read_lines
from opened import summary_of
from places import TOYS

from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, JudgeConfig
from qwen3_eval.prepare.again import judge_folder
from qwen3_eval.prepare.judge import is_of_judge
from qwen3_eval.records.record import open_run
from qwen3_eval.records.repair import examine
from qwen3_eval.types import UsageError

# What says how an answer came to be, and must not depend on who judges it.
OF_ANSWERS = ("task", "id", "sample", "mode", "budget", "seed", "prompt_sha256", "thinking", "answer", "latency_s")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Six essays with two samples each in both modes, judged with an eight."""
    return judged_run(tmp_path / "run", marks(8), samples=2, modes=("thinking", "non-thinking"))


def answers(folder: Path) -> list[list[Any]]:
    return sorted([line[name] for name in OF_ANSWERS] for line in read_lines(folder, "generations.jsonl"))


def changed(folder: Path, **parts: Any) -> None:
    """Puts other values into ``run.json``."""
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **parts}), "utf-8")


def manifest(folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


def test_answers_prompts_and_plan_are_those_of_the_run_and_the_scores_those_of_the_judge(run: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    again = run / "judges" / "second"
    assert len(judged_again(run, marks(3), again)) == 2 * 6 * 2 * 2
    assert answers(again) == answers(run)
    assert read_lines(again, "prompts.jsonl") == read_lines(run, "prompts.jsonl")
    assert manifest(again)["plan"] == manifest(run)["plan"]
    assert {line["score"] for line in read_lines(again, "scores.jsonl")} == {0.3}
    assert {line["judge"] for line in read_lines(again, "judgments.jsonl")} == {"second"}
    figures = [each["score"] for each in summary_of(again)["results"] if each["metric"] == "judge_score"]
    assert figures == [pytest.approx(3)] * 2
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    assert examine(again).nothing


def test_runs_differ_in_their_judge_alone(run: Path) -> None:
    judged_again(run, marks(3), run / "judges" / "second")
    old, new = manifest(run), manifest(run / "judges" / "second")
    assert {name for name, value in old["identity"].items() if new["identity"][name] != value} == {"judge"}
    assert new["judge"]["model"] == "second" and old["judge"]["model"] == "first"
    assert [text for text in new["deviations"] if is_of_judge(text)] == [
        "toy_judged: judged by second instead of toy-judge (this file)"
    ]
    assert [text for text in new["deviations"] if not is_of_judge(text)] == [
        text for text in old["deviations"] if not is_of_judge(text)
    ]
    assert new["judged_again"] == {"run_id": "run", "folder": str(run), "lacking": 0}
    assert new["engine"] == old["engine"] and new["config"]["engine"] == old["config"]["engine"]


def test_a_part_of_the_questions_stays_that_part(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", marks(8), limit=2, samples=3)
    assert len(judged_again(run, marks(3), tmp_path / "again")) == 2 * 2 * 3
    assert answers(tmp_path / "again") == answers(run)


def test_what_was_judged_again_is_not_paid_twice(run: Path, tmp_path: Path) -> None:
    judged_again(run, marks(3), tmp_path / "again")
    cut_lines(tmp_path / "again", "scores.jsonl", 2)
    cut_lines(tmp_path / "again", "judgments.jsonl", 9)
    cut_lines(tmp_path / "again", "generations.jsonl", 10)
    assert len(judged_again(run, marks(3), tmp_path / "again")) == 48 - 9
    assert answers(tmp_path / "again") == answers(run)
    assert len(read_lines(tmp_path / "again", "scores.jsonl")) == 24


def test_a_run_that_goes_on_is_judged_as_far_as_it_came_and_then_whole(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", marks(8))
    whole = (run / "generations.jsonl").read_bytes()
    cut_lines(run, "generations.jsonl", 4)
    cut_lines(run, "scores.jsonl", 4)
    judged_again(run, marks(3), tmp_path / "again")
    assert manifest(tmp_path / "again")["judged_again"]["lacking"] == 2
    assert {each["n_samples"] for each in summary_of(tmp_path / "again")["results"]} == {4}
    assert summary_of(tmp_path / "again")["results"][0]["valid"] == summary_of(run)["results"][0]["valid"]
    (run / "generations.jsonl").write_bytes(whole)
    assert len(judged_again(run, marks(3), tmp_path / "again")) == 2 * 2
    assert answers(tmp_path / "again") == answers(run)


def test_predictions_are_judged_again_under_the_names_that_they_had(tmp_path: Path) -> None:
    ids = sorted({line["id"] for line in read_lines(judged_run(tmp_path / "made", marks(1)), "generations.jsonl")})
    rows = [{"id": ids[which], "sample": n, "response": f"Text {n}."} for which, n in ((0, 0), (0, 1), (1, 0))]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["score", "--task", "toy_judged", "--predictions", str(tmp_path / "rows.jsonl"), "--run-dir"]
    words += [str(tmp_path / "run"), "--judge-model", "a", "--judge-engine", "mock", "--tasks-dir", str(TOYS)]
    assert main(words) == 0
    scores = tmp_path / "run" / "scores.jsonl"
    scores.write_text(scores.read_text("utf-8").replace('"scorer":', '"given_id":"row 7","scorer":', 1), "utf-8")
    assert len(judged_again(tmp_path / "run", marks(3), tmp_path / "again")) == 6
    assert manifest(tmp_path / "again")["judged_again"]["lacking"] == 0
    assert answers(tmp_path / "again") == answers(tmp_path / "run")
    before, after = (
        {(line["id"], line["sample"]): line.get("given_id") for line in read_lines(tmp_path / name, "scores.jsonl")}
        for name in ("run", "again")
    )
    assert before == after and "row 7" in after.values()


def test_another_rule_reads_the_same_replies_without_a_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged_run(tmp_path / "run", lambda request: "score 7" if "style" in request.unit.id else "[6]")
    assert {line["outcome"] for line in read_lines(run, "scores.jsonl")} == {"error"}
    assert main(["score", "--from-run", str(run), "--judge-parse", "lenient"]) == 0
    again = run / "judges" / "first-lenient"
    assert {line["score"] for line in read_lines(again, "scores.jsonl")} == {0.65}
    words = ["--judge-engine", "replay", "--judge-replay-from", str(run), "--judge-model", "first"]
    assert main(["score", "--from-run", str(run), *words, "--run-dir", str(tmp_path / "equal")]) == 0
    kept = [[line[name] for name in ("id", "score", "outcome", "detail")] for line in read_lines(run, "scores.jsonl")]
    assert kept == [
        [line[name] for name in ("id", "score", "outcome", "detail")]
        for line in read_lines(tmp_path / "equal", "scores.jsonl")
    ]


def test_answers_are_judged_again_whatever_the_graders(tmp_path: Path) -> None:
    """The judge judges them, so that no cluster is asked for; there is none at that address."""
    run = judged_run(tmp_path / "run", lambda request: "score 7" if "style" in request.unit.id else "[6]")
    found = []
    for name, more in (("driver", ()), ("cluster", ("--graders", "cluster", "--ray-address", "127.0.0.1:1"))):
        words = ["--judge-parse", "lenient", "--run-dir", str(tmp_path / name), *more]
        assert main(["score", "--from-run", str(run), *words]) == 0
        found.append(sorted(map(str, read_lines(tmp_path / name, "scores.jsonl"))))
    assert found[0] == found[1] and len(found[0]) == 6


def test_equal_answers_get_back_the_replies_that_each_of_them_got(tmp_path: Path) -> None:
    """Their prompts are the same, letter by letter, and a judge need not say the same twice."""

    def said(request: Any) -> str:
        return f"[{1 + sum(request.unit.id.encode()) % 9}]"

    run = judged_run(tmp_path / "run", said, answer=lambda request: "The same.", samples=4)
    words = ["score", "--from-run", str(run), "--judge-engine", "replay", "--run-dir", str(tmp_path / "again")]
    assert main(words) == 0
    found, kept = (
        {(line["id"], line["sample"]): line["score"] for line in read_lines(folder, "scores.jsonl")}
        for folder in (tmp_path / "again", run)
    )
    assert found == kept and len({*kept.values()}) > 1


def test_the_folder_is_named_after_the_judge(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    engine = EngineConfig(kind="mock")
    names = ["toy", "org/Judge 7B", str(tmp_path / "model"), "../..", "gpt-4-1106"]
    found = [judge_folder(Path("run"), JudgeConfig(name, engine)).name for name in names]
    assert found == ["toy", "org-Judge-7B", "model", "judge", "gpt-4-1106"]
    assert judge_folder(Path("run"), JudgeConfig("toy", engine, lenient=True)) == Path("run/judges/toy-lenient")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "needs another judge"),
        ("--judge-url http://localhost:1", "needs a judge: name one"),
        ("--judge-engine mock", "needs a judge: name one"),
        ("--judge-model first --judge-engine mock", "was judged by first in this very way"),
        ("--judge-model b --judge-engine mock --task toy_judged", "--task is of --predictions"),
        ("--judge-model b --judge-engine mock --predictions x", "--predictions is of --predictions"),
        ("--judge-model b --judge-engine mock --mode thinking", "--mode is of --predictions"),
        ("--judge-model b --judge-engine mock --run-dir {0}/run", "holds a run under other settings"),
    ],
)
def test_what_cannot_be_judged_again_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, why: str
) -> None:
    judged_run(tmp_path / "run", marks(8))
    capsys.readouterr()
    assert main(["score", "--from-run", str(tmp_path / "run"), *words.format(tmp_path).split()]) == 2
    said = capsys.readouterr().err
    assert why in said and said.count("\n") == 1
    assert not (tmp_path / "run" / "judges").exists()


def test_a_run_without_judged_answers_is_refused(tmp_path: Path) -> None:
    words = ["run", "--model", "demo", "--engine", "mock", "--tasks", "demo_math", "--limit", "1"]
    assert main([*words, "--sandbox", "none", "--run-dir", str(tmp_path / "sums")]) == 0
    with pytest.raises(UsageError, match="sums has no task whose answers a model judges"):
        judged_again(tmp_path / "sums", marks(1), tmp_path / "again")
    run = judged_run(tmp_path / "run", marks(8))
    (run / "generations.jsonl").write_text("")
    with pytest.raises(UsageError, match="has no answers to judge yet"):
        judged_again(run, marks(1), tmp_path / "again")


def test_questions_that_changed_are_refused(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", marks(8))
    identity = {**manifest(run)["identity"], "data_sha256": {"toy_judged": "00"}}
    changed(run, identity=identity)
    with pytest.raises(UsageError, match=r"toy_judged: its rows here are not those that .*run asked"):
        judged_again(run, marks(1), tmp_path / "again")


def test_what_a_judge_departs_in_is_known_as_such(tmp_path: Path) -> None:
    """So that what the first judge departed in is not said of the second."""
    run = judged_run(tmp_path / "run", marks(8))
    by = judge("second", lenient=True, sampling={"temperature": 0.5}, max_tokens=7)
    judged_again(run, marks(1), tmp_path / "again", by)
    departs = [text for text in open_run(tmp_path / "again").manifest.deviations if is_of_judge(text)]
    assert len(departs) == 4
    again = judge("third", sampling={"temperature": 0.5})
    judged_again(tmp_path / "again", marks(1), tmp_path / "more", again)
    departs = [text for text in open_run(tmp_path / "more").manifest.deviations if "judge" in text.partition(": ")[2]]
    assert len(departs) == 2
