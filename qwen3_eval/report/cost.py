"""What the runs took: tokens by kind, time, speed, hours of GPUs. What nobody counted is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval.measure.cost import JudgeCost
from qwen3_eval.records.manifest import Manifest
from qwen3_eval.report.runs import PageRun
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
class CostLine:
    """One kind of cost: what it is called, what it means, and each run's figure, empty where it is not known."""

    name: str
    meaning: str
    figures: Sequence[str]


def cost_lines(runs: Sequence[PageRun]) -> list[CostLine]:
    """The lines for which at least one run has a figure."""
    costs = [dict(figures(run)) for run in runs]
    names = {name: meaning for run in costs for name, (meaning, _) in run.items()}
    return [CostLine(name, meaning, [run.get(name, ("", ""))[1] for run in costs]) for name, meaning in names.items()]


def figures(run: PageRun) -> Iterator[tuple[str, tuple[str, str]]]:
    """A run's costs as name, meaning and figure."""
    cost, manifest = run.cost, run.record.manifest
    for kind, (name, meaning) in KINDS.items():
        if kind in cost.tokens:
            yield name, (meaning, f"{cost.tokens[kind]:,}")
    yield (
        "Tokens decoded",
        ("written by the model; a trace that serves several budgets counts once", f"{cost.decoded_tokens:,}"),
    )
    yield from judge_figures(cost.judge)
    if not cost.wall_s:
        return
    yield "Time", ("from start to end, all sessions together", duration(cost.wall_s))
    yield "Speed", ("tokens decoded per second", f"{cost.tokens_per_s:,.0f} / s")
    if (named := gpu(manifest)) and (seconds := manifest.engine_seconds):
        hours = manifest.shards * seconds / 3600
        meaning = "time with the engine × its GPUs; not known of a run that moved"
        yield "GPU hours", (meaning, f"{hours:,.2f} ({manifest.shards} × {named})")


def judge_figures(judge: JudgeCost | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """What the judge took, as name, meaning and figure."""
    if judge is None:
        return
    yield "Judge calls", ("what was asked again counts again", f"{judge.calls:,}")
    yield "of these unread", ("nothing was read in the reply", f"{judge.unread:,}")
    if judge.work.read:
        yield "Tokens read by the judge", ("prompts", f"{judge.work.read:,.0f}")
    if judge.work.written:
        yield "Tokens written by the judge", ("replies, with its thinking", f"{judge.work.written:,.0f}")


def gpu(manifest: Manifest) -> str:
    """Name of the engine's GPU; empty on a CPU and where the manifest does not say."""
    device = manifest.engine.device
    return str(device[0]) if isinstance(device, list) and device else ""
