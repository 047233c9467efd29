"""Qwen3's whole vocabulary end to end: its own tokenizer where it can be had, real vLLM, both modes, budgets.

The model spells one trace and one answer, so that every record is known beforehand. QWEN3_EVAL_QWEN3_TOKENIZER names a
folder with Qwen3's tokenizer; without it one of the same form and size is made.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from qwen_like import write_tokenizer
from spelling_model import write_model

from qwen3_eval.cli import main
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import MODES, Prompt

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = [pytest.mark.vllm, pytest.mark.long]

REAL = os.environ.get("QWEN3_EVAL_QWEN3_TOKENIZER", "")
# The budget in the middle ends inside the character.
BUDGETS = (5, 21, 64)
BEFORE_CHARACTER, CHARACTER = 20, "\U000105c0"


@dataclass(frozen=True)
class Spelling:
    """A model's folder, and the token ids that it writes."""

    folder: Path
    renderer: Renderer
    thinking: list[int]
    answer: list[int]


@pytest.fixture(scope="module")
def spelling(tmp_path_factory: pytest.TempPathFactory) -> Spelling:
    folder = tmp_path_factory.mktemp("full") / "model"
    if REAL:
        shutil.copytree(REAL, folder)
    else:
        write_tokenizer(folder)
    renderer = Renderer(str(folder))
    [end] = renderer.encode("<|im_end|>")
    tags = renderer.tags
    assert tags is not None and (end, tags.open, tags.close) == (151_645, 151_667, 151_668)
    after = {mode: (renderer.render(Prompt.user("hi"), mode).token_ids or ())[-1] for mode in MODES}
    rare = renderer.encode(CHARACTER)
    assert len(rare) > 1
    thinking = [*range(5_000, 5_000 + BEFORE_CHARACTER), *rare, *range(6_000, 6_010)]
    answer = [*range(7_000, 7_008)]
    chain = [after["thinking"], tags.open, *thinking, tags.close, after["non-thinking"], *answer, end]
    write_model(folder, chain, end)
    return Spelling(folder, renderer, thinking, answer)


def records(spelling: Spelling, run: Path, *options: str) -> dict[tuple[str, int | None], Mapping[str, Any]]:
    """The generations of a run by mode and budget, one for each: all docs are answered alike."""
    what = ["--tasks", "demo_math", "--limit", "2", "--samples", "1", "--max-tokens", "200", "--answer-tokens", "20"]
    assert main(["run", "--model", str(spelling.folder), *what, *options, "--run-dir", str(run)]) == 0
    found: dict[tuple[str, int | None], Mapping[str, Any]] = {}
    for line in (run / "generations.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        kept = {name: record[name] for name in ("thinking", "answer", "finished", "forced_stop")}
        kept["tokens"] = record["tokens"]["thinking"]
        cell = (record["mode"], record["budget"])
        assert found.setdefault(cell, kept) == kept
    return found


def expected(spelling: Spelling, budget: int | None) -> dict[str, Any]:
    cut = budget is not None and budget < len(spelling.thinking)
    text = spelling.renderer.decode
    return {
        "thinking": text(spelling.thinking[:budget]),
        "answer": text(spelling.answer),
        "finished": True,
        "forced_stop": cut,
        "tokens": min(budget or len(spelling.thinking), len(spelling.thinking)),
    }


@pytest.mark.parametrize("engine", ["vllm", "server"])
def test_both_modes_and_budgets(spelling: Spelling, tmp_path: Path, engine: str) -> None:
    budgets = ["--mode", "both", "--budgets", ",".join(map(str, BUDGETS))]
    found = records(spelling, tmp_path / "run", "--engine", engine, *budgets)
    plain = {**expected(spelling, None), "thinking": "", "tokens": 0}
    wanted: dict[tuple[str, int | None], Mapping[str, Any]] = {("non-thinking", None): plain}
    wanted |= {("thinking", budget): expected(spelling, budget) for budget in BUDGETS}
    assert found == wanted
    assert CHARACTER in found["thinking", BUDGETS[2]]["thinking"]
    assert CHARACTER not in found["thinking", BUDGETS[1]]["thinking"]
