"""What a run took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import TOKEN_KINDS, Answered


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took. tokens: sums over records by kind. decoded_tokens: a shared trace counts once.

    request_s: seconds of all requests together. wall_s: from start to end; None while that is not known.
    """

    completions: int
    tokens: Mapping[str, int]
    decoded_tokens: int
    request_s: float
    wall_s: float | None

    @property
    def tokens_per_s(self) -> float | None:
        """Decoded tokens over wall seconds."""
        return round(self.decoded_tokens / self.wall_s, 1) if self.wall_s else None

    def as_json(self) -> dict[str, object]:
        """As ``summary.json`` has it. What nobody counted is absent."""
        found: dict[str, object] = {
            "completions": self.completions,
            "tokens": self.tokens,
            "decoded_tokens": self.decoded_tokens,
            "request_s": self.request_s,
        }
        if self.wall_s:
            found |= {"wall_s": round(self.wall_s, 3), "tokens_per_s": self.tokens_per_s}
        return found


def cost(record: RunRecord) -> Cost:
    """What a run took. Raises UsageError naming file and line where a journal is damaged."""
    rows = record.answered.values()
    sums = {kind: [n for row in rows if (n := getattr(row, kind)) is not None] for kind in (*TOKEN_KINDS, "cached")}
    return Cost(
        completions=len(rows),
        tokens={kind: sum(counts) for kind, counts in sums.items() if counts},
        decoded_tokens=sum(_decoded(row) for row in rows),
        request_s=round(sum(row.latency_s for row in rows), 3),
        wall_s=record.manifest.wall_seconds,
    )


def _decoded(row: Answered) -> int:
    return row.decoded if row.decoded is not None else (row.thinking or 0) + (row.answer or 0)
