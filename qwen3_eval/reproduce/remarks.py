"""What is said of a number of a card beside the verdict: where it is printed, and what is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from qwen3_eval.reference.cards import Printed
from qwen3_eval.reproduce.difference import BesideReport
from qwen3_eval.reproduce.stated import Stated, unprinted
from qwen3_eval.reproduce.tables import ModelColumn, TableLine
from qwen3_eval.task.base import Task


def remarks(
    line: TableLine,
    column: ModelColumn | None,
    compared: BesideReport | None = None,
    said: Stated | None = None,
    task: Task | None = None,
) -> Iterator[str]:
    """Every printed number with its card and date, and which settings are not printed. Nothing for the report.

    compared, said, task: of what was measured; absent where nothing was.
    """
    found = line.printed(column)
    if not found or column is None:
        return
    yield from sources(line, column)
    yield from dict.fromkeys(each.remark for each in found if each.remark)
    if compared and compared.differs_alone and not compared.differs:
        first = f"{found[0].value:,.{line.decimals}f}"
        yield f"it differs from {first} alone, and lies within the interval around all printed numbers"
    if said and task:
        protocol = "base" if column.variant == "base" else "chat"
        lacking = ", ".join(unprinted(said, protocol, sampled=task.spec.share is not None))
        yield f"not printed by the card: {lacking}"


def sources(line: TableLine, column: ModelColumn) -> Iterator[str]:
    """Every printed number of a model with its card and date."""
    if found := line.printed(column):
        yield where(found, line.decimals)


def where(found: Sequence[Printed], decimals: int) -> str:
    """Every value with its sources: ``printed: 83.9 (card A, 2025-07; card B, 2025-09), 85.1 (card C, 2026-02)``."""
    values: defaultdict[float, list[str]] = defaultdict(list)
    for each in found:
        values[each.value].append(each.source + (f": {each.note}" if each.note else ""))
    if len(values) == 1:
        return f"printed in {'; '.join(values[found[0].value])}"
    return "printed: " + ", ".join(f"{value:,.{decimals}f} ({'; '.join(told)})" for value, told in values.items())
