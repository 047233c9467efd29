"""Figures of a whole set of samples that are no means over samples: ratios of sums, BLEU, chrF, medians.

Each but the median is a smooth function of sums, so one sample's part in it is what it changes when left out.
``influences`` gives these parts, as values whose mean is the figure: with them, errors are made as they are for any
mean; ``around_median`` gives such values for a median.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean, median

Sums = Sequence[float]
# chrF++ (Popovic, "chrF++: words helping character n-grams", WMT 2017): recall weighs twice precision.
BETA = 2
# Half a 95 % interval in standard errors.
HALF = 1.96


def ratios(sums: Sums) -> float:
    """Mean of ratios; sums: numerator and denominator of each. A ratio of nothing is left out."""
    found = [up / down for up, down in zip(sums[::2], sums[1::2], strict=True) if down > 0]
    return fmean(found) if found else 0.0


def chrf(sums: Sums) -> float:
    """chrF, 0 to 1; sums: n-grams of the translation, of the reference and in both, for each order.

    As in sacreBLEU: precision and recall are averaged over the orders that both texts have n-grams of.
    """
    orders = [row for row in zip(sums[::3], sums[1::3], sums[2::3], strict=True) if row[0] > 0 and row[1] > 0]
    if not orders:
        return 0.0
    precision = fmean(both / said for said, _, both in orders)
    recall = fmean(both / wanted for _, wanted, both in orders)
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall) if precision + recall > 0 else 0.0


def bleu(sums: Sums) -> float:
    """BLEU, 0 to 1; sums: tokens of the translation and of the reference, then the n-grams in both of each order, then
    those of the translation.

    As in sacreBLEU: an order without a match counts as half a match, the next one as a quarter (method 3 of Chen and
    Cherry, WMT 2014).
    """
    said, wanted, *grams = sums
    highest = len(grams) // 2
    orders = list(zip(grams[:highest], grams[highest:], strict=True))
    if orders[0][0] <= 0 or min(total for _, total in orders) <= 0:
        return 0.0
    smooth, logs = 1.0, []
    for both, total in orders:
        smooth *= 1 if both > 0 else 0.5
        logs.append(math.log((both if both > 0 else smooth) / total))
    return min(1.0, math.exp(1 - wanted / said)) * math.exp(fmean(logs))


def influences(counts: Sequence[Sums], figure: Callable[[Sums], float]) -> list[float]:
    """One value a sample: their mean is the figure of all, their deviations are those of the jackknife.

    With n samples, the figure f and f_i without sample i: f + (n - 1) (mean of all f_i - f_i). Source: Efron and Stein,
    "The jackknife estimate of variance", Annals of Statistics 9 (1981); the pseudo-values, moved so that they
    average to f.
    """
    totals = [math.fsum(column) for column in zip(*counts, strict=True)]
    whole = figure(totals)
    if len(counts) == 1:
        return [whole]
    without = [figure([total - part for total, part in zip(totals, row, strict=True)]) for row in counts]
    centre = fmean(without)
    return [whole + (len(counts) - 1) * (centre - each) for each in without]


def around_median(counts: Sequence[Sums]) -> list[float]:
    """One value a sample: their mean is the median of all, and what they make its error is that of McKean and Schrader.

    counts: a number and 1, or two zeros for a sample that has none. Samples above the median lie as far above it as
    those below lie below, so that the error is half the width of the interval between the order statistics at 95 %,
    over 1.96. Source: McKean and Schrader, "A comparison of methods for studentizing the sample median",
    Communications in Statistics 13 (1984).
    """
    numbers = sorted(number for number, counted in counts if counted > 0)
    if not numbers:
        return [0.0] * len(counts)
    middle, size = median(numbers), len(numbers)
    sides = [math.copysign(counted, number - middle) if number != middle else 0.0 for number, counted in counts]
    centre = math.fsum(sides) / size
    offsets = [side - centre if counted > 0 else 0.0 for side, (_, counted) in zip(sides, counts, strict=True)]
    spread = math.sqrt(math.fsum(offset**2 for offset in offsets))
    step = len(counts) * median_stderr(numbers) / spread if spread else 0.0
    return [middle + step * offset for offset in offsets]


def median_stderr(numbers: Sequence[float]) -> float:
    """The standard error of a median. numbers: in rising order, at least one."""
    size = len(numbers)
    rank = max(1, round((size + 1) / 2 - HALF * math.sqrt(size / 4)))
    return (numbers[size - rank] - numbers[rank - 1]) / (2 * HALF)


# Of numbers on both sides of 0.
SIGNED = "signed"
# How each figure is made: a value a sample, of which the mean is the figure.
FIGURES: dict[str, Callable[[Sequence[Sums]], list[float]]] = {
    "ratios": partial(influences, figure=ratios),
    SIGNED: partial(influences, figure=ratios),
    "chrf": partial(influences, figure=chrf),
    "bleu": partial(influences, figure=bleu),
    "median": around_median,
}
