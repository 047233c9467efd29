"""How near the length of a text is to the one that was asked for.

A request allows lengths from a to b: about T is T to T, between A and B is A to B, at most T is T / 2 to T, at least T
is T to 1.5 T. Inside, the distance d of a length L is 0; below it is (a - L) / a, above (L - b) / b; the score is
1 - d, and 0 beyond 1. So half the length and one and a half get 0.5.

The second figure is the length score of LongBench-Write (arXiv 2408.07055, S_l; THUDM/LongWriter
``evaluation/eval_length.py``), which forgives more, and a text that is too long more than one that is too short:
1 - (L / b - 1) / 3 above, 1 - (a / L - 1) / 2 below, 0 where that is negative. There a request names one length.

A text that says the same again and again to fill the length is none: where more than half of all sequences of four
words or characters stood there before, both are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qwen3_eval.api import Doc, Score

from .counting import repeated, units

MOST_REPEATED = 0.5
NEAR = 0.1
# Of the answers that have a length: the median of the distances, and their mean with its sign.
DISTANCES = ("median_distance", "signed_distance")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The lengths that a request allows: from ``low`` to ``high``, both among them."""

    low: float
    high: float

    def off(self, length: float) -> float:
        """How far a length is from what is allowed, in parts of the nearest allowed one; negative where too short."""
        if length < self.low:
            return (length - self.low) / self.low
        return max(0.0, length - self.high) / self.high

    def linear(self, length: float) -> float:
        """The benchmark's own score of a length, 0 to 1."""
        return max(0.0, 1 - abs(self.off(length)))

    def lenient(self, length: float) -> float:
        """LongBench-Write's score of a length, 0 to 1; the official code divides by a length of 0."""
        if length > self.high:
            return max(0.0, 1 - (length / self.high - 1) / 3)
        if length >= self.low:
            return 1.0
        return max(0.0, 1 - (self.low / length - 1) / 2) if length else 0.0


def allowed(kind: str, lengths: Sequence[int]) -> Allowed:
    """What a request of a kind allows. lengths: those that it names."""
    first, last = lengths[0], lengths[-1]
    return {
        "about": Allowed(first, last),
        "between": Allowed(first, last),
        "at_most": Allowed(first / 2, last),
        "at_least": Allowed(first, last * 1.5),
    }[kind]


def score_of(doc: Doc, answer: str) -> Score:
    """The score of an answer, with the other figures. What has no word or character is no answer."""
    found = units(answer, doc.language)
    if not found:
        return replace(Score.no_answer("no word or character"), counts=dict.fromkeys(DISTANCES, (0.0, 0.0)))
    wanted, length, again = Allowed(doc.target["low"], doc.target["high"]), len(found), repeated(found)
    off, value, lenient = wanted.off(length), wanted.linear(length), wanted.lenient(length)
    degenerate = again > MOST_REPEATED
    if degenerate:
        value = lenient = 0.0
    figures = {
        doc.meta["kind"]: value,
        "longbench_write": lenient,
        "within_10_percent": float(abs(off) <= NEAR and not degenerate),
        "too_long": float(off > 0),
        "too_short": float(off < 0),
        "degenerate": float(degenerate),
    }
    said = f"{length:,} instead of {_shown(wanted)}" + (f"; {again:.0%} is said again" if degenerate else "")
    counts = dict(zip(DISTANCES, ((abs(off), 1.0), (off, 1.0)), strict=True))
    return Score(value, extracted=str(length), metrics=figures, detail=said, counts=counts)


def _shown(wanted: Allowed) -> str:
    """``300``, or ``150 to 300``."""
    low, high = f"{wanted.low:,.0f}", f"{wanted.high:,.0f}"
    return low if low == high else f"{low} to {high}"
