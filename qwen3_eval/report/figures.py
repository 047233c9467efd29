"""Plots for papers, as PNG, SVG and PDF: score against thinking budget, and against the tokens that were spent.

Fonts are embedded as TrueType (type 42), which journals ask for, and nothing in a file tells when it was made, so
that equal runs give equal files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval import reference
from qwen3_eval.files import replaced
from qwen3_eval.report.curves import Curve, spent, task_curves
from qwen3_eval.report.plots import short_tokens
from qwen3_eval.report.runs import PageRun
from qwen3_eval.types import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENDINGS = ("png", "svg", "pdf")
# A column of a two-column page.
INCHES = (3.4, 2.5)
# Okabe and Ito's palette, which readers who are colour-blind can tell apart.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
REPORT = "Qwen3-235B-A22B, as reported"
MARKERS = ("o", "s", "^", "D")
SETTINGS = {
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "qwen3_eval",
    "font.size": 8,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "savefig.dpi": 300,
}
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def write_figures(runs: Sequence[PageRun], folder: Path) -> Iterator[Path]:
    """``<task>.<ending>`` and ``<task>-tokens.<ending>`` for each task with two or more budgets; yields each file.

    Raises UsageError when no task has two budgets, and as ``files.replaced`` does.
    """
    curves = task_curves(runs)
    if not curves:
        raise UsageError("no task was asked at two or more thinking budgets, so there is no curve to plot")
    for task, found in curves.items():
        name = re.sub(r"[^\w.-]+", "__", task)
        yield from save(folder, name, partial(draw_budgets, task=task, curves=found))
        if all(spent(result) for curve in found for result in curve.thinking):
            yield from save(folder, f"{name}-tokens", partial(draw_tokens, curves=found))


def save(folder: Path, name: str, draw: Callable[[Axes], None]) -> Iterator[Path]:
    """Draws one figure and writes it in every format."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=INCHES, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.legend(loc="best")
        for ending in ENDINGS:
            path = folder / f"{name}.{ending}"
            with replaced(path) as temporary:
                figure.savefig(temporary, format=ending, metadata=METADATA[ending])
            yield path


def draw_budgets(axes: Axes, task: str, curves: Sequence[Curve]) -> None:
    """Score against budget, with the report's Figure 2 where it has the task."""
    for number, curve in enumerate(curves):
        budgets = [float(result.budget or 0) for result in curve.thinking]
        draw_scores(axes, number, curve, budgets)
        if curve.non_thinking is not None:
            label = f"{curve.name}, no thinking"
            axes.axhline(curve.non_thinking.score, color=colour(number), linestyle=":", linewidth=1, label=label)
    printed = reference.curve(task)
    if printed:
        axes.plot(
            *zip(*printed, strict=True),
            color="#555555",
            marker="x",
            linestyle="--",
            linewidth=1,
            markersize=4,
            label=REPORT,
        )
    scale(axes, [result.budget or 0 for curve in curves for result in curve.thinking] + [each for each, _ in printed])
    axes.set_xlabel("thinking budget, tokens")


def draw_tokens(axes: Axes, curves: Sequence[Curve]) -> None:
    """Score against the tokens that a sample took, the mode without thinking as a hollow mark."""
    for number, curve in enumerate(curves):
        draw_scores(axes, number, curve, [spent(result) for result in curve.thinking])
        off = curve.non_thinking
        if off is not None and spent(off):
            axes.plot(
                [spent(off)],
                [off.score],
                linestyle="",
                label=f"{curve.name}, no thinking",
                color=colour(number),
                marker=MARKERS[number % len(MARKERS)],
                markerfacecolor="white",
            )
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("tokens per answer, thinking included")


def draw_scores(axes: Axes, number: int, curve: Curve, places: Sequence[float]) -> None:
    """The line of a run with its 95 % intervals over questions."""
    scores = [result.score for result in curve.thinking]
    below = [max(0.0, result.score - result.interval.low) for result in curve.thinking]
    above = [max(0.0, result.interval.high - result.score) for result in curve.thinking]
    axes.errorbar(
        places,
        scores,
        yerr=[below, above],
        capsize=2,
        elinewidth=0.8,
        label=curve.name,
        color=colour(number),
        marker=MARKERS[number % len(MARKERS)],
        markersize=4,
        linewidth=1.2,
    )
    unit = curve.thinking[0].unit
    axes.set_ylabel("score, %" if unit == "percent" else unit)


def colour(number: int) -> str:
    """The colour of the run of this number."""
    return COLOURS[number % len(COLOURS)]


def scale(axes: Axes, budgets: Sequence[int]) -> None:
    """Budgets on a logarithmic axis, each with its own mark; round ones in multiples of 1,024."""
    ticks = sorted(set(budgets))
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [short_tokens(tick) for tick in ticks], minor=False)
    axes.minorticks_off()
