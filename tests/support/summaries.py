"""One result out of a summary."""

from __future__ import annotations

from typing import Any


def find(found: dict[str, Any], task: str, mode: str, budget: int | None, **more: Any) -> dict[str, Any]:
    """The one line of a summary that has these values; of the accuracy where no metric is named."""
    wanted = {"task": task, "mode": mode, "budget": budget, "language": None, "metric": "accuracy", **more}
    rows: list[dict[str, Any]] = found["results"]
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row
