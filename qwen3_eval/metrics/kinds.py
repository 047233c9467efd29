"""A metric out of what ``run.json`` tells about it, on any machine, whether the task is there or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qwen3_eval.metrics.base import Metric
from qwen3_eval.metrics.corpus import Corpus
from qwen3_eval.metrics.mean import Mean
from qwen3_eval.metrics.rating import RATED, Rating
from qwen3_eval.types import Average, Ladder

NONE: Mapping[str, str] = MappingProxyType({})


def made(
    metric: str = "accuracy",
    unit: str = "percent",
    *,
    average: Average = "docs",
    pooled: Sequence[str] = (),
    figures: Mapping[str, str] = NONE,
    together: int = 1,
    ladder: Ladder | None = None,
) -> Metric:
    """The metric of an entry of a plan; what an entry does not say is as here.

    ladder: what ``run.json`` keeps for a rating. A rating without one has nothing to be made of: the shares go by its
    name.
    """
    also, groups = dict(figures), tuple(pooled)
    if ladder:
        return Rating(metric, unit, kept=ladder, shares=Mean("pass@1", over=average, pooled=groups, also=also))
    if unit == RATED:
        return Rating(metric, unit, shares=Mean(metric, unit=unit, over=average, pooled=groups, also=also))
    if metric in also:
        how = also.pop(metric)
        return Corpus(metric, how=how, unit=unit, over=average, pooled=groups, also=also)
    return Mean(metric, unit=unit, over=average, pooled=groups, also=also, together=together)
