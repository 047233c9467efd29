"""From the samples of a run to its results: each task's own metric, its parts, pass@k, and what the scorer added."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import NamedTuple

from qwen3_eval import reference
from qwen3_eval.measure import health
from qwen3_eval.measure.collapse import beside_other_lengths
from qwen3_eval.metrics import Metric, Number, made
from qwen3_eval.records.manifest import PlanEntry, rank, unplanned
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import TOKEN_KINDS, Answered
from qwen3_eval.types import OFFICIAL, OUTCOMES, Cell, Reported, Result, Scored


@dataclass(frozen=True)
class Measured:
    """The scores and costs of one cell beside its plan."""

    cell: Cell
    planned: PlanEntry
    scored: Sequence[Scored]
    spent: Sequence[Answered | None]

    @property
    def metric(self) -> Metric:
        """What makes numbers of the scores."""
        return metric_of(self.planned)

    @cached_property
    def outcomes(self) -> Counter[str]:
        """How many samples had each outcome."""
        return Counter(row.outcome for row in self.scored)

    @cached_property
    def verdicts(self) -> health.Verdicts | None:
        """What a judge said of the answers; None where none was asked."""
        return health.verdicts_of(self.scored)

    @cached_property
    def official(self) -> bool:
        """Whether the official code's figure stands beside ours: it is what printed numbers are held against."""
        return OFFICIAL in self.planned.figures

    @cached_property
    def tokens(self) -> dict[str, float]:
        """Mean tokens per sample by kind."""
        return mean_tokens(self.spent)

    def only(self, places: Sequence[int]) -> Measured:
        """Some of the samples. The plan does not know how many there are: what is missing anywhere is missing here."""
        missing = self.planned.total - len(self.scored)
        planned = replace(self.planned, docs=len(places) + max(0, missing), samples=1)
        return replace(
            self,
            planned=planned,
            scored=[self.scored[place] for place in places],
            spent=[self.spent[place] for place in places],
        )


def metric_of(told: PlanEntry) -> Metric:
    """The metric that a plan tells of."""
    return made(
        told.metric,
        told.unit,
        average=told.average,
        pooled=told.pooled,
        figures=told.figures,
        together=told.together,
        ladder=told.ladder,
    )


def results(record: RunRecord, *, tokens: bool = True) -> list[Result]:
    """All results of a run, in the order of a result table. tokens: else the generations are not read for them."""
    found: list[Result] = []
    by_length: dict[Cell, str] = {}
    for each in cells(record, tokens=tokens):
        found += cell_results(each, record.model)
        if each.planned.lengths:
            by_length[each.cell] = each.metric.name
    return beside_other_lengths(found, by_length)


def cells(record: RunRecord, *, tokens: bool = True) -> Iterator[Measured]:
    """The cells that have at least one score, in the order of a result table. tokens: with what samples cost."""
    plan, scored = record.manifest.cells, record.scored
    answered = record.answered if tokens else {}
    keys: defaultdict[Cell, list[bytes]] = defaultdict(list)
    for key, row in scored.items():
        keys[row.cell].append(key)
    for cell in sorted(keys, key=lambda cell: rank(cell, record.manifest.tasks)):
        found = keys[cell]
        planned = plan.get(cell) or unplanned(cell, len(found))
        spent = [answered.get(key) for key in found]
        yield Measured(cell, planned, [scored[key] for key in found], spent)


def cell_results(measured: Measured, model: str) -> Iterable[Result]:
    """The results over all questions, then those of each language and of each subset, where there are several."""
    yield from slice_results(measured, Slice(), model)
    for part, places in slices(measured.scored):
        yield from slice_results(measured.only(places), part, model)


class Slice(NamedTuple):
    """The part of the questions that a result is about; all of them by default."""

    language: str | None = None
    subset: str | None = None


def slices(scored: Sequence[Scored]) -> Iterator[tuple[Slice, list[int]]]:
    """The languages, and the subsets with their groups (``math`` of ``math/olympiad``), unless there is only one.

    Each with the places of its samples in ``scored``.
    """
    languages: defaultdict[str, list[int]] = defaultdict(list)
    subsets: defaultdict[str, list[int]] = defaultdict(list)
    leaves = set()
    for place, row in enumerate(scored):
        languages[row.question.language or ""].append(place)
        leaves.add(row.question.subset)
        for group in with_groups(row.question.subset):
            subsets[group].append(place)
    if len(languages.keys() - {""}) > 1:
        yield from ((Slice(language=name), places) for name, places in sorted(languages.items()) if name)
    if len(leaves - {""}) > 1:
        yield from ((Slice(subset=name), subsets[name]) for name in sorted(subsets, key=by_number) if name)


def by_number(subset: str) -> list[tuple[int, str]]:
    """Sort key: subsets that are numbers by these."""
    return [(int(name) if name.isdecimal() else 0, name) for name in subset.split("/")]


@cache
def with_groups(subset: str) -> tuple[str, ...]:
    """A subset and the groups that it belongs to, from the outermost on."""
    parts = subset.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def slice_results(measured: Measured, part: Slice, model: str) -> Iterator[Result]:
    """A result for each number that the metric gives of a slice."""
    for number in measured.metric.numbers(measured.scored, whole=part == Slice()):
        yield result_of(measured, part, number, model)


def result_of(measured: Measured, part: Slice, number: Number, model: str) -> Result:
    """A result with its health and reported value."""
    cell, again, counts = measured.cell, number.again, measured.outcomes
    found = health.check(counts, measured.planned.total, measured.verdicts)
    return Result(
        task=cell.task,
        mode=cell.mode,
        budget=cell.budget,
        language=part.language,
        subset=part.subset,
        protocol=cell.protocol,
        metric=number.metric,
        unit=number.unit,
        score=number.asked.mean,
        stderr=number.asked.stderr,
        interval=number.asked.interval,
        stderr_samples=again.stderr if again else None,
        interval_samples=again.interval if again else None,
        n_docs=number.docs,
        n_samples=len(measured.scored),
        health={outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]},
        valid=found.valid,
        reason=found.reason,
        tokens=measured.tokens,
        reported=reported_beside(measured, part, number, model),
    )


def reported_beside(measured: Measured, part: Slice, number: Number, model: str) -> Reported | None:
    """The printed number for a number of ours; of the two that the official code's figure makes, for that one alone."""
    metric = number.metric
    if measured.official and metric in (OFFICIAL, measured.metric.name):
        metric = measured.metric.name if metric == OFFICIAL else ""
    if not metric:
        return None
    benchmark = measured.planned.benchmark or measured.cell.task
    if measured.planned.lengths:
        length = _printed_length(measured, part, benchmark)
        return reported_value(measured.cell, metric, model, benchmark, number.unit, length=length) if length else None
    printed = part.language if part.subset is None else f"{reference.FAMILY}{part.subset}"
    return reported_value(measured.cell, metric, model, benchmark, number.unit, language=printed)


def _printed_length(measured: Measured, part: Slice, benchmark: str) -> str:
    """Under which length the report prints a slice, empty for none: a mean only where all of its lengths were asked."""
    printed = reference.context_lengths(benchmark)
    if part == Slice():
        asked = {row.question.subset.partition("/")[0] for row in measured.scored}
        return reference.AVERAGE if printed and asked == set(printed) else ""
    return part.subset if part.subset in printed else ""


def reported_value(
    cell: Cell,
    metric: str,
    model: str,
    benchmark: str,
    unit: str = "",
    *,
    language: str | None = None,
    length: str = "",
) -> Reported | None:
    """The printed number for a cell with the thinking budget of the tables, which nearly all were measured without.

    The report asked base models few-shot completions, and all others in chat. benchmark: its name for the task. unit,
    language, length: as in ``reference.reported``.
    """
    budget = reference.thinking_budget(benchmark) if cell.mode == "thinking" else None
    if cell.budget != budget or reference.is_base(model) != (cell.protocol == "base"):
        return None
    return reference.reported(benchmark, metric, cell.mode, model, language=language, unit=unit, length=length)


def mean_tokens(spent: Sequence[Answered | None]) -> dict[str, float]:
    """Mean tokens per sample by kind, over the samples for which the server counted them."""
    means = {}
    found = [row for row in spent if row is not None]
    for kind in TOKEN_KINDS:
        if counts := [count for row in found if (count := getattr(row, kind)) is not None]:
            means[kind] = sum(counts) / len(counts)
    return means
