"""Tables that need no pandas to be compared: plain ones, where it is sure what pandas would make of each cell.

Plain is a table with as many cells in each row as there are names, without quotes, missing values in JSON, escapes,
names that pandas takes for dates, or cells at which numpy breaks when pandas asks it for their type (``02134``). Two
plain tables are the same to ``tables`` when their cells are the same text, and differ when a word or a number does:
whichever types pandas gives to their columns. Anything else is left to pandas.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What a benchmark's table is many times shorter than.
LONGEST = 50_000
Cell = str | int | float

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,17})?")
WORD = re.compile(r"[^\W\d_]{2}")
# Texts with letters that pandas may take for a number, a truth value or a missing one.
NO_WORDS = re.compile(r"[-+#<]*(nan|inf|infinity|true|false|null|none|na|n/a|.*#.*|na>)\s*", re.IGNORECASE)
# The name of a type of pandas or numpy, with arguments.
TYPE = re.compile(r"\s*\w+\[")
# What numpy takes for the beginning of a list of types, unless it is a number as numbers are spelled.
LISTED = re.compile(r"[\[()\],<>|=]|[-+.]*[0-9]")
SPELLED = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,17})?")
# Numbers nearer than that are left to pandas, which reads some floats less exactly than Python.
NEAR, NEAR_PART = 1e-5, 1e-9
LARGEST = 1e15
# Columns that pandas looks for dates in, and a word that is in no date.
DATES = re.compile(r".*(_at|_time)|timestamp.*|modified|date|datetime", re.IGNORECASE | re.DOTALL)
DATELESS = re.compile(
    r"(?<![A-Za-z])(?!jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|hour|minute|second|today)"
    r"[a-z]{4,}(?![A-Za-z])",
    re.IGNORECASE,
)
# Escapes by which a text can be spelled in several ways, but for those of slashes and quotation marks.
ESCAPE = re.compile(r"\\[^/\"]")
ESCAPED = re.compile(r"[/\"\\]")
BLANKS = re.compile(r"[^\S ]|  ")
HTML = re.compile(
    r'<table(?: border="1" class="dataframe")?>\s*<thead>\s*<tr(?: style="text-align: right;")?>'
    r"(?P<names>(?:\s*<th>[^<>&]*</th>)+)\s*</tr>\s*</thead>\s*"
    r"<tbody>(?P<rows>(?:\s*<tr>(?:\s*<td>[^<>&]*</td>)+\s*</tr>)+)\s*</tbody>\s*</table>"
)
HTML_CELL = re.compile(r"<t[hd]>([^<]*)</t[hd]>")


@dataclass(frozen=True)
class PlainTable:
    """Names without blanks around them, rows of as many cells, and how the table was written."""

    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    form: str


def verdict(wanted: str, text: str, truth: str) -> bool | None:
    """Whether two tables in a format are the same; None where pandas has to say."""
    if truth.strip() != truth.strip("\n"):
        return None
    given, right = plain(wanted, text), plain(wanted, truth.strip())
    if given is None or right is None or given.form != right.form:
        return None
    found = _same(given, right)
    return None if found is False and _another_table(wanted, text, right.names) else found


def plain(wanted: str, text: str) -> PlainTable | None:
    """The table in a text; None where it is not plain."""
    if wanted not in READERS or len(text) > LONGEST or not _is_printable(text):
        return None
    form, lists = READERS[wanted](text)
    if len(lists) < 2:
        return None
    names, *rows = lists
    bare = [name.strip() for name in names if isinstance(name, str)]
    sound = all(bare) and len(bare) == len(names) == len(set(bare)) and "index" not in bare
    whole = all(len(row) == len(names) and not all(cell == "" for cell in row) for row in rows)
    odd = any(isinstance(cell, str) and _is_odd(cell) for row in lists for cell in row)
    return PlainTable(bare, rows, form) if sound and whole and not odd else None


def _is_odd(cell: str) -> bool:
    """Whether a text is the name of a type, a number without end, or what numpy breaks at."""
    bare = cell.strip()
    listed = ("," in bare or LISTED.match(bare)) and not SPELLED.fullmatch(bare)
    if TYPE.match(cell) or (listed and (_breaks(cell) or _breaks(bare))):
        return True
    try:
        return math.isinf(float(cell))
    except ValueError:
        return False


@functools.lru_cache(maxsize=4096)
def _breaks(cell: str) -> bool:
    """Whether numpy raises another error than pandas expects of a text that names no type."""
    import numpy

    try:
        numpy.dtype(cell)
    except (TypeError, ValueError):
        return False
    except Exception:  # noqa: BLE001 - whatever it makes of the text
        return True
    return False


def _is_printable(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable()


def _another_table(wanted: str, text: str, names: Sequence[str]) -> bool:
    """Whether the names of the truth are a later line of a text, from where on it is read again."""
    if wanted != "csv":
        return False
    header = ",".join(names)
    lines = [line.strip() for line in text.split("\n")]
    return header in lines and lines.index(header) > 0


# reading

Lists = tuple[str, list[list[Any]]]
NOTHING: Lists = ("", [])


def _separated(separator: str, text: str) -> Lists:
    lines = text.split("\n")
    plain = '"' not in text and all(line.strip() for line in lines)
    return ("lines", [line.split(separator) for line in lines]) if plain else NOTHING


def _html(text: str) -> Lists:
    found = HTML.fullmatch(text) if text.isascii() else None
    if found is None:
        return NOTHING
    rows = [found["names"], *found["rows"].split("</tr>")[:-1]]
    lists = [[cell.strip() for cell in HTML_CELL.findall(row)] for row in rows]
    return NOTHING if any(BLANKS.search(cell) for row in lists for cell in row) else ("table", lists)


def _json(text: str) -> Lists:
    if ESCAPE.search(text):
        return NOTHING
    try:
        read = DECODER.decode(text)
    except (ValueError, RecursionError):
        return NOTHING
    if isinstance(read, dict):
        return _records("rows by name", list(read.values()))
    return _records("list", read)


def _json_lines(text: str) -> Lists:
    if ESCAPE.search(text):
        return NOTHING
    try:
        return _records("lines", [DECODER.decode(line) for line in text.split("\n")])
    except (ValueError, RecursionError):
        return NOTHING


def _records(form: str, records: Any) -> Lists:
    """The names and the values of objects that all have the same, in one order."""
    if not (isinstance(records, list) and records and all(isinstance(record, dict) for record in records)):
        return NOTHING
    names = list(records[0])
    same = all(list(record) == names for record in records)
    dated = any(map(DATES.fullmatch, names)) or not any(map(DATELESS.search, names))
    plain = all(map(_is_plain, (value for record in records for value in record.values())))
    if dated or not (same and plain) or any(map(ESCAPED.search, names)):
        return NOTHING
    return form, [names, *(list(record.values()) for record in records)]


def _is_plain(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
    return number or isinstance(value, str)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises ValueError where a name is there twice."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name twice")
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_unique)
READERS: Mapping[str, Callable[[str], Lists]] = {
    "csv": functools.partial(_separated, ","),
    "tsv": functools.partial(_separated, "\t"),
    "html": _html,
    "json": _json,
    "jsonl": _json_lines,
}

# comparing


def _same(given: PlainTable, right: PlainTable) -> bool | None:
    """Whether cells are the same, in any order of columns; None where it depends on how pandas takes them."""
    if len(given.rows) != len(right.rows) or sorted(given.names) != sorted(right.names):
        return False
    places = [given.names.index(name) for name in right.names]
    pairs = [
        (row[place], cell)
        for row, cells in zip(given.rows, right.rows, strict=True)
        for place, cell in zip(places, cells, strict=True)
    ]
    unlike = [pair for pair in pairs if type(pair[0]) is not type(pair[1]) or pair[0] != pair[1]]
    if any(_differ(*pair) for pair in unlike):
        return False
    return None if unlike else True


def _differ(one: Cell, other: Cell) -> bool:
    """Whether two cells differ whatever the types of their columns are."""
    ours, theirs = _number(one), _number(other)
    if ours is not None and theirs is not None:
        return abs(ours - theirs) > NEAR + NEAR_PART * max(abs(ours), abs(theirs))
    texts = [cell.strip() for cell in (one, other) if isinstance(cell, str)]
    return any(map(_is_word, texts)) and len(set(texts)) == len(texts)


def _number(cell: Cell) -> float | None:
    """A number, or a text that is read as one or stays a text as a whole."""
    if isinstance(cell, str):
        return float(cell) if NUMBER.fullmatch(cell) else None
    return float(cell)


def _is_word(text: str) -> bool:
    """Whether pandas can but take it for a text."""
    if not WORD.search(text) or NO_WORDS.fullmatch(text):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False
