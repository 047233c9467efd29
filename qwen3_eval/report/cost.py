"""What the runs took: tokens by kind, time, speed, hours of GPUs. What nobody counted is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qwen3_eval.records.plans import shards
from qwen3_eval.report.runs import Run
from qwen3_eval.report.words import duration

KINDS = {
    "prompt": ("Prompt tokens", "read by the model; the same prompt counts each time"),
    "cached": ("of these cached", "taken from the engine's cache instead of being computed again"),
    "thinking": (
        "Thinking tokens",
        "of all samples; samples at several budgets share their trace, which counts each time",
    ),
    "answer": ("Answer tokens", "written after the thinking"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of cost: what it is called, what it means, and each run's figure, empty where it is not known."""

    name: str
    meaning: str
    figures: Sequence[str]


def cost_lines(runs: Sequence[Run]) -> list[Line]:
    """The lines for which at least one run has a figure."""
    costs = [dict(figures(run)) for run in runs]
    names = {name: meaning for run in costs for name, (meaning, _) in run.items()}
    return [Line(name, meaning, [run.get(name, ("", ""))[1] for run in costs]) for name, meaning in names.items()]


def figures(run: Run) -> Iterator[tuple[str, tuple[str, str]]]:
    """A run's costs as name, meaning and figure."""
    cost = run.summary["cost"]
    for kind, (name, meaning) in KINDS.items():
        if kind in cost["tokens"]:
            yield name, (meaning, f"{cost['tokens'][kind]:,}")
    yield (
        "Tokens decoded",
        ("written by the model; a trace that serves several budgets counts once", f"{cost['decoded_tokens']:,}"),
    )
    if "wall_s" not in cost:
        return
    yield "Time", ("from start to end, all sessions together", duration(cost["wall_s"]))
    yield "Speed", ("tokens decoded per second", f"{cost['tokens_per_s']:,.0f} / s")
    if count := gpus(run.manifest):
        yield (
            "GPU hours",
            ("time × GPUs of the engine", f"{count * cost['wall_s'] / 3600:,.2f} ({count} × {device(run.manifest)})"),
        )


def gpus(manifest: Mapping[str, Any]) -> int:
    """How many GPUs the engine used; 0 on a CPU and where the manifest does not say."""
    engine = manifest.get("engine", {})
    if not isinstance(engine.get("device"), list) or not engine["device"]:
        return 0
    return shards(manifest)


def device(manifest: Mapping[str, Any]) -> str:
    """The GPU's name."""
    return str(manifest["engine"]["device"][0])
