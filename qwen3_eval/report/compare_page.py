"""The page of a comparison: differences with their intervals as a table and a plot, and the answers that flipped."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval.compare.pairs import COLUMNS, Comparison, PairedCell, cells_of
from qwen3_eval.files import write_text
from qwen3_eval.report import plots
from qwen3_eval.report.flips import PER_TASK, flips_of, moved, shown
from qwen3_eval.report.html import write_page
from qwen3_eval.types import REBUILT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_WIDE, INCHES_A_ROW, INCHES_AROUND = 7.6, 0.3, 0.9
FALL, RISE, LEVEL = plots.SERIES[1], plots.SERIES[2], plots.REPORT


def write_comparison(found: Sequence[Comparison], out: Path) -> None:
    """Writes the page. Raises UsageError naming file and line where a journal is damaged, and for ``out``."""
    write_text(out, render(found))


def render(found: Sequence[Comparison]) -> str:
    """The whole page."""
    parts = [_part(one, number) for number, one in enumerate(found)]
    columns = list(zip(COLUMNS, (False, *(True,) * (len(COLUMNS) - 1)), strict=True))
    view = {"parts": parts, "columns": columns, "title": found[0].before.run_id}
    return write_page("compare.html.j2", "compare.js", view, "compare.css")


def _part(found: Comparison, number: int) -> dict[str, object]:
    flips = flips_of(found)
    rows = [{"cells": cells_of(one), "state": state(one), "notes": [*_report(one), *one.notes]} for one in found.cells]
    return {
        "number": number,
        "before": found.before,
        "after": found.after,
        "rows": rows,
        "finding": finding(found.cells),
        "notes": found.notes,
        "left_out": found.left_out,
        "plot": difference_plot(found.cells, f"difference-{number}"),
        "flips": [{"name": one.name, "moved": moved(one), "flips": each} for one, each in shown(flips, found.cells)],
        "most": PER_TASK,
    }


def _report(one: PairedCell) -> list[str]:
    """What is to be said of a result beside the report."""
    return [f"beside the report: {REBUILT}"] if one.rebuilt else []


def state(one: PairedCell) -> str:
    """``fall`` or ``rise`` where the difference is beyond chance at 5 % by Holm, else ``level``."""
    if one.p > 0.05:
        return "level"
    return "fall" if one.difference.mean < 0 else "rise"


def finding(cells: Sequence[PairedCell]) -> str:
    """What came out, in a sentence."""
    falls, rises = (sum(state(one) == each for one in cells) for each in ("fall", "rise"))
    if not falls and not rises:
        return f"No difference beyond chance in {len(cells)} results."
    parts = [f"{count} {word}" for count, word in ((falls, "fell"), (rises, "rose")) if count]
    return f"Of {len(cells)} results, {' and '.join(parts)} beyond chance."


def difference_plot(cells: Sequence[PairedCell], prefix: str) -> str:
    """Differences in points with their 95 % intervals, one a row, as an ``<svg>`` element."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({**plots.SETTINGS, "text.parse_math": False}):
        height = INCHES_AROUND + INCHES_A_ROW * len(cells)
        figure = Figure(figsize=(INCHES_WIDE, height), layout="constrained")
        axes = figure.add_subplot()
        for row, one in enumerate(cells):
            _draw(axes, one, row)
        _frame(axes, cells)
        stream = io.StringIO()
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})
    return plots.inline(stream.getvalue(), plot_words(cells), prefix)


def _draw(axes: Axes, one: PairedCell, row: int) -> None:
    d, scale = one.difference, one.scale
    colour = {"fall": FALL, "rise": RISE, "level": LEVEL}[state(one)]
    axes.plot([scale * d.interval.low, scale * d.interval.high], [row, row], color=colour, linewidth=2.2, alpha=0.5)
    axes.plot([scale * d.mean], [row], color=colour, marker="o", markersize=5)


def _frame(axes: Axes, cells: Sequence[PairedCell]) -> None:
    axes.axvline(0, color=plots.INK, linewidth=1)
    axes.set_yticks(range(len(cells)), [one.name for one in cells])
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.grid(axis="x", color=plots.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6)
    axes.set_xlabel("difference, after less before, points")


def plot_words(cells: Sequence[PairedCell]) -> str:
    """The plot in words."""
    return "; ".join(f"{one.name} {one.scale * one.difference.mean:+.1f}" for one in cells)
