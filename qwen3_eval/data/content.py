"""What a row is worth: JSON values as every source gives them, and a digest of a dataset's content.

The hub hands out Arrow values and a mirror hands out JSON. Two differences are of no meaning and
are evened out by the digest: a column that is null against a column that is absent, and a whole
number that Arrow stores as a float because another row of its column has a fraction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from qwen3_eval.types import UsageError

ROW_KEY = "_row"


def json_value(value: Any) -> Any:
    """``value`` as JSON values. Dates become ISO 8601 text. Raises UsageError for binary and other columns."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    raise UsageError(f"a dataset column holds {type(value).__name__} values, which are not JSON")


def canonical(value: Any) -> Any:
    """``value`` without nulls in objects, with whole floats as integers."""
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def canonical_line(row: Mapping[str, Any]) -> bytes:
    """One row as a line of canonical JSON, without the key that ``rows`` adds."""
    content = {key: value for key, value in row.items() if key != ROW_KEY}
    text = json.dumps(canonical(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def content_sha256(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 of the rows in their order, the same from the hub and from a mirror."""
    return content_digest(rows)[0]


def content_digest(rows: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    """``content_sha256`` and the number of rows, in one pass."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(canonical_line(row))
        count += 1
    return digest.hexdigest(), count
