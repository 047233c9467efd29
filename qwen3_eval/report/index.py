"""The page over all runs of a folder: newest first, with what is wrong with a run beside it, and trends.

A run's ``summary.json`` is read where it is no older than its journals; else the journals are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from qwen3_eval.compare.baseline import way_of_asking
from qwen3_eval.measure.results import results
from qwen3_eval.measure.summary import results_in
from qwen3_eval.records.formats import MANIFEST, SCORES, SUMMARY
from qwen3_eval.records.manifest import SCHEMA, Manifest
from qwen3_eval.records.record import RunRecord, open_run
from qwen3_eval.report.html import write_page
from qwen3_eval.report.judges import JUDGES, facts_of
from qwen3_eval.report.runs import date_of, is_whole
from qwen3_eval.report.words import flatten, scored, signed
from qwen3_eval.types import Cell, Result, UsageError, condition

BASELINES = "baselines"
SHOWN_TASKS = 6
SHOWN_SETTINGS, SHORT = 4, 40
# What a folder that is no run, or whose files are damaged, can raise beside UsageError.
UNREADABLE = (UsageError, OSError, ValueError, KeyError, TypeError, AttributeError)
WIDTH, HEIGHT, MARGIN = 200.0, 44.0, 6.0
SMALLEST_RANGE = 5.0


@dataclass(frozen=True, slots=True)
class BestScore:
    """A score in text, with its interval and the thinking budget that it was measured at."""

    score: str
    interval: str
    budget: str
    valid: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of a run: asked without thinking, with thinking at the largest budget, as a completion."""

    task: str
    sides: Sequence[BestScore | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A run on the page, as text. ``problems`` say what is wrong with it; ``link`` leads to its report."""

    folder: str
    link: str = ""
    model: str = ""
    asked: str = ""
    date: str = ""
    protocol: str = ""
    judge: str = ""
    healthy: str = ""
    problems: Sequence[str] = ()
    lines: Sequence[TaskLine] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A run that could be read."""

    entry: Entry
    manifest: Manifest
    mains: Sequence[Result]
    finished: bool


class TrendKey(NamedTuple):
    """What must be the same for two results to be points of one trend."""

    model: str
    task: str
    mode: str
    budget: int | None
    metric: str
    way: frozenset[tuple[str, str]]

    @property
    def subject(self) -> tuple[str, str, str, int | None]:
        """What a reader takes for the same, unless told what differs."""
        return self.model, self.task, self.mode, self.budget


@dataclass(frozen=True, slots=True)
class Dot:
    """A result in a trend: its place in the picture, and that of its interval."""

    x: float
    y: float
    top: float
    bottom: float
    valid: bool
    words: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A task over time, as text and as points of a picture; oldest first. way: what tells it from its like."""

    model: str
    task: str
    mode: str
    way: str
    docs: str
    dots: Sequence[Dot]
    latest: str
    change: str
    dates: str
    words: str


def render_index(folder: Path, out: Path) -> str:
    """The page over the runs in ``folder``, for the file ``out``. Raises UsageError when there is no such folder."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of runs; give one with --results")
    found = [load(path, out.parent) for path in run_folders(folder)]
    found.sort(key=lambda one: (entry_of(one).date, entry_of(one).folder), reverse=True)
    entries = [entry_of(one) for one in found]
    loaded = [one for one in found if isinstance(one, Loaded)]
    view = {
        "folder": str(folder),
        "entries": entries,
        "models": len({entry.model for entry in entries if entry.model}),
        "troubled": sum(bool(entry.problems) for entry in entries),
        "trends": list(trends(loaded)),
        "shown": SHOWN_TASKS,
        "size": (WIDTH, HEIGHT),
    }
    return write_page("index.html.j2", "index.js", view, "index.css")


def run_folders(folder: Path) -> list[Path]:
    """All folders in it but hidden ones and the baselines; those that are no runs will be listed as such.

    Behind a run those in which other judges judged its answers.
    """
    found = [path for path in subfolders(folder) if path.name != BASELINES]
    return [each for path in found for each in (path, *subfolders(path / JUDGES))]


def subfolders(folder: Path) -> list[Path]:
    """The folders in one that are not hidden; none where there is none."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.is_dir() and path.name[0] != ".")


def entry_of(one: Entry | Loaded) -> Entry:
    """What the page lists, of a run that could be read and of one that could not."""
    return one.entry if isinstance(one, Loaded) else one


def load(path: Path, reports: Path) -> Entry | Loaded:
    """Reads one run. What cannot be read becomes an entry that says why, with what its manifest says."""
    again = path.parent.name == JUDGES
    found = Entry("/".join(path.parts[-3 if again else -1 :]), "" if again else link_to(path, reports))
    try:
        record = open_run(path)
        found = replace(found, model=record.model, date=date_of(record.manifest))
        return loaded(record, found)
    except UNREADABLE as error:
        words = str(error) if isinstance(error, UsageError) else f"damaged: {type(error).__name__}, {error}"
        return replace(found, problems=(f"cannot be read: {words}",))


def loaded(record: RunRecord, entry: Entry) -> Loaded:
    """A run with its results. Raises one of ``UNREADABLE``."""
    manifest = record.manifest
    check_schema(record.folder / MANIFEST, manifest.schema)
    mains = main_results(found_results(record), manifest.tasks)
    planned = sum(entry.total for entry in manifest.cells.values())
    unfinished = list(unfinished_words(manifest, sum(result.n_samples for result in mains), planned))
    problems = [*unfinished, *mistrust(mains)]
    entry = replace(
        entry,
        asked=asked(manifest),
        protocol=protocol(manifest, mains),
        judge=judge_words(manifest),
        healthy="" if problems else f"all {len(mains)} results are healthy",
        problems=problems,
        lines=list(task_lines(mains)),
    )
    return Loaded(entry, manifest, mains, not unfinished)


def mistrust(mains: Sequence[Result]) -> Iterator[str]:
    """How many results are to be read with care, and why."""
    invalid = sum(not result.valid for result in mains)
    if invalid:
        yield f"{invalid} of {len(mains)} results should not be trusted"
    slow = sum(result.health.get("timeout", 0) for result in mains)
    if slow:
        yield f"{slow:,} answer{'s' * (slow > 1)} could not be judged in time"


def check_schema(path: Path, schema: object) -> None:
    """Raises UsageError for a file of another schema."""
    if schema != SCHEMA:
        raise UsageError(f"{path} has the schema {schema}; this version reads {SCHEMA}")


def found_results(record: RunRecord) -> list[Result]:
    """Those of ``summary.json`` where it is no older than the journals, else what the journals say.

    Raises UsageError when the summary counts more samples than the journal holds, and naming what is damaged.
    """
    if not record.summary_is_current():
        return results(record)
    path = record.summary_path
    try:
        summary = record.summary()
    except UsageError as error:
        raise UsageError(f"{error}; delete it, it can be made again") from error
    if summary is None:
        return results(record)
    check_schema(path, summary.get("schema"))
    found = results_in(summary)
    counted = sum(result.n_samples for result in main_results(found, ()))
    written = record.count_scores()
    if counted > written:
        raise UsageError(f"{path} counts {counted:,} samples, {SCORES} holds {written:,}; delete {SUMMARY}")
    return found


def main_results(found: Sequence[Result], tasks: Sequence[str]) -> list[Result]:
    """A task's own metric over all questions for each mode and budget, tasks in the order given, others after them."""
    own: dict[Cell, Result] = {}
    for result in filter(is_whole, found):
        own.setdefault(Cell(result.task, result.mode, result.budget, result.protocol), result)
    order = {task: number for number, task in enumerate(tasks)}
    return sorted(own.values(), key=lambda result: order.get(result.task, len(order)))


def unfinished_words(manifest: Manifest, scored: int, planned: int) -> Iterator[str]:
    """What is missing from a run, in a line; nothing from one that came to its end."""
    open_end = not manifest.sessions or not all(session.end for session in manifest.sessions)
    if scored < planned:
        yield f"unfinished: {scored:,} of {planned:,} samples" + (", and its last session has no end" * open_end)
    elif open_end:
        yield "unfinished: its last session has no end"


def asked(manifest: Manifest) -> str:
    """``suite demo`` and the tasks, in short."""
    tasks, suite = manifest.tasks, manifest.config.suite
    names = ", ".join(tasks) if len(tasks) <= SHOWN_TASKS else f"{len(tasks)} tasks"
    return f"suite {suite}: {names}" if suite else names


def protocol(manifest: Manifest, mains: Sequence[Result]) -> str:
    """Ways of asking, and how many deviations from the protocol of the report, or of the model's card, are known."""
    ways = ", ".join(dict.fromkeys(condition(result.protocol, result.mode) for result in mains))
    count = len(manifest.deviations)
    whose = "its card" if any(result.reported and result.reported.card for result in mains) else "the report"
    deviations = f"{count} deviation{'s' * (count != 1)} from {whose}" if count else f"as {whose}"
    return f"{ways}; {deviations}" if ways else deviations


def judge_words(manifest: Manifest) -> str:
    """Who judged, and how; empty where nobody did."""
    used = manifest.judge
    return f"judged by {', '.join([used.model, *facts_of(used)])}" if used else ""


def link_to(path: Path, reports: Path) -> str:
    """Relative address of the run's report; empty when there is none."""
    name = f"{path.name}.html"
    return f"./{quote(name)}" if (reports / name).is_file() and name != "index.html" else ""


def largest(found: Iterable[Result]) -> Result | None:
    """The one without a thinking budget, else that at the largest."""
    return max(found, key=lambda result: float("inf") if result.budget is None else result.budget, default=None)


def by_condition(mains: Sequence[Result], task: str) -> list[Result | None]:
    """A task asked without thinking, with thinking, and as a completion."""
    ways = ("non-thinking", "thinking", "base")
    own = [result for result in mains if result.task == task]
    return [largest(result for result in own if condition(result.protocol, result.mode) == way) for way in ways]


def task_lines(mains: Sequence[Result]) -> Iterator[TaskLine]:
    """A line for each task."""
    for task in dict.fromkeys(result.task for result in mains):
        yield TaskLine(task, [side(result) if result else None for result in by_condition(mains, task)])


def side(result: Result) -> BestScore:
    """A score in text."""
    low, high = (scored(value, result.unit) for value in (result.interval.low, result.interval.high))
    interval = f"{low} to {high}"
    return BestScore(
        scored(result.score, result.unit), interval, f"{result.budget:,}" if result.budget else "", result.valid
    )


def trends(loaded: Sequence[Loaded]) -> Iterator[Trend]:
    """The series with results of two or more finished runs, by model and then in the order of their tasks."""
    found: dict[TrendKey, list[tuple[str, Result]]] = {}
    for run in sorted(loaded, key=lambda run: run.entry.date):
        if not run.finished or not run.entry.date:
            continue
        for task in dict.fromkeys(result.task for result in run.mains):
            for result in filter(None, by_condition(run.mains, task)):
                found.setdefault(series_of(run.manifest, result), []).append((run.entry.date, result))
    for series in sorted(found, key=lambda series: series.model):
        if len(found[series]) > 1:
            others = [other for other in found if other.subject == series.subject]
            yield trend(series, found[series], what_differs(series, others))


def series_of(manifest: Manifest, result: Result) -> TrendKey:
    """The series that a result belongs to: same model, question set and way of asking."""
    cell = Cell(result.task, result.mode, result.budget, result.protocol)
    way = {**way_of_asking(cell, manifest), "questions": result.n_docs, "metric": result.metric, "unit": result.unit}
    return TrendKey(
        model=manifest.model_name,
        task=result.task,
        mode=condition(result.protocol, result.mode),
        budget=result.budget,
        metric=result.metric,
        way=frozenset(flatten(way)),
    )


def what_differs(series: TrendKey, others: Sequence[TrendKey]) -> str:
    """Of a way of asking what the others do not share, in short: ``sampling.temperature 0.6, max_tokens 512``."""
    shared = frozenset.intersection(*(other.way for other in others))
    own = sorted(series.way - shared)
    shown = [f"{name} {value if len(value) <= SHORT else value[:SHORT] + '…'}" for name, value in own[:SHOWN_SETTINGS]]
    more = [f"and {len(own) - SHOWN_SETTINGS} more"] if len(own) > SHOWN_SETTINGS else []
    return ", ".join([*shown, *more])


def trend(series: TrendKey, points: Sequence[tuple[str, Result]], way: str = "") -> Trend:
    """A series as text and picture."""
    dots = picture(points)
    steps = [later[1].score - earlier[1].score for earlier, later in pairwise(points)]
    mode = f"{series.mode}, budget {series.budget:,}" if series.budget else series.mode
    return Trend(
        model=series.model,
        task=series.task,
        mode=mode,
        way=way,
        docs=f"{points[-1][1].n_docs:,}",
        dots=dots,
        latest=scored(points[-1][1].score, points[-1][1].unit),
        change=signed(steps[-1], points[-1][1].unit),
        dates=f"{points[0][0][:10]} to {points[-1][0][:10]}",
        words=f"{series.task}, {mode}{f', {way}' if way else ''}: {'; '.join(dot.words for dot in dots)}",
    )


def picture(points: Sequence[tuple[str, Result]]) -> list[Dot]:
    """Points at equal steps, on an axis that holds all intervals."""
    low = min(result.interval.low for _, result in points)
    high = max(result.interval.high for _, result in points)
    span = max(high - low, SMALLEST_RANGE)
    step = (WIDTH - 2 * MARGIN) / (len(points) - 1)

    def y(value: float) -> float:
        return round(MARGIN + (HEIGHT - 2 * MARGIN) * (high - value) / span, 1)

    return [
        Dot(
            x=round(MARGIN + number * step, 1),
            y=y(result.score),
            top=y(result.interval.high),
            bottom=y(result.interval.low),
            valid=result.valid,
            words=f"{scored(result.score, result.unit)} on {date[:10]}{'' if result.valid else ' (not valid)'}",
        )
        for number, (date, result) in enumerate(points)
    ]
