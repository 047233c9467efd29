"""What a manifest says about a run: its plan by cell, the order of its tasks, its model, and how long it took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qwen3_eval.records.samples import Cell
from qwen3_eval.types import MODES, PROTOCOLS, Average

# Arguments of vLLM, which multiply.
SHARDS = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


@dataclass(frozen=True, slots=True)
class Planned:
    """What the manifest's plan says about one cell."""

    docs: int
    samples: int
    metric: str = "accuracy"
    unit: str = "percent"
    average: Average = "docs"
    pooled: Sequence[str] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    benchmark: str = ""
    ladder: Any = None

    @property
    def total(self) -> int:
        """Number of planned samples."""
        return self.docs * self.samples


def model_name(manifest: Mapping[str, Any]) -> str:
    """The evaluated model as it was asked for."""
    return str(manifest.get("model") or manifest.get("config", {}).get("model") or "")


def plan_of(manifest: Mapping[str, Any]) -> dict[Cell, Planned]:
    """What was planned for each cell."""
    found = {}
    for entry in manifest.get("plan", ()):
        names = ("metric", "unit", "average", "pooled", "figures", "benchmark")
        stated = {name: entry[name] for name in names if name in entry}
        ladder = manifest.get("ladders", {}).get(entry["task"], {})
        planned = Planned(entry["docs"], entry["samples"], **stated, ladder=ladder)
        for budget in entry["budgets"] or [None]:
            found[Cell(entry["task"], entry["mode"], budget, entry.get("protocol", "chat"))] = planned
    return found


def plan_entry(manifest: Mapping[str, Any], cell: Cell) -> Mapping[str, Any]:
    """What the manifest's plan says about a cell, whatever its budget; empty when it was not planned."""
    where = (cell.task, cell.mode, cell.protocol)
    for entry in manifest.get("plan", ()):
        if (entry["task"], entry["mode"], entry.get("protocol", "chat")) == where:
            found: Mapping[str, Any] = entry
            return found
    return {}


def task_order(manifest: Mapping[str, Any]) -> list[str]:
    """Tasks as they were asked for, then whatever else was planned."""
    asked = manifest.get("config", {}).get("tasks", ())
    return list(dict.fromkeys([*asked, *(entry["task"] for entry in manifest.get("plan", ()))]))


def rank(cell: Cell, tasks: Sequence[str]) -> tuple[int, str, int, int, float]:
    """Tasks in their order, chat before base, non-thinking before thinking, budgets ascending and none at the end."""
    place = tasks.index(cell.task) if cell.task in tasks else len(tasks)
    budget = float("inf") if cell.budget is None else cell.budget
    return place, cell.task, PROTOCOLS.index(cell.protocol), -MODES.index(cell.mode), budget


def wall_seconds(manifest: Mapping[str, Any]) -> float | None:
    """Seconds that the run's sessions took together; None while one is open or was killed."""
    sessions = manifest.get("sessions") or []
    if not all(session.get("end") for session in sessions):
        return None
    lengths = (datetime.fromisoformat(each["end"]) - datetime.fromisoformat(each["start"]) for each in sessions)
    return sum(length.total_seconds() for length in lengths) or None


def shards(manifest: Mapping[str, Any]) -> int:
    """Over how many devices the engine's arguments spread the model; 1 unless they say otherwise."""
    told = manifest.get("engine", {}).get("arguments") or manifest.get("config", {}).get("engine", {}).get("args", {})
    return math.prod(int(told.get(name) or 1) for name in SHARDS)
