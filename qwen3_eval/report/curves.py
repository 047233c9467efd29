"""Budget curves of the runs beside the report's Figure 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval import reference
from qwen3_eval.report import plots
from qwen3_eval.report.runs import Run, main_results


@dataclass(frozen=True, slots=True)
class Figure:
    """A budget curve of one task."""

    task: str
    svg: str
    caption: str
    overlay: bool
    spent: str


def budget_figures(runs: Sequence[Run], tasks: Iterable[str]) -> Iterator[Figure]:
    """A figure for each task that was measured at two or more budgets."""
    for task in tasks:
        series = [curve for run in runs if len((curve := run_curve(run, task)).points) > 1]
        if series:
            printed = reference.curve(task)
            overlay = plots.Overlay(printed, reference.non_thinking_level(task)) if printed else None
            caption = curve_words(task, series)
            svg = plots.budget_curves(series, overlay, caption, f"curve-{task}")
            yield Figure(task, svg, caption, overlay is not None, spent_figure(task, runs))


def spent_figure(task: str, runs: Sequence[Run]) -> str:
    """Score against the tokens that a sample took on average; empty where nobody counted them."""
    series = [curve for run in runs if len((curve := spent_curve(run, task)).points) > 1]
    words = "; ".join(f"{one.points[-1].score:.1f} % for {one.points[-1].budget:,} tokens" for one in series)
    return plots.spent_curves(series, f"{task}, by tokens actually spent: {words}", f"spent-{task}") if series else ""


def spent_curve(run: Run, task: str) -> plots.Series:
    """A run's thinking scores by the tokens actually spent, and its non-thinking level."""
    points = []
    for result in main_results(run, task):
        if result.mode == "thinking" and {"thinking", "answer"} <= result.tokens.keys():
            spent = round(result.tokens["thinking"] + result.tokens["answer"])
            points.append(plots.Point(max(spent, 1), result.score, result.interval.low, result.interval.high))
    return plots.Series(points, run_curve(run, task).non_thinking)


def run_curve(run: Run, task: str) -> plots.Series:
    """A run's thinking scores by budget, and its non-thinking level."""
    points, level = [], None
    for result in main_results(run, task):
        if result.mode == "thinking" and result.budget is not None:
            points.append(plots.Point(result.budget, result.score, result.interval.low, result.interval.high))
        if result.mode == "non-thinking":
            level = result.score
    return plots.Series(points, level)


def curve_words(task: str, series: Sequence[plots.Series]) -> str:
    """What a curve shows, in words."""
    parts = []
    for one in series:
        first, last = one.points[0], one.points[-1]
        text = f"{first.score:.1f} % at {first.budget:,} tokens, {last.score:.1f} % at {last.budget:,}"
        parts.append(text if one.non_thinking is None else f"{text}, {one.non_thinking:.1f} % without thinking")
    return f"{task}: {'; '.join(parts)}"
