"""What cards print of a family of models as a table: its models are columns, the headings of the cards are groups.

A model may stand on several pages, with other numbers: which one is compared, and when a result differs at all, is in
``docs/decisions/0020-cards.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qwen3_eval import reference
from qwen3_eval.reference import cards
from qwen3_eval.reference.cards import CardRow, Printed
from qwen3_eval.reproduce.cells import Wanted, pick
from qwen3_eval.reproduce.tables import (
    CARD,
    CardLine,
    Layout,
    ModeBlock,
    ModelColumn,
    TableLine,
    card_names,
    decimals_of,
    layout,
)
from qwen3_eval.types import MODES, OFFICIAL, Result, UsageError, nearest


def layout_of(name: str) -> Layout:
    """A table or figure of the report, or a card. Raises UsageError that lists what there is for another name."""
    return card_layout(name) if name.startswith(CARD) else layout(name)


def card_layout(name: str) -> Layout:
    """The layout of ``card:qwen3-2507``. Raises UsageError that lists the cards for another name."""
    if name not in card_names():
        raise UsageError(f"there is no card {name!r}{nearest(name, card_names())}; there are {', '.join(card_names())}")
    title, pages = cards.cards()[name.removeprefix(CARD)]
    rows = sorted((row for row in cards.card_rows() if row.page in pages), key=lambda row: pages.index(row.page))
    modes = [mode for mode in (*MODES, "base") if any(row.mode == mode for row in rows)]
    blocks = [_block(mode, [row for row in rows if row.mode == mode], title) for mode in modes]
    dates = sorted({row.printed.date for row in rows})
    subject = f"what its cards print, {' to '.join(dict.fromkeys((dates[0], dates[-1])))}"
    return Layout(name, title, subject, tuple(blocks))


def about(table: Layout, wanted: Wanted) -> Layout:
    """A card as far as it prints numbers of the column that is wanted; a table of the report as it is.

    Blocks without the column stay where the numbers of others are wanted too. Raises UsageError where a card has no
    column for the model, with those that it has.
    """
    if not table.is_card:
        return table
    column = pick(table, wanted)
    if column is None:
        titles = ", ".join(each.title for each in table.columns)
        raise UsageError(f"{table.name} has no column for {wanted.model!r}; --as one of: {titles}")
    blocks = [_of_column(block, column) for block in table.blocks if wanted.others or column in block.columns]
    return replace(table, blocks=tuple(blocks))


def _of_column(block: ModeBlock, column: ModelColumn) -> ModeBlock:
    if column not in block.columns:
        return block
    return replace(block, lines=tuple(line for line in block.lines if line.reported(column) is not None))


def _block(mode: str, rows: Sequence[CardRow], family: str) -> ModeBlock:
    """The family's own models first, then earlier ones that the cards hold them against."""
    own = {row.model for row in rows if row.own or row.model.startswith(family)}
    columns = dict.fromkeys(_column(row) for row in sorted(rows, key=lambda row: row.model not in own))
    groups = list(dict.fromkeys(row.section for row in rows))
    lines = sorted(_lines(rows), key=lambda line: groups.index(line.group))
    return ModeBlock(mode, tuple(columns), tuple(lines))


def _column(row: CardRow) -> ModelColumn:
    return ModelColumn(row.model, row.variant)


def _lines(rows: Sequence[CardRow]) -> Iterator[TableLine]:
    """One line for each benchmark, under the heading that it first stands below."""
    kinds: defaultdict[tuple[str, ...], list[CardRow]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    for found in kinds.values():
        alike = [row.printed.value for row in rows if row.unit == found[0].unit]
        yield _line(found, decimals_of(found[0].unit, alike))


def _line(rows: Sequence[CardRow], decimals: int) -> TableLine:
    """The numbers of one benchmark."""
    first, columns = rows[0], dict.fromkeys(map(_column, rows))
    numbers = {column: _printed([row for row in rows if _column(row) == column]) for column in columns}
    values = {column: printed[0].value for column, printed in numbers.items()}
    card = CardLine(first.label, numbers, first.unlike)
    return TableLine(
        first.benchmark,
        first.metric,
        first.unit,
        decimals=decimals,
        group=first.section,
        values=values,
        card=card,
    )


def card_line(model: str, result: Result, benchmark: str) -> TableLine | None:
    """The line of one model alone for a result over all questions; None where no card has one."""
    mode = "base" if result.protocol == "base" else result.mode
    row = cards.card_row(model, mode, benchmark, _printed_as(result.metric, benchmark))
    return _line([row], decimals_of(row.unit, [row.printed.value])) if row else None


def _printed_as(metric: str, benchmark: str) -> str:
    """A metric as cards call it: they print one figure of what a model judged, which is the official code's."""
    if metric != OFFICIAL:
        return metric
    return next((row.metric for row in cards.card_rows() if row.benchmark == benchmark), metric)


def _printed(rows: Sequence[CardRow]) -> tuple[Printed, ...]:
    """Every number of a model: of these cards the one of its own page first, then of all sources by date."""
    here = min(rows, key=lambda row: not row.own).printed
    others = sorted((each for each in reference.printed(rows[0]) if each != here), key=lambda each: each.date)
    return (here, *others)
