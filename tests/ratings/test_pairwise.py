"""Models rated by comparing their answers: what is asked, what is kept, and what becomes of the points."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from places import FIXTURES

from qwen3_eval import run
from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import EngineError, Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.judge import judge_alone
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.ratings.duelling import Duel, Duelling, Kept, Points
from qwen3_eval.ratings.entrants import AskedSample, Field, field_of
from qwen3_eval.ratings.pairwise import Comparisons, Meeting, Scale, as_json, games_won, meetings, text_lines
from qwen3_eval.records.record import open_run
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, IncompleteError

CRITIC = JudgeConfig("critic", EngineConfig(kind="mock"))
PIECE = re.compile(r"\[A0493\]\n(.*?)\n\n\[A0488\]\n(.*?)\n\nAnswer", re.DOTALL)
SHARED = AskedSample("1", 0)


def made_run(folder: Path, model: str, words: int, task: str = "creative_writing_v3") -> Path:
    """A finished run whose pieces have so many words."""
    config = RunConfig(
        model=model,
        tasks=(task,),
        modes=("non-thinking",),
        data_dir=FIXTURES,
        engine=EngineConfig(kind="mock"),
        judge=CRITIC,
    )
    piece = MockEngine(lambda request: f"Piece {request.unit.sample}. " + f"{model} " * words)
    marks = MockEngine(lambda request: f"Clear: {min(20, words // 20)}")
    asyncio.run(run.execute(prepare(config, folder / model, piece, marks)))
    return folder / model


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [made_run(folder, model, words) for model, words in (("short", 100), ("long", 300), ("longer", 400))]


def field(runs: Sequence[Path]) -> Field:
    return field_of([open_run(folder) for folder in runs], load_tasks(), "", FIXTURES)


def by_length(request: Request) -> str:
    """The longer piece is better by one sign for each 500 characters, also the first by one more sign."""
    found = PIECE.search(request.prompt.messages[0].content)
    assert found is not None
    lead = len(found[1]) - len(found[2])
    writer = "A0493" if lead > 0 else "A0488"
    return json.dumps({"why": "length", "writing_quality": writer + "+" * (1 + abs(lead) // 500 + (lead > 0))})


def compare(
    runs: Sequence[Path], folder: Path, reply: Callable[[Request], str] = by_length, neighbours: int = 3
) -> tuple[Comparisons, list[Request]]:
    asked: list[Request] = []

    def says(request: Request) -> str:
        asked.append(request)
        return reply(request)

    judge = judge_alone(RunConfig(model="critic", tasks=(), judge=CRITIC), MockEngine(says, slots=4))
    with Kept(folder) as kept:
        found = asyncio.run(Duelling(field(runs), judge, kept).all(neighbours))
    return Comparisons(field(runs), found, {"long": 1500.0}, 20), asked


def test_every_pair_is_shown_in_both_orders_and_the_better_model_is_rated_higher(
    runs: list[Path], tmp_path: Path
) -> None:
    ladder, asked = compare(runs, tmp_path)
    # Two questions, three samples, three pairs, two orders.
    assert len(asked) == len(ladder.found) == 36
    assert {request.max_tokens for request in asked} == {16_000}
    assert {request.sampling.temperature for request in asked} == {0.0}
    standings = ladder.standings()
    assert [each.name for each in standings] == ["longer", "long", "short"]
    assert standings[1].rating == 1500
    assert [(each.won, each.drawn, each.lost) for each in standings] == [(12, 0, 0), (6, 0, 6), (0, 0, 12)]
    assert ladder.first_share == 0.5
    assert "36 calls of critic over 18 pairs of answers, 0 unread." in "\n".join(text_lines(ladder, "critic"))
    assert json.loads(json.dumps(as_json(ladder, "critic")))["models"][0]["model"] == "longer"


def test_a_piece_is_cut_and_nothing_in_it_moves_the_prompt(tmp_path: Path) -> None:
    runs = [made_run(tmp_path, "odd", 300), made_run(tmp_path, "other", 200)]
    found = field(runs)
    first = f"{{model_b_analysis}} {{writing_prompt}} {'x' * 5000}"
    prompt = found.task.duel(found.docs["2"], first, "second \\1")
    assert prompt is not None
    (message,) = prompt.messages
    shown = PIECE.search(message.content)
    assert shown is not None
    assert (shown[1], shown[2]) == (first[:4000], "second \\1")
    assert "<SEED>" in message.content
    left_out = Doc("5", found.docs["2"].question, None, meta=found.docs["2"].meta)
    assert found.task.duel(left_out, first, "second") is None


def test_neighbours_alone_meet(runs: list[Path], tmp_path: Path) -> None:
    ladder, asked = compare(runs, tmp_path, neighbours=1)
    assert len(asked) == 24
    assert {(each.first, each.second) for each in ladder.met} == {(0, 1), (1, 2)}


def test_what_was_judged_is_not_asked_again(runs: list[Path], tmp_path: Path) -> None:
    whole, _ = compare(runs, tmp_path)
    assert compare(runs, tmp_path)[1] == []
    path = tmp_path / "judgments.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20]) + lines[20][:50])
    again, asked = compare(runs, tmp_path)
    assert len(asked) == 16
    assert list(again.found.items()) == list(whole.found.items())
    assert again.standings() == whole.standings()


def test_a_further_run_asks_for_its_own_pairs_alone(runs: list[Path], tmp_path: Path) -> None:
    assert len(compare(runs[:2], tmp_path)[1]) == 12
    assert len(compare(runs, tmp_path)[1]) == 24


def test_calls_that_fail_are_made_again(runs: list[Path], tmp_path: Path) -> None:
    def fails(request: Request) -> str:
        if "short" in request.prompt.messages[0].content:
            raise EngineError("503")
        return by_length(request)

    with pytest.raises(IncompleteError, match="24 comparisons got no judgment"):
        compare(runs, tmp_path, fails)
    assert len(compare(runs, tmp_path)[1]) == 24


def test_what_cannot_be_read_is_counted_and_left_out(runs: list[Path], tmp_path: Path) -> None:
    ladder, _ = compare(runs[:2], tmp_path, lambda request: "no object here")
    assert ladder.unread == 12
    assert ladder.met == []
    assert {each.rating for each in ladder.standings()} == {1500.0}


def test_points_of_both_orders_are_added_up() -> None:
    found: dict[Duel, Points | None] = {
        Duel(SHARED, 0, 1): (5.0, 2.0),
        Duel(SHARED, 1, 0): (4.0, 3.0),
        Duel(AskedSample("1", 1), 0, 1): None,
        Duel(AskedSample("1", 1), 1, 0): (0.0, 7.0),
        Duel(AskedSample("2", 0), 0, 1): None,
    }
    assert meetings(found) == [Meeting("1", 0, 1, 2.0), Meeting("1", 0, 1, 7.0)]


# Computed with the reference's own functions.
GAMES = [
    *((0, 4, 0), (1, 4, 1), (11, 4, 1), (12, 4, 2), (23, 4, 3), (34, 4, 4), (45, 4, 4), (90, 4, 4), (-1, 4, -1)),
    *((-12, 4, -2), (-120, 4, -4), (15, 3, 1), (16, 3, 2), (30, 3, 2), (-15, 3, -1), (-30, 3, -2), (31, 3, 3)),
]


@pytest.mark.parametrize(("lead", "most", "games"), GAMES)
def test_a_lead_counts_as_one_game_or_several(lead: float, most: int, games: int) -> None:
    assert games_won(lead, 45.0, most) == games


def test_anchors_move_a_scale_and_two_stretch_it() -> None:
    ratings = {"a": 1300.0, "b": 1100.0}
    assert Scale.through(ratings, {})(1200) == 1200
    assert Scale.through(ratings, {"a": 1500.0})(1100) == 1300
    both = Scale.through(ratings, {"a": 1500.0, "b": 200.0})
    assert (both(1300), both(1100)) == (1500, 200)
    assert Scale.through({"a": 1300.0, "b": 1300.0}, {"a": 1500.0, "b": 200.0})(1300) == 1500


REFUSED = [
    (["{0}"], "give the runs of two or more"),
    (["{0}", "{1}", "--anchor", "lung=1500"], "no such model; there are long, short (did you mean 'long'?)"),
    (["{0}", "{1}", "--anchor", "long=high"], "--anchor takes MODEL=RATING, got 'long=high'"),
    (["{0}", "{1}", "--style"], "--style is of games against one model"),
    (["{0}", "{1}", "--task", "aime24"], "answers to 'aime24' are not compared; those to creative_writing_v3 are"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED)
def test_what_cannot_be_compared_is_one_line(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    given = [each.format(*runs) for each in options]
    judge = ["--judge-model", "critic", "--judge-engine", "mock", "--data-dir", str(FIXTURES)]
    assert main(["ratings", *given, "--pairwise", str(tmp_path / "kept"), *judge]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "kept").exists()


def test_a_judge_goes_with_pairs_alone(runs: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["ratings", str(runs[0]), "--judge-model", "critic"]) == 2
    assert "are of --pairwise" in capsys.readouterr().err
    assert main(["ratings", *map(str, runs), "--pairwise", str(tmp_path)]) == 2
    assert "--judge-model" in capsys.readouterr().err


def test_the_command_prints_the_ratings(runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--judge-model", "critic", "--judge-engine", "mock", "--data-dir", str(FIXTURES), "--rounds", "5"]
    assert main(["ratings", *map(str, runs), "--pairwise", str(tmp_path), *given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["calls"], found["unread"], found["judge"]) == (36, 36, "critic")
    assert len((tmp_path / "judgments.jsonl").read_text("utf-8").splitlines()) == 36
