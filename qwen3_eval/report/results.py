"""The table of all results and the first table, as text with what they are sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval.measure.results import by_number
from qwen3_eval.metrics import SCALES
from qwen3_eval.report.runs import PageRun, is_length, is_rebuilt, is_whole, main_results
from qwen3_eval.report.verdict import Check
from qwen3_eval.report.words import DASH, asked, health_words, printed, scored, signed
from qwen3_eval.types import OFFICIAL, PROTOCOLS, REBUILT, Result, condition

# Of rows over all questions: a task's own figure, that by the official code where a printed number is held against it,
# and others.
KINDS = ("main", "official", "further")


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
class TableRow:
    """A line of the table of results, as text, with the values that it is sorted by."""

    run: str
    series: int
    task: str
    mode: str
    budget: str
    budget_order: float
    part: str
    metric: str
    unit: str
    score: str
    interval: str
    value: float
    reported: str
    table: str
    difference: str
    difference_order: float
    verdict: str
    note: str
    docs: str
    samples: int
    health: str
    unhealthy: int
    slow: int
    tokens: str
    tokens_order: float
    valid: bool
    reason: str
    kind: str
    whisker: Whisker | None
    ticks: Sequence[Tick]
    remark: str


@dataclass(frozen=True, slots=True)
class GlanceScore:
    """A score in the first table, as text, with what stands below it."""

    score: str
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Glance:
    """A task in the first table: non-thinking beside thinking at its largest budget, and the report's values."""

    task: str
    run: str
    series: int
    non_thinking: GlanceScore | None
    thinking: GlanceScore | None
    gain: str
    valid: bool
    whiskers: Sequence[Whisker]
    ticks: Sequence[Tick]


def table_rows(run: PageRun, found: Sequence[Check | None]) -> Iterator[TableRow]:
    """Every result of a run as a line of the table. found: each beside the report's number."""
    first: dict[str, str] = {}
    for result, check in zip(run.results, found, strict=True):
        metric = first.setdefault(result.task, result.metric)
        part = (
            "language" if result.language else "length" if is_length(run, result) else "subset" if result.subset else ""
        )
        official = result.metric == OFFICIAL and result.reported is not None
        kind = part or ("main" if result.metric == metric else "official" if official else "further")
        yield table_row(run, result, kind, check)


def place(row: TableRow, tasks: Sequence[str]) -> tuple[int, str, str, float, list[tuple[int, str]], int, str]:
    """Sort key: equal cells of several runs below each other, parts and further metrics after the task's own."""
    task = tasks.index(row.task) if row.task in tasks else len(tasks)
    further = KINDS.index(row.kind) if row.kind in KINDS else 0
    return task, row.task, row.mode, row.budget_order, by_number(row.part), further, row.metric


def table_row(run: PageRun, result: Result, kind: str, check: Check | None) -> TableRow:
    """One result as text."""
    tokens = [result.tokens[kind] for kind in ("thinking", "answer") if kind in result.tokens]
    return TableRow(
        run=run.name,
        series=run.series,
        task=result.task,
        mode=condition(result.protocol, result.mode),
        budget="" if result.budget is None else f"{result.budget:,}",
        budget_order=float("inf") if result.budget is None else result.budget,
        part=result.language or result.subset or "",
        metric=result.metric,
        unit=result.unit,
        score=scored(result.score, result.unit),
        interval=f"{scored(result.interval.low, result.unit)} {DASH} {scored(result.interval.high, result.unit)}",
        value=result.score,
        reported=printed(result.reported.value) if result.reported else "",
        table=f"{result.reported.place}, {result.reported.model}" if result.reported else "",
        difference=signed(check.difference, result.unit) if check else "",
        difference_order=check.difference if check else float("-inf"),
        verdict=check.word if check else "",
        note="; ".join(check.reasons) or check.note if check else "",
        docs=asked(result),
        samples=result.n_samples,
        health=", ".join(health_words(result.health)) or "all answered",
        unhealthy=sum(count for outcome, count in result.health.items() if outcome != "ok"),
        slow=result.health.get("timeout", 0),
        tokens=f"{sum(tokens):,.0f}" if tokens else "",
        tokens_order=sum(tokens),
        valid=result.valid,
        reason=result.reason,
        kind=kind,
        whisker=whisker(result) if result.unit in SCALES and result.interval.low >= 0 else None,
        ticks=ticks([result]),
        remark=REBUILT if kind == "main" and is_rebuilt(run, result) else "",
    )


def whisker(result: Result) -> Whisker:
    """A result's mark on the 0 to 100 axis, which stands for the whole scale of its unit."""
    times = 100 / SCALES[result.unit]
    return Whisker(result.mode, times * result.score, times * result.interval.low, times * result.interval.high)


def glances(run: PageRun, task: str) -> Iterator[Glance]:
    """The task's lines in the first table, one a protocol; nothing where it was not measured."""
    for protocol in PROTOCOLS:
        found = main_results(run, task, protocol)
        if found and found[0].unit in SCALES:
            yield glance(run, task if protocol == "chat" else f"{task} (base)", found)


def official_of(run: PageRun, own: Result) -> Result | None:
    """The figure by the official code beside a task's own, which is what printed numbers are held against then."""
    told = (result for result in run.results if result.metric == OFFICIAL and is_whole(result))
    cell = (own.task, own.mode, own.budget, own.protocol)
    return next((each for each in told if (each.task, each.mode, each.budget, each.protocol) == cell), None)


def glance(run: PageRun, name: str, found: Sequence[Result]) -> Glance:
    """A line in the first table."""
    off = next((result for result in found if result.mode == "non-thinking"), None)
    on = next((result for result in reversed(found) if result.mode == "thinking"), None)
    shown = [result for result in (off, on) if result is not None]
    beside = {result.mode: official_of(run, result) for result in shown}
    return Glance(
        task=name,
        run=run.name,
        series=run.series,
        non_thinking=side(off, beside[off.mode]) if off else None,
        thinking=side(on, beside[on.mode]) if on else None,
        gain=signed(on.score - off.score, on.unit) if on and off else "",
        valid=all(result.valid for result in shown),
        whiskers=[whisker(result) for result in shown],
        ticks=ticks(beside[result.mode] or result for result in shown),
    )


def side(result: Result, official: Result | None) -> GlanceScore:
    """A result in the first table. official: the figure by the official code, where there is one."""
    told = official or result
    notes = [f"of {SCALES[result.unit]:g}"] if result.unit != "percent" else []
    notes += [f"budget {result.budget:,}"] if result.budget else []
    ours, theirs = scored(result.score, result.unit), scored(told.score, told.unit)
    notes += [f"{theirs} by the official code"] if theirs != ours else []
    notes += [f"reported {printed(told.reported.value)}"] if told.reported else []
    return GlanceScore(ours, notes)


def ticks(results: Iterable[Result]) -> list[Tick]:
    """The report's values for these results, on the axis for the whole scale of their units."""
    return [
        Tick(result.mode, 100 / SCALES.get(result.reported.unit or result.unit, 100) * result.reported.value)
        for result in results
        if result.reported
    ]
