"""What a row is worth: JSON values as every source gives them, and a digest of a dataset's content.

A Parquet file hands out Arrow values, JSON lines and a mirror hand out JSON. Two differences are of no meaning
and are evened out by the digest: a column that is null against a column that is absent, and a whole
number that Arrow stores as a float because another row of its column has a fraction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from qwen3_eval.types import UsageError

# A row of a dataset: each column holds what its dataset says, JSON or, from a Parquet file, more.
Row: TypeAlias = dict[str, Any]
ROW_KEY = "_row"
# Values whose JSON text is the same whoever writes it; a null may go, and a float may be a whole number.
EXACT, TEXT = frozenset((str, int, bool)), frozenset((str,))
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_encode_exact = msgspec.json.Encoder(order="sorted").encode


def json_value(value: object) -> Any:
    """``value`` of a typed column as JSON values.

    Dates, times and moments become ISO 8601 text, decimals their exact digits. Raises UsageError for what JSON cannot
    hold: bytes, durations and others.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    raise UsageError(f"holds {type(value).__name__} values, which are not JSON")


def json_row(row: Row, place: str) -> Row:
    """A row of typed columns as JSON values. Raises UsageError that names ``place`` and column."""
    found: Row = {}
    for name, value in row.items():
        try:
            found[name] = json_value(value)
        except UsageError as error:
            raise UsageError(f"{place}: column {name!r} {error}") from error
    return found


def canonical(value: object) -> object:
    """``value`` without nulls in objects, with whole floats as integers."""
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def canonical_line(row: Row) -> bytes:
    """One row as a line of canonical JSON, without the key that ``rows`` adds."""
    content = {key: value for key, value in row.items() if key != ROW_KEY}
    if _is_exact(content):
        # Half a surrogate pair and a whole number of more than 64 bits it cannot write.
        with suppress(UnicodeEncodeError, OverflowError):
            return _encode_exact(content) + b"\n"
    return _encode(canonical(content)).encode("utf-8", "surrogatepass") + b"\n"


def _is_exact(value: object) -> bool:
    """Whether a value is canonical as it stands, and consists of nothing but ``EXACT``."""
    if isinstance(value, dict):
        return TEXT.issuperset(map(type, value)) and _are_exact(value.values())
    return type(value) in EXACT or (isinstance(value, list) and _are_exact(value))


def _are_exact(values: Collection[object]) -> bool:
    return EXACT.issuperset(map(type, values)) or all(map(_is_exact, values))


def content_sha256(rows: Iterable[Row]) -> str:
    """SHA-256 of the rows in their order, the same from the hub and from a mirror."""
    return content_digest(rows)[0]


def content_digest(rows: Iterable[Row]) -> tuple[str, int]:
    """``content_sha256`` and the number of rows, in one pass."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(canonical_line(row))
        count += 1
    return digest.hexdigest(), count
