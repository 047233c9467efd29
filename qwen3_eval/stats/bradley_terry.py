"""Ratings of models out of battles that each of them has with one and the same other: Bradley and Terry's.

The chance that a model of rating r wins against one of rating s is 1 / (1 + 10^((s - r) / 400)) (Bradley and Terry,
Biometrika 39 (1952), pp. 324-345; the scale is Elo's). Published leaderboards fit it by logistic regression over all
battles, a tie being half a win and half a loss. Where one model, the anchor, has a part in every battle, the
likelihood falls into one factor for each of the others, and its maximum is plain: the chance is the share of battles
that were won. So no fit is needed, and battles are drawn again by drawing how many of each outcome there are. With
covariates there is no such form: ``stats.style``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from qwen3_eval.stats import CONFIDENCE
from qwen3_eval.types import Interval

if TYPE_CHECKING:
    import numpy as np

SCALE = 400.0
# The rating of the anchor.
ANCHOR = 1000.0
SEED = 42


class Battles(NamedTuple):
    """How many were won, tied and lost."""

    won: float = 0.0
    tied: float = 0.0
    lost: float = 0.0

    @property
    def total(self) -> float:
        """All of them."""
        return self.won + self.tied + self.lost

    @property
    def points(self) -> float:
        """Those that were won, a tie being half."""
        return self.won + self.tied / 2

    @property
    def share(self) -> float:
        """Points for each battle; NaN for none."""
        return self.points / self.total if self.total else math.nan

    def plus(self, other: Battles) -> Battles:
        """These and others."""
        return Battles(self.won + other.won, self.tied + other.tied, self.lost + other.lost)

    @property
    def one_sided(self) -> bool:
        """Whether all of them ended alike, so that their likelihood has no maximum."""
        return self.points in (0.0, self.total)


def rating(share: float) -> float:
    """The rating at which that share of the points is expected against the anchor; infinite for none and for all."""
    if share <= 0 or share >= 1:
        return math.inf if share >= 1 else -math.inf
    return ANCHOR + SCALE * math.log10(share / (1 - share))


def drawn_again(found: Sequence[Battles], rounds: int, *, pooled: bool, seed: int = SEED) -> np.ndarray:
    """Shares of the points when battles are drawn again, with replacement: an array (rounds, models).

    pooled: out of those of all models together, so that how many a model has varies; else out of its own. NaN where a
    model has none. Only the numbers of each outcome matter, and these have a multinomial distribution.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    counts = np.asarray(found, dtype=float).reshape(len(found), 3)
    groups = [counts.ravel()] if pooled else list(counts)
    draws = [rng.multinomial(round(float(each.sum())), _chances(each), size=rounds) for each in groups]
    won, tied, lost = np.moveaxis(np.concatenate(draws, axis=1).reshape(rounds, len(found), 3), 2, 0)
    with np.errstate(invalid="ignore"):
        drawn: np.ndarray = (won + tied / 2) / (won + tied + lost)
    return drawn


def _chances(counts: np.ndarray) -> np.ndarray:
    chances: np.ndarray = counts / max(counts.sum(), 1.0)
    return chances


def between(shares: np.ndarray, percentiles: tuple[float, float]) -> Interval:
    """Percentiles of shares that were drawn again, on the scale of ratings as published; NaN for none."""
    import numpy as np

    held = shares[~np.isnan(shares)]
    if not held.size:
        return Interval(math.nan, math.nan)
    low, high = np.percentile(held, percentiles)
    return Interval(float(low), float(high))


def one_sided(share: float, questions: int) -> Interval:
    """What a share of 0 or of 1 leaves possible at 95 %, one-sided, when so many questions ended alike.

    The chance p of a loss with p^n = 0.05: battles that are drawn again would say 0 or 1 whatever their number.
    """
    bound = (1 - CONFIDENCE) ** (1 / questions) if questions else 0.0
    return Interval(bound, 1.0) if share >= 1 else Interval(0.0, 1 - bound)
