"""Ratings with style control: how often a model would win if its answers looked like those of the other.

Each battle has, beside the two models, covariates that describe how the two answers look: their lengths and their
Markdown, as differences. The fit is a logistic regression; what the covariates explain is no part of the ratings. The
coefficients are learnt from the battles of all models, so that one model alone cannot be rated so.

Two ways are published, which differ in covariates and in the fit: lmarena/arena-hard-auto@d99b1392 utils_math.py
(``COUNTS``) and @196f6b82 show_result.py, utils/math_utils.py (``DENSITIES``). Here both are fitted by Newton's method,
to the maximum; the models' part of its matrix is diagonal, since each battle has one of them and the anchor.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qwen3_eval.stats.bradley_terry import SEED, Battles

if TYPE_CHECKING:
    import numpy as np

# What the covariates are about, in their order.
FEATURES = ("tokens", "headers", "lists", "bold")
STEPS = 50


class Look(NamedTuple):
    """How an answer looks: numbers of tokens, of headers, of items of lists and of bold passages."""

    tokens: float
    headers: float
    lists: float
    bold: float


class Compared(NamedTuple):
    """The battles of one model about one answer. model: its number. own, other: the looks of both answers."""

    model: int
    battles: Battles
    own: Look
    other: Look


@dataclass(frozen=True)
class Control:
    """A published way. per_token: Markdown is counted for each token. ridge: weight of the penalty on coefficients.

    unbiased: covariates are divided by the unbiased standard deviation.
    """

    per_token: bool
    unbiased: bool
    ridge: float


# The penalty of the first is scikit-learn's default (1), on battles that stand twice.
COUNTS = Control(per_token=False, unbiased=False, ridge=0.5)
DENSITIES = Control(per_token=True, unbiased=True, ridge=0.0)
CONTROLS = {"counts": COUNTS, "densities": DENSITIES}


class StyleFit(NamedTuple):
    """What a fit tells. shares: of the points of each model, style aside. coefficients: of ``FEATURES``, normalised."""

    shares: np.ndarray
    coefficients: np.ndarray


class Regression:
    """The regression over some battles, which can be made again over battles drawn out of them."""

    def __init__(self, rows: Sequence[Compared], control: Control) -> None:
        import numpy as np

        rows = sorted((row for row in rows if row.battles.total), key=lambda row: row.model)
        self._control = control
        self._counts = np.asarray([row.battles for row in rows], dtype=float)
        self._models = np.asarray([row.model for row in rows])
        self._x = _normalised(_features(rows, control), self._counts.sum(axis=1), unbiased=control.unbiased)
        self._named, self._starts = np.unique(self._models, return_index=True)
        self._place = np.searchsorted(self._named, self._models)
        self._from = np.zeros(len(self._named) + len(FEATURES))
        self._from = self._solved(self._counts)

    @property
    def models(self) -> list[int]:
        """The numbers of the models that have battles."""
        return [int(each) for each in self._named]

    @property
    def whole(self) -> StyleFit:
        """Over all battles."""
        return self._told(self._from, self._counts)

    def drawn_again(self, rounds: int, seed: int = SEED) -> Iterator[StyleFit]:
        """Over battles that are drawn again out of all of them, with replacement."""
        import numpy as np

        rng, flat = np.random.default_rng(seed), self._counts.ravel()
        total, chances = round(float(flat.sum())), flat / flat.sum()
        for _ in range(rounds):
            counts = rng.multinomial(total, chances).reshape(self._counts.shape).astype(float)
            yield self._told(self._solved(counts), counts)

    def _told(self, found: np.ndarray, counts: np.ndarray) -> StyleFit:
        import numpy as np

        logits = found[: len(self._named)].copy()
        won, lost = self._sums(counts[:, 0] + counts[:, 1] / 2), self._sums(counts[:, 2] + counts[:, 1] / 2)
        if not self._control.ridge:
            logits[won == 0], logits[lost == 0] = -math.inf, math.inf
        logits[won + lost == 0] = math.nan
        with np.errstate(over="ignore"):
            return StyleFit(1 / (1 + np.exp(-logits)), found[len(self._named) :])

    def _sums(self, values: np.ndarray) -> np.ndarray:
        """Of the rows of each model."""
        import numpy as np

        sums: np.ndarray = np.add.reduceat(values, self._starts, axis=0)
        return sums

    def _solved(self, counts: np.ndarray) -> np.ndarray:
        """Logits of the models, then coefficients. A model all of whose battles ended alike has no part in the fit."""
        import numpy as np

        n, x, place = len(self._named), self._x, self._place
        up, down = counts[:, 0] + counts[:, 1] / 2, counts[:, 2] + counts[:, 1] / 2
        if not self._control.ridge:
            played = ((self._sums(up) > 0) & (self._sums(down) > 0))[place]
            up, down = up * played, down * played
        total, penalty = up + down, self._penalty()
        found = self._from.copy()
        for _ in range(STEPS):
            chance = 1 / (1 + np.exp(-(found[place] + x @ found[n:])))
            missing, spread = up - total * chance, total * chance * (1 - chance)
            slope = np.concatenate([self._sums(missing), x.T @ missing]) - penalty @ found
            weighted = x * spread[:, None]
            cross, matrix = self._sums(weighted), penalty.copy()
            matrix[:n, :n] += np.diag(self._sums(spread))
            matrix[:n, n:] += cross
            matrix[n:, :n] += cross.T
            matrix[n:, n:] += x.T @ weighted
            # Where a model or a covariate has no part there is nothing to solve for; it stays where it is.
            matrix += np.diag(np.where(np.diag(matrix) > 1e-9, 0.0, 1.0))
            step = np.linalg.solve(matrix, slope)
            found += np.clip(step, -2.0, 2.0)
            if np.abs(step).max() < 1e-7:
                break
        return found

    def _penalty(self) -> np.ndarray:
        """The matrix of the penalty: on the coefficients, and on those of the models in units of factors of ten.

        The anchor has a coefficient too, which is free: it is where the penalty is smallest.
        """
        import numpy as np

        n, found = len(self._named), np.zeros((len(self._from),) * 2)
        found[:n, :n] = (np.eye(n) - 1 / (n + 1)) / math.log(10) ** 2
        found[n:, n:] = np.eye(len(FEATURES))
        return self._control.ridge * found


def _features(rows: Sequence[Compared], control: Control) -> np.ndarray:
    """Covariates: differences over sums, of the model's answer less the other's."""
    import numpy as np

    own = np.asarray([row.own for row in rows], dtype=float).reshape(-1, len(FEATURES))
    other = np.asarray([row.other for row in rows], dtype=float).reshape(-1, len(FEATURES))
    if not control.per_token:
        found: np.ndarray = (own - other) / (own + other + 1)
        return found
    length = (own[:, :1] - other[:, :1]) / np.maximum(own[:, :1] + other[:, :1], 1)
    own, other = own[:, 1:] / (own[:, :1] + 1), other[:, 1:] / (other[:, :1] + 1)
    return np.concatenate([length, (own - other) / (own + other + 1)], axis=1)


def _normalised(values: np.ndarray, weights: np.ndarray, *, unbiased: bool) -> np.ndarray:
    """Less their mean over the battles, over their standard deviation; 0 where all are alike."""
    import numpy as np

    total = weights.sum()
    values = values - weights @ values / total
    deviation = np.sqrt(weights @ values**2 / (total - unbiased))
    normalised: np.ndarray = values / np.where(deviation > 1e-12, deviation, 1.0)
    return normalised
