"""What a run would cost: questions, completions, tokens, and GPU hours where a speed is known; asks no model.

Tokens are those that are decoded. The most is what the limits allow. What is expected comes from a run that measured
the task in the same mode; for the others it is an assumption, a share of the limit, which is printed with it. In a
sweep of budgets a trace is decoded once, up to the largest budget, and an answer for each. A task that converses is
counted as one reply. Calls of a judge have the tokens that were measured for the benchmark (``spec.judge.tokens``); how
often it is asked again is not known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from qwen3_eval import data
from qwen3_eval.aligned import columns
from qwen3_eval.config import RunConfig
from qwen3_eval.measure.cost import cost
from qwen3_eval.measure.results import cells, mean_tokens
from qwen3_eval.money import NO_WORK, JudgeWork, TokenPrice, amount, asked_about, in_millions
from qwen3_eval.prepare.asked import Asked, Condition, resolve
from qwen3_eval.prepare.fitting import length_of, parts_of, plan_only
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import Answered
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.registry import Registry
from qwen3_eval.task.spec import JudgeSpec
from qwen3_eval.types import Cell, condition

THINKING_SHARE = 1 / 4
ANSWER_SHARE = 1 / 32
COMPLETION_SHARE = 1 / 4
ASSUMED = (
    f"assumed: thinking takes {THINKING_SHARE:.0%} of the limit of new tokens, an answer {ANSWER_SHARE:.1%} of it, "
    f"a completion of a base model {COMPLETION_SHARE:.0%}"
)


@dataclass(frozen=True, slots=True)
class Spending:
    """What a run spent. tokens: means a sample by kind. speed: decoded tokens a second and GPU; None if unknown.

    samples: tokens of thinking and answer of each sample that was counted.
    """

    name: str
    tokens: Mapping[Cell, Mapping[str, float]]
    speed: float | None
    samples: Mapping[Cell, Sequence[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Price:
    """What one task takes in one mode. docs: None where the rows are not at hand. expected, most: of one sample.

    judge: how the task's answers are judged by a model; None where they are not. prompts: tokens of the prompts at
    most, where the benchmark fits them to a length. queued: tokens by which it stands in the queue, the most first.
    lengths: of single samples that a run measured; none where it is not known how they differ.
    """

    task: str
    asked: str
    docs: int | None
    samples: int
    budgets: int
    expected: float
    most: int
    source: str
    judge: JudgeSpec | None = None
    prompts: int = 0
    queued: int = 0
    lengths: Sequence[float] = ()

    @property
    def traces(self) -> int:
        """Samples, each of which serves all budgets."""
        return (self.docs or 0) * self.samples

    @property
    def completions(self) -> int:
        """Generations that are judged."""
        return self.traces * max(1, self.budgets)

    @property
    def judging(self) -> JudgeWork:
        """What the judge is asked; nothing where there is none."""
        return asked_about(self.completions, self.judge.calls, self.judge.tokens) if self.judge else NO_WORK

    @property
    def most_calls(self) -> int:
        """Calls of the judge where no reply can be read."""
        return self.judging.calls * self.judge.attempts if self.judge else 0


def spending(record: RunRecord) -> Spending:
    """What a run spent, by task and mode. Raises UsageError naming file and line of a damaged journal."""
    spent = {each.cell: each.spent for each in cells(record)}
    tokens = {cell: mean_tokens(rows) for cell, rows in spent.items()}
    samples = {cell: list(_counted(rows)) for cell, rows in spent.items()}
    speed = cost(record).tokens_per_s
    return Spending(record.folder.name, tokens, speed / record.manifest.shards if speed else None, samples)


def _counted(rows: Sequence[Answered | None]) -> Iterator[tuple[int, int]]:
    """Tokens of thinking and answer of the samples that were answered and counted."""
    for row in rows:
        if row is not None and not row.failed and (row.thinking, row.answer) != (None, None):
            yield row.thinking or 0, row.answer or 0


def prices(config: RunConfig, registry: Registry, spendings: Sequence[Spending]) -> Iterator[Price]:
    """The price of each task and mode of a run."""
    for name in config.tasks:
        asked = resolve(config, registry.get(name))
        docs, prompts = _fitted_docs(asked, config) if isinstance(asked.task, FittedTask) else (count_docs(asked), 0)
        yield from (replace(_price(asked, each, docs, spendings), prompts=prompts) for each in asked.conditions)


def _fitted_docs(asked: Asked, config: RunConfig) -> tuple[int, int]:
    """How many prompts are asked at the lengths of a run, and their tokens.

    Of all parts, where it is not known which of them can be made.     Raises UsageError as ``data.read``.
    """
    task = asked.task
    assert isinstance(task, FittedTask)
    plan_only(task, config)
    if data.available(tuple(task.spec.tables.values()), asked.data_dir).startswith(("mirror", "part of", "cache")):
        lengths = [length_of(doc) for doc in asked.docs()]
        return len(lengths), sum(lengths)
    each = parts_of(task.spec) * task.fitting.samples
    return each * len(task.fitting.lengths), each * sum(task.fitting.lengths)


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


def _price(asked: Asked, under: Condition, docs: int | None, spendings: Sequence[Spending]) -> Price:
    short = isinstance(asked.task, FittedTask) and under.mode == "non-thinking"
    spent = _spent(Cell(asked.name, under.mode, None, under.protocol), spendings)
    means = spent.means if spent else _assumed(under)
    return Price(
        task=asked.name,
        asked=condition(under.protocol, under.mode),
        docs=docs,
        samples=under.samples,
        budgets=len([budget for budget in under.budgets if budget is not None]),
        expected=_decoded(under, *means, short=short),
        most=_most(under, short=short),
        source=f"as in {spent.name}" if spent else "assumed",
        judge=asked.task.spec.judge,
        queued=under.expected_tokens,
        lengths=[_decoded(under, *each, short=short) for each in spent.samples] if spent else (),
    )


def _decoded(under: Condition, thinking: float, answer: float, *, short: bool) -> float:
    """Tokens of one sample that thinks and answers so long. short: where the limit is that of an answer."""
    budgets = [budget for budget in under.budgets if budget is not None]
    if budgets:
        return min(thinking, budgets[-1]) + len(budgets) * min(answer, under.limits.answer)
    return min(thinking + answer, under.limits.answer) if short else thinking + answer


def _most(under: Condition, *, short: bool) -> int:
    """Tokens of one sample at most."""
    budgets = [budget for budget in under.budgets if budget is not None]
    if budgets:
        return budgets[-1] + len(budgets) * under.limits.answer
    return under.limits.answer if short else under.limits.total


class Spent(NamedTuple):
    """What a run spent on one task in one mode. means, samples: tokens of thinking and answer, of all and of each."""

    name: str
    means: tuple[float, float]
    samples: Sequence[tuple[int, int]]


def _spent(cell: Cell, spendings: Sequence[Spending]) -> Spent | None:
    """What was spent on a cell; the last run counts."""
    for spending in reversed(spendings):
        if found := spending.tokens.get(cell):
            means = found.get("thinking", 0.0), found.get("answer", 0.0)
            return Spent(spending.name, means, spending.samples.get(cell, ()))
    return None


def _assumed(under: Condition) -> tuple[float, float]:
    """Tokens of thinking and answer of one sample."""
    limit = under.limits.total
    if under.protocol == "base":
        return 0.0, max(1.0, COMPLETION_SHARE * limit)
    return THINKING_SHARE * limit if under.mode == "thinking" else 0.0, ANSWER_SHARE * limit


def price_text(found: Sequence[Price]) -> Iterator[str]:
    """The prices as lines for a terminal."""
    head = ("task", "mode", "docs", "samples", "budgets", "completions", "expected tokens", "at most", "tokens from")
    yield from columns([head, *map(_row, found)])
    expected, most = _tokens(found)
    completions = sum(price.completions for price in found)
    yield f"in all: {completions:,} completions, {in_millions(expected)} tokens expected, {in_millions(most)} at most"
    if unknown := sorted({price.task for price in found if price.docs is None}):
        yield f"not counted, because the rows are not at hand: {', '.join(unknown)}"
    if any(price.source == "assumed" for price in found):
        yield ASSUMED


def hours_text(found: Sequence[Price], speed: float | None, where: str) -> Iterator[str]:
    """The GPU hours likewise. speed: decoded tokens a second and GPU; where: what it is known from."""
    expected, most = _tokens(found)
    if speed:
        yield f"GPU hours: {expected / speed / 3600:,.1f} expected, {most / speed / 3600:,.1f} at most, at {where}"
    else:
        yield "GPU hours: unknown; give --throughput TOKENS_PER_S, or --from a run that was timed"


def runs_text(found: Sequence[Price]) -> Iterator[str]:
    """How to assume less, where something is assumed."""
    if any(price.source == "assumed" for price in found):
        yield "--from RUN takes the tokens that a run measured instead of those that are assumed"


def _tokens(found: Sequence[Price]) -> tuple[float, float]:
    """Decoded tokens of all together, as expected and at most."""
    return sum(price.traces * price.expected for price in found), sum(price.traces * price.most for price in found)


def prompts_text(found: Sequence[Price]) -> Iterator[str]:
    """The long prompts, by task and mode, as lines for a terminal; none where there are none."""
    long = [each for each in found if each.prompts]
    if not long:
        return
    head = ("task", "mode", "prompts", "prompt tokens at most")
    yield ""
    yield from columns(
        [
            head,
            *((each.task, each.asked, f"{each.traces:,}", in_millions(each.prompts * each.samples)) for each in long),
        ]
    )
    work = sum(each.prompts * each.samples for each in long)
    yield f"in all: {sum(each.traces for each in long):,} long prompts, {in_millions(work)} prompt tokens at most"


def judge_text(found: Sequence[Price], price: TokenPrice | None = None) -> Iterator[str]:
    """What the judge is asked, by task and mode, as lines for a terminal; none where there is nothing to judge."""
    judged = [each for each in found if each.judge]
    if not judged:
        return
    head = ("task", "mode", "answers", "judge calls", "tokens in", "tokens out", *(("cost",) if price else ()))
    yield ""
    yield from columns([head, *(_judge_row(each, price) for each in judged)])
    work = sum((each.judging for each in judged), NO_WORK)
    yield f"in all: {work.text(price)}; at most {sum(each.most_calls for each in judged):,} calls, if none can be read"
    if price is None:
        yield "cost: --judge-price IN,OUT gives it, at that price of a million tokens in and out"


def _judge_row(price: Price, paid: TokenPrice | None) -> tuple[str, ...]:
    work = price.judging
    told = (f"{price.completions:,}", f"{work.calls:,}", in_millions(work.read), in_millions(work.written))
    cost = (amount(work.cost(paid)),) if paid else ()
    known = price.docs is not None
    return (price.task, price.asked, *(text if known else "unknown" for text in (*told, *cost)))


def _row(price: Price) -> tuple[str, ...]:
    known = price.docs is not None
    return (
        price.task,
        price.asked,
        f"{price.docs:,}" if known else "unknown",
        str(price.samples),
        str(price.budgets or "-"),
        f"{price.completions:,}" if known else "unknown",
        in_millions(price.traces * price.expected) if known else "unknown",
        in_millions(price.traces * price.most) if known else "unknown",
        price.source,
    )
