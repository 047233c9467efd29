"""Damaged journals: what is named, what is dropped, and that the run comes to its end afterwards."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damages import cut, doubled, flipped, garbage, merged, shortened, zeroed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from opened import summary_of
from places import TOYS

from qwen3_eval import run
from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.records.formats import GENERATIONS, PROMPTS, SCORES, STEPS
from qwen3_eval.records.journal import lines
from qwen3_eval.records.repair import examine, repair
from qwen3_eval.records.store import lock_of
from qwen3_eval.types import UsageError

NAMES = (GENERATIONS, SCORES, PROMPTS, STEPS)
# 3 sums and 2 conversations of 4 steps, in 2 modes.
CONFIG = RunConfig(
    model="demo",
    tasks=("toy_sum", "toy_dialogue"),
    limit=2,
    samples=1,
    tasks_dir=TOYS,
    engine=EngineConfig(kind="mock"),
)
UNITS = 2 * 2 * 2


def execute(folder: Path) -> None:
    asyncio.run(run.execute(prepare(CONFIG, folder)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    execute(folder)
    return folder


def copied(whole: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    return folder


def keys(folder: Path, name: str) -> list[str]:
    return [line["key"] for _, line in lines(folder / name)]


def check_whole(folder: Path, like: Path) -> None:
    """All units, each once, with the results of the run that was never damaged."""
    for name in (GENERATIONS, SCORES):
        assert sorted(keys(folder, name)) == sorted(keys(like, name))
        assert len(keys(folder, name)) == UNITS
    assert summary_of(folder)["results"] == [
        {**line, "tokens": found["tokens"]}
        for line, found in zip(summary_of(like)["results"], summary_of(folder)["results"], strict=True)
    ]
    steps = [(line["key"], line["prompt_sha256"]) for _, line in lines(folder / STEPS)]
    assert len(steps) == len(set(steps))


def test_nothing_is_found_in_a_run_that_ended_well(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(whole.iterdir())
    assert main(["repair", str(whole)]) == main(["repair", str(whole), "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert sorted(whole.iterdir()) == before


def test_a_torn_last_line_is_left_to_the_next_run(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "run")
    path = folder / GENERATIONS
    path.write_bytes(path.read_bytes()[:-5])
    assert not examine(folder).journals[GENERATIONS].dropped
    repair(folder, write_summary)
    execute(folder)
    check_whole(folder, whole)


ZEROS = [b"\0" * 10, b"\0" * 5_000, b"\0" * 70_000 + b"\n", b"\0\n\0\0\n", b'{"key": "\0\0\0\n']


@pytest.mark.parametrize("zeros", ZEROS, ids=len)
def test_zeros_at_the_end_are_cut_off_by_the_next_run(whole: Path, tmp_path: Path, zeros: bytes) -> None:
    folder = copied(whole, tmp_path / "run")
    for name in NAMES:
        with open(folder / name, "ab") as file:
            file.write(zeros)
    summary_of(folder)
    assert examine(folder).nothing
    execute(folder)
    check_whole(folder, whole)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "it is not JSON": lambda line: line[:20] + b"\n",
    "it holds zero bytes": lambda line: b"\0" * len(line) + b"\n",
    "Object missing required field `task`": lambda line: b"{}\n",
    "Expected `int`, got `str` - at `$.sample`": lambda line: line.replace(b'"sample":0', b'"sample":"0"'),
    "its key is that of another question": lambda line: line.replace(b'"id":"', b'"id":"1'),
    "Expected `object`, got `int`": lambda line: b"7\n",
    "it is nested too deeply": lambda line: b"[" * 200_000 + b"\n",
}


@pytest.mark.parametrize("why", DAMAGES)
def test_a_line_in_the_middle(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], why: str) -> None:
    folder = copied(whole, tmp_path / "run")
    path = folder / GENERATIONS
    old = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*old[:2], DAMAGES[why](old[2]), *old[3:]]))
    damaged = path.read_bytes()
    if "another question" not in why:
        with pytest.raises(UsageError, match=rf"generations\.jsonl, line 3 is damaged.*`qwen3-eval repair {folder}`"):
            summary_of(folder)
        assert main(["report", str(folder), "--out", str(tmp_path / "x.html")]) == 2
    capsys.readouterr()
    assert main(["repair", str(folder)]) == 3
    said = capsys.readouterr().out
    assert f"generations.jsonl, line 3: {why}" in said
    assert "1 answers to ask again, 0 to score again" in said
    assert "it has no generation" in said
    assert path.read_bytes() == damaged
    assert main(["repair", str(folder), "--yes"]) == 0
    assert b"".join([*old[:2], *old[3:]]) == path.read_bytes()
    [copy] = folder.glob("generations.jsonl.bak-*")
    assert copy.read_bytes() == damaged
    assert main(["repair", str(folder)]) == 0
    execute(folder)
    check_whole(folder, whole)


def test_a_lost_score_is_made_again_without_asking(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "run")
    path = folder / SCORES
    path.write_bytes(path.read_bytes().replace(b'"outcome"', b'"out', 1))
    before = (folder / GENERATIONS).read_bytes()
    found, copies = repair(folder, write_summary)
    assert (found.asked, found.scored, len(copies)) == (0, 1, 1)
    execute(folder)
    assert (folder / GENERATIONS).read_bytes() == before
    check_whole(folder, whole)


def test_lines_that_ran_into_each_other_are_taken_apart(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "run")
    path = folder / GENERATIONS
    old = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([b"\0\0" + old[0], old[1] + old[2], old[3][:60] + old[4], *old[5:]]) + b"\n")
    found, _ = repair(folder, write_summary)
    assert sorted(found.journals[GENERATIONS].mended) == [1, 2, 3]
    assert len(keys(folder, GENERATIONS)) == UNITS - 1
    execute(folder)
    check_whole(folder, whole)


def test_an_older_copy_is_never_written_over(whole: Path, tmp_path: Path) -> None:
    folder = copied(whole, tmp_path / "run")
    for number in range(3):
        with open(folder / GENERATIONS, "ab") as file:
            file.write(f"{number}\n".encode())
        repair(folder, write_summary)
    ends = sorted(copy.read_bytes().splitlines()[-1] for copy in folder.glob("generations.jsonl.bak-*"))
    assert ends == [b"0", b"1", b"2"]


def test_a_run_that_goes_on_is_left_alone(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied(whole, tmp_path / "run")
    with lock_of(folder, write=True):
        assert main(["repair", str(folder)]) == main(["repair", str(folder), "--yes"]) == 2
    assert capsys.readouterr().err.count("another process is writing") == 2
    assert main(["repair", str(tmp_path)]) == 2


def test_steps_after_a_lost_one_are_made_again(whole: Path, tmp_path: Path) -> None:
    """A conversation that had not come to its end: its third step would take the second one's place."""
    folder = copied(whole, tmp_path / "run")
    steps = [json.loads(line) for line in (folder / STEPS).read_text().splitlines()]
    key = steps[0]["key"]
    mine = [number for number, line in enumerate(steps) if line["key"] == key]
    for name in (GENERATIONS, SCORES):
        kept = [line for line in (folder / name).read_text().splitlines(keepends=True) if key not in line]
        (folder / name).write_text("".join(kept))
    text = (folder / STEPS).read_text().splitlines(keepends=True)
    text[mine[1]] = "torn" + text[mine[1]][30:]
    (folder / STEPS).write_text("".join(text))
    repair(folder, write_summary)
    assert [line["prompt_sha256"] for _, line in lines(folder / STEPS) if line["key"] == key] == [
        steps[mine[0]]["prompt_sha256"]
    ]
    execute(folder)
    check_whole(folder, whole)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from([flipped, cut, zeroed, doubled, garbage, merged, shortened]),
            st.integers(0, 2**32),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=25, suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None)
def test_any_damage_is_repaired(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[str, Any, int]]
) -> None:
    folder = copied(whole, tmp_path_factory.mktemp("damaged") / "run")
    for name, how, seed in damages:
        data = (folder / name).read_bytes()
        if data.count(b"\n") > 1:
            (folder / name).write_bytes(how(data, random.Random(seed)))
    repair(folder, write_summary)
    assert examine(folder).nothing
    execute(folder)
    for name in (GENERATIONS, SCORES):
        assert sorted(keys(folder, name)) == sorted(keys(whole, name))
    about = [(line["task"], line["id"], line["mode"]) for _, line in lines(folder / SCORES)]
    assert len(set(about)) == UNITS
    assert examine(folder).nothing
