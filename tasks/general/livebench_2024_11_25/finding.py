"""What one LiveBench scorer says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """value: 0 to 1. extracted: the answer that was found, None when there was none. detail: why."""

    value: float
    extracted: str | None
    detail: str = ""
