"""What Qwen prints for the models after the report, in model cards and blog posts: scores and settings.

``later_cards.csv`` has the scores as printed, ``card_benchmarks.json`` which of them are those of a task here, and
``card_settings.json`` the decoding parameters and lengths. ``README.md`` says how they were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qwen3_eval.reference.files import read_json
from qwen3_eval.types import Mode, Sampling

SETTINGS = "card_settings.json"


@dataclass(frozen=True, slots=True)
class CardSettings:
    """How a vendor says that it ran a benchmark. What it does not print is absent.

    sampling: the decoding parameters that are printed. max_output_tokens: thinking and answer together.
    """

    sampling: Mapping[str, float]
    max_output_tokens: int | None
    source: str


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
    return None if found is None else Sampling(**found.sampling)


def card_tokens(model: str, benchmark: str) -> int | None:
    """The most new tokens that a card names for a benchmark, thinking and answer together; None where it names none."""
    modes: tuple[Mode, ...] = ("thinking", "non-thinking")
    found = [card_settings(model, mode, benchmark) for mode in modes]
    return next((each.max_output_tokens for each in found if each is not None), None)
