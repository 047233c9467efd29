"""Rows out of files: JSONL, JSON, CSV, TSV, a plain text, packed or not, or one of these in a password's archive.

No type is guessed: a row holds what its own line or cell holds, whatever stands before or after it. What has no
one reading (a number beyond range, a key twice in an object, a line with too many cells) is refused by its place.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import json
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from qwen3_eval.data.content import Row
from qwen3_eval.data.unpacked import Unpacked
from qwen3_eval.types import UsageError

# A cell of GPQA's CSV file is longer than the 128 KiB that the csv module allows.
LONGEST_CELL = 1 << 24
SEPARATORS = {".csv": ",", ".tsv": "\t"}
LINES = (".jsonl", ".ndjson")
OPENERS: dict[str, Callable[[IO[bytes]], io.BufferedIOBase]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# Follows the last line of a table; a quotation that is not closed swallows it.
END = "\0end"
SPACE = re.compile(r"\s*")
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, TypeError, RecursionError, csv.Error)


def jsonl_rows(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    """The objects of JSON lines, one at a time. Raises UsageError with file, line and column for a broken one."""
    read, line = 0, b""
    try:
        for line in lines:
            read += 1
            if not line.isspace():
                yield _object(DECODER.decode(line.decode("utf-8", "surrogatepass").removeprefix("\ufeff")))
    except UNREADABLE as error:
        raise UsageError(f"{name}:{max(read, 1)} cannot be read: {_why(error, line)}") from error


def rows_of(content: bytes, name: str, columns: Sequence[str] = ()) -> Iterator[Row]:
    """Rows of a whole file by the ending of its name; a file of another kind is one row ``{"text": ...}``.

    Cells of a CSV or TSV file are strings, in ``columns`` where its first line does not name them; ``.gz``, ``.bz2``
    and ``.xz`` behind any ending are unpacked. Raises UsageError with the file for a broken one.
    """
    yield from stream_rows(io.BytesIO(content), len(content), name, columns)


def path_rows(path: Path, name: str, columns: Sequence[str] = (), separator: str = "") -> Iterator[Row]:
    """``rows_of`` for a file on the disk, of which JSON lines and CSV are read one row at a time.

    ``separator`` of the cells takes the place of what the ending says. Raises UsageError with the file.
    """
    with _reading(name), path.open("rb") as stream:
        yield from stream_rows(stream, path.stat().st_size, name, columns, separator)


def stream_rows(
    stream: IO[bytes], size: int, name: str, columns: Sequence[str] = (), separator: str = ""
) -> Iterator[Row]:
    """``rows_of`` for an open file of ``size`` bytes."""
    plain = PurePosixPath(name)
    if plain.suffix in OPENERS:
        with _reading(name):
            packed, plain = plain.suffix, plain.with_suffix("")
            stream = unpacked(stream, packed, size, in_memory=plain.suffix not in (*LINES, *SEPARATORS))
    if plain.suffix in LINES:
        yield from jsonl_rows(stream, name)
        return
    with _reading(name):
        if plain.suffix == ".json":
            yield from map(_object, _json_values(stream.read().decode("utf-8-sig", "surrogatepass")))
        elif plain.suffix in SEPARATORS:
            text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
            yield from _table(text, columns, separator or SEPARATORS[plain.suffix])
        else:
            yield {"text": stream.read().decode("utf-8")}


def unpacked(stream: IO[bytes], ending: str, size: int, in_memory: bool = False) -> IO[bytes]:
    """A packed file of ``size`` bytes as one to read from, up to a cap."""
    return cast("IO[bytes]", Unpacked.reader(OPENERS[ending](stream), size, in_memory))


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise UsageError(f"{name} cannot be read: {_first_line(error)}") from error


def _table(text: io.TextIOWrapper, columns: Sequence[str], separator: str) -> Iterator[Row]:
    """Rows of a table, every cell a text. Raises ValueError with the row, counted from 1, for one of another width."""
    csv.field_size_limit(LONGEST_CELL)
    lines = _closed(csv.reader(itertools.chain(text, [END]), delimiter=separator))
    heads = list(columns) or next(lines, [])
    if twice := {head for head in heads if heads.count(head) > 1}:
        raise ValueError(f"column {min(twice)!r} stands twice in its first line")
    for number, cells in enumerate(lines, 1):
        if len(cells) != len(heads):
            where = f"column {heads[len(cells)]!r} is missing" if len(cells) < len(heads) else "the table has fewer"
            raise ValueError(f"row {number} has {len(cells)} cells for {len(heads)} columns; {where}")
        yield dict(zip(heads, cells, strict=True))


def _closed(lines: Iterable[list[str]]) -> Iterator[list[str]]:
    """The lines that are not empty. Raises ValueError where a quotation goes on to the end of the file."""
    for number, cells in enumerate(line for line in lines if line):
        if cells != [END]:
            if cells[-1].endswith(END):
                raise ValueError(f"row {number}: a quotation that begins there is not closed")
            yield cells


def _json_values(text: str) -> list[object]:
    """What a JSON file lists: the items of a list, or values one after the other, as JSON lines have them."""
    place = 0
    found: list[object] = []
    try:
        while (place := SPACE.match(text, place).end()) < len(text) or not found:  # type: ignore[union-attr]
            value, place = DECODER.raw_decode(text, place)
            found.append(value)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise ValueError(_at_column(error, text[place:])) from error
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def archived_rows(path: Path, member: str, password: str = "") -> Iterator[Row]:
    """Rows of a file in a zip archive, unpacked in memory alone. Raises UsageError with archive and member."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = _member(archive, member, password)
    except (OSError, KeyError, RuntimeError, NotImplementedError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(f"{path}, member {member!r}, cannot be read: {_first_line(error)}") from error
    return rows_of(content, member)


def _member(archive: zipfile.ZipFile, member: str, password: str) -> bytes:
    info = archive.getinfo(member)
    with archive.open(info, pwd=password.encode() or None) as stream:
        return Unpacked.reader(stream, info.compress_size, in_memory=True).read()


def unquoted(cell: str) -> str:
    """A cell without the quoting of its table, which copies of the rows may have kept.

    A text that is one quotation loses its marks, so that it is the same from every source.
    """
    while len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        cell = cell[1:-1].replace('""', '"')
    return cell


def _object(row: object) -> Row:
    if not isinstance(row, dict):
        raise TypeError(f"a row must be a JSON object, not {type(row).__name__}")
    return row


def _once(pairs: list[tuple[str, object]]) -> Row:
    """An object. Raises ValueError for one with a key twice, of which readers keep the first or the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"column {next(name for name in names if names.count(name) > 1)!r} stands twice in an object")
    return found


class BeyondError(ValueError):
    """A number that no float holds, so that it cannot be given back."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:20]} is beyond the range of a number")


class _Beyond(float):
    """Marks such a number where it stands."""


def _marked(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _Beyond(number)


def _in_range(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise BeyondError(text)
    return number


# NaN and Infinity are read, as Python writes them: the inputs of MBPP+ have them, and so must a mirror.
DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_in_range)


def _why(error: BaseException, line: bytes) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.colno}"
    if isinstance(error, BeyondError):
        return _at_column(error, line.decode("utf-8", "surrogatepass").removeprefix("\ufeff"))
    return _first_line(error)


def _at_column(error: ValueError, text: str) -> str:
    """The error, with the column of a number beyond range, found by reading the text once more."""
    if not isinstance(error, BeyondError):
        return str(error)
    value, _ = json.JSONDecoder(parse_float=_marked).raw_decode(text.lstrip())
    return f"column {_path_of_marked(value)!r}: {error}"


def _path_of_marked(value: object, path: str = "") -> str:
    """The path of the first marked number (``a.b[0]``); empty when there is none."""
    if isinstance(value, _Beyond):
        return path
    if isinstance(value, dict):
        parts = ((f"{path}.{name}" if path else str(name), item) for name, item in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{number}]", item) for number, item in enumerate(value))
    else:
        return ""
    return next((found for place, item in parts if (found := _path_of_marked(item, place))), "")


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
