"""What a run took, with its judge's part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from qwen3_eval.money import JudgeWork, TokenPrice
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import TOKEN_KINDS, Answered

# Why nothing was read in a reply, after how many times.
REASONS: Mapping[str, str] = {
    "refused": "refused",
    "failed": "failed",
    "too_long": "too long for its context",
    "thinking": "still thinking",
    "empty": "empty",
    "cut": "cut off",
    "no_verdict": "without a verdict",
}


@dataclass(frozen=True, slots=True)
class JudgeCost:
    """What the judge of a run took. calls: those that were asked again counted again, and those that failed.

    tokens: sums by kind, of the calls whose tokens were counted. unread: calls from whose reply nothing was read.
    reasons: how many of them for which reason. request_s: seconds of all calls together.
    """

    model: str
    calls: int
    tokens: Mapping[str, int]
    unread: int
    request_s: float
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def work(self) -> JudgeWork:
        """The calls with their tokens, read and written."""
        written = self.tokens.get("thinking", 0) + self.tokens.get("answer", 0)
        return JudgeWork(self.calls, self.tokens.get("prompt", 0), written)

    def as_json(self) -> dict[str, object]:
        """As ``summary.json`` has it."""
        return {
            "model": self.model,
            "calls": self.calls,
            "tokens": self.tokens,
            "unread": self.unread,
            "unread_reasons": self.reasons,
            "request_s": self.request_s,
        }

    def text(self, price: TokenPrice | None = None) -> str:
        """``judge J: 1,000 judge calls, ...``."""
        took = self.work.text(price) if self.tokens else f"{self.calls:,} judge calls, whose tokens nobody counted"
        why = ", ".join(f"{count:,} {REASONS.get(reason, reason)}" for reason, count in self.reasons.items())
        unread = f"{self.unread:,} unread{f' ({why})' if why else ''}"
        return f"judge {self.model}: {took}; {unread}, {self.request_s:,.1f} s of calls"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took. tokens: sums over records by kind. decoded_tokens: a shared trace counts once.

    request_s: seconds of all requests together. wall_s: from start to end; None while that is not known. judge: of a
    run that has one.
    """

    completions: int
    tokens: Mapping[str, int]
    decoded_tokens: int
    request_s: float
    wall_s: float | None
    judge: JudgeCost | None = None

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
        return found | ({"judge": self.judge.as_json()} if self.judge else {})


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
        judge=judge_cost(record),
    )


def _decoded(row: Answered) -> int:
    return row.decoded if row.decoded is not None else (row.thinking or 0) + (row.answer or 0)


def judge_cost(record: RunRecord) -> JudgeCost | None:
    """What the judge of a run took; None for a run without. Raises UsageError as ``cost``."""
    judge = record.manifest.judge
    if judge is None:
        return None
    calls = [call for about_one in record.judgments.values() for call in about_one]
    sums = {kind: [n for call in calls if (n := getattr(call, kind)) is not None] for kind in TOKEN_KINDS}
    read = attrgetter("lenient" if judge.parse == "lenient" else "verdict")
    return JudgeCost(
        model=judge.model,
        calls=len(calls),
        tokens={kind: sum(counts) for kind, counts in sums.items() if counts},
        unread=sum(read(call) is None for call in calls),
        request_s=round(sum(call.latency_s for call in calls), 3),
        reasons=dict(Counter(call.unread for call in calls if call.unread).most_common()),
    )
