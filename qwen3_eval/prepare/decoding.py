"""Whose decoding parameters a run takes: the report's, those of the model's card, or a file's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from qwen3_eval.config import RunConfig
from qwen3_eval.families import Advice, Recognised
from qwen3_eval.prepare.asked import Asked, Condition
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.reference.cards import card_sampling
from qwen3_eval.types import Mode, Sampling, UsageError

REPORT, CARD = "report", "card"


@dataclass(frozen=True, slots=True)
class Decoding:
    """Decoding parameters by mode, where they are not the report's, and whose they are.

    origin: ``report``, ``card`` or the path of a file. why: in words. unasked: what the vendor also says, and requests
    have no word for.
    """

    origin: str
    why: str
    by_mode: Mapping[Mode, Sampling]
    unasked: tuple[str, ...] = ()

    def identity(self) -> dict[str, object]:
        """What a resume must not change; nothing where the report's parameters are taken."""
        return {"decoding": {mode: asdict(sampling) for mode, sampling in self.by_mode.items()}} if self.by_mode else {}

    def notes(self) -> list[str]:
        """In words, what the vendor says that is not asked for."""
        return [f"generation_config.json says {said}, which requests do not ask for" for said in self.unasked]

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"from": self.origin, "why": self.why}


def decoding_of(config: RunConfig, found: Recognised | None) -> Decoding:
    """Whose parameters are taken. found: the family, where the model is known.

    Raises UsageError for a bad file, and for a card that is asked for and says nothing.
    """
    asked, why = config.sampling_from, "it was asked for" if config.sampling_from else _why(found)
    if asked and asked not in (REPORT, CARD):
        return Decoding(asked, why, _read(Path(asked)))
    if asked == REPORT or not (asked or _takes_card(found)):
        return Decoding(REPORT, why, {})
    if card := _card(found):
        return Decoding(CARD, why, card, found.unasked if found and not found.profile.advice else ())
    silent = f"nothing that is known of {config.model} says how to decode"
    if asked:
        raise UsageError(f"--sampling card: {silent}; name its --family, use --sampling report, or give a file")
    return Decoding(REPORT, silent, {})


def of_late(config: RunConfig, found: Recognised | None) -> list[str]:
    """In words, that a family was heard of too late for its card, where that would have been taken.

    found: what a server said, which is asked when all has been settled.
    """
    if found is None or config.sampling_from or not (_takes_card(found) and _card(found)):
        return []
    says, how = f"the card of {found.profile.title} says how to decode", f"--family {found.profile.name}"
    return [
        f"{says}, and the report's parameters were taken, since the server alone told the family; name it with {how}"
    ]


def _takes_card(found: Recognised | None) -> bool:
    return found is not None and found.known and found.profile.default_sampling == CARD


def _why(found: Recognised | None) -> str:
    if found is None:
        return "nothing is known of the model's family"
    return f"the family is {found.profile.title}" if found.known else "no family fits the chat template"


def _card(found: Recognised | None) -> Mapping[Mode, Sampling]:
    """What the vendor says by mode; what ``generation_config.json`` says stands for modes that the card leaves out."""
    if found is None:
        return {}
    shipped: dict[Mode, Sampling] = {mode: found.shipped for mode in found.profile.modes if found.shipped}
    return {**shipped, **found.profile.sampling}


def _read(path: Path) -> Mapping[Mode, Sampling]:
    try:
        stated = msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[Mode, Advice])
        return {mode: advice.sampling() for mode, advice in stated.items()}
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
