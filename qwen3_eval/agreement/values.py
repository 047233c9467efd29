"""Verdicts of two judges side by side, whatever their form: their labels and their numbers, place by place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from qwen3_eval.agreement.raters import Opinion
from qwen3_eval.task.judged import Judged, Placed
from qwen3_eval.types import JsonValue


class Value(NamedTuple):
    """What two judges said at one place of a verdict about one answer: two labels, or two numbers."""

    group: str
    first: str | float
    second: str | float

    @property
    def numbers(self) -> bool:
        """Whether both are numbers."""
        return isinstance(self.first, float) and isinstance(self.second, float)


@dataclass
class SaidByBoth:
    """What two judges were read to say. alone: what only one was. neither: calls of which neither was read."""

    values: list[Value] = field(default_factory=list)
    alone: int = 0
    neither: int = 0


def said_by_both(pairs: Iterable[tuple[Opinion, Opinion]]) -> SaidByBoth:
    """Two judges' verdicts on the same answers, side by side."""
    found = SaidByBoth()
    for one, other in pairs:
        first, second = ({name: dict(parts(each)) for name, each in side.verdicts.items()} for side in (one, other))
        for call in dict.fromkeys([*first, *second]):
            a, b = first.get(call, {}), second.get(call, {})
            found.values += [Value(one.group, a[name], b[name]) for name in a if name in b]
            found.alone += len(a.keys() ^ b.keys())
            found.neither += not a and not b
    return found


def parts(verdict: object, place: str = "") -> Iterator[tuple[str, str | float]]:
    """The labels and numbers of a verdict, whatever its form, by their places in it; nothing for None."""
    if isinstance(verdict, bool | str):
        yield place, str(verdict)
    elif isinstance(verdict, int | float):
        if math.isfinite(verdict):
            yield place, float(verdict)
    elif isinstance(verdict, Mapping):
        for name, each in verdict.items():
            yield from parts(each, f"{place}.{name}")
    elif isinstance(verdict, Sequence):
        for number, each in enumerate(verdict):
            yield from parts(each, f"{place}.{number}")


def place_of(task: Judged | None, call: str, verdict: object) -> Placed | None:
    """What a verdict says of places; None where the task is not at hand, or makes nothing of it."""
    if task is None or verdict is None:
        return None
    try:
        return task.placed(call, cast(JsonValue, verdict))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None
