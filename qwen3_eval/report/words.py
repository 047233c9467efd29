"""Figures as text, the same everywhere on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from qwen3_eval.measure import health
from qwen3_eval.metrics import SCALES
from qwen3_eval.types import Result

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
FEW_POINTS = 10


def compact(count: float) -> str:
    """A large count to three figures: ``82.5 K``, ``1.20 M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if count >= size:
            return f"{count / size:.3g} {letter}"
    return f"{count:.0f}"


def duration(seconds: float) -> str:
    """``3 min 20 s``, ``2 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def printed(value: float) -> str:
    """A reported value to one decimal, or to as many as the report prints."""
    return f"{value:.1f}" if round(value, 1) == value else f"{value:g}"


def decimals_of(unit: str) -> int:
    """How many decimals of a score are told: one, and two where the whole scale is ten points."""
    return 2 if SCALES.get(unit) == FEW_POINTS else 1


def scored(value: float, unit: str) -> str:
    """A score in its unit."""
    return f"{value:.{decimals_of(unit)}f}"


def signed(value: float, unit: str = "percent") -> str:
    """A difference with its sign, told as scores are."""
    text = f"{value:+.{decimals_of(unit)}f}"
    return scored(0.0, unit) if float(text) == 0 else text.replace("-", MINUS)


def asked(result: Result) -> str:
    """Questions, and how often each was asked: ``60``, ``30 × 64``; all samples where that was not even."""
    times, uneven = divmod(result.n_samples, result.n_docs)
    if uneven:
        return f"{result.n_samples:,}"
    return f"{result.n_docs:,}" if times == 1 else f"{result.n_docs:,} × {times}"


def health_words(counts: Mapping[str, int]) -> Iterator[str]:
    """``3 cut off``: each outcome that is not an answer, in plain words."""
    for outcome, words in health.WORDS.items():
        if outcome != "ok" and counts.get(outcome):
            yield f"{counts[outcome]:,} {words}"


def flatten(value: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and values of nested settings, for reading."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flatten(inner, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from flatten(item, f"{prefix}[{number}]")
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
