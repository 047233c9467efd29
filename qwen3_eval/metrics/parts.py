"""Samples to the parts that their questions have in a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from qwen3_eval import stats
from qwen3_eval.stats import corpus
from qwen3_eval.types import LENIENT, MARKED, OF_THINKING, UNREAD, AskedDoc, Average, Scored

# Value and weight of a sample; None where a metric does not apply.
Reading = Callable[[Scored], tuple[float, float] | None]
# Further metrics that do not apply to an answer that no judge was asked about.
OF_VERDICTS = (UNREAD, LENIENT, MARKED)


class QuestionPart(NamedTuple):
    """A question with the sums of its samples. ``path``: the part of the benchmark that it is averaged in first."""

    path: str
    question: AskedDoc
    sums: stats.Question


def own_value(metric: str) -> Reading:
    """Reads the score itself, and what the doc counts in its mean."""
    return lambda row: (row.value, dict(row.weights).get(metric, 1.0) if row.weights else 1.0)


def further_value(name: str) -> Reading:
    """Reads value and weight of a further metric: 0 for a sample without a verdict, None where it does not apply.

    A metric of the thinking does not apply where there was none, nor one of a judge where it was not asked.
    """
    partial = name.startswith(OF_THINKING) or name in OF_VERDICTS

    def value(row: Scored) -> tuple[float, float] | None:
        absent = None if row.outcome == "ok" or partial else 0.0
        found = dict(row.metrics).get(name, absent)
        return None if found is None else (found, dict(row.weights).get(name, 1.0))

    return value


def mean_parts(samples: Sequence[Scored], read: Reading, over: Average) -> list[QuestionPart]:
    """Each question with a value; samples without one are left out."""
    rows = _summed((row.question, *each) for row in samples if (each := read(row)) is not None)
    return [QuestionPart(_path(question, over), question, sums) for question, sums in rows.items()]


def lowest_of_groups(samples: Iterable[Scored], size: int) -> list[Scored]:
    """Docs that share a group as one question with the lowest of their scores, sample by sample.

    size: docs of a whole group; others are left out. What a question weighs is what its lowest doc does.
    """
    found: defaultdict[tuple[AskedDoc, int], list[Scored]] = defaultdict(list)
    for row in samples:
        found[row.question._replace(id=row.question.group), row.sample].append(row)
    whole = {place: rows for place, rows in found.items() if len(rows) == size}
    return [replace(min(rows, key=lambda row: row.value), question=question) for (question, _), rows in whole.items()]


def corpus_parts(samples: Sequence[Scored], name: str, how: str, over: Average) -> list[QuestionPart]:
    """The samples' parts in a figure of their sums, which is made of all of them or of each part of the benchmark.

    A part is a language where the benchmark is averaged over languages, and a subset in it where there are some. A
    sample without counts (its scorer died) has no part, and where all counts are 0 nothing was measured. how: as
    ``stats.corpus`` names it.
    """
    found = defaultdict(list)
    for row in samples:
        if name in dict(row.counts):
            found[_corpus_path(row.question, over)].append(row)
    parts: list[QuestionPart] = []
    for path, rows in found.items():
        counts = [dict(row.counts)[name] for row in rows]
        if not any(map(any, counts)):
            continue
        values = corpus.FIGURES[how](counts)
        sums = _summed((row.question, value, 1.0) for row, value in zip(rows, values, strict=True))
        parts += (QuestionPart(path, question, each) for question, each in sums.items())
    return parts


def counted(samples: Iterable[Scored], name: str) -> bool:
    """Whether some sample adds to the denominators of a figure of ratios."""
    return any(down > 0 for row in samples for down in dict(row.counts).get(name, ())[1::2])


def weighted(parts: Sequence[QuestionPart], pooled: Iterable[str]) -> list[stats.Question]:
    """The questions with the weights that make their mean the benchmark's."""
    if not any(part.path for part in parts):
        return [part.sums for part in parts]
    return stats.averaged_by_path([(part.path, part.sums) for part in parts], pooled)


def _summed(values: Iterable[tuple[AskedDoc, float, float]]) -> dict[AskedDoc, stats.Question]:
    """Questions with the sums of their samples, out of values with their weights; a weight of 0 is no value."""
    sums: dict[AskedDoc, list[float]] = {}
    for question, value, weight in values:
        if weight > 0:
            entry = sums.get(question) or sums.setdefault(question, [0, 0.0, 0.0, 0.0])
            entry[0] += 1
            entry[1] += value
            entry[2] += value**2
            entry[3] += weight
    return {
        question: stats.Question(question.group, int(count), total, squares, weight / count)
        for question, (count, total, squares, weight) in sums.items()
    }


def _path(question: AskedDoc, over: Average) -> str:
    """The part of the benchmark that a question is averaged in first; empty where all questions count alike."""
    if over == "docs":
        return ""
    return question.language or "" if over == "languages" else question.subset


def _corpus_path(question: AskedDoc, over: Average) -> str:
    """The part of the benchmark whose samples make one figure."""
    if over == "docs":
        return ""
    return f"{question.language or ''}/{question.subset}" if over == "languages" else question.subset
