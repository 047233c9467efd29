"""What a table of ratings costs: a fit and 1,000 draws of the battles of 28 models with 1,000 games each.

    python -m speed.ratings [ROUNDS]

Beside it, where scikit-learn is installed, the published way: its logistic regression over a matrix with a row for each
battle, twice, and a fit for each draw. ROUNDS (default 5) of its 1,000 fits are made and counted up. Both say how far
apart their ratings are. Then style control, which costs a fit for each draw here too.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from qwen3_eval.stats import bradley_terry, style
from qwen3_eval.stats.bradley_terry import Battles
from speed.figures import figure

MODELS, QUESTIONS, DRAWS = 28, 500, 1000
BOUND = 0.1


def rows(seed: int = 3) -> list[style.Compared]:
    """The battles about each answer: two games, of which three in ten are won or lost by far."""
    rng = np.random.default_rng(seed)
    lengths = rng.lognormal(6, 0.6, QUESTIONS)
    others = [_look(rng, length) for length in lengths]
    found = []
    for model in range(MODELS):
        strength = rng.normal(0, 1.2)
        for length, other in zip(lengths, others, strict=True):
            own = _look(rng, length * rng.lognormal(0.1 * (model % 5), 0.4) + 5)
            found.append(style.Compared(model, _games(rng, 1 / (1 + math.exp(-strength))), own, other))
    return found


def _look(rng: np.random.Generator, length: float) -> style.Look:
    headers, items, bold = (int(rng.poisson(length / each)) for each in (300, 80, 120))
    return style.Look(int(length), headers, items, bold)


def _games(rng: np.random.Generator, chance: float) -> Battles:
    counts = [0, 0, 0]
    for _ in range(2):
        tied, won, far = rng.random() < 0.15, rng.random() < chance, rng.random() < 0.3
        counts[1 if tied else 0 if won else 2] += 3 if far and not tied else 1
    return Battles(*counts)


def ours(found: Sequence[style.Compared]) -> tuple[list[float], float]:
    """Ratings, and the CPU seconds of them and of 1,000 draws with their percentiles."""
    began = time.process_time()
    sums = [Battles() for _ in range(MODELS)]
    for row in found:
        sums[row.model] = sums[row.model].plus(row.battles)
    ratings = [bradley_terry.rating(each.share) for each in sums]
    drawn = bradley_terry.drawn_again(sums, DRAWS, pooled=True)
    for place in range(MODELS):
        bradley_terry.between(drawn[:, place], (2.5, 97.5))
    return ratings, time.process_time() - began


def published(found: Sequence[style.Compared], rounds: int) -> tuple[list[float], float]:
    """Ratings by scikit-learn, and the CPU seconds that one fit and 1,000 draws would take."""
    model, won = _battles(found)
    rng = np.random.default_rng(1)
    began = time.process_time()
    ratings = _fitted(model, won)
    one = time.process_time() - began
    began = time.process_time()
    for _ in range(rounds):
        again = rng.integers(len(model), size=len(model))
        _fitted(model[again], won[again])
    return ratings, one + (time.process_time() - began) / rounds * DRAWS


def _battles(found: Sequence[style.Compared]) -> tuple[np.ndarray, np.ndarray]:
    """Of each battle the model and its points."""
    counts = np.asarray([row.battles for row in found], dtype=int)
    model = np.repeat([row.model for row in found], counts.sum(axis=1))
    points = np.concatenate([np.repeat((1.0, 0.5, 0.0), each) for each in counts])
    return model, points


def _fitted(model: np.ndarray, points: np.ndarray) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    twice = np.tile(model, 2)
    sides = np.zeros((len(twice), MODELS + 1))
    sides[:, MODELS] = -math.log(10)
    sides[np.arange(len(twice)), twice] = math.log(10)
    # A tie is won once and lost once.
    won = np.concatenate([points > 0, points == 1])
    fit = LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-8).fit(sides, won)
    return list(400 * (fit.coef_[0][:MODELS] - fit.coef_[0][MODELS]) + 1000)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = rows()
    ratings, seconds = ours(found)
    figure(f"ratings: {MODELS} models, {2 * QUESTIONS:,} games each, {DRAWS:,} draws", seconds, "s of CPU")
    if find_spec("sklearn"):
        theirs, long = published(found, rounds)
        apart = max(abs(one - other) for one, other in zip(ratings, theirs, strict=True))
        figure("ratings: beside scikit-learn", seconds / long, "times the CPU", f"{BOUND}")
        figure("ratings: largest difference from scikit-learn's", apart, "", "0.1")
    else:
        print("scikit-learn is not installed: no comparison with the published way")
    for name, control in style.CONTROLS.items():
        began = time.process_time()
        fit = style.Regression(found, control)
        for _ in fit.drawn_again(100):
            pass
        figure(f"ratings: style control by {name}, {DRAWS:,} draws", 10 * (time.process_time() - began), "s of CPU")


if __name__ == "__main__":
    main()
