"""Rows out of files: JSONL, JSON, CSV, TSV, a plain text, or one of these inside an archive with a password."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from qwen3_eval.types import UsageError

# A cell of GPQA's CSV file is longer than the 128 KiB that the csv module allows.
LONGEST_CELL = 1 << 24
SEPARATORS = {".csv": ",", ".tsv": "\t"}
SPACE = re.compile(r"\s*")


def jsonl_rows(lines: Iterable[bytes], name: str) -> Iterator[dict[str, Any]]:
    """The objects of JSON lines, one at a time. Raises UsageError with file and line for a broken one."""
    read = 0
    try:
        for line in lines:
            read += 1
            yield _object(json.loads(line))
    except (OSError, EOFError, zlib.error, ValueError, TypeError) as error:
        raise UsageError(f"{name}:{max(read, 1)} cannot be read: {_first_line(error)}") from error


def rows_of(content: bytes, name: str, columns: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Rows of a whole file by the ending of its name; a file of another kind is one row ``{"text": ...}``.

    Cells of a CSV or TSV file are strings, in ``columns`` where its first line does not name them; ``.gz`` behind any
    ending is unpacked. Raises UsageError with the file for a broken one.
    """
    if name.endswith(".gz"):
        yield from rows_of(_unpacked(content, name), name.removesuffix(".gz"), columns)
        return
    if name.endswith(".jsonl"):
        yield from jsonl_rows(content.splitlines(), name)
        return
    try:
        yield from _parsed(content.decode("utf-8"), Path(name).suffix, columns)
    except (ValueError, TypeError, csv.Error) as error:
        raise UsageError(f"{name} cannot be read: {_first_line(error)}") from error


def _unpacked(content: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{name} cannot be read: {_first_line(error)}") from error


def _parsed(text: str, ending: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    if ending == ".json":
        yield from map(_object, _json_values(text))
    elif ending in SEPARATORS:
        csv.field_size_limit(LONGEST_CELL)
        yield from csv.DictReader(io.StringIO(text, newline=""), columns or None, delimiter=SEPARATORS[ending])
    else:
        yield {"text": text}


def _json_values(text: str) -> list[Any]:
    """What a JSON file lists: the items of a list, or values one after the other, as JSON lines have them."""
    decoder, place = json.JSONDecoder(), 0
    found: list[Any] = []
    while (place := SPACE.match(text, place).end()) < len(text) or not found:  # type: ignore[union-attr]
        value, place = decoder.raw_decode(text, place)
        found.append(value)
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def archived_rows(path: Path, member: str, password: str) -> Iterator[dict[str, Any]]:
    """Rows of a file in a zip archive, unpacked in memory alone. Raises UsageError with archive and member."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = archive.read(member, pwd=password.encode() or None)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(f"{path}, member {member!r}, cannot be read: {_first_line(error)}") from error
    return rows_of(content, member)


def unquoted(cell: str) -> str:
    """A cell without the quoting of its table, which copies of the rows may have kept.

    A text that is one quotation loses its marks, so that it is the same from every source.
    """
    while len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        cell = cell[1:-1].replace('""', '"')
    return cell


def _object(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise TypeError(f"a row must be a JSON object, not {type(row).__name__}")
    return row


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
