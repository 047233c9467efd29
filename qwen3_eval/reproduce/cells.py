"""A printed table with our results in it: each cell ours, its interval, the printed number, a verdict."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qwen3_eval import reference
from qwen3_eval.reference import AVERAGE
from qwen3_eval.reproduce.comparable import obstacles
from qwen3_eval.reproduce.difference import SCALES, Basis, BesideReport, averaged, compare, times
from qwen3_eval.reproduce.remarks import remarks
from qwen3_eval.reproduce.runs import Found, MeasuredRun, find, tasks_for
from qwen3_eval.reproduce.stated import stated
from qwen3_eval.reproduce.tables import RELEASED, Layout, ModeBlock, ModelColumn, TableLine
from qwen3_eval.stats import bounds
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry
from qwen3_eval.task.source import Fitted
from qwen3_eval.types import Interval, UsageError, nearest

Agreement = Literal["agrees", "differs", "not comparable", "not measured"]
VERDICTS: tuple[Agreement, ...] = ("agrees", "differs", "not comparable", "not measured")


@dataclass(frozen=True, slots=True)
class PartNumber:
    """A number that a cell is the mean of, in the same unit. reason: why it is not to be trusted; mostly empty."""

    name: str
    ours: float
    interval: Interval
    docs: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One number of the table beside ours.

    ours, interval: absent where nothing was measured. compared: absent where the report has no number for the model, or
    asked other questions.
    reasons: why it cannot be compared, or was not measured. run: the folder that it comes from.
    remarks: what else is to be said of the number. parts: what it is the mean of, where that is one length of several.
    """

    line: TableLine
    ours: float | None = None
    interval: Interval | None = None
    basis: Basis | None = None
    reported: float | None = None
    compared: BesideReport | None = None
    reasons: tuple[str, ...] = ()
    run: str = ""
    remarks: tuple[str, ...] = ()
    parts: tuple[PartNumber, ...] = ()

    @property
    def verdict(self) -> Agreement:
        """What the cell says."""
        if self.ours is None:
            return "not measured"
        if self.reasons or self.compared is None:
            return "not comparable"
        return "differs" if self.compared.differs else "agrees"


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the table for one model.

    column: whose numbers ours are held against. others: further columns whose numbers are shown.
    asked: whether it is about the model at all; else the others' numbers alone are shown.
    """

    block: ModeBlock
    column: ModelColumn | None
    others: tuple[ModelColumn, ...]
    cells: tuple[SheetCell, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the report, filled in for one model."""

    layout: Layout
    model: str
    parts: tuple[Part, ...]

    @property
    def cells(self) -> tuple[SheetCell, ...]:
        """All cells that are about the model."""
        return tuple(cell for part in self.parts if part.asked for cell in part.cells)


@dataclass(frozen=True)
class Wanted:
    """What to show: whose column, by its title (empty: the model's own), and whether other models' numbers too."""

    model: str
    like: str = ""
    others: bool = False


def fill(layout: Layout, wanted: Wanted, runs: Sequence[MeasuredRun], registry: Registry) -> Sheet:
    """The table with what the runs measured. Raises UsageError for a column that it does not have."""
    like = pick(layout, wanted)
    parts = []
    for block in layout.blocks:
        column = like if like in block.columns else None
        asked = column is not None or (like is None and any(each.ours for each in block.columns))
        if asked or wanted.others:
            cells = _cells(block, column, wanted, runs, registry) if asked else map(SheetCell, block.lines)
            parts.append(Part(block, column, _others(block, column, wanted), tuple(cells), asked))
    return Sheet(layout, wanted.model, tuple(parts))


def pick(layout: Layout, wanted: Wanted) -> ModelColumn | None:
    """The column that ours are held against; None where the table has none for the model."""
    titles = {column.title: column for column in layout.columns}
    if wanted.like:
        by_name = {title.lower(): column for title, column in titles.items()}
        if wanted.like.lower() not in by_name:
            near = nearest(wanted.like, titles)
            raise UsageError(f"{layout.name} has no column {wanted.like!r}{near}; there are {', '.join(titles)}")
        return by_name[wanted.like.lower()]
    return next((column for column in layout.columns if is_column_of(column, wanted.model)), None)


def is_column_of(column: ModelColumn, model: str) -> bool:
    """Whether a column holds the numbers of a published model. Stage 4 of Table 22 is the published Qwen3-32B."""
    variant = "base" if column.variant == "base" else "instruct"
    return column.variant in RELEASED and reference.released(model) == (reference.released(column.model)[0], variant)


def _others(block: ModeBlock, column: ModelColumn | None, wanted: Wanted) -> tuple[ModelColumn, ...]:
    """All other columns if asked for; the Qwen3 models where the model is none of the table and none was picked."""
    foreign = column is None and not wanted.like
    return tuple(each for each in block.columns if each != column and (wanted.others or (foreign and each.ours)))


def _cells(
    block: ModeBlock, column: ModelColumn | None, wanted: Wanted, runs: Sequence[MeasuredRun], registry: Registry
) -> list[SheetCell]:
    """The lines of a block in their order; means of other lines are made of those. Lengths that it lacks among them."""
    beside = Beside(block.mode, column, column is None or not is_column_of(column, wanted.model))
    plain = [None if line.averages else _cell(line, beside, runs, registry) for line in block.lines]
    parts = [cell for cell in plain if cell is not None]
    found = [
        cell or _average(line, beside, parts, runs, registry) for line, cell in zip(block.lines, plain, strict=True)
    ]
    printed = {line.length for line in block.lines}
    further = [
        cell
        for line in block.lines
        if line.length == AVERAGE
        for cell in _further(line, printed, beside, runs, registry)
    ]
    return sorted([*found, *further], key=_by_length) if further else found


def _by_length(cell: SheetCell) -> int:
    return 0 if cell.line.length == AVERAGE else int(cell.line.length)


def _further(
    average: TableLine, printed: Container[str], beside: Beside, runs: Sequence[MeasuredRun], registry: Registry
) -> Iterator[SheetCell]:
    """The lengths that a run asked at and that are not printed."""
    whole = find(runs, tasks_for(registry, average.benchmark, beside.mode), average, beside.mode)
    for part in whole.parts if whole else ():
        if part.subset and part.subset not in printed:
            line = replace(average, length=part.subset, metric=part.metric, values={})
            cell = _cell(line, beside, runs, registry)
            yield replace(cell, reasons=(f"the {line.whose} prints no number at this length", *cell.reasons))


@dataclass(frozen=True, slots=True)
class Beside:
    """What ours stand beside: a column in a mode. foreign: whether it holds the numbers of another model."""

    mode: str
    column: ModelColumn | None
    foreign: bool


def _cell(line: TableLine, beside: Beside, runs: Sequence[MeasuredRun], registry: Registry) -> SheetCell:
    cell = SheetCell(line, reported=line.reported(beside.column))
    tasks = tasks_for(registry, line.benchmark, beside.mode)
    found = find(runs, tasks, line, beside.mode)
    if found is None:
        reason = _why_not_measured(line, tasks or tasks_for(registry, line.benchmark), beside.mode, runs)
        return replace(cell, reasons=(reason,), remarks=(*remarks(line, beside.column),))
    return _filled(cell, found, beside, registry)


def _filled(cell: SheetCell, found: Found, beside: Beside, registry: Registry) -> SheetCell:
    """A cell with what a run measured."""
    line = cell.line
    task, said = registry.get(found.result.task), stated(line, found.result.mode, beside.column)
    another = [f"another model than the {line.whose}'s"] if beside.foreign else []
    reasons = dict.fromkeys([*another, *obstacles(line, found, task, said)])
    cell = _measured(replace(cell, reasons=(*reasons,), run=found.record.folder.name), beside.column, found, task)
    told = (
        *remarks(line, beside.column, cell.compared, said, task),
        *_official(cell, found),
        *_fitted(line, found, task),
    )
    return replace(cell, remarks=told)


def _fitted(line: TableLine, found: Found, task: Task) -> Iterator[str]:
    """How a run departs from a benchmark of long prompts, as far as that concerns a line."""
    manifest, head = found.record.manifest, f"{task.spec.name}: "
    source = task.spec.source
    if not line.length or not isinstance(source, Fitted):
        return
    known = {each.sentence() for each in manifest.omissions} | {head + each for each in task.spec.deviations}
    for text in (each for each in manifest.deviations if each.startswith(head) and each not in known):
        shorter = re.findall(r"prompts of length (\d+)", text)
        if not shorter or line.length in (AVERAGE, *shorter):
            yield text.removeprefix(head)
    made = manifest.data.get(task.spec.name, {})
    if (samples := made.get("samples", source.count)) != source.count:
        yield f"{samples} samples of each part instead of {source.count}"
    if found.result.mode == "non-thinking" and made.get("begun") is False:
        yield "answers do not begin with the benchmark's words"


def _official(cell: SheetCell, found: Found) -> Iterator[str]:
    """What ours is, where the official code's figure is shown and is another."""
    if found.own is None or found.own.score == found.result.score:
        return
    both = times(found.own.unit, SCALES.get(cell.line.unit, 0.0)) * found.own.score, cell.ours
    shown = [f"{value:,.{cell.line.decimals}f}" for value in both]
    ours = shown[0] if shown[0] != shown[1] else f"{both[0]:.6g}"
    yield f"by the official code; with the lowest score for what could not be judged it is {ours}"


def _measured(cell: SheetCell, column: ModelColumn | None, found: Found, task: Task) -> SheetCell:
    # Without a printed number the comparison is with itself, for the interval in the printed unit.
    shown = found.result.score if cell.reported is None else cell.reported
    compared = compared_with(shown, found, task, cell.line, column)
    kept = None if cell.reported is None or task.spec.rebuilt else compared
    basis = basis_of(found, task)
    parts = tuple(_parts(found, cell.line)) if cell.line.length not in ("", AVERAGE) else ()
    return replace(cell, ours=compared.ours, interval=compared.interval, basis=basis, compared=kept, parts=parts)


def _parts(found: Found, line: TableLine) -> Iterator[PartNumber]:
    """What a result is the mean of, in the unit of its line."""
    for each in found.parts:
        unit = times(each.unit, SCALES.get(line.unit, 0.0))
        name, interval = (each.subset or "").rpartition("/")[2], bounds.scaled(each.interval, unit)
        yield PartNumber(name, unit * each.score, interval, each.n_docs, each.reason)


def compared_with(
    reported: float, found: Found, task: Task, line: TableLine, column: ModelColumn | None = None
) -> BesideReport:
    """Our number beside a printed one, by the errors that the two have, and beside the others that cards print."""
    basis = basis_of(found, task)
    weight, scale = weight_of(found, task, basis, line), SCALES.get(line.unit, 0.0)
    further = {each.value for each in line.printed(column)} - {reported}
    here, *others = (
        compare(found.result, value, line.decimals, basis, weight, scale) for value in (reported, *sorted(further))
    )
    return replace(here, further=tuple(others))


def basis_of(found: Found, task: Task) -> Basis:
    """Which errors our number and the report's have (see ``difference``). Drawn prompts are others each time."""
    if task.spec.share is not None or isinstance(task.spec.source, Fitted):
        return "others"
    if found.result.protocol == "base":
        return "greedy"
    return "samples" if found.result.interval_samples else "once"


def weight_of(found: Found, task: Task, basis: Basis, line: TableLine) -> float:
    """Draws behind the printed number for each of ours. Where it is not said how many samples it took, it is one."""
    if basis == "others" and task.spec.share and found.record.manifest.config.full:
        return task.spec.share.part
    if basis != "samples":
        return 1.0
    report = None if line.card else reference.settings(task.spec.benchmark)
    return ((report and report.n_samples) or 1) / (found.result.n_samples / found.result.n_docs)


def _why_not_measured(line: TableLine, tasks: Sequence[Task], mode: str, runs: Sequence[MeasuredRun]) -> str:
    if line.unit == "gpu_hours":
        return "what training cost; nothing to evaluate"
    if not tasks:
        return "an in-house benchmark of the report; no task" if line.in_house else "no task yet"
    if not any(("base" if mode == "base" else "chat") in task.spec.protocols for task in tasks):
        return "no task yet that asks a base model" if mode == "base" else "no task yet that asks in chat"
    for record in (run.record for run in runs):
        for task in tasks:
            if reason := record.manifest.skipped.get(task.spec.name):
                return f"left out of {record.folder.name}: {reason}"
            for entry in (each for each in record.manifest.plan if each.task == task.spec.name):
                if line.length and int(line.length) not in entry.lengths:
                    return f"{record.folder.name} did not ask at {int(line.length):,} tokens"
                return f"no score of it in {record.folder.name}"
    return "no run has it"


def _average(
    line: TableLine, beside: Beside, parts: Sequence[SheetCell], runs: Sequence[MeasuredRun], registry: Registry
) -> SheetCell:
    """The mean of the other cells: as a run measured it, where it asked at the lengths of the table and no others.

    Questions that are the same at each length count as one there. The mean over other lengths is told, and is never put
    beside the printed one.
    """
    cell = _mean(line, line.reported(beside.column), parts)
    whole = find(runs, tasks_for(registry, line.benchmark, beside.mode), line, beside.mode) if line.length else None
    if whole is None:
        return cell
    asked = [part.subset or "" for part in whole.parts]
    if set(asked) == {part.line.length for part in parts}:
        return _filled(SheetCell(line, reported=cell.reported), whole, beside, registry)
    lengths = ", ".join(f"{int(length):,}" for length in asked)
    [one] = _parts(replace(whole, parts=(whole.result,)), line)
    remark = f"ours at {lengths} tokens alone, which is another mean: {told(one, line)}"
    return replace(cell, remarks=(*cell.remarks, remark))


def told(part: PartNumber, line: TableLine) -> str:
    """A number with its interval: ``93.1 [92.4, 93.8]``."""
    low, high = (f"{value:.{line.decimals}f}" for value in (part.interval.low, part.interval.high))
    return f"{part.ours:.{line.decimals}f} [{low}, {high}]"


def _mean(line: TableLine, reported: float | None, parts: Sequence[SheetCell]) -> SheetCell:
    """The mean of the other cells; there is none unless all were measured."""
    lacking = [part.line.label for part in parts if part.ours is None]
    if lacking:
        return SheetCell(line, reported=reported, reasons=(f"a mean; {', '.join(lacking)} not measured",))
    ours, interval = bounds.of_mean([(part.ours or 0.0, part.interval) for part in parts if part.interval])
    compared = [part.compared for part in parts if part.compared]
    whole = (
        averaged(compared, reported, line.decimals) if reported is not None and len(compared) == len(parts) else None
    )
    return SheetCell(line, ours, interval, "mean", reported, whole, _shared_reasons(parts), parts[0].run)


def _shared_reasons(parts: Sequence[SheetCell]) -> tuple[str, ...]:
    """The reasons of the parts; those that not all of them have with the name of the part."""
    common = [reason for reason in parts[0].reasons if all(reason in part.reasons for part in parts)]
    others = [f"{part.line.label}: {why}" for part in parts for why in part.reasons if why not in common]
    return (*common, *others)
