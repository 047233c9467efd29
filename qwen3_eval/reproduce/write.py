"""A filled table as text: for a terminal, as Markdown, CSV or LaTeX."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from qwen3_eval import inert
from qwen3_eval.reproduce.cells import VERDICTS, Part, PartNumber, Sheet, SheetCell
from qwen3_eval.reproduce.difference import Basis
from qwen3_eval.reproduce.remarks import sources
from qwen3_eval.reproduce.tables import ModelColumn, TableLine
from qwen3_eval.types import COMPARABLE, REBUILT, Interval

WIDTH = 100
LONGEST_NOTE = 2_000
MARKS: Mapping[Basis, str] = {"samples": "s", "once": "q", "others": "o", "greedy": "g", "mean": "m"}
ERRORS: Mapping[Basis, str] = {
    "samples": "over samples of the same questions, in both numbers: does it reproduce?",
    "once": "over questions, in both numbers; with one answer to each it bounds the error of sampling from above, "
    "so that `agrees` says little",
    "others": "over questions, in both numbers: the report drew questions of its own that it does not name",
    "greedy": "over questions, in our number: greedy answers repeat but for numerics, so that `agrees` says little",
    "mean": "of the parts, taken as independent",
}
OTHERS_OF_CARD = "over questions, in both numbers: ours are a sample of them, and a card does not say which it asked"
CSV_HEADS = (
    *("table", "mode", "benchmark", "metric", "unit", "language", "length", "budget", "model", "ours", "low", "high"),
    *("error", "reported_model", "reported", "difference", "difference_low", "difference_high", "verdict", "reasons"),
    "run",
)
CARD_HEADS = (*CSV_HEADS, "remarks")
TEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "`": "\\textasciigrave{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "[": "{[}",
    "]": "{]}",
    "–": "--",
}
UNFOLDED = "the parts of each length: --format html, markdown or csv"
PART_HEADS = ("part", "ours", "95 % interval", "questions")
HELD = ("reported", "difference", "its interval")


def number(line: TableLine, value: float | None, sign: str = "") -> str:
    """A value with as many decimals as the report prints, a dash for none."""
    return "–" if value is None else f"{value:{sign},.{line.decimals}f}"


def bounds(line: TableLine, interval: Interval | None, sign: str = "") -> str:
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
    errors = {**ERRORS, "others": OTHERS_OF_CARD} if sheet.layout.is_card else ERRORS
    texts = [f"{MARKS[basis]}: {text}" for basis, text in errors.items() if basis in used]
    rebuilt = any(REBUILT in cell.reasons for cell in sheet.cells)
    return [*texts, f"{REBUILT}: {COMPARABLE}"] if rebuilt else texts


def heads(part: Part) -> tuple[str, ...]:
    """What stands over the texts of a cell; nothing reported where no model of the table was picked."""
    if not part.asked:
        return ()
    return ("ours", "95 % interval", *(HELD if part.column else ()), "verdict")


def fields(cell: SheetCell, part: Part, notes: Notes) -> tuple[str, ...]:
    """The texts of a cell, as ``heads`` names them."""
    if not part.asked:
        return ()
    line, compared = cell.line, cell.compared
    mark = f" {MARKS[cell.basis]}" if cell.basis else ""
    held = (
        number(line, cell.reported),
        number(line, compared.difference, "+") if compared else "–",
        bounds(line, compared.bounds, "+") if compared else "",
    )
    # All remarks are one note: most cells of a card share it.
    remarks = ["; ".join(cell.remarks)] if cell.remarks else []
    reasons = [f"{cell.verdict}: {reason}" if cell.ours is not None else reason for reason in cell.reasons]
    verdict = cell.verdict + notes.marks((*reasons, *remarks))
    return (number(line, cell.ours), bounds(line, cell.interval) + mark, *(held if part.column else ()), verdict)


def by_group(part: Part) -> Iterator[tuple[str, list[SheetCell]]]:
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
        lines += _own_lines(part, notes) if part.asked else []
        lines += _other_lines(part)
    lines += ["", counted(sheet), *_wrapped(explained(sheet))]
    lines += [UNFOLDED] if any(cell.parts for cell in sheet.cells) else []
    lines += _wrapped([f"({place}) {text}" for place, text in enumerate(notes.texts, 1)])
    return "\n".join(lines) + "\n"


def _wrapped(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, WIDTH, subsequent_indent="    ")]


def _own_lines(part: Part, notes: Notes) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("", *heads(part))]
    for group, cells in by_group(part):
        rows += [(group,)] if group else []
        rows += [(cell.line.label, *fields(cell, part, notes)) for cell in cells]
    yield from _aligned(rows)


def _other_lines(part: Part) -> Iterator[str]:
    """Further columns below, under numbers that stand for the models: their names are too long for a terminal."""
    if not part.others:
        return
    yield ""
    yield from _wrapped(
        ["reported: " + ", ".join(f"[{place}] {column.title}" for place, column in enumerate(part.others, 1))]
    )
    numbers = tuple(f"[{place}]" for place, _ in enumerate(part.others, 1))
    yield from _aligned(
        [("", *numbers), *((cell.line.label, *reported(cell.line, part.others)) for cell in part.cells)]
    )


def reported(line: TableLine, columns: Sequence[ModelColumn]) -> tuple[str, ...]:
    """The numbers that the report prints for some models."""
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


def markdown(sheet: Sheet) -> str:
    """Markdown, with a table for each part and the notes below."""
    notes, lines = Notes(), [f"## {_pipes(sheet.layout.title)}", "", f"Model: {inert.markdown(sheet.model)}"]
    for part in sheet.parts:
        lines += ["", f"### {_pipes(part_title(part))}", ""]
        titles = ("", *heads(part), *(column.title for column in part.others))
        lines += [_piped(titles), "|".join(["", "---", *["---:"] * (len(titles) - 1), ""])]
        for group, cells in by_group(part):
            lines += [_piped((f"**{group}**", *[""] * (len(titles) - 1)))] if group else []
            lines += [_piped(_full(cell, part, notes)) for cell in cells]
        lines += [line for cell in part.cells if cell.parts for line in _folded(cell)]
    lines += ["", counted(sheet), "", *(f"- {text}" for text in explained(sheet))]
    lines += [f"- ({place}) {inert.markdown(text, LONGEST_NOTE)}" for place, text in enumerate(notes.texts, 1)]
    return "\n".join(lines) + "\n"


def part_fields(cell: SheetCell) -> list[tuple[str, str, str, str]]:
    """Of each number that a cell is the mean of: name, ours, interval, and its questions with what is to be said."""
    return [
        (
            part.name,
            number(cell.line, part.ours),
            bounds(cell.line, part.interval),
            "; ".join([f"{part.docs:,}", *filter(None, [part.reason])]),
        )
        for part in cell.parts
    ]


def parts_title(cell: SheetCell) -> str:
    """What opens the parts of a cell."""
    return f"{cell.line.label}: {len(cell.parts)} parts"


def _folded(cell: SheetCell) -> Iterator[str]:
    """The parts of a cell in Markdown, one click away."""
    rows = [(inert.markdown(name), *texts[:2], inert.markdown(texts[2])) for name, *texts in part_fields(cell)]
    yield from ("", f"<details><summary>{parts_title(cell)}</summary>", "")
    yield from (_piped(PART_HEADS), "| --- | ---: | ---: | --- |", *(f"| {' | '.join(row)} |" for row in rows))
    yield from ("", "</details>")


def _full(cell: SheetCell, part: Part, notes: Notes) -> tuple[str, ...]:
    return (cell.line.label, *fields(cell, part, notes), *reported(cell.line, part.others))


def _piped(texts: Sequence[str]) -> str:
    return f"| {' | '.join(_pipes(text) for text in texts)} |"


def _pipes(text: str) -> str:
    """Words of this project that Markdown takes for neither a cell's end nor HTML."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def latex(sheet: Sheet) -> str:
    """LaTeX: a ``tabular`` for each part, with the rules of booktabs, and the notes below."""
    notes, lines = Notes(), ["% \\usepackage{booktabs}", f"% {_one_line(sheet.layout.title)}"]
    for part in sheet.parts:
        titles = ("", *heads(part), *(column.title for column in part.others))
        lines += [f"% {_one_line(part_title(part))}", f"\\begin{{tabular}}{{l{'r' * (len(titles) - 1)}}}"]
        lines += ["\\toprule", _row(titles), "\\midrule"]
        for place, (group, cells) in enumerate(by_group(part)):
            lines += ["\\midrule"] if place else []
            title = f"\\multicolumn{{{len(titles)}}}{{l}}{{\\textit{{{_tex(group)}}}}} \\\\"
            lines += [title] if group else []
            lines += [_row(_full(cell, part, notes)) for cell in cells]
        lines += ["\\bottomrule", "\\end{tabular}", ""]
    texts = [f"Model: {sheet.model}.", f"{counted(sheet)}.", *(f"{text}." for text in explained(sheet))]
    texts += [f"({place}) {text}." for place, text in enumerate(notes.texts, 1)]
    return "\n".join([*lines, "\\par\\footnotesize", " ".join(_tex(text) for text in texts)]) + "\n"


def _row(texts: Sequence[str]) -> str:
    return f"{' & '.join(_tex(text) for text in texts)} \\\\"


def _tex(text: str) -> str:
    """Text without a character that means something to LaTeX; brackets too, which follow a row's end."""
    return "".join(TEX.get(character, character) for character in _one_line(text))


def _one_line(text: str) -> str:
    return inert.plain(text, LONGEST_NOTE)


def comma_separated(sheet: Sheet) -> str:
    """CSV: one line a number, in full precision; the others' numbers after those of a part, without a verdict.

    Of a card, and where there is something to be said beside the numbers, a further column has the remarks.

    Texts are cells that no spreadsheet takes for a formula (``inert.csv_cell``).
    """
    text, is_card = io.StringIO(), sheet.layout.is_card
    heads = CARD_HEADS if is_card or any(cell.remarks for cell in sheet.cells) else CSV_HEADS
    writer = csv.DictWriter(text, heads, restval="", lineterminator="\n")
    writer.writeheader()
    for part in sheet.parts:
        for cell in part.cells if part.asked else ():
            writer.writerow(_cells(_own_record(sheet, part, cell)))
            writer.writerows(_cells(_part_record(sheet, part, cell, each)) for each in cell.parts)
        for column in part.others:
            for cell in part.cells:
                if (value := cell.line.reported(column)) is not None:
                    told = {"reported_model": column.title, "reported": number(cell.line, value).replace(",", "")}
                    told |= {"remarks": "; ".join(sources(cell.line, column))} if is_card else {}
                    writer.writerow(_cells({**_place(sheet, part, cell.line), **told}))
    return text.getvalue()


def _cells(record: Mapping[str, object]) -> dict[str, object]:
    return {
        name: inert.csv_cell(_one_line(value)) if isinstance(value, str) and name != "reported" else value
        for name, value in record.items()
    }


def _place(sheet: Sheet, part: Part, line: TableLine) -> dict[str, object]:
    names = ("benchmark", "metric", "unit", "language", "length", "budget")
    return {"table": sheet.layout.name, "mode": part.block.mode, **{name: getattr(line, name) for name in names}}


def _own_record(sheet: Sheet, part: Part, cell: SheetCell) -> dict[str, object]:
    found: dict[str, object] = {"model": sheet.model, "run": cell.run, "error": cell.basis, "verdict": cell.verdict}
    found |= {"ours": cell.ours, "reasons": "; ".join(cell.reasons)}
    if cell.interval:
        found |= {"low": cell.interval.low, "high": cell.interval.high}
    if part.column:
        shown = "" if cell.reported is None else number(cell.line, cell.reported).replace(",", "")
        found |= {"reported_model": part.column.title, "reported": shown}
    if cell.compared:
        low, high = cell.compared.bounds.low, cell.compared.bounds.high
        found |= {"difference": cell.compared.difference, "difference_low": low, "difference_high": high}
    found |= {"remarks": "; ".join(cell.remarks)} if cell.remarks else {}
    return {**_place(sheet, part, cell.line), **found}


def _part_record(sheet: Sheet, part: Part, cell: SheetCell, each: PartNumber) -> dict[str, object]:
    """A number that a cell is the mean of; nothing is printed of it."""
    place = {**_place(sheet, part, cell.line), "length": f"{cell.line.length}/{each.name}"}
    found = {"model": sheet.model, "run": cell.run, "error": cell.basis, "reasons": each.reason}
    return {**place, **found, "ours": each.ours, "low": each.interval.low, "high": each.interval.high}


# A page is written by ``report``, which has what pages share.
WRITERS: Mapping[str, Callable[[Sheet], str]] = {
    "terminal": terminal,
    "markdown": markdown,
    "csv": comma_separated,
    "latex": latex,
}
