"""``ratings``: the battles of runs, what is refused, the table."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest
from judged_run import Said, judged_run, marks
from places import FIXTURES

from qwen3_eval import run
from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.ratings import table
from qwen3_eval.ratings.battles import players
from qwen3_eval.records.record import open_run
from qwen3_eval.types import UsageError

# The first two questions are won, the others lost by far; or all are lost.
MIXED = {"a1f0": ("B>A", "A>B"), "b2e1": ("B>A", "A=B"), "c3d2": ("A>>B", "B>>A"), "d4c3": ("A>B", "B>>A")}
LOST = dict.fromkeys(MIXED, ("A>B", "B>A"))
Labels = dict[str, tuple[str, str]]


def plain(request: Request) -> str:
    return f"An answer to {request.unit.id}."


def made(folder: Path, labels: Labels, model: str, *, judge: str = "judge", answer: Said = plain, **facts: Any) -> Path:
    """A run on the fixture rows whose judge says these labels of the two games."""

    def said(request: Request) -> str:
        question, *_, game = request.unit.id.split("/")
        return f"[[{labels[question][int(game[-1]) - 1]}]]"

    config = RunConfig(
        model=model,
        tasks=("arena_hard",),
        data_dir=FIXTURES,
        engine=EngineConfig(kind="mock"),
        judge=JudgeConfig(judge, EngineConfig(kind="mock")),
        **{"modes": ("non-thinking",), **facts},
    )
    asyncio.run(run.execute(prepare(config, folder, MockEngine(answer), MockEngine(said))))
    return folder


def rated(*folders: Path) -> dict[str, table.Ranked]:
    found = table.rate(players([open_run(folder) for folder in folders]), 500)
    return {each.player.name: each for each in found}


def test_battles_come_to_ratings(tmp_path: Path) -> None:
    one = rated(made(tmp_path / "run", MIXED, "one"))["one"]
    # Won 3, tied 1, lost 3 + 3 + 1 + 3.
    assert one.battles == (3, 1, 10)
    assert one.share == pytest.approx(3.5 / 14)
    assert one.rating == pytest.approx(1000 + 400 * math.log10(3.5 / 10.5))
    assert one.published.low < one.share < one.published.high
    # Six battles of an answer are no six answers.
    assert one.over_questions.low < one.published.low
    assert one.over_questions.high > one.published.high
    assert not one.bounded


def test_all_lost_is_a_bound(tmp_path: Path) -> None:
    one = rated(made(tmp_path / "run", LOST, "one"))["one"]
    assert one.bounded and one.share == 0
    assert one.published.low == 0 and one.published.high == pytest.approx(1 - 0.05 ** (1 / 4))


def test_the_best_model_is_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worse, better = made(tmp_path / "a", LOST, "worse"), made(tmp_path / "b", MIXED, "better")
    assert main(["ratings", str(worse), str(better)]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["model", "gpt-4-0314", "better", "worse"]
    assert "25.0" in lines[2] and "-inf" in lines[3]
    assert "as judge judged" in said
    assert "worse: all battles ended alike" in said
    assert main(["ratings", str(worse), str(better), "--json", "--rounds", "50"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["against"], found["rounds"], found["percentiles"]) == ("gpt-4-0314", 50, [2.5, 97.5])
    first, second = found["models"]
    assert (first["model"], first["win_rate"], first["battles"]["lost"]) == ("better", pytest.approx(25), 10)
    assert (second["rating"], second["one_sided"], second["published_rating"][0]) == (None, True, None)


def test_questions_without_a_verdict_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(tmp_path / "run", {**MIXED, "c3d2": ("A>>>B", "A>>>B")}, "one")
    assert rated(folder)["one"].battles == (3, 1, 4)
    assert main(["ratings", str(folder)]) == 0
    assert "one: 1 questions without an answer or a verdict are left out" in capsys.readouterr().out


def test_a_model_without_any_game_has_no_rating(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = made(tmp_path / "nothing", dict.fromkeys(MIXED, ("A", "B")), "nothing")
    assert main(["ratings", str(nothing)]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["nothing", *"-" * 5, "0", "4"]
    one, two = (made(tmp_path / name, MIXED, name) for name in ("one", "two"))
    folders = [str(nothing), str(one)]
    assert main(["ratings", *folders, "--style", "--data-dir", str(FIXTURES)]) == 2
    assert "--style needs two models or more" in capsys.readouterr().err
    command = ["ratings", *folders, str(two), "--rounds", "20"]
    assert main([*command, "--style", "--data-dir", str(FIXTURES)]) == 0
    assert capsys.readouterr().out.splitlines()[4].split() == ["nothing", *"-" * 5, "0", "4", "-", "-"]
    assert main([*command, "--json"]) == 0
    last = json.loads(capsys.readouterr().out)["models"][2]
    assert (last["model"], last["rating"], last["win_rate"]) == ("nothing", None, None)


def test_one_model_in_two_ways_is_two(tmp_path: Path) -> None:
    folder = made(tmp_path / "run", MIXED, "one", modes=("thinking", "non-thinking"), budgets=(16,))
    other = made(tmp_path / "again", MIXED, "one")
    names = [each.name for each in players([open_run(folder), open_run(other)])]
    assert len(set(names)) == 3
    assert "one, thinking at 16" in names
    assert f"one, non-thinking ({open_run(other).run_id})" in names


def test_what_was_judged_otherwise_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = made(tmp_path / "one", MIXED, "one")
    other = made(tmp_path / "other", MIXED, "two", judge="another")
    assert main(["ratings", str(one), str(other)]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "cannot be rated together" in line and 'judge.model: "judge" -> "another"' in line


@pytest.mark.parametrize("changed", ["version", "rule", "games", "tables"])
def test_another_state_of_the_benchmark_is_refused(tmp_path: Path, changed: str) -> None:
    one, other = made(tmp_path / "one", MIXED, "one"), made(tmp_path / "other", MIXED, "two")
    manifest = json.loads((other / "run.json").read_text("utf-8"))
    if changed == "version":
        manifest["plan"][0]["version"] = "0"
    elif changed == "rule":
        manifest["judge"]["tasks"]["arena_hard"]["rule"] = "1999"
    elif changed == "games":
        manifest["plan"][0]["games"]["against"] = "nobody"
    else:
        manifest["identity"]["tables_sha256"]["arena_hard"]["gpt-4-0314"] = "00"
    (other / "run.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(UsageError, match="cannot be rated together"):
        players([open_run(one), open_run(other)])


def test_runs_without_games_are_refused(tmp_path: Path) -> None:
    folder = judged_run(tmp_path / "run", marks(5))
    with pytest.raises(UsageError, match="no run has a benchmark in which a judge compares"):
        players([open_run(folder)])
    with pytest.raises(UsageError, match="no run has games of 'toy_judged'; they have games of no task"):
        players([open_run(folder)], "toy_judged")


def test_style_of_one_model_alone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(tmp_path / "run", MIXED, "one")
    assert main(["ratings", str(folder), "--style", "--data-dir", str(FIXTURES)]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "--style needs two models or more" in line


def test_style_of_several_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = made(tmp_path / "one", MIXED, "one", answer=lambda request: "# Long\n" + "- **word** again\n" * 30)
    other = made(tmp_path / "other", {**MIXED, "d4c3": ("B>A", "B>>A")}, "two")
    command = ["ratings", str(one), str(other), "--style", "--rounds", "20", "--data-dir", str(FIXTURES)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "style control" in said.splitlines()[0]
    assert "Style control: tokens" in said
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["style"]) == {"tokens", "headers", "lists", "bold"}
    for each in found["models"]:
        low, high = each["style_control"]["published_interval"]
        assert 0 <= low <= high <= 100


def test_style_needs_the_answers_that_were_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [made(tmp_path / name, MIXED, name) for name in ("one", "two")]
    for folder in folders:
        manifest = json.loads((folder / "run.json").read_text("utf-8"))
        manifest["identity"]["tables_sha256"]["arena_hard"]["gpt-4-0314"] = "00"
        (folder / "run.json").write_text(json.dumps(manifest), "utf-8")
    assert main(["ratings", *map(str, folders), "--style", "--data-dir", str(FIXTURES)]) == 2
    assert "are not those of the runs" in capsys.readouterr().err
