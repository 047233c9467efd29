"""Two judges on the same answers of a task."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from qwen3_eval.agreement.raters import Opinion, Rater
from qwen3_eval.agreement.values import Value, parts, place_of, said_by_both
from qwen3_eval.stats import agreement as stats
from qwen3_eval.stats.agreement import Statistic
from qwen3_eval.task.judged import Judged

Figures: TypeAlias = Mapping[str, Statistic]


@dataclass(frozen=True)
class PairFigures:
    """Two judges on the same answers of a task.

    answers: that both judged. differing: answers to the same questions whose texts differ, so that they are left out.
    alone: verdicts that only one of them was read to give. neither: calls of which neither was read. figures: by name.
    order: of the models by their scores.
    """

    task: str
    first: Rater
    second: Rater
    answers: int
    differing: int
    alone: int
    neither: int
    figures: Figures
    order: Figures = field(default_factory=dict)


def of_pair(first: Rater, second: Rater, tasks: Mapping[str, Judged | None]) -> Iterator[PairFigures]:
    """Two judges, task by task, where they have answers in common."""
    for name, task in tasks.items():
        one, other = first.of_task(name), second.of_task(name)
        both = [answer for answer in one if answer in other]
        if not both:
            continue
        asked = {(each.model, each.unit) for each in one} & {(each.model, each.unit) for each in other}
        said = said_by_both((one[each], other[each]) for each in both)
        rated = list(rated_by_both(first, second, name, task))
        figures = {**_of_values(said.values), **_of_scores(rated)}
        differing = len(asked) - len({(each.model, each.unit) for each in both})
        yield PairFigures(name, first, second, len(both), differing, said.alone, said.neither, figures, _order(rated))


def _of_values(values: Sequence[Value]) -> dict[str, Statistic]:
    labels = [each for each in values if not each.numbers]
    numbers = [each for each in values if each.numbers]
    return {
        "agreement": stats.share([each.first == each.second for each in values], [each.group for each in values]),
        "kappa": stats.kappa(
            [str(each.first) for each in labels],
            [str(each.second) for each in labels],
            [each.group for each in labels],
        )
        if labels or not numbers
        else Statistic(why="verdicts are numbers: see the weighted one"),
        "weighted_kappa": stats.weighted_kappa(
            [cast(float, each.first) for each in numbers],
            [cast(float, each.second) for each in numbers],
            [each.group for each in numbers],
        )
        if numbers or not labels
        else Statistic(why="verdicts are labels"),
    }


def rated_by_both(first: Rater, second: Rater, name: str, task: Judged | None) -> Iterator[stats.RatedTwice]:
    """What both gave the answers of a task that both could judge: their scores.

    Of verdicts in a file nobody made scores: then it is the mean of what both said to one answer, for both.
    """
    one, other = first.of_task(name), second.of_task(name)
    scored = bool(first.name and second.name)
    for answer in one:
        if answer in other:
            mine, theirs = one[answer], other[answer]
            values = (mine.score, theirs.score) if scored else (_mean(mine, theirs, task), _mean(theirs, mine, task))
            if values[0] is not None and values[1] is not None:
                yield stats.RatedTwice(answer.model, mine.group, values[0], values[1])


def _mean(opinion: Opinion, other: Opinion, task: Judged | None) -> float | None:
    """The mean of the numbers in the verdicts that both gave, and of how the answer did in its games."""
    found = []
    for call, verdict in opinion.verdicts.items():
        if verdict is None or other.verdicts.get(call) is None:
            continue
        if (placed := place_of(task, call, verdict)) is not None:
            found.append(placed.first if placed.own else 1 - placed.first)
        else:
            found += [value for _, value in parts(verdict) if isinstance(value, float)]
    return math.fsum(found) / len(found) if found else None


def _of_scores(rated: Sequence[stats.RatedTwice]) -> dict[str, Statistic]:
    first, second, groups = ([getattr(each, name) for each in rated] for name in ("first", "second", "group"))
    return {
        "pearson": stats.pearson(first, second, groups),
        "spearman": stats.spearman(first, second, groups),
        "score_difference": stats.mean_difference([b - a for a, b in zip(first, second, strict=True)], groups),
    }


def _order(rated: Sequence[stats.RatedTwice]) -> dict[str, Statistic]:
    """The order of models, where there are several."""
    if len({each.model for each in rated}) < 2:
        return {}
    return {"tau_b": stats.model_order(rated, stats.tau_b), "rho": stats.model_order(rated, stats.rho)}
