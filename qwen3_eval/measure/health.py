"""When a score is not to be trusted: truncated, unfinished, without an answer, failed.

Every planned sample counts in the denominator, so each of these pulls the score down. A few are
part of what is measured. Past a limit the score says more about token limits, answer formats or
a broken server than about the model, and is marked invalid with the reason in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qwen3_eval.types import LENIENT, TOO_LONG, UNREAD, Outcome, Scored


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest share of samples (0 to 1) that may end in ``outcome``, and what a larger one means."""

    outcome: Outcome
    share: float
    meaning: str


LIMITS = (
    Limit("error", 0.01, "failed with an error: they were not measured"),
    Limit("refused", 0.01, "were refused: they were not measured"),
    Limit(TOO_LONG, 0.01, "had prompts longer than the context: they were not measured"),
    Limit("timeout", 0.05, "timed out: the machine or the limits are measured"),
    Limit("truncated", 0.10, "had their answer cut off by the token limit: raise it"),
    Limit("unfinished", 0.10, "were still thinking at the token limit: raise it or give a thinking budget"),
    Limit("no_answer", 0.20, "had no answer in an accepted form: the format is measured rather than the ability"),
    Limit("other_format", 0.10, "called functions in another format than their family's, which --family names"),
)
# The largest share of a judge's verdicts that may not be readable, and of answers without a score of theirs for it.
UNREAD_LIMIT = 0.02
WORDS: Mapping[Outcome, str] = {
    "ok": "answered",
    "no_answer": "no answer found",
    "other_format": "called in another format",
    "unfinished": "still thinking",
    "truncated": "cut off",
    "error": "failed",
    "timeout": "timed out",
    "refused": "refused",
    TOO_LONG: "prompt too long",
}


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a score may be used; ``reason`` is empty when it may."""

    valid: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a judge said of the answers of one result, as far as it could be read.

    answers: that it was asked about. unread, lenient: shares (0 to 1) of its verdicts that could not be read, and that
    only the lenient rule reads. lost: answers that could not be judged, because a verdict could not be read.
    """

    answers: int
    unread: float
    lenient: float
    lost: int = 0

    def faults(self) -> Iterator[str]:
        """Why a score that is made of them is not to be trusted."""
        limit, lost = f"(limit {UNREAD_LIMIT:.0%})", f"{self.lost:,} of {self.answers:,} answers could not be judged"
        if self.unread > UNREAD_LIMIT:
            told = f"{percent(self.unread)} of the judge's verdicts could not be read {limit}"
            rest = [by_lenient(self.lenient)] if self.lenient else []
            yield ", ".join([told, *rest, *([lost] if self.lost else [])])
        elif self.lost > UNREAD_LIMIT * self.answers:
            yield f"{lost}, as a verdict on each could not be read {limit}"


def by_lenient(share: float) -> str:
    """How many verdicts (0 to 1) only the lenient rule reads, in words."""
    return f"{percent(share)} only by the lenient rule"


def percent(share: float) -> str:
    """A share to three digits: ``2.04%``."""
    return f"{100 * share:.3g}%"


def verdicts_of(rows: Iterable[Scored]) -> Verdicts | None:
    """What a judge said of some answers; None where none was asked. A call counts as a part of those of its answer."""
    judged = [(dict(row.metrics), row.outcome) for row in rows if any(name == UNREAD for name, _ in row.metrics)]
    if not judged:
        return None
    unread, lenient = (sum(found.get(name, 0.0) for found, _ in judged) for name in (UNREAD, LENIENT))
    lost = sum(outcome == "error" and found[UNREAD] > 0 for found, outcome in judged)
    return Verdicts(len(judged), unread / len(judged), lenient / len(judged), lost)


def warning(counts: Mapping[str, int]) -> str:
    """What a valid score is to be read with, however rare it is; empty where there is nothing."""
    count = counts.get("timeout", 0)
    return f"{count:,} could not be judged in time, alone and with twice the time either, and count 0" if count else ""


def check(counts: Mapping[str, int], planned: int, verdicts: Verdicts | None = None) -> Health:
    """Holds the outcomes of one result against ``LIMITS`` and against the number of planned samples.

    verdicts: of the judge, where there is one. What could not be judged for them has a limit of its own.
    """
    done = sum(counts.values())
    reasons = [f"incomplete: {done:,} of {planned:,} samples"] if done < planned else []
    for limit in LIMITS:
        lost = verdicts.lost if verdicts and limit.outcome == "error" else 0
        count = counts.get(limit.outcome, 0) - lost
        if done and count / done > limit.share:
            reasons.append(f"{count:,} of {done:,} samples {limit.meaning} (limit {limit.share:.0%})")
    reasons += verdicts.faults() if verdicts else ()
    return Health(not reasons and done > 0, "; ".join(reasons) or ("" if done else "no sample was scored"))
