"""Does a run reproduce the report, or its card? Each result beside the printed number, and all of them in a sentence.

What agrees and what can be compared at all is decided where tables of the report are filled in (``reproduce``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qwen3_eval import reference
from qwen3_eval.report.runs import PageRun, is_rebuilt, is_whole
from qwen3_eval.report.words import DASH, decimals_of, printed, signed
from qwen3_eval.reproduce.cards import card_line
from qwen3_eval.reproduce.cells import compared_with
from qwen3_eval.reproduce.comparable import obstacles
from qwen3_eval.reproduce.remarks import sources
from qwen3_eval.reproduce.runs import Found
from qwen3_eval.reproduce.stated import stated
from qwen3_eval.reproduce.tables import TableLine
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import COMPARABLE, REBUILT, Reported, Result, condition

Word = Literal["agrees", "below", "above", "not comparable", "not valid"]
FALSE_ALARMS = 0.05
NAMED = 5
REPORT = "the report"


@dataclass(frozen=True, slots=True)
class Check:
    """One result beside the report's number, which is ``printed``.

    note: the interval of the difference. reasons: why the two cannot be compared.
    """

    result: Result
    printed: float
    difference: float
    word: Word
    note: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the head of the page says.

    tone: ``good``, ``bad`` or ``open``. differ: the results that do. obstacles: why others cannot be compared.
    whose: what prints the numbers.
    """

    tone: str
    short: str
    long: str
    counts: Sequence[tuple[str, int]] = ()
    differ: Sequence[str] = ()
    obstacles: Sequence[str] = ()
    whose: str = REPORT


def checks(run: PageRun, registry: Registry) -> list[Check | None]:
    """For each of the run's results the report's number; None where it prints none."""
    return [
        check(Found(run.record, result), result.reported, registry) if result.reported else None
        for result in run.results
    ]


def check(found: Found, reported: Reported, registry: Registry) -> Check:
    """One result beside the report's number."""
    result, task = found.result, registry.tasks.get(found.result.task)
    if task is None:
        difference = result.score - reported.value
        return Check(result, reported.value, difference, "not comparable", "", ("the task is not installed here",))
    line = line_of(result, reported, task.spec.benchmark)
    column = next(iter(line.values or {}), None)
    compared = compared_with(reported.value, found, task, line, column)
    low, high = compared.bounds.low, compared.bounds.high
    interval = f"95 % interval of the difference: {signed(low, result.unit)} {DASH} {signed(high, result.unit)}"
    note = "; ".join([interval, *(sources(line, column) if column else ())])
    word: Word = "agrees" if not compared.differs else "below" if compared.difference < 0 else "above"
    reasons = tuple(dict.fromkeys(obstacles(line, found, task, stated(line, result.mode, column))))
    if reasons:
        word = "not valid" if not result.valid else "not comparable"
    return Check(result, reported.value, compared.difference, word, note, reasons)


def line_of(result: Result, reported: Reported, benchmark: str) -> TableLine:
    """The line of the report's table, or of the cards, in which the number stands."""
    if reported.card and (line := card_line(reported.model, result, benchmark)):
        return line
    units = (row.unit for row in reference.results() if (row.table, row.benchmark) == (reported.table, benchmark))
    decimals = len(repr(reported.value).partition(".")[2])
    language, length = result.language or "", ""
    if lengths := reference.context_lengths(benchmark):
        length = result.subset if result.subset in lengths else reference.AVERAGE
    unit = next(units, "percent")
    return TableLine(benchmark, result.metric, unit, language, length, budget=result.budget, decimals=decimals)


def registry_for(run: PageRun) -> Registry:
    """The tasks as they are here, with those of the folder that the run was given."""
    folder = run.record.manifest.config.tasks_dir
    return load_tasks(Path(folder) if folder and Path(folder).is_dir() else None)


def answer(run: PageRun, found: Sequence[Check | None]) -> Answer:
    """Whether the run reproduces the report, by its results over all questions."""
    whole = [each for each in found if each is not None and is_whole(each.result)]
    counts = Counter(each.word for each in whole)
    compared = counts["agrees"] + counts["below"] + counts["above"]
    shown = [(word, counts[word]) for word in ("agrees", "below", "above", "not comparable", "not valid")]
    whose = printed_by(whole)
    if not whole:
        return Answer("open", "There is nothing to compare with.", no_number(run))
    if not compared:
        told = f"{whose} prints a number for {len(whole)} of the results, and none of them was measured as it did."
        long = told[0].upper() + told[1:]
        return Answer("open", "That cannot be said.", long, shown, (), list(obstacle_lines(whole)), whose)
    tone, short = tone_of(counts["agrees"], compared)
    differ, obstacles = list(differing(whole)), list(obstacle_lines(whole))
    return Answer(tone, short, sentence(counts, compared, whose), shown, differ, obstacles, whose)


def printed_by(found: Sequence[Check]) -> str:
    """What prints the numbers of some results."""
    kinds = {bool(each.result.reported and each.result.reported.card) for each in found}
    return {(True,): "its card", (False, True): "what Qwen prints"}.get((*sorted(kinds),), REPORT)


def no_number(run: PageRun) -> str:
    """Why nothing can be compared."""
    main = [result for result in run.results if is_whole(result)]
    if main and all(is_rebuilt(run, result) for result in main):
        names = listed(list(dict.fromkeys(result.task for result in main)))
        return f"The report asked other questions than {names}: {REBUILT}; {COMPARABLE}."
    named = any(row.model.lower() == reference.released(run.model)[0] for row in reference.results())
    if named:
        return f"The report prints no number for {run.model} on these tasks and settings."
    if reference.cards.name_of(run.model) in reference.cards.chat_models():
        return f"Its card prints no number for {run.model} on these tasks and settings."
    return f"The report has no numbers for {run.model}: it is another model."


def tone_of(agrees: int, compared: int) -> tuple[str, str]:
    """Tone and answer: mostly where no more results differ than chance explains at 95 % intervals."""
    differ = compared - agrees
    if not differ:
        return "good", "Yes."
    if agrees <= differ:
        return "bad", "No."
    return ("open", "Mostly.") if chance(differ, compared) >= FALSE_ALARMS else ("bad", "In part.")


def chance(differ: int, compared: int) -> float:
    """Probability that at least so many of the compared differ although none does: one in twenty each."""
    p = FALSE_ALARMS
    return sum(math.comb(compared, k) * p**k * (1 - p) ** (compared - k) for k in range(differ, compared + 1))


def sentence(counts: Counter[Word], compared: int, whose: str = REPORT) -> str:
    """The counts in words."""
    sides: tuple[Word, ...] = ("below", "above")
    lie = [f"{counts[side]} {'lies' if counts[side] == 1 else 'lie'} {side} it" for side in sides if counts[side]]
    start = f"{counts['agrees']} of {compared} comparable results agree with {whose}"
    if not lie:
        return f"{start}: their differences are no larger than chance explains."
    return f"{start}; {' and '.join(lie)} by more than chance explains, which happens to one in twenty that do agree."


def differing(found: Sequence[Check]) -> Iterator[str]:
    """The results that differ, the farthest first."""
    far = sorted((each for each in found if each.word in ("below", "above")), key=lambda each: -abs(each.difference))
    for each in far[:NAMED]:
        unit = each.result.unit
        ours = printed(round(each.printed + each.difference, decimals_of(unit)))
        yield f"{name_of(each.result)}: {ours} instead of {printed(each.printed)} ({signed(each.difference, unit)})"
    if len(far) > NAMED:
        yield f"and {len(far) - NAMED} more, in the table of results"


def obstacle_lines(found: Sequence[Check]) -> Iterator[str]:
    """Why results cannot be compared, the commonest reason first, with their tasks."""
    tasks: defaultdict[str, list[str]] = defaultdict(list)
    for each in found:
        for reason in each.reasons:
            tasks[reason].append(each.result.task)
    for reason, names in sorted(tasks.items(), key=lambda pair: -len(pair[1]))[:NAMED]:
        yield f"{reason} ({listed(list(dict.fromkeys(names)))})"
    if len(tasks) > NAMED:
        yield f"and {len(tasks) - NAMED} further reasons, in the table of results"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def name_of(result: Result) -> str:
    """A result in a sentence."""
    return f"{result.task}, {condition(result.protocol, result.mode)}"
