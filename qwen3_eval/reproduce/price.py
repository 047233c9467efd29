"""What a table would cost: questions, completions, tokens, and GPU hours where a speed is known; asks no model.

Tokens are those that are decoded. The most is what the limits allow. What is expected comes from a run that measured
the task in the same mode; for the others it is an assumption, a share of the limit, which is printed with it. In a
sweep of budgets a trace is decoded once, up to the largest budget, and an answer for each. A task that converses is
counted as one reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qwen3_eval import data
from qwen3_eval.aligned import columns
from qwen3_eval.config import RunConfig
from qwen3_eval.measure.cost import cost
from qwen3_eval.measure.results import cells, mean_tokens
from qwen3_eval.prepare.asked import Asked, Condition, resolve
from qwen3_eval.records.record import RunRecord
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import Cell, condition

THINKING_SHARE = 1 / 4
ANSWER_SHARE = 1 / 32
COMPLETION_SHARE = 1 / 4
ASSUMED = (
    f"assumed: thinking takes {THINKING_SHARE:.0%} of the limit of new tokens, an answer {ANSWER_SHARE:.1%} of it, "
    f"a completion of a base model {COMPLETION_SHARE:.0%}; --from RUN takes what a run measured instead"
)


@dataclass(frozen=True, slots=True)
class Spending:
    """What a run spent. tokens: means a sample by kind. speed: decoded tokens a second and GPU; None if unknown."""

    name: str
    tokens: Mapping[Cell, Mapping[str, float]]
    speed: float | None


@dataclass(frozen=True, slots=True)
class Price:
    """What one task takes in one mode. docs: None where the rows are not at hand. expected, most: of one sample."""

    task: str
    asked: str
    docs: int | None
    samples: int
    budgets: int
    expected: float
    most: int
    source: str

    @property
    def traces(self) -> int:
        """Samples, each of which serves all budgets."""
        return (self.docs or 0) * self.samples

    @property
    def completions(self) -> int:
        """Generations that are judged."""
        return self.traces * max(1, self.budgets)


def spending(record: RunRecord) -> Spending:
    """What a run spent, by task and mode. Raises UsageError naming file and line of a damaged journal."""
    tokens = {each.cell: mean_tokens(each.spent) for each in cells(record)}
    speed = cost(record).tokens_per_s
    return Spending(record.folder.name, tokens, speed / record.manifest.shards if speed else None)


def prices(config: RunConfig, registry: Registry, spendings: Sequence[Spending]) -> Iterator[Price]:
    """The price of each task and mode of a run."""
    for name in config.tasks:
        asked = resolve(config, registry.get(name))
        docs = count_docs(asked)
        yield from (_price(asked.name, each, docs, spendings) for each in asked.conditions)


def count_docs(asked: Asked) -> int | None:
    """How many questions would be asked, about as many where a sample is drawn of rows that are not at hand.

    None where they are not at hand and the task does not say.

    Raises UsageError as ``data.docs`` does.
    """
    spec, pick = asked.task.spec, asked.pick
    found = data.available(spec.source, asked.data_dir)
    if found in ("generated", "mirror", "cache") or found.startswith("part of mirror"):
        return sum(1 for _ in pick.of(data.docs(asked.task, asked.data_dir, whole=pick.whole)))
    share = None if pick.whole else spec.share
    rows = [source.n_rows for source in spec.sources]
    whole = spec.n_docs or (sum(rows) if all(rows) else 0)
    docs = round(whole * share.part) if share else whole
    known = docs and not (pick.languages or pick.limit_per_language)
    return min(docs, pick.limit or docs) if known else None


def _price(name: str, asked: Condition, docs: int | None, spendings: Sequence[Spending]) -> Price:
    limits = asked.limits
    budgets = [budget for budget in asked.budgets if budget is not None]
    thinking, answer, source = _expected(name, asked, spendings)
    if budgets:
        expected = min(thinking, budgets[-1]) + len(budgets) * min(answer, limits.answer)
        most = budgets[-1] + len(budgets) * limits.answer
    else:
        expected, most = thinking + answer, limits.total
    words = condition(asked.protocol, asked.mode)
    return Price(name, words, docs, asked.samples, len(budgets), expected, most, source)


def _expected(name: str, asked: Condition, spendings: Sequence[Spending]) -> tuple[float, float, str]:
    """Tokens of thinking and answer of one sample, and where the numbers come from; the last run counts."""
    cell, limit = Cell(name, asked.mode, None, asked.protocol), asked.limits.total
    for spending in reversed(spendings):
        if found := spending.tokens.get(cell):
            return found.get("thinking", 0.0), found.get("answer", 0.0), f"as in {spending.name}"
    if asked.protocol == "base":
        return 0.0, max(1.0, COMPLETION_SHARE * limit), "assumed"
    return THINKING_SHARE * limit if asked.mode == "thinking" else 0.0, ANSWER_SHARE * limit, "assumed"


def price_text(found: Sequence[Price], speed: float | None, where: str) -> Iterator[str]:
    """The prices as lines for a terminal. speed: decoded tokens a second and GPU; where: what it is known from."""
    head = ("task", "mode", "docs", "samples", "budgets", "completions", "expected tokens", "at most", "tokens from")
    yield from columns([head, *map(_row, found)])
    expected = sum(price.traces * price.expected for price in found)
    most = sum(price.traces * price.most for price in found)
    completions = sum(price.completions for price in found)
    yield f"in all: {completions:,} completions, {_millions(expected)} tokens expected, {_millions(most)} at most"
    if unknown := sorted({price.task for price in found if price.docs is None}):
        yield f"not counted, because the rows are not at hand: {', '.join(unknown)}"
    if speed:
        yield f"GPU hours: {expected / speed / 3600:,.1f} expected, {most / speed / 3600:,.1f} at most, at {where}"
    else:
        yield "GPU hours: unknown; give --throughput TOKENS_PER_S, or --from a run that was timed"
    if any(price.source == "assumed" for price in found):
        yield ASSUMED


def _row(price: Price) -> tuple[str, ...]:
    known = price.docs is not None
    return (
        price.task,
        price.asked,
        f"{price.docs:,}" if known else "unknown",
        str(price.samples),
        str(price.budgets or "-"),
        f"{price.completions:,}" if known else "unknown",
        _millions(price.traces * price.expected) if known else "unknown",
        _millions(price.traces * price.most) if known else "unknown",
        price.source,
    )


def _millions(tokens: float) -> str:
    return f"{tokens / 1e6:,.1f} M" if tokens >= 1e5 else f"{tokens:,.0f}"
