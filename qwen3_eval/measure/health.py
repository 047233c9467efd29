"""When a score is not to be trusted: truncated, unfinished, without an answer, failed.

Every planned sample counts in the denominator, so each of these pulls the score down. A few are
part of what is measured. Past a limit the score says more about token limits, answer formats or
a broken server than about the model, and is marked invalid with the reason in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qwen3_eval.types import Outcome


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest share of samples (0 to 1) that may end in ``outcome``, and what a larger one means."""

    outcome: Outcome
    share: float
    meaning: str


LIMITS = (
    Limit("error", 0.01, "failed with an error: they were not measured"),
    Limit("refused", 0.01, "were refused, such as prompts longer than the context: they were not measured"),
    Limit("timeout", 0.05, "timed out: the machine or the limits are measured"),
    Limit("truncated", 0.10, "had their answer cut off by the token limit: raise it"),
    Limit("unfinished", 0.10, "were still thinking at the token limit: raise it or give a thinking budget"),
    Limit("no_answer", 0.20, "had no answer in an accepted form: the format is measured rather than the ability"),
    Limit("other_format", 0.10, "called functions in another format than their family's, which --family names"),
)
WORDS: Mapping[Outcome, str] = {
    "ok": "answered",
    "no_answer": "no answer found",
    "other_format": "called in another format",
    "unfinished": "still thinking",
    "truncated": "cut off",
    "error": "failed",
    "timeout": "timed out",
    "refused": "refused",
}


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a score may be used; ``reason`` is empty when it may."""

    valid: bool
    reason: str = ""


def warning(counts: Mapping[str, int]) -> str:
    """What a valid score is to be read with, however rare it is; empty where there is nothing."""
    count = counts.get("timeout", 0)
    return f"{count:,} could not be judged in time, alone and with twice the time either, and count 0" if count else ""


def check(counts: Mapping[str, int], planned: int) -> Health:
    """Holds the outcomes of one result against ``LIMITS`` and against the number of planned samples."""
    done = sum(counts.values())
    reasons = [f"incomplete: {done:,} of {planned:,} samples"] if done < planned else []
    for limit in LIMITS:
        count = counts.get(limit.outcome, 0)
        if done and count / done > limit.share:
            reasons.append(f"{count:,} of {done:,} samples {limit.meaning} (limit {limit.share:.0%})")
    return Health(not reasons and done > 0, "; ".join(reasons) or ("" if done else "no sample was scored"))
