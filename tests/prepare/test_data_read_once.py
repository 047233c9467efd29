"""Each data set is read once for a run, once for a resume and once for predictions, whatever its task needs of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES, TOYS

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, ProtocolChoice, RunConfig
from qwen3_eval.data import mirror, reading, sources
from qwen3_eval.prepare.given import prepare_predictions
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.task.source import Source

# A plain task; one with few-shot examples; one with languages, whose mirror lacks some; one with a table; one drawn.
TASKS: list[tuple[str, ProtocolChoice]] = [
    ("math_500", "chat"),
    ("gsm8k", "base"),
    ("belebele", "chat"),
    ("livecodebench_v5", "chat"),
    ("toy_sum", "chat"),
]


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Counter[Any]:
    """How often the rows of each source, and the docs of each drawn task, were read."""
    counts: Counter[Any] = Counter()
    mirrored_rows, drawn = mirror.mirrored_rows, reading.drawn

    def counted(file: Any, source: Source) -> Iterator[dict[str, Any]]:
        counts[file.name] += 1
        return mirrored_rows(file, source)

    def counted_draws(task: Any, source: Any) -> Iterator[Any]:
        counts[task.spec.name] += 1
        return drawn(task, source)

    monkeypatch.setattr(sources, "mirrored_rows", counted)
    monkeypatch.setattr("qwen3_eval.data.dataset.drawn", counted_draws)
    return counts


def config(task: str, protocol: ProtocolChoice, **more: Any) -> RunConfig:
    engine = EngineConfig(kind="mock")
    where = {"data_dir": FIXTURES, "tasks_dir": TOYS, "modes": ("non-thinking",), "sandbox": "none"}
    return RunConfig("m", (task,), protocol=protocol, engine=engine, **{**where, **more})


def executed(prepared: Prepared) -> Prepared:
    asyncio.run(run.execute(prepared))
    return prepared


@pytest.mark.parametrize(("task", "protocol"), TASKS)
def test_a_run_and_its_resume_read_every_source_once(
    readings: Counter[Any], tmp_path: Path, task: str, protocol: ProtocolChoice
) -> None:
    executed(prepare(config(task, protocol), tmp_path))
    assert readings
    assert set(readings.values()) == {1}
    first = dict(readings)
    readings.clear()
    executed(prepare(config(task, protocol), tmp_path))
    assert dict(readings) == first, "a resume"
    lines = (tmp_path / "scores.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "scores.jsonl").write_text("".join(lines[:-1]))
    readings.clear()
    executed(prepare(config(task, protocol), tmp_path))
    assert dict(readings) == first, "a resume with something left to do"
    assert len((tmp_path / "scores.jsonl").read_text().splitlines()) == len(lines)


@pytest.mark.parametrize(("task", "protocol"), TASKS)
def test_predictions_read_every_source_once(
    readings: Counter[Any], tmp_path: Path, task: str, protocol: ProtocolChoice
) -> None:
    ids = [doc.id for doc in prepare(config(task, protocol), tmp_path / "r").asked[0].docs()]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps({"id": each, "response": "4"}) + "\n" for each in ids))
    readings.clear()
    executed(prepare_predictions(config(task, protocol), path, tmp_path / "s"))
    assert readings
    assert set(readings.values()) == {1}


def test_predictions_by_the_number_of_a_row_read_it_once(readings: Counter[Any], tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": 1, "response": "4"}) + "\n")
    executed(prepare_predictions(config("gsm8k", "base"), path, tmp_path / "s"))
    assert set(readings.values()) == {1}


def test_a_limit_reads_the_rest_for_its_digest(readings: Counter[Any], tmp_path: Path) -> None:
    few = prepare(config("math_500", "chat", limit=1), tmp_path / "few")
    assert set(readings.values()) == {1}
    whole = prepare(config("math_500", "chat"), tmp_path / "whole")
    assert few.manifest["data"] == whole.manifest["data"]
    assert few.plan.groups[0].docs == 1 < whole.plan.groups[0].docs
