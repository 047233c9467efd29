"""Which family a model belongs to, by what its folder says: template, tokens, sampling; never by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from qwen3_eval.families.profile import Profile
from qwen3_eval.families.shelf import named, profiles
from qwen3_eval.types import Json, JsonValue, Sampling, UsageError


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model says of itself.

    templates: sources of its chat templates by name. has_token: whether a text is a token of its tokenizer.
    generation: its ``generation_config.json``.
    """

    templates: Mapping[str, str]
    has_token: Callable[[str], bool]
    generation: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A family and why a model was taken for one of it, in words.

    known: a profile fitted, or the user named it. shipped: what ``generation_config.json`` says; None where it says
    nothing of decoding.
    """

    profile: Profile
    why: str
    known: bool = True
    shipped: Sampling | None = None

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"name": self.profile.name if self.known else None, "why": self.why}


GENERIC = "qwen3"


def recognise(evidence: Evidence, family: str = "") -> Recognised:
    """The family of a model. family: what the user named. Raises UsageError as ``named``."""
    shipped = shipped_sampling(evidence.generation)
    if family:
        return Recognised(named(family), "it was named", shipped=shipped)
    for profile in profiles().values():
        if _fits(profile, evidence):
            return Recognised(profile, "its chat template says so", shipped=shipped)
    return Recognised(named(GENERIC), "nothing is known of its template", known=False, shipped=shipped)


def shipped_sampling(generation: Json) -> Sampling | None:
    """The decoding parameters in a ``generation_config.json``, as vLLM takes them; None where it has none.

    Raises UsageError for one that is no number.
    """
    said = {name: generation[name] for name in Sampling.__dataclass_fields__ if generation.get(name) is not None}
    if generation.get("do_sample") is False:
        said = {name: value for name, value in said.items() if name == "presence_penalty"}
    elif not said:
        return None
    try:
        return msgspec.convert(said or {"temperature": 0.0}, Sampling)
    except msgspec.ValidationError as error:
        raise UsageError(f"generation_config.json: {error}") from error


def _fits(profile: Profile, evidence: Evidence) -> bool:
    source, signs = "\n".join(evidence.templates.values()), profile.signs
    return (
        bool(signs.has)
        and all(text in source for text in signs.has)
        and not any(text in source for text in signs.lacks)
        and all(evidence.has_token(token) for token in signs.tokens)
    )
