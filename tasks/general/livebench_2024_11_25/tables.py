"""LiveBench tablereformat: the same table in another format, read by pandas and compared cell by cell.

Source: ``livebench/process_results/data_analysis/tablereformat/utils.py`` of the reference that ``scorers`` names,
with its first way of reading tables: the second one is for questions from 2025-04-25 on.
"""

from __future__ import annotations

import functools
import json
import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from . import plain
from .finding import Finding
from .text import END_OF_SOLUTION, SOLUTION, OfficialError, between

if TYPE_CHECKING:
    from pandas import DataFrame

SEPARATORS = {"csv": ",", "tsv": "\t"}
FENCE = re.compile(r"^```.*\n")
PHRASE = re.compile(r"^\s*(Here|Input)\b.*?\b(format|table)\s*[:)]\s*", re.IGNORECASE)
# What pandas says of the first line that does not fit.
MISFIT = re.compile(r"Expected \d+ fields in line (\d+), saw \d+")
TOLERANCE = 1e-6
# The official code takes any exception of pandas for a table that cannot be read.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    SyntaxError,
    RecursionError,
    MemoryError,
    NotImplementedError,
)
# The questions' tables have some dozen columns and a thousand cells; pandas takes long for hundreds of thousands.
WIDEST = 5_000
MOST_CELLS = 20_000
# Characters that are read again and again while lines are dropped from a table's end.
MOST_READ = 10_000_000


def tablereformat(facts: Mapping[str, Any], answer: str) -> Finding:
    """1 when the answer is the table that was asked for, in the format that was asked for."""
    with warnings.catch_warnings():
        # pandas foretells changes for ways of reading that the official code takes.
        warnings.simplefilter("ignore")
        return _found(_format(facts["question"]), str(facts["ground_truth"]), answer)


def _format(question: str) -> str:
    """Name of the format after ``Please convert the Input Table from A format to``."""
    return question.split("Please convert the Input Table from ")[1].split("format to ")[1].split(" format")[0].lower()


def _found(wanted: str, ground_truth: str, answer: str) -> Finding:
    text = PHRASE.sub("", _bare(answer)).strip()
    verdict = plain.verdict(wanted, text, ground_truth)
    if verdict is not None:
        return Finding(float(verdict), text, "" if verdict else "the tables differ")
    truth = _truth(wanted, ground_truth)
    try:
        table: DataFrame | None = _read(wanted, text)
    except UNREADABLE:
        table = _within(wanted, text, list(truth.columns), formats=("csv", "tsv", "jsonl"))
        if table is None:
            return Finding(0.0, None, f"no {wanted} table could be read")
    if table is not None and _same(table, truth):
        return Finding(1.0, text)
    # In the JSON lines and CSV that the official code reads in part, the names are bare by now.
    names = [name.strip() for name in truth.columns]
    table = _within(wanted, text, names, formats=("csv", "jsonl"))
    if table is not None and _same(table, truth):
        return Finding(1.0, text, "the table stands among other text")
    return Finding(0.0, text or None, "the tables differ")


@functools.lru_cache(maxsize=64)
def _truth(wanted: str, ground_truth: str) -> DataFrame:
    """The table that was asked for, read once for all answers to a question."""
    return _read(wanted, ground_truth)


def _bare(answer: str) -> str:
    """The text of a solution tag, of a JSON or HTML block, or of all without fences."""
    tagged = between(answer, SOLUTION, END_OF_SOLUTION, lines=True)
    text = tagged[-1].strip() if tagged else answer
    for fence in ("```json\n", "```html\n"):
        blocks = between(text, fence, "```", lines=True)
        if blocks:
            return blocks[-1].strip()
    return FENCE.sub("", text).replace("&amp;", "&").replace("```", "").strip()


# reading


def _read(wanted: str, text: str) -> DataFrame:
    """Raises one of UNREADABLE."""
    import pandas

    if wanted == "json":
        return _read_json(text)
    if wanted == "jsonl":
        return pandas.read_json(StringIO(text), orient="records", lines=True, encoding="utf-8")
    if wanted == "html":
        return _read_html(text)
    if wanted in SEPARATORS:
        return _read_lines(text, SEPARATORS[wanted])
    if wanted == "markdown":
        return pandas.read_table(StringIO(text), sep="|", header=0, index_col=1, skipinitialspace=True)
    raise OfficialError(f"unknown format {wanted!r}")


def _read_json(text: str) -> DataFrame:
    import pandas

    read: Callable[..., DataFrame] = pandas.read_json
    ways: Sequence[tuple[str, bool]] = (("index", False), ("records", False), ("records", True), ("table", False))
    for orient, lines in ways:
        try:
            return read(StringIO(text), orient=orient, lines=lines, encoding="utf-8")
        except UNREADABLE:
            continue
    return read(StringIO(text), orient="values", encoding="utf-8")


def _read_html(text: str) -> DataFrame:
    import pandas
    from lxml.etree import LxmlError

    if sum(map(text.lower().count, ("<td", "<th"))) > MOST_CELLS:
        raise ValueError("more cells than any table has")
    try:
        return pandas.concat(pandas.read_html(StringIO(text), encoding="utf-8", flavor="lxml"), axis=0)
    except LxmlError as error:
        raise ValueError(f"not HTML: {error}") from error


def _read_lines(text: str, separator: str) -> DataFrame:
    import pandas

    if any(line.count(separator) > WIDEST for line in text.split("\n")):
        raise ValueError("more columns than any table has")
    return pandas.read_csv(StringIO(text), sep=separator, encoding="utf-8")


def _within(wanted: str, text: str, names: Sequence[str], formats: Sequence[str]) -> DataFrame | None:
    """The table among other text, found by its column names; None when it is not there."""
    if wanted not in formats:
        return None
    if wanted == "jsonl":
        return _json_lines(text, names)
    return _from_header(text, SEPARATORS[wanted], names)


def _from_header(text: str, separator: str, names: Sequence[str]) -> DataFrame | None:
    """The longest table that begins with the line of the column names."""
    header = separator.join(names).strip()
    lines = text.strip().split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip() == header), None)
    if first is None:
        return None
    table = lines[first:]
    left = MOST_READ
    while table and left > 0:
        joined = "\n".join(table)
        left -= len(joined)
        try:
            return _read_lines(joined, separator)
        except UNREADABLE as error:
            table = table[: _readable(str(error), table)]
    return None


def _readable(error: str, table: Sequence[str]) -> int:
    """How many of the lines to try next: one less, or those before the line that does not fit.

    pandas names a record, not a line, so this is only known while no record spans lines.
    """
    misfit = MISFIT.search(error)
    before = int(misfit[1]) - 1 if misfit else len(table)
    plain = before < len(table) and all(line.count('"') % 2 == 0 for line in table[: before + 1])
    return before if plain else len(table) - 1


def _json_lines(text: str, names: Sequence[str]) -> DataFrame | None:
    """The lines that are JSON objects and name every column."""
    import pandas

    rows = []
    for line in text.strip().split("\n"):
        if len(line) > 1 and line[0] == "{" and line[-1] == "}" and all(name in line for name in names):
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError):
                continue
    return pandas.DataFrame(rows) if rows else None


# comparing


def _same(given: DataFrame, truth: DataFrame) -> bool:
    """The same columns, in any order, and the same rows in the same order."""
    try:
        given, truth = _named(given), _named(truth)
        if len(given) != len(truth) or sorted(given.columns) != sorted(truth.columns):
            return False
        # A column's own cells, not those of its rows: pandas takes long to make a row.
        columns = ((given[name].array, truth[name].array) for name in given.columns)
        return all(_equal(ours[row], theirs[row]) for ours, theirs in columns for row in range(len(truth)))
    except UNREADABLE:
        # Columns that are not named by strings, or several of one name.
        return False


def _named(table: DataFrame) -> DataFrame:
    """With bare column names and without a column ``index``."""
    named = table.set_axis([name.strip() for name in table.columns], axis=1)
    return named.drop(columns=["index"]) if "index" in named.columns else named


def _equal(given: Any, truth: Any) -> bool:
    given = given.strip() if isinstance(given, str) else given
    truth = truth.strip() if isinstance(truth, str) else truth
    if not (_numeric(given) and _numeric(truth)):
        return bool(given == truth)
    try:
        ours, theirs = float(given), float(truth)
    except ValueError:
        return str(given) == str(truth)
    return (math.isnan(ours) and math.isnan(theirs)) or abs(ours - theirs) < TOLERANCE


def _numeric(value: Any) -> bool:
    from pandas.api.types import is_numeric_dtype

    return isinstance(value, float) or bool(is_numeric_dtype(value))
