"""Whose decoding parameters a run takes: the report's, those of the model's card, or a file's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from qwen3_eval.config import RunConfig
from qwen3_eval.families import Recognised
from qwen3_eval.prepare.asked import Asked, Condition
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.reference.cards import card_sampling
from qwen3_eval.types import Mode, Sampling, UsageError

REPORT, CARD = "report", "card"


@dataclass(frozen=True, slots=True)
class Decoding:
    """Decoding parameters by mode, where they are not the report's, and whose they are.

    origin: ``report``, ``card`` or the path of a file. why: in words.
    """

    origin: str
    why: str
    by_mode: Mapping[Mode, Sampling]

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"from": self.origin, "why": self.why}


def decoding_of(config: RunConfig, found: Recognised | None) -> Decoding:
    """Whose parameters are taken. found: the family, where the model is known. Raises UsageError for a bad file."""
    asked = config.sampling_from
    if asked and asked not in (REPORT, CARD):
        return Decoding(asked, "it was asked for", _read(Path(asked)))
    origin = asked or (found.profile.default_sampling if found and found.known else REPORT)
    why = "it was asked for" if asked else _why(found)
    return Decoding(origin, why, _of_card(config, found) if origin == CARD else {})


def _why(found: Recognised | None) -> str:
    if found is None:
        return "nothing is known of the model's family"
    return f"the family is {found.profile.title}" if found.known else "no family fits the chat template"


def _of_card(config: RunConfig, found: Recognised | None) -> Mapping[Mode, Sampling]:
    """What the vendor says by mode; what ``generation_config.json`` says stands for modes that the card leaves out."""
    if found is None:
        raise UsageError(f"--sampling card: nothing is known of {config.model}; name its --family, or give a file")
    if not found.profile.sampling and not found.shipped:
        raise UsageError(
            f"--sampling card: neither the family {found.profile.name} nor a generation_config.json of {config.model} "
            "says how to decode; use --sampling report or a file"
        )
    shipped: dict[Mode, Sampling] = {mode: found.shipped for mode in found.profile.thinking.modes if found.shipped}
    return {**shipped, **found.profile.sampling}


def _read(path: Path) -> Mapping[Mode, Sampling]:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[Mode, Sampling])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--sampling takes report, card or a TOML file: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"--sampling {path}: {error}") from error


def decoded(chosen: Selection, decoding: Decoding) -> Selection:
    """The same tasks with these parameters, but for what a benchmark itself prescribes."""
    return replace(chosen, asked=tuple(_under(each, chosen.config, decoding) for each in chosen.asked))


def _under(asked: Asked, config: RunConfig, decoding: Decoding) -> Asked:
    return asked.under(_with(asked, each, config, decoding) for each in asked.conditions)


def _with(asked: Asked, condition: Condition, config: RunConfig, decoding: Decoding) -> Condition:
    benchmark = asked.task.spec.benchmark
    printed = card_sampling(config.model, condition.mode, benchmark) if decoding.origin == CARD else None
    own = printed or decoding.by_mode.get(condition.mode)
    if own is None or condition.protocol != "chat" or asked.task.spec.sampling.get(condition.mode):
        return condition
    return replace(condition, sampling=config.sampling_for(own))
