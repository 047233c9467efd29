"""The report's tables of scores and its Figure 2 in blocks of one mode: lines of benchmarks, columns of models.

Tables 3 to 20 and 22 have benchmarks in their rows, as here. Tables 21, 23 to 35 and 37 have models in theirs: each
such row is a column here, and its columns (benchmarks, context lengths, families of languages) are lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from qwen3_eval import reference
from qwen3_eval.languages import find_language
from qwen3_eval.reference import AVERAGE, FAMILY, Row, cards
from qwen3_eval.reference.cards import Printed
from qwen3_eval.types import UsageError, nearest

NUMBERS = (*range(3, 9), *range(11, 36), 37)
FIGURE = "figure2"
CARD = "card:"
NAMES = (*(f"table{number}" for number in NUMBERS), FIGURE)
DRAWN = ("aime24", "aime25", "livecodebench_v5", "gpqa_diamond")
DRAWN_MODEL = "Qwen3-235B-A22B"
RELEASED = ("base", "instruct", "stage4")
LABELS = {
    "mmlu": "MMLU",
    "mmlu_redux": "MMLU-Redux",
    "mmlu_pro": "MMLU-Pro",
    "supergpqa": "SuperGPQA",
    "bbh": "BBH",
    "gpqa": "GPQA",
    "gsm8k": "GSM8K",
    "math": "MATH",
    "evalplus": "EvalPlus",
    "multipl_e": "MultiPL-E",
    "mbpp_3shot": "MBPP",
    "crux_o": "CRUX-O",
    "mgsm": "MGSM",
    "mmmlu": "MMMLU",
    "include": "INCLUDE",
    "gpqa_diamond": "GPQA-Diamond",
    "ceval": "C-Eval",
    "livebench_2024_11_25": "LiveBench",
    "ifeval": "IFEval",
    "arena_hard": "Arena-Hard",
    "alignbench_v1_1": "AlignBench v1.1",
    "creative_writing_v3": "Creative Writing v3",
    "writingbench": "WritingBench",
    "math_500": "MATH-500",
    "aime24": "AIME'24",
    "aime25": "AIME'25",
    "zebralogic": "ZebraLogic",
    "autologi": "AutoLogi",
    "bfcl_v3": "BFCL v3",
    "livecodebench_v5": "LiveCodeBench v5",
    "codeforces": "CodeForces",
    "multi_if": "Multi-IF",
    "mt_aime2024": "MT-AIME2024",
    "polymath": "PolyMath",
    "mlogiqa": "MLogiQA",
    "counterfactqa": "CounterFactQA",
    "lengthctrl": "LengthCtrl",
    "thinkfollow": "ThinkFollow",
    "tooluse": "ToolUse",
    "ruler": "RULER",
    "belebele": "Belebele",
    "multilingual_average": "Average",
    "training_cost": "GPU hours of training",
}
FURTHER = {"rating": " rating", "percentile": " percentile", "pass@64": " pass@64"}
MODE_TITLES = {"thinking": "Thinking", "non-thinking": "Non-thinking", "base": "Base models", "na": "No mode printed"}


class ModelColumn(NamedTuple):
    """A model of a table. variant: ``base`` or ``instruct`` for published ones, else a stage of training."""

    model: str
    variant: str

    @property
    def title(self) -> str:
        """The name by which a user picks it: the model's, and the stage of one that was not published."""
        return self.model if self.variant in ("base", "instruct") else f"{self.model} {self.variant}"

    @property
    def ours(self) -> bool:
        """Whether it is one of the Qwen3 models."""
        return self.model.startswith("Qwen3-")


@dataclass(frozen=True, slots=True)
class CardLine:
    """What a line of a card has beside one of the report.

    label: as the card names the benchmark. printed: every number of each model, the one in ``TableLine.values`` first.
    unlike: why a result of the task cannot be held against it; mostly empty.
    """

    label: str
    printed: Mapping[ModelColumn, tuple[Printed, ...]]
    unlike: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One benchmark, in one language, at one length or budget, with the numbers that the report prints.

    language: IETF tag, ``family:X``, or empty for all. length: context in tokens, ``AVERAGE``, or empty.
    budget: thinking tokens. decimals: how many the report prints. card: of a line that is one of a card.
    """

    benchmark: str
    metric: str
    unit: str
    language: str = ""
    length: str = ""
    budget: int | None = None
    decimals: int = 1
    group: str = ""
    values: Mapping[ModelColumn, float] | None = None
    card: CardLine | None = None

    @property
    def name(self) -> str:
        """The benchmark as it is printed."""
        return self.card.label if self.card else LABELS.get(self.benchmark, self.benchmark)

    @property
    def label(self) -> str:
        """What stands at the head of the line."""
        if self.budget is not None and self.benchmark in DRAWN:
            return f"{self.budget:,} tokens"
        if self.length:
            return "Average" if self.length == AVERAGE else _length(int(self.length))
        if self.language.startswith(FAMILY):
            return self.language.removeprefix(FAMILY)
        return self.name + ("" if self.card else FURTHER.get(self.metric, ""))

    @property
    def whose(self) -> str:
        """Who prints its numbers."""
        return "card" if self.card else "report"

    @property
    def averages(self) -> bool:
        """Whether it is the mean of the other lines of its block."""
        return self.benchmark == "multilingual_average" or self.length == AVERAGE

    @property
    def in_house(self) -> bool:
        """Whether the report's questions were never published."""
        return reference.category(self.benchmark, "thinking").startswith("in-house")

    def reported(self, column: ModelColumn | None) -> float | None:
        """The printed number of a model; None where there is none."""
        return (self.values or {}).get(column) if column else None

    def printed(self, column: ModelColumn | None) -> tuple[Printed, ...]:
        """Every number that is printed for a model, where it is a card's."""
        return self.card.printed.get(column, ()) if self.card and column else ()


def _length(tokens: int) -> str:
    """``4K`` for 4,096 tokens, as the report says it."""
    return f"{tokens:,}" if tokens % 1024 else f"{tokens // 1024}K"


@dataclass(frozen=True, slots=True)
class ModeBlock:
    """The lines of one mode, with the models that the report prints in it, in its order."""

    mode: str
    columns: tuple[ModelColumn, ...]
    lines: tuple[TableLine, ...]
    heading: str = ""

    @property
    def title(self) -> str:
        """The mode in words, or what stands for it in print."""
        return self.heading or MODE_TITLES[self.mode]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table or figure of the report, or what cards print. heading: its name in print."""

    name: str
    heading: str
    subject: str
    blocks: tuple[ModeBlock, ...]

    @property
    def title(self) -> str:
        """Its name in print and what it is about."""
        return f"{self.heading}: {self.subject}"

    @property
    def is_card(self) -> bool:
        """Whether it is what cards print."""
        return self.name.startswith(CARD)

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """All its models."""
        return tuple(dict.fromkeys(column for block in self.blocks for column in block.columns))


def layout(name: str) -> Layout:
    """The layout of ``table11`` or ``figure2``. Raises UsageError that lists them for another name."""
    if name not in NAMES:
        further = card_names()
        listed = "table3 to table8, table11 to table35, table37 and figure2"
        near = nearest(name, (*NAMES, *further))
        also = f", and of later cards {', '.join(further)}"
        raise UsageError(f"no scores of the report stand in {name!r}{near}; there are {listed}{also}")
    if name == FIGURE:
        return Layout(FIGURE, "Figure 2", f"scores of {DRAWN_MODEL} by thinking budget", tuple(_drawn()))
    number = int(name.removeprefix("table"))
    rows = [row for row in reference.results() if row.table == number]
    return Layout(name, f"Table {number}", _subject(number, rows), tuple(_blocks(rows)))


def card_names() -> tuple[str, ...]:
    """The cards, as a user asks for them."""
    return tuple(CARD + name for name in cards.cards())


def _subject(number: int, rows: Sequence[Row]) -> str:
    if number == 21:
        return "Qwen3-8B after distillation and reinforcement learning"
    if number == 22:
        return "Qwen3-32B after each stage of post-training"
    if rows[0].language.startswith(FAMILY):
        return "Belebele by family of languages"
    if rows[0].language:
        return f"multilingual benchmarks in {find_language(rows[0].language).name}"
    if rows[0].context_length:
        return "RULER by context length"
    models = dict.fromkeys(row.model for row in rows if row.model.startswith("Qwen3-"))
    kind = "base models" if rows[0].variant == "base" else rows[0].mode
    return f"{' and '.join(models)}, {kind}"


def _blocks(rows: Sequence[Row]) -> Iterator[ModeBlock]:
    for mode in dict.fromkeys(row.mode for row in rows):
        found = [row for row in rows if row.mode == mode]
        columns = dict.fromkeys(ModelColumn(row.model, row.variant) for row in found)
        heading = "Both modes in one cell" if (found[0].table, mode) == (22, "na") else ""
        yield ModeBlock(mode, tuple(columns), tuple(_lines(found)), heading)


def _lines(rows: Sequence[Row]) -> Iterator[TableLine]:
    """One line for each benchmark, metric, language and length, in the order of the table."""
    found: dict[TableLine, dict[ModelColumn, float]] = {}
    for row in rows:
        language = row.language if not row.language or row.language.startswith(FAMILY) else _tag(row.language)
        line = TableLine(row.benchmark, row.metric, row.unit, language, row.context_length, _budget(row))
        found.setdefault(line, {})[ModelColumn(row.model, row.variant)] = row.value
    headed = rows[0].table <= 20
    for line, values in found.items():
        group = reference.category(line.benchmark, rows[0].mode) if headed else ""
        alike = [row.value for row in rows if row.unit == line.unit]
        yield replace(line, values=values, decimals=decimals_of(line.unit, alike), group=group)


def _tag(code: str) -> str:
    return find_language(code).tag


def _budget(row: Row) -> int | None:
    """RULER's thinking is cut at a budget (section A.1.1)."""
    return reference.thinking_budget(row.benchmark) if row.mode == "thinking" else None


def decimals_of(unit: str, values: Iterable[float]) -> int:
    """How many decimals the report prints: ratings and hours none, else as many as the longest in this unit has."""
    if unit in ("elo", "gpu_hours"):
        return 0
    return max(len(repr(value).partition(".")[2]) for value in values)


def _drawn() -> Iterator[ModeBlock]:
    column = ModelColumn(DRAWN_MODEL, "instruct")
    metrics = {row.benchmark: row.metric for row in reference.results() if row.table == 11}
    curves = [(name, budget, value) for name in DRAWN for budget, value in reference.curve(name)]
    lines = [
        TableLine(name, metrics[name], "percent", budget=budget, decimals=2, group=LABELS[name], values={column: value})
        for name, budget, value in curves
    ]
    yield ModeBlock("thinking", (column,), tuple(lines))
    levels = {name: reference.non_thinking_level(name) for name in DRAWN}
    flat = [
        TableLine(name, metrics[name], "percent", decimals=2, values={column: level})
        for name, level in levels.items()
        if level is not None
    ]
    yield ModeBlock("non-thinking", (column,), tuple(flat))
