"""How the intervals and the gate behave, by more simulation than a test has time for.

    python -m speed.statistics [RUNS]

For each setting of questions and samples: coverage of the 95 % intervals (over questions, over samples, of the
difference of two runs of one model), the gate's false alarms for one result, the smallest drop that it finds with 80 %
alone and as one of 20 results, and how often that drop is found. Then false alarms of a whole gate over six results,
budgets of one task that share their samples among them. RUNS (default 1,000) is the number of simulated runs; 14,000
questions are simulated a tenth as often.
"""

from __future__ import annotations

import sys

import numpy as np

from qwen3_eval import stats
from qwen3_eval.stats.paired import Difference, Pair, difference, holm

MARGIN, ALPHA, RESULTS = 0.01, 0.01, 20
SHAPES = {"even": (1.0, 1.0), "u-shaped": (0.4, 0.4), "2 %": (0.4, 19.6), "98 %": (19.6, 0.4)}
SETTINGS = ((30, 64), (198, 10), (500, 1), (14_000, 1), (100, 1), (30, 1))


def paired(before: np.ndarray, after: np.ndarray, samples: int) -> Difference:
    """The difference of two runs, given right answers by question."""
    rows = zip(before.tolist(), after.tolist(), strict=True)
    return difference([Pair(a / samples, b / samples, samples, i) for i, (a, b) in enumerate(rows)])


def covers(estimate: stats.Estimate | None, truth: float) -> bool:
    """Whether the interval holds the truth; True where there is none."""
    return estimate is None or estimate.interval.low <= truth <= estimate.interval.high


def setting(rng: np.random.Generator, docs: int, samples: int, shape: tuple[float, float], runs: int) -> list[float]:
    """Coverage three times, false alarms at 5 % without a margin, smallest drops, share of runs that find it."""
    truth, found = shape[0] / sum(shape), []
    alike = []
    for _ in range(runs):
        chances = rng.beta(*shape, docs)
        right, again = rng.binomial(samples, chances), rng.binomial(samples, chances)
        rows = [stats.Question(i, samples, float(count), float(count)) for i, count in enumerate(right)]
        one = paired(right, again, samples)
        alike.append(one)
        over = covers(stats.over_questions(rows), truth), covers(stats.over_samples(rows), float(chances.mean()))
        found.append((*over, one.interval.low <= 0 <= one.interval.high, one.p_worse(0.0) <= 0.05))
    drops = [
        float(np.mean([each.detectable(MARGIN, level) for each in alike[:50]])) for level in (ALPHA, ALPHA / RESULTS)
    ]
    return [*np.mean(found, axis=0).tolist(), *drops, power(rng, docs, samples, shape, drops[0], max(50, runs // 4))]


def power(
    rng: np.random.Generator, docs: int, samples: int, shape: tuple[float, float], drop: float, runs: int
) -> float:
    """How often a drop is found, when right answers are lost with the chance that makes it; NaN where it cannot be."""
    found = []
    for _ in range(runs):
        chances = rng.beta(*shape, docs)
        if drop >= chances.mean():
            return float("nan")
        less = chances * (1 - drop / chances.mean())
        both = paired(rng.binomial(samples, chances), rng.binomial(samples, less), samples)
        found.append(both.p_worse(MARGIN) <= ALPHA)
    return float(np.mean(found))


def family(rng: np.random.Generator, runs: int, alpha: float) -> float:
    """False alarms of a gate over six results without a margin; a smaller budget repeats most of a larger one."""
    alarms = 0
    for _ in range(runs):
        chances = rng.beta(0.6, 0.6, 200)
        one, other = rng.binomial(4, chances), rng.binomial(4, chances)
        found = []
        for _ in range(6):
            kept = rng.random(200) < 0.7
            fresh = rng.binomial(4, chances), rng.binomial(4, chances)
            found.append(paired(np.where(kept, one, fresh[0]), np.where(kept, other, fresh[1]), 4))
        alarms += min(holm([each.p_worse(0.0) for each in found])) <= alpha
    return alarms / runs


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(1)
    print("setting                 cover: questions  samples  difference  alarms (5 %)  drop  of 20  power")
    for docs, samples in SETTINGS:
        for name, shape in SHAPES.items():
            found = setting(rng, docs, samples, shape, runs if docs < 10_000 else max(20, runs // 10))
            text = "{:16.1%} {:8.1%} {:11.1%} {:13.1%} {:5.1f} {:6.1f} {:6.0%}"
            drops = (100 * found[4], 100 * found[5])
            print(f"{docs:>6,} x {samples:<3} {name:<9}", text.format(*found[:4], *drops, found[6]), flush=True)
    for alpha in (0.01, 0.05):
        print(f"false alarms of six results at {alpha:.0%}: {family(rng, runs, alpha):.1%}", flush=True)


if __name__ == "__main__":
    main()
