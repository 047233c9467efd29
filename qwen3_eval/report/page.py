"""From run directories to the page: what each section shows, and the template that shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qwen3_eval import health, reference
from qwen3_eval.report import plots
from qwen3_eval.report.html import write_page
from qwen3_eval.report.samples import sample_blocks
from qwen3_eval.store import read_manifest
from qwen3_eval.summary import condition, read_result, summarise, task_order
from qwen3_eval.types import PROTOCOLS, Protocol, Result

MINUS = "\N{MINUS SIGN}"
# Parts of the manifest that have a place of their own, or are tables that nobody reads.
TOO_LONG = ("deviations", "ladders")
DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run directory, read. ``name`` is unique on the page; ``series`` is the number of its colour."""

    name: str
    series: int
    path: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    results: Sequence[Result]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Whisker:
    """A score on the 0 to 100 axis: centre and interval, in percent; ``kind`` chooses the mark."""

    kind: str
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A value of the report on the 0 to 100 axis, in percent; ``kind`` chooses the mark."""

    kind: str
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of results, as text, with the values that it is sorted by."""

    run: str
    series: int
    task: str
    mode: str
    budget: str
    budget_order: float
    part: str
    metric: str
    score: str
    interval: str
    value: float
    reported: str
    table: str
    difference: str
    difference_order: float
    differs: bool
    docs: str
    samples: int
    health: str
    unhealthy: int
    tokens: str
    tokens_order: float
    valid: bool
    reason: str
    kind: str
    whisker: Whisker | None
    ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True)
class Side:
    """A score in the first table, as text, with what stands below it."""

    score: str
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Glance:
    """A task in the first table: non-thinking beside thinking at its largest budget, and the report's values."""

    task: str
    run: str
    series: int
    non_thinking: Side | None
    thinking: Side | None
    gain: str
    valid: bool
    whiskers: Sequence[Whisker]
    ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True)
class Figure:
    """A budget curve of one task."""

    task: str
    svg: str
    caption: str
    overlay: bool


def render(paths: Sequence[Path]) -> str:
    """The whole page. Raises UsageError for a folder that is not a run and for damaged journals."""
    return write_page("page.html.j2", "page.js", **view(read_runs(paths)))


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Reads and summarises each run directory; equal names get a number."""
    seen: Counter[str] = Counter()
    runs: list[Run] = []
    for path in paths:
        summary = summarise(path)
        seen[summary["run_id"]] += 1
        count = seen[summary["run_id"]]
        name = summary["run_id"] if count == 1 else f"{summary['run_id']} ({count})"
        lines = summary["results"]
        results = [read_result(line) for line in lines]
        reasons = [line["health_reason"] for line in lines]
        series = len(runs) % len(plots.SERIES)
        runs.append(Run(name, series, path, read_manifest(path), summary, results, reasons))
    return runs


def view(runs: Sequence[Run]) -> dict[str, Any]:
    """What the template shows."""
    tasks = list(dict.fromkeys(task for run in runs for task in task_order(run.manifest)))
    rows = sorted((row for run in runs for row in table_rows(run)), key=lambda row: place(row, tasks))
    figures = list(budget_figures(runs, tasks))
    main = [row for row in rows if row.kind == "main"]
    return {
        "title": " and ".join(dict.fromkeys(run.summary["model"] for run in runs)),
        "several": len(runs) > 1,
        "runs": [headline(run) for run in runs],
        "rows": rows,
        "main_count": len(main),
        "invalid": [row for row in main if not row.valid],
        "languages": sum(row.kind == "language" for row in rows),
        "subsets": sum(row.kind == "subset" for row in rows),
        "further": sum(row.kind == "further" for row in rows),
        "any_reported": any(row.reported for row in rows),
        "glances": [line for task in tasks for run in runs for line in glances(run, task)],
        "figures": figures,
        "budgets": any(row.budget for row in main),
        "overlay": any(figure.overlay for figure in figures),
        "blocks": sample_blocks([run.path for run in runs], [run.name for run in runs], tasks),
    }


def headline(run: Run) -> dict[str, Any]:
    """Who, when, what and how much, and the protocol with its deviations."""
    manifest, cost = run.manifest, run.summary["cost"]
    return {
        "name": run.name,
        "series": run.series,
        "model": run.summary["model"],
        "date": date_of(manifest),
        "facts": list(run_facts(run.results, cost)),
        "deviations": manifest.get("deviations", []),
        "settings": list(flatten({name: value for name, value in manifest.items() if name not in TOO_LONG})),
    }


def date_of(manifest: Mapping[str, Any]) -> str:
    """Start of the run's first session, to the minute in UTC; empty when the manifest has none."""
    sessions = manifest.get("sessions") or []
    if not sessions:
        return ""
    return f"{datetime.fromisoformat(sessions[0]['start']):%Y-%m-%d %H:%M} UTC"


def run_facts(results: Sequence[Result], cost: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs of a label and a figure for the head of the page."""
    docs = {result.task: result.n_docs for result in results if is_whole(result)}
    yield "Tasks", f"{len(docs)}"
    yield "Questions", f"{sum(docs.values()):,}"
    yield "Answers", f"{cost['completions']:,}"
    yield "Tokens decoded", compact(cost["decoded_tokens"])
    if "wall_s" in cost:
        yield "Time", duration(cost["wall_s"])
        yield "Tokens per second", f"{cost['tokens_per_s']:,.0f}"


def compact(count: float) -> str:
    """A large count to three figures: ``82.5 K``, ``1.20 M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.0f}"


def duration(seconds: float) -> str:
    """``3 min 20 s``, ``2 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and values of nested settings, for reading."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flatten(inner, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from flatten(item, f"{prefix}[{number}]")
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def table_rows(run: Run) -> Iterator[Row]:
    """Every result of a run as a line of the table."""
    first: dict[str, str] = {}
    for result, reason in zip(run.results, run.reasons, strict=True):
        metric = first.setdefault(result.task, result.metric)
        part = "language" if result.language else "subset" if result.subset else ""
        kind = part or ("main" if result.metric == metric else "further")
        yield table_row(run, result, reason, kind)


def place(row: Row, tasks: Sequence[str]) -> tuple[Any, ...]:
    """Sort key: equal cells of several runs below each other, parts and further metrics after the task's own."""
    task = tasks.index(row.task) if row.task in tasks else len(tasks)
    return task, row.task, row.mode, row.budget_order, row.part, row.kind == "further", row.metric


def table_row(run: Run, result: Result, reason: str, kind: str) -> Row:
    """One result as text."""
    difference, order, differs = compare(result)
    tokens = [result.tokens[kind] for kind in ("thinking", "answer") if kind in result.tokens]
    return Row(
        run=run.name,
        series=run.series,
        task=result.task,
        mode=condition(result.protocol, result.mode),
        budget="" if result.budget is None else f"{result.budget:,}",
        budget_order=float("inf") if result.budget is None else result.budget,
        part=result.language or result.subset or "",
        metric=result.metric,
        score=f"{result.score:.1f}",
        interval=f"{result.interval.low:.1f} {DASH} {result.interval.high:.1f}",
        value=result.score,
        reported=printed(result.reported.value) if result.reported else "",
        table=f"Table {result.reported.table}, {result.reported.model}" if result.reported else "",
        difference=difference,
        difference_order=order,
        differs=differs,
        docs=asked(result),
        samples=result.n_samples,
        health=", ".join(health_words(result.health)) or "all answered",
        unhealthy=sum(count for outcome, count in result.health.items() if outcome != "ok"),
        tokens=f"{sum(tokens):,.0f}" if tokens else "",
        tokens_order=sum(tokens),
        valid=result.valid,
        reason=reason,
        kind=kind,
        whisker=whisker(result) if result.unit == "percent" else None,
        ticks=ticks([result]),
    )


def asked(result: Result) -> str:
    """Questions, and how often each was asked: ``60``, ``30 × 64``; all samples where that was not even."""
    times, uneven = divmod(result.n_samples, result.n_docs)
    if uneven:
        return f"{result.n_samples:,}"
    return f"{result.n_docs:,}" if times == 1 else f"{result.n_docs:,} × {times}"


def health_words(counts: Mapping[str, int]) -> Iterator[str]:
    """``3 cut off``: each outcome that is not an answer, in plain words."""
    for outcome, words in health.WORDS.items():
        if outcome != "ok" and counts.get(outcome):
            yield f"{counts[outcome]:,} {words}"


def compare(result: Result) -> tuple[str, float, bool]:
    """Difference from the reported value as text and number, and whether it lies outside the interval."""
    if result.reported is None:
        return "", float("-inf"), False
    difference = result.score - result.reported.value
    outside = not result.interval.low <= result.reported.value <= result.interval.high
    return signed(difference), difference, outside


def printed(value: float) -> str:
    """A reported value to one decimal, or to as many as the report prints."""
    return f"{value:.1f}" if round(value, 1) == value else f"{value:g}"


def signed(value: float) -> str:
    """A difference with its sign, to one decimal."""
    text = f"{value:+.1f}".replace("-", MINUS)
    return "0.0" if text.endswith("0.0") and len(text) == 4 else text


def whisker(result: Result) -> Whisker:
    """A result's mark on the 0 to 100 axis."""
    return Whisker(result.mode, result.score, result.interval.low, result.interval.high)


def is_whole(result: Result) -> bool:
    """Over all questions, not those of one language or subset."""
    return result.language is None and result.subset is None


def main_results(run: Run, task: str, protocol: Protocol = "chat") -> list[Result]:
    """A task's own metric over all questions under one protocol, one result per mode and budget."""
    found = [result for result in run.results if result.task == task and is_whole(result)]
    return [result for result in found if result.metric == found[0].metric and result.protocol == protocol]


def glances(run: Run, task: str) -> Iterator[Glance]:
    """The task's lines in the first table, one a protocol; nothing where it was not measured."""
    for protocol in PROTOCOLS:
        found = main_results(run, task, protocol)
        if found and found[0].unit == "percent":
            yield glance(run, task if protocol == "chat" else f"{task} (base)", found)


def glance(run: Run, name: str, found: Sequence[Result]) -> Glance:
    """A line in the first table."""
    off = next((result for result in found if result.mode == "non-thinking"), None)
    on = next((result for result in reversed(found) if result.mode == "thinking"), None)
    shown = [result for result in (off, on) if result is not None]
    return Glance(
        task=name,
        run=run.name,
        series=run.series,
        non_thinking=side(off) if off else None,
        thinking=side(on) if on else None,
        gain=signed(on.score - off.score) if on and off else "",
        valid=all(result.valid for result in shown),
        whiskers=[whisker(result) for result in shown],
        ticks=ticks(shown),
    )


def side(result: Result) -> Side:
    """A result in the first table."""
    notes = [f"budget {result.budget:,}"] if result.budget else []
    notes += [f"reported {printed(result.reported.value)}"] if result.reported else []
    return Side(f"{result.score:.1f}", notes)


def ticks(results: Iterable[Result]) -> list[Tick]:
    """The report's values for these results."""
    return [Tick(result.mode, result.reported.value) for result in results if result.reported]


def budget_figures(runs: Sequence[Run], tasks: Iterable[str]) -> Iterator[Figure]:
    """A figure for each task that was measured at two or more budgets."""
    for task in tasks:
        series = [curve for run in runs if len((curve := run_curve(run, task)).points) > 1]
        if series:
            printed = reference.curve(task)
            overlay = plots.Overlay(printed, reference.non_thinking_level(task)) if printed else None
            caption = curve_words(task, series)
            svg = plots.budget_curves(series, overlay, caption, f"curve-{task}")
            yield Figure(task, svg, caption, overlay is not None)


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
