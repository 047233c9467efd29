"""A filled table as text: for a terminal, as Markdown, CSV, LaTeX or HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from qwen3_eval.reproduce.cells import VERDICTS, Cell, Part, Sheet
from qwen3_eval.reproduce.difference import Basis
from qwen3_eval.reproduce.tables import Column, Line
from qwen3_eval.types import Interval

WIDTH = 100
MARKS: Mapping[Basis, str] = {"samples": "s", "once": "q", "others": "o", "greedy": "g", "mean": "m"}
ERRORS: Mapping[Basis, str] = {
    "samples": "over samples of the same questions, in both numbers: does it reproduce?",
    "once": "over questions, in both numbers; with one answer to each it bounds the error of sampling from above, "
    "so that `agrees` says little",
    "others": "over questions, in both numbers: the report drew a sample of questions that it does not name",
    "greedy": "over questions, in our number: greedy answers repeat but for numerics, so that `agrees` says little",
    "mean": "of the parts, taken as independent",
}
HEADS = ("ours", "95 % interval", "reported", "difference", "its interval", "verdict")


def number(line: Line, value: float | None, sign: str = "") -> str:
    """A value with as many decimals as the report prints, a dash for none."""
    return "–" if value is None else f"{value:{sign},.{line.decimals}f}"


def bounds(line: Line, interval: Interval | None, sign: str = "") -> str:
    """An interval in brackets, empty for none."""
    return f"[{number(line, interval.low, sign)}, {number(line, interval.high, sign)}]" if interval else ""


class Notes:
    """Numbers the reasons as they come up."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def marks(self, reasons: Sequence[str]) -> str:
        """The numbers of some reasons in parentheses; empty for none."""
        for reason in reasons:
            if reason not in self.texts:
                self.texts.append(reason)
        places = ", ".join(str(self.texts.index(reason) + 1) for reason in reasons)
        return f" ({places})" if places else ""


def counted(sheet: Sheet) -> str:
    """How many cells have which verdict, in a sentence."""
    found = [cell.verdict for cell in sheet.cells]
    said = [f"{found.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in found]
    compared = found.count("agrees") + found.count("differs")
    chance = f"; of {compared} compared, {compared / 20:.1f} would differ by chance" if compared else ""
    return f"{', '.join(said)}{chance}"


def explained(sheet: Sheet) -> list[str]:
    """What the marks of the intervals mean, for those that occur."""
    used = {cell.basis for cell in sheet.cells}
    return [f"{MARKS[basis]}: {text}" for basis, text in ERRORS.items() if basis in used]


def fields(cell: Cell, notes: Notes) -> tuple[str, ...]:
    """The texts of a cell, as ``HEADS`` names them."""
    line, compared = cell.line, cell.compared
    mark = f" {MARKS[cell.basis]}" if cell.basis else ""
    return (
        number(line, cell.ours),
        bounds(line, cell.interval) + mark,
        number(line, cell.reported),
        number(line, compared.difference, "+") if compared else "–",
        bounds(line, compared.bounds, "+") if compared else "",
        cell.verdict + notes.marks(cell.reasons),
    )


def by_group(part: Part) -> Iterator[tuple[str, list[Cell]]]:
    """The cells under their headings."""
    for group, cells in groupby(part.cells, key=lambda cell: cell.line.group):
        yield group, list(cells)


def part_title(part: Part) -> str:
    """The mode, and whose numbers are the reported ones."""
    return f"{part.block.title}, reported: {part.column.title}" if part.column else part.block.title


def terminal(sheet: Sheet) -> str:
    """For a terminal of 100 columns."""
    notes, lines = Notes(), [f"{sheet.layout.title}", f"model: {sheet.model}"]
    for part in sheet.parts:
        lines += ["", part_title(part)]
        lines += _own_lines(part, notes)
        lines += _other_lines(part)
    lines += ["", counted(sheet), *_wrapped(explained(sheet))]
    lines += _wrapped([f"({place}) {text}" for place, text in enumerate(notes.texts, 1)])
    return "\n".join(lines) + "\n"


def _wrapped(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, WIDTH, subsequent_indent="    ")]


def _own_lines(part: Part, notes: Notes) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("", *HEADS)]
    for group, cells in by_group(part):
        rows += [(group,)] if group else []
        rows += [(cell.line.label, *fields(cell, notes)) for cell in cells]
    yield from _aligned(rows)


def _other_lines(part: Part) -> Iterator[str]:
    """Further columns below, under numbers that stand for the models: their names are too long for a terminal."""
    if not part.others:
        return
    yield ""
    yield from _wrapped(
        ["reported: " + ", ".join(f"[{place}] {column.title}" for place, column in enumerate(part.others, 1))]
    )
    heads = tuple(f"[{place}]" for place, _ in enumerate(part.others, 1))
    yield from _aligned([("", *heads), *((cell.line.label, *_reported(cell.line, part.others)) for cell in part.cells)])


def _reported(line: Line, columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(number(line, line.reported(column)) for column in columns)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns of a table; the first and the last to the left. A row of one text is a heading."""
    full = [row for row in rows if len(row) > 1]
    widths = [max(len(row[place]) for row in full) for place in range(len(full[0]))]
    last = len(widths) - 1
    for row in rows:
        if len(row) == 1:
            yield row[0]
            continue
        texts = (
            text.ljust(width) if place in (0, last) else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(texts).rstrip()


WRITERS: Mapping[str, Callable[[Sheet], str]] = {"terminal": terminal}
