"""How long the model thought before right and before wrong answers: one picture a task and run."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qwen3_eval.records.samples import Answered
from qwen3_eval.report.plots import short_tokens
from qwen3_eval.types import Scored

# Two bars for each doubling of the length.
STEPS = 2
MOST_BARS = 64 * STEPS
WIDTH, HALF = 480.0, 74.0


@dataclass(slots=True)
class Lengths:
    """Thinking tokens of the samples of each run and task, at each budget: (tokens, whether the answer is right)."""

    found: dict[tuple[int, str], dict[float, list[tuple[int, bool]]]] = field(default_factory=dict)

    def add(self, run: int, answered: Answered, scored: Scored | None) -> None:
        """One sample; those without thinking, without a score or with part of a point are passed over."""
        cell, tokens = answered.cell, answered.thinking
        if cell.mode != "thinking" or not tokens or scored is None or scored.value not in (0, 1):
            return
        budget = float("inf") if cell.budget is None else cell.budget
        by_budget = self.found.setdefault((run, cell.task), {})
        by_budget.setdefault(budget, []).append((tokens, scored.value == 1))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in the picture's units; ``title``: what it stands for."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars above the line for right answers and below for wrong ones, and what a screen reader says."""

    task: str
    run: str
    budget: str
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    words: str
    right: str
    wrong: str


def histograms(lengths: Lengths, names: Sequence[str], tasks: Sequence[str]) -> list[Histogram]:
    """The pictures, tasks in their order; each of the samples at the largest budget."""
    places = {task: place for place, task in enumerate(tasks)}
    keys = sorted(lengths.found, key=lambda key: (places.get(key[1], len(places)), key[1], key[0]))
    return [histogram(task, names[run], lengths.found[run, task]) for run, task in keys]


def histogram(task: str, run: str, by_budget: Mapping[float, Sequence[tuple[int, bool]]]) -> Histogram:
    """The picture of one task."""
    budget = max(by_budget)
    samples = by_budget[budget]
    groups: defaultdict[bool, list[int]] = defaultdict(list)
    for tokens, correct in samples:
        groups[correct].append(tokens)
    right, wrong = (described(groups[kind], word) for kind, word in ((True, "right"), (False, "wrong")))
    low, high = bin_of(min(tokens for tokens, _ in samples)), bin_of(max(tokens for tokens, _ in samples)) + 1
    bars = list(bars_of(groups, low, high))
    shown = "" if budget == float("inf") else f"{budget:,.0f}"
    return Histogram(task, run, shown, bars, list(ticks(low, high)), f"{task}: {right}; {wrong}", right, wrong)


def described(tokens: Sequence[int], word: str) -> str:
    """``412 right, half of them after at most 1,204 tokens``."""
    if not tokens:
        return f"none {word}"
    return f"{len(tokens):,} {word}, half of them within {statistics.median(tokens):,.0f} tokens"


def bin_of(tokens: int) -> int:
    """The bar that a length falls into: bar b holds 2^(b/STEPS) up to the next."""
    return bisect_right(range(1, MOST_BARS), float(tokens), key=edge)


def edge(number: int) -> float:
    """Where a bar begins, in tokens."""
    return float(2 ** (number / STEPS))


def bars_of(groups: Mapping[bool, Sequence[int]], low: int, high: int) -> Iterator[Bar]:
    """Shares within each group, so that a few wrong answers show as well as many right ones."""
    counts = {kind: Counter(bin_of(tokens) for tokens in groups[kind]) for kind in (True, False)}
    most = max(count / len(groups[kind]) for kind in counts for count in counts[kind].values())
    width = WIDTH / (high - low)
    for kind, word in ((True, "right"), (False, "wrong")):
        for number, count in sorted(counts[kind].items()):
            height = HALF * count / len(groups[kind]) / most
            title = f"{edge(number):,.0f} to {edge(number + 1):,.0f} tokens: {count:,} {word}"
            top = HALF - height if kind else HALF
            yield Bar(
                word, round((number - low) * width + 1, 2), round(top, 2), round(width - 2, 2), round(height, 2), title
            )


def ticks(low: int, high: int) -> Iterator[tuple[float, str]]:
    """Powers of two along the line, at most eight."""
    whole = [number for number in range(low, high + 1) if number % STEPS == 0]
    for number in whole[:: max(1, -(-len(whole) // 8))]:
        yield round((number - low) * WIDTH / (high - low), 2), short_tokens(round(edge(number)))
