"""The gate: did a run get worse than a baseline by more than a margin, or can that not be told?

Each task, mode, budget and protocol of the baseline is one result with one test, ``Difference.p_worse``, and Holm's
correction makes them one decision: a run of an unchanged model fails with a chance of at most alpha, however many
results there are.

- 0: nothing got worse by more than the margin.
- 1: something did.
- 2: the two cannot be compared.
- 3: it cannot be told. A result is too small when a true drop of ``detect`` points would be found with a chance
  of less than 80 %; too unhealthy when samples are missing or failed for reasons that are not the model's, or when,
  with no drop shown, far more answers than in the baseline are cut off or missing.

``detect`` is 15 points by default: what the report measures passes, and what is too small for any use does not. For
scores in the middle the smallest drops found with 80 % are 7 points for 30 questions asked 64 times, 5 for 198 asked 10
times and 10 for 500 asked once; as one of 20 results 10, 6 and 14 (``python -m speed.statistics``). A hundred
questions asked once would show losses of 24 points, thirty losses of 50: a gate that passes them guards nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qwen3_eval.compare import pairs
from qwen3_eval.compare.baseline import (
    NOT_MEASURED,
    Baseline,
    CellScores,
    from_run,
    name_of,
    unmeasured,
)
from qwen3_eval.compare.rules import USUAL, Rules
from qwen3_eval.measure import health
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.store import differences
from qwen3_eval.stats.paired import Difference, holm
from qwen3_eval.types import Cell, Outcome, Scored, UsageError

Status = Literal["worse", "better", "unchanged", "too small", "unhealthy", "not measured", "not comparable"]
CODES: Mapping[Status, int] = {
    "worse": 1,
    "better": 0,
    "unchanged": 0,
    "too small": 3,
    "unhealthy": 3,
    "not measured": 3,
    "not comparable": 2,
}
# The exit code that says most comes first.
ORDER = (2, 1, 3, 0)
EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """A question whose score fell: means before and after, and, of a sample that lost, answer, outcome and gold."""

    id: str
    before: float
    after: float
    answer: str | None
    outcome: Outcome
    gold: str


@dataclass(frozen=True)
class CellVerdict:
    """What the gate says about one cell.

    Numbers are in the unit of the score. p: one-sided, after Holm's correction. detectable: the smallest true drop
    that is found with 80 %. notes: what differs of that which may differ. judge: the model that judged the answers of
    both; empty where none did.
    """

    cell: Cell
    status: Status
    reason: str = ""
    scale: float = 100.0
    difference: Difference | None = None
    p: float = 1.0
    detectable: float = math.inf
    notes: Sequence[str] = ()
    examples: Sequence[Example] = ()
    judge: str = ""

    @property
    def name(self) -> str:
        """``demo_math thinking, budget 64``."""
        return name_of(self.cell)


@dataclass(frozen=True)
class Decision:
    """What the gate says about a run. ``notes``: what differs between the runs as a whole."""

    rules: Rules
    run_id: str
    baseline_id: str
    cells: Sequence[CellVerdict]
    notes: Sequence[str]

    @property
    def code(self) -> int:
        """The exit code."""
        found = {CODES[each.status] for each in self.cells}
        return next(code for code in ORDER if code in found)

    def of(self, *statuses: Status) -> list[CellVerdict]:
        """The cells with one of these verdicts."""
        return [each for each in self.cells if each.status in statuses]


def gate(record: RunRecord, before: Baseline, rules: Rules = USUAL) -> Decision:
    """Decides about a run. Raises UsageError as ``from_run``, and for a baseline without results."""
    if not before.cells:
        raise UsageError(f"{before.source}, line 1: the baseline has no results")
    after = from_run(record)
    found = decide(before, after, rules)
    return replace(found, cells=[_with_examples(each, before, after, record) for each in found.cells])


def decide(before: Baseline, after: Baseline, rules: Rules) -> Decision:
    """Holds the scores of a run against those of a baseline."""
    measured: list[tuple[Cell, Difference]] = []
    refused: dict[Cell, CellVerdict] = {}
    for cell, old in before.cells.items():
        verdict = _refusal(cell, old, after.cells.get(cell))
        if verdict is not None:
            refused[cell] = verdict
        else:
            measured.append((cell, pairs.paired(old, after.cells[cell])))
    tested = {each.cell: each for each in _tested(measured, before, after, rules)}
    notes = differences(dict(before.conditions), dict(after.conditions))
    notes += [f"not in the baseline: {name_of(cell)}" for cell in after.cells if cell not in before.cells]
    return Decision(rules, after.run_id, before.run_id, [{**refused, **tested}[cell] for cell in before.cells], notes)


def _refusal(cell: Cell, before: CellScores, after: CellScores | None) -> CellVerdict | None:
    """Why a cell is not tested; None when it is."""
    if after is None:
        return CellVerdict(cell, "not comparable", "the run did not ask it")
    if reasons := pairs.unequal(before, after) if after.means else pairs.unlike(before, after):
        return CellVerdict(cell, "not comparable", "; ".join(reasons))
    if reason := unmeasured(after):
        return CellVerdict(cell, "not measured", reason)
    if not after.means:
        return CellVerdict(cell, "not measured", "no sample has a score")
    return None


def _tested(
    measured: Sequence[tuple[Cell, Difference]], before: Baseline, after: Baseline, rules: Rules
) -> list[CellVerdict]:
    """The verdicts of all tests together."""
    scales = [after.cells[cell].metric.scale for cell, _ in measured]
    margins = [rules.margin / scale for scale in scales]
    falls = holm([each.p_worse(margin) for (_, each), margin in zip(measured, margins, strict=True)])
    rises = holm([each.p_better(margin) for (_, each), margin in zip(measured, margins, strict=True)])
    level = rules.alpha / max(1, len(measured))
    found = []
    for (cell, difference), scale, fall, rise in zip(measured, scales, falls, rises, strict=True):
        old, new = before.cells[cell], after.cells[cell]
        one = CellVerdict(
            cell=cell,
            status="worse" if fall <= rules.alpha else "better" if rise <= rules.alpha else "unchanged",
            scale=scale,
            difference=difference,
            p=fall,
            detectable=scale * difference.detectable(rules.margin / scale, level),
            notes=pairs.changed(old, new),
            judge=new.judge,
        )
        found.append(_if_it_can_be_told(one, old, new, rules, level))
    return found


def _if_it_can_be_told(
    one: CellVerdict, before: CellScores, after: CellScores, rules: Rules, level: float
) -> CellVerdict:
    """The verdict, unless nothing was shown in a cell that could not have shown it."""
    if one.status == "worse":
        return one
    if reason := unhealthy(before, after):
        return replace(one, status="unhealthy", reason=reason)
    if one.detectable > rules.detect:
        return replace(one, status="too small", reason=_lacking(one, after, rules, level))
    return one


def unhealthy(before: CellScores, after: CellScores) -> str:
    """Which failures of the model are beyond the limit for a score, in words; empty when none is.

    They count only where they are also more than twice as frequent as in the baseline: what was so when the baseline
    was made is no news, and a share near the limit is now above it and now below.
    """
    for limit in health.LIMITS:
        shares = [each.outcomes.get(limit.outcome, 0) / max(1, each.samples) for each in (before, after)]
        if limit.outcome not in NOT_MEASURED and shares[1] > max(limit.share, 2 * shares[0]):
            return f"{shares[1]:.0%} of the samples {limit.meaning} ({shares[0]:.0%} in the baseline)"
    return ""


def _lacking(one: CellVerdict, after: CellScores, rules: Rules, level: float) -> str:
    """How much more would be needed, in words."""
    assert one.difference is not None
    asked = one.difference.wins + one.difference.losses + one.difference.ties
    times = one.difference.times_more(rules.detect / one.scale, rules.margin / one.scale, level)
    fewest = math.ceil(math.log2(1 / level))
    questions, samples = max(math.ceil(times * asked), fewest), math.ceil(times * after.samples / asked)
    least = f"the smallest is {one.detectable:.1f}" if math.isfinite(one.detectable) else "no drop would be"
    more = f"{max(0, questions - asked):,} more questions (now {asked:,})"
    if asked >= fewest:
        more += f", or {samples:,} samples a question in both runs (now {after.samples / asked:.3g})"
    return f"a drop of {rules.detect:g} points would not be found with 80 %, {least}; it takes about {more}"


def _with_examples(one: CellVerdict, before: Baseline, after: Baseline, record: RunRecord) -> CellVerdict:
    """With questions that lost most, where a cell got worse."""
    if one.status != "worse":
        return one
    old, new = before.cells[one.cell], after.cells[one.cell]
    falls = {name: new.means[name][0] - old.means[name][0] for name in pairs.common(old, new)}
    names = sorted((name for name, by in falls.items() if by < 0), key=lambda name: (falls[name], name))[:EXAMPLES]
    said, golds = _lost_samples(record, one.cell, names), _golds(record, one.cell, names)
    examples = [
        Example(name, old.means[name][0], new.means[name][0], *said[name], golds.get(name, "")) for name in names
    ]
    return replace(one, examples=examples)


def _lost_samples(record: RunRecord, cell: Cell, names: Sequence[str]) -> dict[str, tuple[str | None, Outcome]]:
    """Extracted answer and outcome of the worst sample of each question."""
    worst: dict[str, Scored] = {}
    for scored in record.scored.values():
        name = scored.question.id
        if name in names and scored.cell == cell:
            worst[name] = min(scored, worst.get(name, scored), key=lambda each: (each.value, each.sample))
    lines = {name: record.score(scored) for name, scored in worst.items()}
    return {name: (line["extracted"], line["outcome"]) for name, line in lines.items()}


def _golds(record: RunRecord, cell: Cell, names: Sequence[str]) -> dict[str, str]:
    lines = (line for _, line in record.kept_prompts() if line["task"] == cell.task and line["id"] in names)
    return {line["id"]: target if isinstance(target := line["target"], str) else str(target) for line in lines}
