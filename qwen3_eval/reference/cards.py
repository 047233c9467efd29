"""What Qwen prints for the models after the report, in model cards and blog posts: scores and settings.

``later_cards.csv`` has the scores as printed, ``card_benchmarks.json`` which of them are those of a task here, and
``card_settings.json`` the decoding parameters and lengths. ``README.md`` says how they were read.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qwen3_eval.reference.files import read_csv, read_json
from qwen3_eval.types import MODES, Mode, Sampling

SCORES = "later_cards.csv"
BENCHMARKS = "card_benchmarks.json"
SETTINGS = "card_settings.json"
MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as one source prints it. source: title and month. note: what the source says of it.

    remark: what we take it for, where the source does not say.
    """

    value: float
    source: str
    note: str = ""
    remark: str = ""

    @property
    def date(self) -> str:
        """Year and month of the source."""
        return next(iter(MONTH.findall(self.source)), "")


@dataclass(frozen=True, slots=True)
class CardRow:
    """One number of a card. ``mode`` and ``variant`` are as in the report's ``Row``.

    page: the model whose page it is. model: as the hub names it, a base model with ``-Base``. benchmark, metric: as the
    task here calls them, where there is one. unlike: why a number of that task cannot be held against it; mostly empty.
    """

    page: str
    section: str
    model: str
    variant: str
    mode: str
    benchmark: str
    label: str
    metric: str
    unit: str
    printed: Printed
    unlike: str = ""

    @property
    def own(self) -> bool:
        """Whether it stands on the model's own page."""
        return self.model == self.page

    @property
    def kind(self) -> tuple[str, ...]:
        """What numbers of one mode have in common that belong on one line."""
        return self.benchmark, self.metric, self.unit, self.unlike

    @property
    def place(self) -> tuple[str, ...]:
        """What numbers have in common that may be held against each other."""
        return self.model.lower(), self.mode, *self.kind


@dataclass(frozen=True, slots=True)
class CardSettings:
    """How a vendor says that it ran a benchmark. What it does not print is absent.

    sampling: the decoding parameters that are printed. max_output_tokens: thinking and answer together.
    """

    sampling: Mapping[str, float]
    max_output_tokens: int | None
    source: str


@functools.cache
def card_rows() -> tuple[CardRow, ...]:
    """Every number of the cards, in the order of the file."""
    return tuple(_row(cells) for cells in read_csv(SCORES))


def _row(cells: Mapping[str, str]) -> CardRow:
    known, base = read_json(BENCHMARKS)[cells["benchmark"]], cells["variant"] == "base"
    remark = "" if base else known.get("remark", "")
    return CardRow(
        page=cells["table"],
        section=cells["section"],
        model=f"{cells['model']}-Base" if base else cells["model"],
        variant=cells["variant"],
        mode=cells["mode"],
        benchmark=cells["benchmark"] if base else known.get("task", cells["benchmark"]),
        label=known["label"],
        metric=known.get("metric", cells["metric"]),
        unit=cells["unit"],
        printed=Printed(float(cells["value"]), cells["source"], cells["note"], remark),
        unlike=known.get("unlike", ""),
    )


def cards() -> dict[str, tuple[str, Sequence[str]]]:
    """The families of models that cards were read for: title and pages by name."""
    return {name: (entry["title"], entry["pages"]) for name, entry in read_json(SETTINGS)["cards"].items()}


def alike(row: CardRow) -> tuple[CardRow, ...]:
    """The numbers that all cards print for the same model, benchmark and mode: of its own page first, then by date."""
    return _places()[row.place]


@functools.cache
def _places() -> dict[tuple[str, ...], tuple[CardRow, ...]]:
    found: defaultdict[tuple[str, ...], list[CardRow]] = defaultdict(list)
    for row in sorted(card_rows(), key=lambda row: (not row.own, row.printed.date)):
        found[row.place].append(row)
    return {place: tuple(rows) for place, rows in found.items()}


def card_row(model: str, mode: str, benchmark: str, metric: str) -> CardRow | None:
    """The number of a model on its own page, else on the first that has it; one that ours can be held against first.

    model: as in ``name_of``. Other names as in ``CardRow``.
    """
    asked = (name_of(model), mode, benchmark, metric)
    found = [rows[0] for place, rows in _places().items() if place[:4] == asked]
    return min(found, key=lambda row: bool(row.unlike), default=None)


@functools.cache
def chat_models() -> frozenset[str]:
    """The post-trained models of the cards by name, in lower case."""
    return frozenset(row.model.lower() for row in card_rows() if row.variant != "base")


def name_of(model: str) -> str:
    """A model by its name alone, in lower case. model: a name of any spelling, a hub id or a folder."""
    return model.rstrip("/").rpartition("/")[2].lower()


def card_settings(model: str, mode: str, benchmark: str = "") -> CardSettings | None:
    """What is printed for a model in a mode; None where nothing is.

    benchmark: one that may have settings of its own, by the identifier of its task.
    """
    for entry in read_json(SETTINGS)["settings"]:
        asked = "benchmarks" not in entry or benchmark in entry["benchmarks"]
        if asked and mode == entry["mode"] and name_of(model) in map(str.lower, entry["models"]):
            return CardSettings(entry["sampling"], entry.get("max_output_tokens"), entry["source"])
    return None


def card_sampling(model: str, mode: Mode, benchmark: str = "") -> Sampling | None:
    """The decoding parameters that a card names; a parameter that it does not print is off. None where it names none.

    model, benchmark: as in ``card_settings``.
    """
    found = card_settings(model, mode, benchmark)
    return None if found is None else Sampling(**found.sampling)  # type: ignore[arg-type]


def card_tokens(model: str, benchmark: str, modes: Sequence[Mode] = MODES) -> int | None:
    """The most new tokens that a card names for a benchmark, thinking and answer together; None where it names none.

    modes: the first of them that the card has settings for counts.
    """
    found = [card_settings(model, mode, benchmark) for mode in modes]
    return next((each.max_output_tokens for each in found if each is not None), None)
