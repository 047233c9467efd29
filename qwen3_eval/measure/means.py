"""Samples to the questions that a mean is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from qwen3_eval import stats
from qwen3_eval.records.manifest import PlanEntry
from qwen3_eval.records.samples import AskedDoc, Scored
from qwen3_eval.stats import corpus
from qwen3_eval.types import OF_THINKING

if TYPE_CHECKING:
    from qwen3_eval.measure.results import Measured


def own_value(metric: str) -> Callable[[Scored], tuple[float, float]]:
    """Reads the score itself, and what the doc counts in its mean."""
    return lambda row: (row.value, dict(row.weights).get(metric, 1.0) if row.weights else 1.0)


def metric_value(name: str) -> Callable[[Scored], tuple[float, float] | None]:
    """Reads value and weight of a further metric: 0 for a sample without a verdict, None where it does not apply.

    A metric of the thinking does not apply where there was none to judge.
    """

    def value(row: Scored) -> tuple[float, float] | None:
        absent = None if row.outcome == "ok" or name.startswith(OF_THINKING) else 0.0
        found = dict(row.metrics).get(name, absent)
        return None if found is None else (found, dict(row.weights).get(name, 1.0))

    return value


def questions(measured: Measured, value: Callable[[Scored], tuple[float, float] | None]) -> list[stats.Question]:
    """Sums of the samples of each question, weighted as the task averages; samples without a value are left out."""
    return averaged(question_rows(measured, value), measured.planned)


class Row(NamedTuple):
    """A question with the sums of its samples. ``path``: the part of the benchmark that it is averaged in first."""

    path: str
    question: AskedDoc
    sums: stats.Question


def averaged(rows: Sequence[Row], planned: PlanEntry) -> list[stats.Question]:
    """The questions with the weights that make their mean the task's."""
    if not any(row.path for row in rows):
        return [row.sums for row in rows]
    return stats.averaged_by_path([(row.path, row.sums) for row in rows], planned.pooled)


def question_rows(measured: Measured, value: Callable[[Scored], tuple[float, float] | None]) -> list[Row]:
    """Each question with a value; samples without one are left out."""
    found = ((row.question, value(row)) for row in measured.scored)
    rows = summed((question, *each) for question, each in found if each is not None)
    return [Row(_part(question, measured.planned), question, sums) for question, sums in rows.items()]


def own_rows(measured: Measured) -> tuple[str, str, list[Row]]:
    """Metric, unit and questions of a task's own figure; of a rating, which is no mean, the share of right answers."""
    planned = measured.planned
    metric, unit = ("pass@1", "percent") if planned.ladder else (planned.metric, planned.unit)
    of_sums = metric in planned.figures and not planned.ladder
    return metric, unit, corpus_rows(measured, metric) if of_sums else question_rows(measured, own_value(metric))


def summed(values: Iterable[tuple[AskedDoc, float, float]]) -> dict[AskedDoc, stats.Question]:
    """Questions with the sums of their samples, out of values with their weights; a weight of 0 is no value."""
    sums: dict[AskedDoc, list[float]] = {}
    for question, value, weight in values:
        if weight > 0:
            entry = sums.setdefault(question, [0, 0.0, 0.0, 0.0])
            entry[0] += 1
            entry[1] += value
            entry[2] += value**2
            entry[3] += weight
    return {
        question: stats.Question(question.group, int(count), total, squares, weight / count)
        for question, (count, total, squares, weight) in sums.items()
    }


def corpus_questions(measured: Measured, name: str) -> list[stats.Question]:
    """The samples' parts in a figure of their sums, weighted as the task averages."""
    return averaged(corpus_rows(measured, name), measured.planned)


def corpus_rows(measured: Measured, name: str) -> list[Row]:
    """The samples' parts in a figure of their sums, which is made of all of them or of each part of the benchmark.

    A part is a language with ``average="languages"``, and a subset in it where there are some. A sample without
    counts (its scorer died) has no part.
    """
    planned, parts = measured.planned, defaultdict(list)
    for row in measured.scored:
        if name in dict(row.counts):
            parts[_corpus(row.question, planned)].append(row)
    figure = corpus.FIGURES[planned.figures[name]]
    rows: list[Row] = []
    for path, samples in parts.items():
        values = corpus.influences([dict(row.counts)[name] for row in samples], figure)
        found = summed((row.question, value, 1.0) for row, value in zip(samples, values, strict=True))
        rows += (Row(path, question, sums) for question, sums in found.items())
    return rows


def _corpus(question: AskedDoc, planned: PlanEntry) -> str:
    """The part of the benchmark whose samples make one figure."""
    if planned.average == "docs":
        return ""
    return f"{question.language or ''}/{question.subset}" if planned.average == "languages" else question.subset


def _part(question: AskedDoc, planned: PlanEntry) -> str:
    """The part of the benchmark that a question is averaged in first; empty where all questions count alike."""
    if planned.average == "docs":
        return ""
    return question.language or "" if planned.average == "languages" else question.subset
