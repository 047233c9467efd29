"""Budget curves as inline SVG: text stays text, colours come from the page's style sheet.

Matplotlib draws in stand-in colours, and what it wrote is then rewritten: style attributes become
presentation attributes (the page's Content-Security-Policy forbids the former), the stand-ins
become CSS variables, so that one picture serves light, dark and print.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
AXIS, SPENT = "thinking budget, tokens", "tokens spent, mean per sample"
INCHES = (5.2, 3.1)
INK, GRID, REPORT = "#010101", "#020202", "#030303"
SERIES = ("#010001", "#020002", "#030003", "#040004")
MARKERS = ("o", "s", "^", "D")
ROLES = {
    INK: "var(--muted)",
    GRID: "var(--line)",
    REPORT: "var(--report)",
    "#ffffff": "var(--paper)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(SERIES)},
}
SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "qwen3_eval",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}


@dataclass(frozen=True, slots=True)
class Point:
    """A score and its 95 % interval, in percent, at a thinking budget in tokens."""

    budget: int
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RunCurve:
    """One run's curve: points by rising budget, and its non-thinking score in percent where it has one."""

    points: Sequence[Point]
    non_thinking: float | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """The report's Figure 2 for a task: (budget in tokens, percent) by rising budget, and its non-thinking level."""

    points: Sequence[tuple[int, float]]
    non_thinking: float | None = None


def budget_curves(series: Sequence[RunCurve], overlay: Overlay | None, label: str, prefix: str) -> str:
    """Accuracy against thinking budget as an ``<svg>`` element.

    label: what a screen reader says. prefix: of every id in it, unique within the page.
    """

    def frame(axes: Axes) -> None:
        if overlay is not None:
            _draw_overlay(axes, overlay)
        drawn = [budget for budget, _ in overlay.points] if overlay else []
        _frame(axes, sorted({*(point.budget for one in series for point in one.points), *drawn}), AXIS)

    return _draw(series, frame, label, prefix)


def spent_curves(series: Sequence[RunCurve], label: str, prefix: str) -> str:
    """The same against tokens actually spent, which each point has as its ``budget``."""
    spent = [point.budget for one in series for point in one.points]
    low, high = min(spent).bit_length() - 1, max(spent).bit_length()
    return _draw(series, lambda axes: _frame(axes, [2**power for power in range(low, high + 1)], SPENT), label, prefix)


def _draw(series: Sequence[RunCurve], frame: Callable[[Axes], None], label: str, prefix: str) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.add_subplot()
        for number, one in enumerate(series):
            _draw_series(axes, one, number % len(SERIES))
        frame(axes)
        stream = io.StringIO()
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})
    return inline(stream.getvalue(), label, prefix)


def _draw_series(axes: Axes, series: RunCurve, number: int) -> None:
    colour = SERIES[number]
    budgets = [point.budget for point in series.points]
    low, high = [point.low for point in series.points], [point.high for point in series.points]
    axes.fill_between(budgets, low, high, color=colour, alpha=0.16, linewidth=0)
    scores = [point.score for point in series.points]
    axes.plot(
        budgets, scores, color=colour, marker=MARKERS[number], markersize=4.5, linewidth=1.8, zorder=3, clip_on=False
    )
    if series.non_thinking is not None:
        axes.axhline(series.non_thinking, color=colour, linewidth=1.2, dashes=(1, 2), zorder=2)


def _draw_overlay(axes: Axes, overlay: Overlay) -> None:
    budgets, scores = zip(*overlay.points, strict=True)
    axes.plot(budgets, scores, color=REPORT, marker="x", markersize=5, linewidth=1.1, dashes=(5, 3), zorder=2)
    if overlay.non_thinking is not None:
        axes.axhline(overlay.non_thinking, color=REPORT, linewidth=1, dashes=(1, 4), zorder=1)


def _frame(axes: Axes, ticks: Sequence[int], label: str) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [short_tokens(tick) for tick in ticks], minor=False)
    axes.minorticks_off()
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 20))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6)
    axes.set_xlabel(label)
    axes.set_ylabel("score, %")


def short_tokens(count: int) -> str:
    """``512``, ``1K``, ``1.5K``, ``32K``: a token count in multiples of 1,024 where it is a round one."""
    if count < 1024 or count % 128:
        return f"{count:,}"
    return f"{count / 1024:g}K"


def inline(svg: str, label: str, prefix: str) -> str:
    """Matplotlib's SVG made fit for the page. Raises ValueError when it is not an SVG document."""
    root = ElementTree.fromstring(svg[svg.index("<svg") :])
    if root.tag != f"{SVG}svg":
        raise ValueError(f"not an SVG document but <{root.tag}>")
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style"):
                parent.remove(child)
    used = {match for element in root.iter() for value in element.attrib.values() for match in _references(value)}
    for element in root.iter():
        _rewrite(element, used, prefix)
    _announce(root, label)
    ElementTree.register_namespace("", SVG.strip("{}"))
    return ElementTree.tostring(root, encoding="unicode")


def _references(value: str) -> list[str]:
    return re.findall(r"url\(#([^)]+)\)", value) + ([value[1:]] if value.startswith("#") else [])


def _rewrite(element: ElementTree.Element, used: set[str], prefix: str) -> None:
    """Style to attributes, stand-in colours to variables, ids made unique or dropped."""
    attributes = {name: value for name, value in element.attrib.items() if name != "style"}
    attributes |= _declarations(element.attrib.get("style", ""))
    attributes = {"href" if name == XLINK else name: value for name, value in attributes.items()}
    if attributes.get("id") not in used:
        attributes.pop("id", None)
    element.attrib.clear()
    for name, value in attributes.items():
        element.set(name, _value(name, value, prefix))


def _value(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href":
        return f"#{prefix}-{value.removeprefix('#')}"
    return ROLES.get(value, value.replace("url(#", f"url(#{prefix}-"))


def _declarations(style: str) -> dict[str, str]:
    """A style attribute's declarations; of a font only the size is kept, the page chooses the family."""
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    found = {name.strip(): value.strip() for name, value in pairs}
    font = found.pop("font", "")
    found.pop("font-family", None)
    size = re.search(r"[\d.]+px", font)
    return {**found, **({"font-size": size.group()} if size else {})}


def _announce(root: ElementTree.Element, label: str) -> None:
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
