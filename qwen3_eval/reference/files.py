"""The CSV and JSON files beside this module, each read once."""

from __future__ import annotations

import csv
import functools
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@functools.cache
def read_json(name: str) -> Any:
    """What a JSON file holds."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@functools.cache
def read_csv(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file, all cells as text."""
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))
