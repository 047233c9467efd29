"""Tasks of long prompts: planned by outlines, filled when they are asked, fitted to the tokens of the model."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from places import TOYS

from qwen3_eval import run
from qwen3_eval.config import DEMO, LongConfig, RunConfig, model_location
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import UsageError


def run_of(folder: Path, long: LongConfig, **facts: Any) -> list[Request]:
    """Carries out a run of the toy task with a silent model; returns what it was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> list[int]:
        asked.append(request)
        return []

    config = RunConfig(model_location(DEMO), ("toy_fitted",), ("non-thinking",), long=long, tasks_dir=TOYS, **facts)
    asyncio.run(run.execute(prepare(config, folder, MockEngine(answer, renders=False))))
    return asked


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_prompts_are_of_the_lengths_that_were_asked_for_and_never_over(tmp_path: Path) -> None:
    asked = run_of(tmp_path, LongConfig(lengths=(80, 60), samples=3))
    sizes = [(int(each.unit.id.split("/")[1]), len(each.token_ids or ())) for each in asked]
    assert Counter(length for length, _ in sizes) == {60: 6, 80: 6}
    assert all(length // 2 < size <= length for length, size in sizes)
    assert {each.max_tokens for each in asked} == {8}


def test_the_forced_beginning_stands_behind_the_template_and_can_be_switched_off(tmp_path: Path) -> None:
    with_it = run_of(tmp_path / "on", LongConfig(lengths=(64,)))
    without = run_of(tmp_path / "off", LongConfig(lengths=(64,), begun=False))
    begin = tuple(Renderer(model_location(DEMO)).encode("It is "))
    for begun, plain in zip(with_it, without, strict=True):
        assert tuple(begun.token_ids or ())[-len(begin) :] == begin
        assert tuple(begun.token_ids or ())[: -len(begin)] == tuple(plain.token_ids or ())


def test_what_prompts_were_fitted_to_is_part_of_the_identity(tmp_path: Path) -> None:
    run_of(tmp_path, LongConfig(lengths=(64,)))
    told = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert told["data"]["toy_fitted"]["lengths"] == [64]
    assert len(lines(tmp_path / "scores.jsonl")) == 4
    assert {line["subset"] for line in lines(tmp_path / "scores.jsonl")} == {"64/first", "64/last"}
    with pytest.raises(UsageError, match="other settings"):
        run_of(tmp_path, LongConfig(lengths=(128,)))


def test_a_length_below_the_least_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--lengths 40: toy_fitted needs at least 48 tokens"):
        run_of(tmp_path / "run", LongConfig(lengths=(40, 64)))
    assert not (tmp_path / "run").exists()
