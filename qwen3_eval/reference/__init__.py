"""What the Qwen3 Technical Report prints: settings, scores, curves, languages. ``README.md`` names the sources.

``cards`` has what is printed for later models.

Everything is read once, from the CSV and JSON files beside this module, when it is first asked for.
Benchmarks go by the report's identifiers in ``reported_results.csv`` (``aime24``, ``math_500``, ...).
"""

from __future__ import annotations

import functools
import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from qwen3_eval.languages import find_language
from qwen3_eval.reference import cards
from qwen3_eval.reference.cards import CardRow, Printed
from qwen3_eval.reference.files import read_csv, read_json
from qwen3_eval.types import MODES, Mode, Protocol, Reported, Sampling, UsageError

STOP_TEXTS = {"docs": "docs_quickstart", "report": "report_4_3"}
# The unit whose scale ends at 10, not at 100.
OF_TEN = "points_0_10"
RELEASED = ("instruct", "base")
FAMILY = "family:"
# The mean of the printed lengths, in place of one.
AVERAGE = "avg"
SPELLINGS = {
    "meta-llama-3-8b": "llama-3-8b",
    "llama-4-maverick-17b-128e": "llama-4-maverick",
    "llama-4-maverick-17b-128e-instruct": "llama-4-maverick",
    "llama-4-scout-17b-16e": "llama-4-scout",
    "llama-4-scout-17b-16e-instruct": "llama-4-scout",
    "phi-4-mini-instruct": "phi-4-mini",
}


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How the report ran a benchmark on its post-trained models (section 4.6).

    n_samples: attempts too; None where the report does not say. max_output_tokens: thinking and answer together.
    """

    n_samples: int | None
    max_output_tokens: int
    sampling: Mapping[Mode, Sampling]


@dataclass(frozen=True, slots=True)
class Row:
    """One printed number. ``mode`` is ``thinking``, ``non-thinking``, ``base`` or ``na``; empty text: not printed."""

    table: int
    model: str
    variant: str
    mode: str
    benchmark: str
    metric: str
    language: str
    context_length: str
    value: float
    unit: str


def settings(task: str) -> ReportSettings | None:
    """The report's settings for a benchmark; None for one that it ran on base models only, or not at all."""
    known = read_json("eval_settings.json")
    entry = known["post_trained"].get(task)
    if entry is None:
        return None
    tokens = entry.get("max_output_tokens") or known["defaults_post_trained"]["max_output_tokens"]
    samples = entry.get("n_samples") or entry.get("attempts_per_problem_max")
    return ReportSettings(samples, tokens, {mode: default_sampling(task, mode) for mode in MODES})


def category(benchmark: str, mode: str) -> str:
    """The report's heading over a benchmark in its tables of results; empty where it prints none.

    mode: as in ``Row``.
    """
    part = "base" if mode == "base" else "post_trained"
    return str(read_json("eval_settings.json")[part].get(benchmark, {}).get("category", ""))


def thinking_budget(benchmark: str) -> int | None:
    """The thinking budget in tokens under which the report's tables measure a benchmark; None for nearly all."""
    budgets = read_json("eval_settings.json")["post_trained"].get(benchmark, {}).get("thinking_budget_tokens") or {}
    found: int | None = budgets.get("thinking")
    return found


@functools.cache
def context_lengths(benchmark: str) -> tuple[str, ...]:
    """The lengths in tokens at which the report prints a benchmark; empty for nearly all."""
    found = read_json("eval_settings.json")["post_trained"].get(benchmark, {}).get("context_lengths", ())
    return tuple(str(length) for length in found)


def default_sampling(task: str, mode: Mode, protocol: Protocol = "chat") -> Sampling:
    """The decoding parameters of section 4.6, with a benchmark's own where it has some.

    The report says nothing about decoding for base models: they are decoded greedily.
    """
    if protocol == "base":
        return Sampling()
    known = read_json("eval_settings.json")
    stated = known["post_trained"].get(task, {}).get("sampling") or known["defaults_post_trained"]["sampling"]
    return Sampling(**stated[mode])


def stop_text(variant: str = "docs") -> str:
    """What is appended when a thinking budget is spent. Raises UsageError for an unknown variant.

    ``docs``: Qwen's own code in the documentation. ``report``: the sentence of section 4.3.
    """
    if variant not in STOP_TEXTS:
        raise UsageError(f"unknown stop text {variant!r}; there are {' and '.join(STOP_TEXTS)}")
    texts = {
        entry["id"]: entry["string"] for entry in read_json("eval_settings.json")["thinking_budget"]["stop_strings"]
    }
    return str(texts[STOP_TEXTS[variant]])


def rating_percentile(rating: float) -> float:
    """Share of the people on Codeforces whose rating is lower, in percent to one decimal, as CodeElo counts it."""
    return bisect_right(read_json("codeforces_percentiles.json")["ratings"], math.ceil(rating)) / 10


@functools.cache
def results() -> tuple[Row, ...]:
    """Every number of the report's score tables, in the order of printing."""
    return tuple(_row(cells) for cells in read_csv("reported_results.csv"))


def _row(cells: Mapping[str, str]) -> Row:
    text = ("model", "variant", "mode", "benchmark", "metric", "language", "context_length", "unit")
    return Row(table=int(cells["table"]), value=float(cells["value"]), **{name: cells[name] for name in text})


def reported(
    task: str, metric: str, mode: Mode, model: str, language: str | None = None, unit: str = "", length: str = ""
) -> Reported | None:
    """The number that the report prints for a published model, else that of a later card; None when none is printed.

    model: the report's spelling or a hub id (``Qwen/Qwen3-8B``, ``Qwen/Qwen3-8B-Base``) or a folder
    of that name. A base model has its base number, whatever the mode. metric: ``avg@k`` is accuracy.
    language: any code of one; ``family:Turkic`` for a family of Table 37. Raises UsageError for an unknown code.
    unit: of what it stands beside; where the printed one has another scale, it is named. length: of the context in
    tokens, or ``AVERAGE`` for the mean of all that are printed.
    """
    metric = "accuracy" if metric.startswith("avg@") else metric
    name, variant = released(model)
    asked = "base" if variant == "base" else mode
    row = _scores().get((name, variant, asked, task, metric, _part(language or ""), length))
    if row is not None:
        return Reported(row.value, row.table, row.model, unit=_other_scale(row.unit, unit))
    later = (
        None
        if language or length
        else cards.card_row(f"{name}-base" if variant == "base" else name, asked, task, metric)
    )
    if later is None:
        return None
    return Reported(later.printed.value, 0, later.model, later.printed.source, _other_scale(later.unit, unit))


def _other_scale(printed: str, unit: str) -> str:
    """A printed unit where one of the two counts to ten and the other does not; else empty."""
    return printed if unit and (printed == OF_TEN) != (unit == OF_TEN) else ""


def printed(row: CardRow) -> tuple[Printed, ...]:
    """All numbers that are printed for the model, benchmark and mode of a card's number.

    In the order of ``cards.alike``, and the report's, where it has one in the same unit, at the end.
    """
    name, variant = released(row.model)
    known = _scores().get((name, variant, row.mode, row.benchmark, row.metric, "", ""))
    own = () if known is None or known.unit != row.unit or row.unlike else (_of_report(known),)
    return (*(each.printed for each in cards.alike(row)), *own)


def _of_report(row: Row) -> Printed:
    return Printed(row.value, f"Qwen3 Technical Report, Table {row.table}, 2025-05")


@functools.cache
def _scores() -> dict[tuple[str, ...], Row]:
    found: dict[tuple[str, ...], Row] = {}
    for row in results():
        if row.variant in RELEASED:
            metric = row.metric.removeprefix("average_") if row.context_length == AVERAGE else row.metric
            asked = (row.variant, row.mode, row.benchmark, metric, _part(row.language), row.context_length)
            found.setdefault((row.model.lower(), *asked), row)
    return found


def _part(language: str) -> str:
    """A printed language by the registry's tag (``zh`` is ``zh-Hans`` there); a family, and nothing, as they are."""
    return language if not language or language.startswith(FAMILY) else find_language(language).tag


def is_base(model: str) -> bool:
    """Whether the report's numbers for a model of this name are those of a base model."""
    return released(model)[1] == "base"


def released(model: str) -> tuple[str, str]:
    """Lower-case name in the report, and ``base`` or ``instruct``.

    model: a name of any spelling, a hub id or a folder. One that neither the report nor a card has chat scores for
    counts as ``base``.
    """
    name = cards.name_of(model)
    plain = re.sub(r"-(base|pt)$", "", name)
    known = SPELLINGS.get(plain, plain)
    base = plain != name or ((known, "instruct") not in _variants() and known not in cards.chat_models())
    return known, "base" if base else "instruct"


@functools.cache
def _variants() -> frozenset[tuple[str, str]]:
    return frozenset((row.model.lower(), row.variant) for row in results())


def curve(task: str) -> list[tuple[int, float]]:
    """Figure 2: (thinking budget in tokens, score in percent) of Qwen3-235B-A22B; empty when it is not drawn."""
    rows = [cells for cells in read_csv("budget_curves.csv") if cells["benchmark"] == task and cells["budget_tokens"]]
    return sorted((int(cells["budget_tokens"]), float(cells["value"])) for cells in rows)


def non_thinking_level(task: str) -> float | None:
    """Figure 2: the horizontal line of the non-thinking mode, in percent; None when it is not drawn."""
    for cells in read_csv("budget_curves.csv"):
        if cells["benchmark"] == task and cells["mode"] == "non-thinking":
            return float(cells["value"])
    return None


def benchmark_languages(task: str) -> tuple[str, ...]:
    """IETF tags of the languages in which the report asks a benchmark (Table 10); empty when it is not there."""
    entry = read_json("benchmark_languages.json")["table10"]["benchmarks"].get(task, {})
    return tuple(entry.get("tags", ()))


@functools.cache
def report_languages(task: str) -> tuple[str, ...]:
    """The same languages by the tags of the registry, and those of Belebele (Table 36); empty when it has none."""
    families = read_json("benchmark_languages.json")["table36_belebele"]["families"] if task == "belebele" else {}
    codes = [entry["code"] for family in families.values() for entry in family["languages"]]
    return tuple(find_language(code).tag for code in (*benchmark_languages(task), *codes))
