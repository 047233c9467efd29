"""The heat map of languages by task: one table a run, families together, non-thinking beside thinking."""

from __future__ import annotations

import csv
import functools
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlencode

from qwen3_eval.languages import Language, find_language, known_languages
from qwen3_eval.metrics import SCALES
from qwen3_eval.report.html import read_asset
from qwen3_eval.report.runs import PageRun
from qwen3_eval.report.words import DASH, scored
from qwen3_eval.types import Result, UsageError, condition

ENGLISH = "en"
# Share of the English score below which a language is marked.
HALF = 0.5
BANDS = 10


class HeatColumn(NamedTuple):
    """A column of the heat map. budget: the largest that was measured."""

    task: str
    condition: str
    budget: int | None


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A language's score in one column, in its unit.

    band: 0 to 10 for the colour, None where the unit has no scale. link: to the samples, the worst first.
    """

    text: str
    value: float
    band: int | None
    behind: bool
    link: str
    more: str


@dataclass(frozen=True, slots=True)
class LanguageLine:
    """A language and its scores, None where it was not asked."""

    language: Language
    endonym: str
    cells: Sequence[HeatCell | None]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of languages with the plain means of its columns."""

    name: str
    order: int
    lines: Sequence[LanguageLine]
    means: Sequence[HeatCell | None]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A run's table. tasks: name and number of columns of each. behind: how many languages are marked."""

    run: str
    tasks: Sequence[tuple[str, int]]
    columns: Sequence[HeatColumn]
    families: Sequence[Family]
    languages: int
    behind: int
    english: bool
    docs: str


def heat_maps(runs: Sequence[PageRun]) -> list[HeatMap]:
    """The tables of the runs that asked in several languages."""
    named = len(runs) > 1
    return [heat_map(run, found, named) for run in runs if (found := by_language(run))]


def by_language(run: PageRun) -> dict[HeatColumn, dict[str, Result]]:
    """For each column the results of single languages in the task's own metric, in the order of the run's results."""
    metrics: dict[str, str] = {}
    found: dict[HeatColumn, dict[str, Result]] = {}
    for result in run.results:
        metric = metrics.setdefault(result.task, result.metric)
        if result.language and result.metric == metric:
            column = HeatColumn(result.task, condition(result.protocol, result.mode), result.budget)
            found.setdefault(column, {})[result.language] = result
    # Budgets ascend, so that the last of equals is the largest.
    largest = {(column.task, column.condition): column for column in found}
    return {column: found[column] for column in largest.values()}


def heat_map(run: PageRun, found: Mapping[HeatColumn, Mapping[str, Result]], named: bool) -> HeatMap:
    """A run's table; ``named``: its links say which run."""
    lines = [
        LanguageLine(language_of(tag), endonyms().get(tag, ""), list(cells(run, found, tag, named)))
        for tag in dict.fromkeys(tag for results in found.values() for tag in results)
    ]
    counts = [result.n_docs for results in found.values() for result in results.values()]
    return HeatMap(
        run=run.name,
        tasks=list(widths(found)),
        columns=list(found),
        families=list(families(lines)),
        languages=len(lines),
        behind=sum(any(cell is not None and cell.behind for cell in line.cells) for line in lines),
        english=any(ENGLISH in results for results in found.values()),
        docs=spread(min(counts), max(counts)),
    )


def cells(
    run: PageRun, found: Mapping[HeatColumn, Mapping[str, Result]], tag: str, named: bool
) -> Iterator[HeatCell | None]:
    """A language's cells; it is behind where it has less than half of what English has in the same column."""
    for column, results in found.items():
        result, english = results.get(tag), results.get(ENGLISH)
        behind = result is not None and english is not None and result.score < HALF * english.score
        yield None if result is None else cell(result, behind, link(column, tag, run.name if named else ""))


def cell(result: Result, behind: bool, where: str) -> HeatCell:
    """A result in the table."""
    low, high = (scored(value, result.unit) for value in (result.interval.low, result.interval.high))
    bounds = f"{low} {DASH} {high}"
    more = f"95 % interval {bounds}, {result.n_docs:,} questions"
    return HeatCell(
        scored(result.score, result.unit), result.score, band(result.score, result.unit), behind, where, more
    )


def band(score: float, unit: str) -> int | None:
    """The colour of a score, from 0 for 0 % of its scale to 10 for all of it; None for one without a scale."""
    return round(score / SCALES[unit] * BANDS) if unit in SCALES else None


def link(column: HeatColumn, tag: str, run: str) -> str:
    """The fragment under which the page shows these samples, the worst first."""
    asked = {
        "run": run,
        "task": column.task,
        "language": tag,
        "mode": column.condition,
        "budget": column.budget or "",
        "order": "worst",
    }
    return "#samples?" + urlencode({name: value for name, value in asked.items() if value}, quote_via=quote)


def widths(columns: Iterable[HeatColumn]) -> Iterator[tuple[str, int]]:
    """Each task with the number of its columns."""
    tasks = [column.task for column in columns]
    return ((task, tasks.count(task)) for task in dict.fromkeys(tasks))


def families(lines: Sequence[LanguageLine]) -> Iterator[Family]:
    """The lines by family, both in the order of the registry, where the largest family comes first."""
    places = {language.tag: place for place, language in enumerate(known_languages())}
    ordered = sorted(lines, key=lambda line: places.get(line.language.tag, len(places)))
    for order, name in enumerate(dict.fromkeys(line.language.family for line in ordered)):
        own = [line for line in ordered if line.language.family == name]
        columns = zip(*(line.cells for line in own), strict=True)
        yield Family(name, order, own, [mean_cell([each for each in column if each]) for column in columns])


def mean_cell(found: Sequence[HeatCell]) -> HeatCell | None:
    """The plain mean of a family's cells."""
    if not found:
        return None
    mean = statistics.fmean(each.value for each in found)
    return HeatCell(f"{mean:.1f}", mean, None, False, "", f"mean of {len(found)}")


def spread(low: int, high: int) -> str:
    """``80`` or ``2 to 80``."""
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def shown_name(tag: str) -> str:
    """A language for reading: its name and what its speakers call it."""
    name, endonym = language_of(tag).name, endonyms().get(tag, "")
    return f"{name} · {endonym}" if endonym not in ("", name) else name


def language_of(tag: str) -> Language:
    """The registry's entry; a task from outside may ask in a language that is not there."""
    try:
        return find_language(tag)
    except UsageError:
        return Language(tag, "Not in the registry", "", "", "", tag)


@functools.cache
def endonyms() -> dict[str, str]:
    """What speakers call their language, by IETF tag, for those that Qwen3 names."""
    return {row["tag"]: row["endonym"] for row in csv.DictReader(read_asset("endonyms.csv").splitlines())}
