"""Budget curves of the runs beside the report's Figure 2: what their points are, and how the page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qwen3_eval import reference
from qwen3_eval.report import plots
from qwen3_eval.report.runs import PageRun, main_results
from qwen3_eval.types import Result


@dataclass(frozen=True, slots=True)
class Curve:
    """A run's results for a task: with thinking by rising budget, and without thinking where that was asked."""

    name: str
    thinking: Sequence[Result]
    non_thinking: Result | None


@dataclass(frozen=True, slots=True)
class BudgetFigure:
    """A budget curve of one task."""

    task: str
    svg: str
    caption: str
    overlay: bool
    spent: str


def task_curves(runs: Sequence[PageRun]) -> dict[str, list[Curve]]:
    """The curves of each task, in the order in which tasks were asked; only of runs with two or more budgets."""
    tasks = dict.fromkeys(task for run in runs for task in run.record.manifest.tasks)
    found = {task: [curve for run in runs if len((curve := curve_of(run, task)).thinking) > 1] for task in tasks}
    return {task: curves for task, curves in found.items() if curves}


def curve_of(run: PageRun, task: str) -> Curve:
    """A run's results for a task."""
    results = main_results(run, task)
    budgeted = [result for result in results if result.mode == "thinking" and result.budget is not None]
    budgeted.sort(key=lambda result: result.budget or 0)
    level = next((result for result in reversed(results) if result.mode == "non-thinking"), None)
    return Curve(run.name, budgeted, level)


def spent(result: Result) -> float:
    """Mean tokens that a sample took, thinking and answer; 0 where the server did not count."""
    return sum(result.tokens.get(kind, 0.0) for kind in ("thinking", "answer"))


def budget_figures(runs: Sequence[PageRun]) -> Iterator[BudgetFigure]:
    """A figure for each task that was measured at two or more budgets."""
    for task, curves in task_curves(runs).items():
        series = [drawn(curve, [result.budget or 0 for result in curve.thinking]) for curve in curves]
        printed = reference.curve(task)
        overlay = plots.Overlay(printed, reference.non_thinking_level(task)) if printed else None
        caption = curve_words(task, series)
        svg = plots.budget_curves(series, overlay, caption, f"curve-{task}")
        yield BudgetFigure(task, svg, caption, overlay is not None, spent_figure(task, curves))


def drawn(curve: Curve, places: Sequence[int]) -> plots.RunCurve:
    """A curve as the page draws it, its results at some places."""
    points = [
        plots.Point(place, result.score, result.interval.low, result.interval.high)
        for place, result in zip(places, curve.thinking, strict=True)
    ]
    return plots.RunCurve(points, curve.non_thinking.score if curve.non_thinking else None)


def is_counted(result: Result) -> bool:
    """Whether the server counted thinking and answer."""
    return {"thinking", "answer"} <= result.tokens.keys()


def spent_figure(task: str, curves: Sequence[Curve]) -> str:
    """Score against the tokens that a sample took on average; empty where nobody counted them."""
    counted = [replace(curve, thinking=[each for each in curve.thinking if is_counted(each)]) for curve in curves]
    series = [
        drawn(curve, [max(round(spent(result)), 1) for result in curve.thinking])
        for curve in counted
        if len(curve.thinking) > 1
    ]
    words = "; ".join(f"{one.points[-1].score:.1f} % for {one.points[-1].budget:,} tokens" for one in series)
    return plots.spent_curves(series, f"{task}, by tokens actually spent: {words}", f"spent-{task}") if series else ""


def curve_words(task: str, series: Sequence[plots.RunCurve]) -> str:
    """What a curve shows, in words."""
    parts = []
    for one in series:
        first, last = one.points[0], one.points[-1]
        text = f"{first.score:.1f} % at {first.budget:,} tokens, {last.score:.1f} % at {last.budget:,}"
        parts.append(text if one.non_thinking is None else f"{text}, {one.non_thinking:.1f} % without thinking")
    return f"{task}: {'; '.join(parts)}"
