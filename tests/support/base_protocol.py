"""How the report ran its base models, as its settings name it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from places import ROOT

SETTINGS = ROOT / "qwen3_eval" / "reference" / "eval_settings.json"


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """How the report ran a benchmark on its base models (section 3.3)."""

    few_shot: int
    cot: bool


def base_settings(task: str) -> BaseSettings | None:
    """The report's few-shot protocol for a benchmark of its base models; None when it has none."""
    entry = json.loads(SETTINGS.read_text("utf-8"))["base"].get(task)
    return None if entry is None else BaseSettings(entry["few_shot"], entry["cot"])
