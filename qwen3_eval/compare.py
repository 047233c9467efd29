"""Two runs cell by cell: whether they can be compared, and the difference over the questions that both answered."""

from __future__ import annotations

from qwen3_eval import summary
from qwen3_eval.baseline import CellScores
from qwen3_eval.stats.paired import Difference, Pair, difference
from qwen3_eval.store import differences

PROMPTS = "prompts_sha256"


def unequal(before: CellScores, after: CellScores) -> list[str]:
    """Why two measurements of a cell cannot be compared: each setting that differs; empty when they can."""
    one, other = ({"metric": each.metric, "unit": each.unit, **each.settings} for each in (before, after))
    if found := differences(one, other):
        return found
    if not common(before, after):
        return ["no question was answered in both"]
    if after.of_sums and before.means.keys() != after.means.keys():
        return [f"questions: {after.metric} is made of sums over all of them, and the two have not the same"]
    return []


def changed(before: CellScores, after: CellScores) -> list[str]:
    """What differs of that which may: sampling, limits, stop text, samples, prompts, questions."""
    one, other = dict(before.conditions), dict(after.conditions)
    lone = len(before.means.keys() ^ after.means.keys())
    if lone:
        one.pop(PROMPTS, None), other.pop(PROMPTS, None)
    found = differences(one, other)
    return found if not lone else [*found, f"questions: {len(common(before, after))} are in both, {lone} in one alone"]


def common(before: CellScores, after: CellScores) -> list[str]:
    """The questions that have a score in both, in order."""
    return sorted(before.means.keys() & after.means.keys())


def pairs(before: CellScores, after: CellScores) -> list[Pair]:
    """The common questions, grouped and weighted as those of ``after``, which comes from a run."""
    names = common(before, after)
    weighted = summary.averaged([after.rows[name] for name in names], after.plan)
    return [
        Pair(before.means[name][0], q.mean, min(before.means[name][1], q.count), q.group, q.weight, q.stratum)
        for name, q in zip(names, weighted, strict=True)
    ]


def paired(before: CellScores, after: CellScores) -> Difference:
    """The difference over the common questions. Raises ValueError when there is none."""
    return difference(pairs(before, after))
