"""The rules of the gate and their defaults, apart from the gate: its command states them without loading it."""

from __future__ import annotations

from dataclasses import dataclass

from qwen3_eval.types import UsageError


@dataclass(frozen=True)
class Rules:
    """When the gate fails, all results together. Raises UsageError.

    alpha: chance of a false alarm. margin: points that a score may fall. detect: points that must not be lost unseen.
    """

    alpha: float = 0.01
    margin: float = 1.0
    detect: float = 15.0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 0.5:
            raise UsageError(f"--alpha must be between 0 and 0.5, got {self.alpha:g}")
        if not self.margin >= 0:
            raise UsageError(f"--margin must not be negative, got {self.margin:g}")
        if not self.detect > self.margin:
            raise UsageError(f"--detect ({self.detect:g}) must be larger than --margin ({self.margin:g})")


USUAL = Rules()
