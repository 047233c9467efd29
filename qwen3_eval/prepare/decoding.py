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
from qwen3_eval.task.spec import TaskSpec
from qwen3_eval.types import MODES, Mode, Sampling, UsageError

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
        stated = {mode: asdict(sampling) for mode, sampling in self.by_mode.items()}
        return {} if self.origin == REPORT else {"decoding": stated or self.origin}

    def notes(self) -> list[str]:
        """In words, what the vendor says that is not asked for."""
        return [f"generation_config.json says {said}, which requests do not ask for" for said in self.unasked]

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"from": self.origin, "why": self.why}


def decoding_of(config: RunConfig, family: Recognised | None) -> Decoding:
    """Whose parameters are taken. family: None where nothing is known of it.

    Raises UsageError for a bad file, and for a card that is asked for and says nothing.
    """
    asked, why = config.sampling_from, "it was asked for" if config.sampling_from else _why(family)
    if asked and asked not in (REPORT, CARD):
        return Decoding(asked, why, _read(Path(asked)))
    printed = _printed(config.model)
    if asked == REPORT or not (asked or _takes_card(family) or (printed and not (family and family.known))):
        return Decoding(REPORT, why, {})
    if card := _card(family):
        return Decoding(CARD, why, card, family.unasked if family and not family.profile.advice else ())
    if printed:
        return Decoding(CARD, why if asked else "its card is known by the model's name", {})
    silent = f"nothing that is known of {config.model} says how to decode"
    if asked:
        raise UsageError(f"--sampling card: {silent}; name its --family, use --sampling report, or give a file")
    return Decoding(REPORT, silent, {})


def of_late(config: RunConfig, family: Recognised | None) -> list[str]:
    """In words, that a family was heard of too late for its card, where that would have been taken.

    family: what a server said, which is asked when all has been settled.
    """
    if family is None or config.sampling_from or _printed(config.model) or not (_takes_card(family) and _card(family)):
        return []
    says, how = f"the card of {family.profile.title} says how to decode", f"--family {family.profile.name}"
    return [
        f"{says}, and the report's parameters were taken, since the server alone told the family; name it with {how}"
    ]


def _printed(model: str) -> bool:
    """Whether the card of a model of this name prints how it was decoded."""
    return any(card_sampling(model, mode) for mode in MODES)


def _takes_card(family: Recognised | None) -> bool:
    return family is not None and family.known and family.profile.default_sampling == CARD


def _why(family: Recognised | None) -> str:
    if family is None:
        return "nothing is known of the model's family"
    return f"the family is {family.profile.title}" if family.known else "no family fits the chat template"


def _card(family: Recognised | None) -> Mapping[Mode, Sampling]:
    """What the vendor says by mode; what ``generation_config.json`` says stands for modes that the card leaves out."""
    if family is None:
        return {}
    shipped: dict[Mode, Sampling] = {mode: family.shipped for mode in family.profile.thinking.modes if family.shipped}
    return {**shipped, **family.profile.sampling}


def _read(path: Path) -> Mapping[Mode, Sampling]:
    try:
        stated = msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[Mode, Advice])
        found = {mode: advice.sampling() for mode, advice in stated.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--sampling takes report, card or a TOML file: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"--sampling {path}: {error}") from error
    if not found:
        raise UsageError(f"--sampling {path} states nothing; give it a table [thinking], [non-thinking] or both")
    return found


def decoded(chosen: Selection, decoding: Decoding) -> Selection:
    """The same tasks with these parameters, but for what a benchmark itself prescribes.

    Raises UsageError for a file that leaves out a mode that is asked.
    """
    return replace(chosen, asked=tuple(_under(each, chosen.config, decoding) for each in chosen.asked))


def _under(asked: Asked, config: RunConfig, decoding: Decoding) -> Asked:
    return asked.under(_with(asked, each, config, decoding) for each in asked.conditions)


def _with(asked: Asked, condition: Condition, config: RunConfig, decoding: Decoding) -> Condition:
    if condition.protocol != "chat" or asked.task.spec.sampling.get(condition.mode):
        return condition
    own = stated(asked.task.spec, condition.mode, decoding, config.model)
    if own is None and decoding.origin not in (REPORT, CARD):
        raise UsageError(f"--sampling {decoding.origin} has no table [{condition.mode}]; add it, or choose a --mode")
    if own is None:
        return condition
    return replace(condition, sampling=config.sampling_for(own))


def stated(spec: TaskSpec, mode: Mode, decoding: Decoding, model: str) -> Sampling | None:
    """What is said of a task in a mode; None where the task prescribes its own, or the report's is taken."""
    if spec.sampling.get(mode):
        return None
    printed = card_sampling(model, mode, spec.benchmark) if decoding.origin == CARD else None
    return printed or decoding.by_mode.get(mode)
