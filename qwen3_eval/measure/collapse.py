"""Lengths at which a benchmark asks the same: one that collapses beside the others was not measured as they were.

A model loses much of its score over many doublings of the context, not most of it in one. Of the 112 numbers that the
report prints by length none has less than 0.57 of another of its model, and none less than 0.67 of its neighbour. A
length far below its neighbours, or below the same one in the other mode, is a fault of the configuration until shown
otherwise. One part of a benchmark may well give out at the greatest length; one that does between two lengths at which
it holds may not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from qwen3_eval.types import Cell, Interval, Result

# Of another's score; both intervals are given the benefit of the doubt.
SHARE = 0.5
LOOK = (
    "a collapse, and a fault of the configuration until shown otherwise: look at YaRN, at the engine's context, and "
    "for a chat template or a BOS that was applied twice"
)


class _AtLength(NamedTuple):
    """A result by its cell, its length in tokens and the path of its part in that, empty for all of the length."""

    cell: Cell
    length: int
    part: str

    @property
    def subset(self) -> str:
        return f"{self.length}/{self.part}" if self.part else str(self.length)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A place that has collapsed, and beside which one that has not."""

    place: _AtLength
    beside: _AtLength


# A score with its interval.
Scores = Mapping[_AtLength, tuple[float, Interval]]
# Why results are not valid, by cell and subset.
Reasons = defaultdict[tuple[Cell, str | None], list[str]]


def beside_other_lengths(results: Sequence[Result], metrics: Mapping[Cell, str]) -> list[Result]:
    """The results, of which those that have collapsed or lack parts, and means that they are in, are not valid.

    metrics: of the cells that ask at several lengths, by which metric; other results stay as they are.
    """
    found = {
        _place(each): each
        for each in results
        if each.language is None and each.subset and metrics.get(each.cell) == each.metric
    }
    scores = {place: (each.score, each.interval) for place, each in found.items() if place}
    reasons: Reasons = defaultdict(list)
    _name_lacking(scores, reasons)
    _name_faults(scores, reasons)
    return [_with(result, reasons.get((result.cell, result.subset), ())) for result in results]


def _place(result: Result) -> _AtLength | None:
    """Where a result of a subset such as ``4096`` or ``4096/part`` stands; None for one that is no length."""
    length, _, part = (result.subset or "").partition("/")
    return _AtLength(result.cell, int(length), part) if length.isdecimal() else None


def _with(result: Result, reasons: Sequence[str]) -> Result:
    if not reasons or result.language is not None:
        return result
    return replace(result, valid=False, reason="; ".join([*filter(None, [result.reason]), *reasons]))


def _name_lacking(scores: Scores, reasons: Reasons) -> None:
    """Lengths without parts that others of the same cell have: their means are of other questions."""
    parts: defaultdict[Cell, dict[str, None]] = defaultdict(dict)
    for place in scores:
        parts[place.cell] |= {place.part: None} if place.part else {}
    for place in (each for each in scores if not each.part):
        every = parts[place.cell]
        if lacking := [part for part in every if place._replace(part=part) not in scores]:
            has = len(every) - len(lacking)
            told = f"a mean of {has} parts, where other lengths have {len(every)}: without {', '.join(lacking)}"
            reasons[place.cell, place.subset].append(told)
            reasons[place.cell, None].append(f"{place.subset}: {told}")


def _name_faults(scores: Scores, reasons: Reasons) -> None:
    """Every fault at its place, and at the means that it is part of unless these have one of their own."""
    found = {fault.place: _told(fault, scores) for fault in faults(scores)}
    within: defaultdict[tuple[Cell, str | None], list[str]] = defaultdict(list)
    for place, told in found.items():
        reasons[place.cell, place.subset].append(f"{told}: {LOOK}")
        if not place.part or (length := place._replace(part="")) not in found:
            within[place.cell, None].append(f"{place.subset} ({told})")
            if place.part:
                within[place.cell, length.subset].append(f"{place.subset} ({told})")
    for above, told_there in within.items():
        reasons[above].append(f"{', '.join(told_there)}: {LOOK}")


def _told(fault: _Fault, scores: Scores) -> str:
    """``6.9 beside 92.3 at 8,192 tokens``."""
    place, other = fault.place, fault.beside
    where = f"at {other.length:,} tokens" if other.cell == place.cell else f"in {other.cell.mode} mode"
    return f"{scores[place][0]:.1f} beside {scores[other][0]:.1f} {where}"


def faults(scores: Scores) -> Iterator[_Fault]:
    """Every place that has collapsed, lengths before parts."""
    whole = {place: score for place, score in scores.items() if not place.part}
    found: dict[_AtLength, _AtLength] = {}
    # What has collapsed is nothing to hold others against: the next one beyond it is.
    while new := _fallen({place: score for place, score in whole.items() if place not in found}):
        found |= new
    yield from (_Fault(place, found[place]) for place in sorted(found, key=_by_length))
    yield from (
        _Fault(place, beside)
        for place in sorted(scores, key=_by_length)
        if place.part
        for beside in _dip(place, scores)
    )


def _by_length(place: _AtLength) -> int:
    return place.length


def _fallen(scores: Scores) -> dict[_AtLength, _AtLength]:
    """The lengths that have collapsed beside their neighbours, or beside the same length in another mode."""
    found = {}
    for place, score in scores.items():
        others = (*_neighbours(place, scores), *_in_other_modes(place, scores))
        if beside := next((other for other in others if collapsed(score, scores[other])), None):
            found[place] = beside
    return found


def _neighbours(place: _AtLength, scores: Scores) -> Iterator[_AtLength]:
    """The next shorter and the next longer place of the same part."""
    alike = sorted(other for other in scores if (other.cell, other.part) == (place.cell, place.part))
    at = alike.index(place)
    yield from (*alike[max(0, at - 1) : at], *alike[at + 1 : at + 2])


def _in_other_modes(place: _AtLength, scores: Scores) -> Iterator[_AtLength]:
    for other in scores:
        if (*_asked(other), other.length) == (*_asked(place), place.length) and other.cell.mode != place.cell.mode:
            yield other


def _asked(place: _AtLength) -> tuple[str, str]:
    return place.cell.task, place.cell.protocol


def _dip(place: _AtLength, scores: Scores) -> Iterator[_AtLength]:
    """A length beside which a part has collapsed, where it has on both sides; nothing else."""
    alike = [other for other in scores if (other.cell, other.part) == (place.cell, place.part)]
    beside = [other for other in alike if collapsed(scores[place], scores[other])]
    sides = {other.length > place.length for other in beside}
    if len(sides) == 2:
        yield min(beside, key=lambda other: abs(other.length - place.length))


def collapsed(score: tuple[float, Interval], other: tuple[float, Interval]) -> bool:
    """Whether a score is certainly less than ``SHARE`` of another one."""
    return score[1].high < SHARE * other[1].low
