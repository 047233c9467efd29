"""What a run took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qwen3_eval.records.samples import TOKEN_KINDS, Spent


def cost(spent: Iterable[Spent], wall_s: float | None) -> dict[str, Any]:
    """What the run took. ``tokens``: sums over records. ``decoded_tokens``: a shared trace counts once.

    ``tokens_per_s`` is decoded tokens over wall seconds. What nobody counted is absent.
    """
    rows = list(spent)
    decoded = sum(_decoded(row) for row in rows)
    sums = {kind: [n for row in rows if (n := getattr(row, kind)) is not None] for kind in (*TOKEN_KINDS, "cached")}
    found: dict[str, Any] = {
        "completions": len(rows),
        "tokens": {kind: sum(counts) for kind, counts in sums.items() if counts},
        "decoded_tokens": decoded,
        "request_s": round(sum(row.latency_s for row in rows), 3),
    }
    if wall_s:
        found |= {"wall_s": round(wall_s, 3), "tokens_per_s": round(decoded / wall_s, 1)}
    return found


def _decoded(row: Spent) -> int:
    return row.decoded if row.decoded is not None else (row.thinking or 0) + (row.answer or 0)
