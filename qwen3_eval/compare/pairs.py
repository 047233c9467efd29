"""Runs compared cell by cell, over the questions that both answered.

Each result of two runs that were measured alike has one difference, its interval over questions, and a p-value of no
difference, which Holm's correction adjusts for the number of results. What was measured otherwise is left out by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qwen3_eval.aligned import columns
from qwen3_eval.compare.baseline import JUDGE, Baseline, CellScores, from_run, name_of, unmeasured
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.store import differences
from qwen3_eval.stats.paired import Difference, Pair, difference, holm
from qwen3_eval.types import REBUILT, Cell, UsageError

PROMPTS = "prompts_sha256"


@dataclass(frozen=True)
class PairedCell:
    """A cell in two runs.

    scale: of fractions in the unit. p: of no difference, two-sided, adjusted. notes: what differs of that which may,
    and what is missing. judge: the model that judged the answers of both; empty where none did. rebuilt: the report
    asked other questions.
    """

    cell: Cell
    scale: float
    difference: Difference
    p: float
    notes: Sequence[str]
    judge: str = ""
    rebuilt: bool = False

    @property
    def name(self) -> str:
        """``demo_math thinking, budget 64``."""
        return name_of(self.cell)


@dataclass(frozen=True)
class Comparison:
    """Two runs.

    left_out: names of cells that cannot be compared, with the reason. notes: what differs between the runs as a whole.
    """

    before: Baseline
    after: Baseline
    cells: Sequence[PairedCell]
    left_out: Sequence[tuple[str, str]]
    notes: Sequence[str]


def compare_runs(records: Sequence[RunRecord]) -> list[Comparison]:
    """The first run against each of the others.

    Raises UsageError as ``from_run``, when fewer than two runs are given, and when two have nothing in common that was
    measured alike; the message says what differs.
    """
    if len(records) < 2:
        raise UsageError("one run is nothing to compare; name two or more run directories")
    first, *others = (from_run(record) for record in records)
    return [compare(first, other) for other in others]


def compare(before: Baseline, after: Baseline) -> Comparison:
    """One run against another. Raises UsageError when no cell can be compared."""
    left_out = list(_left_out(before, after))
    named = {name for name, _ in left_out}
    cells = [cell for cell in before.cells if cell in after.cells and name_of(cell) not in named]
    if not cells:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out[:3]) or "they have no scores"
        raise UsageError(f"{before.source} and {after.source} cannot be compared: {reasons}")
    found = [paired(before.cells[cell], after.cells[cell]) for cell in cells]
    chances = holm([each.p for each in found])
    compared = [
        _compared(before.cells[cell], after.cells[cell], each, p)
        for cell, each, p in zip(cells, found, chances, strict=True)
    ]
    notes = differences(dict(before.conditions), dict(after.conditions))
    return Comparison(before, after, compared, left_out, notes)


def _compared(before: CellScores, after: CellScores, found: Difference, p: float) -> PairedCell:
    return PairedCell(after.cell, after.metric.scale, found, p, _remarks(before, after), after.judge, after.rebuilt)


def _left_out(before: Baseline, after: Baseline) -> Iterator[tuple[str, str]]:
    for cell in dict.fromkeys([*before.cells, *after.cells]):
        one, other = before.cells.get(cell), after.cells.get(cell)
        if one is None or other is None:
            yield name_of(cell), f"not asked in {(before if one is None else after).run_id}"
        elif reasons := unequal(one, other):
            yield name_of(cell), "; ".join(reasons)


def _remarks(before: CellScores, after: CellScores) -> list[str]:
    missing = [reason for each in (before, after) if (reason := unmeasured(each))]
    return [*missing, *changed(before, after)]


def unequal(before: CellScores, after: CellScores) -> list[str]:
    """Why two measurements of a cell cannot be compared: each setting that differs; empty when they can."""
    if found := unlike(before, after):
        return found
    if not common(before, after):
        return ["no question was answered in both"]
    if after.metric.joint and before.means.keys() != after.means.keys():
        return [f"questions: {after.metric.name} is made of sums over all of them, and the two have not the same"]
    return []


def unlike(before: CellScores, after: CellScores) -> list[str]:
    """Each setting that differs and must not: that of the judge with the names of both."""
    one, other = ({"metric": each.metric.name, "unit": each.metric.unit, **each.settings} for each in (before, after))
    judges = one.pop(JUDGE, None), other.pop(JUDGE, None)
    found = differences(one, other)
    return found if judges[0] == judges[1] else [*_judges(*judges), *found]


def _judges(before: object, after: object) -> Iterator[str]:
    """``judge: "A" -> "B"``, then what else differs."""
    one, other = ({**each} if isinstance(each, dict) else {} for each in (before, after))
    names = [json.dumps(each.pop("model", None), ensure_ascii=False) for each in (one, other)]
    yield f"judge: {names[0]} -> {names[1]}" if names[0] != names[1] else f"judge: {names[0]}, asked otherwise"
    if before and after:
        yield from differences(one, other, f"{JUDGE}.")


def changed(before: CellScores, after: CellScores) -> list[str]:
    """What differs of that which may: sampling, limits, stop text, samples, prompts, questions."""
    one, other = dict(before.conditions), dict(after.conditions)
    texts = (one.pop(PROMPTS, None), other.pop(PROMPTS, None))
    found = differences(one, other)
    if lone := len(before.means.keys() ^ after.means.keys()):
        return [*found, f"questions: {len(common(before, after))} are in both, {lone} in one alone"]
    return found if texts[0] == texts[1] else [*found, "prompts: other texts, though under the same version"]


def common(before: CellScores, after: CellScores) -> list[str]:
    """The questions that have a score in both, in order."""
    return sorted(before.means.keys() & after.means.keys())


def pairs(before: CellScores, after: CellScores) -> list[Pair]:
    """The common questions, grouped and weighted as those of ``after``, which comes from a run."""
    names = common(before, after)
    weighted = after.metric.weighted([after.parts[name] for name in names])
    return [
        Pair(before.means[name][0], q.mean, min(before.means[name][1], q.count), q.group, q.weight, q.stratum)
        for name, q in zip(names, weighted, strict=True)
    ]


def paired(before: CellScores, after: CellScores) -> Difference:
    """The difference over the common questions. Raises ValueError when there is none."""
    return difference(pairs(before, after))


COLUMNS = ("result", "before", "after", "difference", "95 % interval", "p", "wins", "losses", "ties")


def cells_of(one: PairedCell) -> tuple[str, ...]:
    """A result as text, in the order of ``COLUMNS``."""
    d, scale = one.difference, one.scale
    bounds = f"[{scale * d.interval.low:+.1f}, {scale * d.interval.high:+.1f}]"
    scores = (f"{scale * d.before:.1f}", f"{scale * d.after:.1f}", f"{scale * d.mean:+.1f}")
    return one.name, *scores, bounds, p_text(one.p), str(d.wins), str(d.losses), str(d.ties)


def p_text(p: float) -> str:
    """A p-value to four places."""
    return "<0.0001" if p < 1e-4 else f"{p:.4f}"


def text_lines(found: Comparison) -> Iterator[str]:
    """A comparison for a terminal."""
    yield f"before: {found.before.run_id} ({found.before.model}), after: {found.after.run_id} ({found.after.model})"
    yield from columns([COLUMNS, *(cells_of(each) for each in found.cells)], left=(0,))
    yield from (f"{each.name}: judged by {each.judge}" for each in found.cells if each.judge)
    yield from (f"{each.name}: beside the report: {REBUILT}" for each in found.cells if each.rebuilt)
    yield from (f"{each.name}: {note}" for each in found.cells for note in each.notes)
    yield from (f"differs: {note}" for note in found.notes)
    yield from (f"left out: {name}: {reason}" for name, reason in found.left_out)
    yield "Intervals are over questions, paired and clustered by group; p is two-sided, by Holm for all results."


def as_json(found: Comparison) -> dict[str, object]:
    """A comparison for scripts; numbers in the unit of the score."""
    return {
        "before": found.before.run_id,
        "after": found.after.run_id,
        "results": [_result(each) for each in found.cells],
        "left_out": dict(found.left_out),
        "differs": list(found.notes),
    }


def _result(one: PairedCell) -> dict[str, object]:
    found = {**one.cell._asdict(), **difference_json(one.difference, one.scale), "p": one.p, "differs": list(one.notes)}
    return found | ({"judge": one.judge} if one.judge else {}) | ({"rebuilt": True} if one.rebuilt else {})


def difference_json(d: Difference, scale: float) -> dict[str, object]:
    """A difference for scripts."""
    return {
        "before": scale * d.before,
        "after": scale * d.after,
        "difference": scale * d.mean,
        "ci95": [scale * d.interval.low, scale * d.interval.high],
        "wins": d.wins,
        "losses": d.losses,
        "ties": d.ties,
    }
