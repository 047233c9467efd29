"""Which family a model belongs to, by what its folder says: template, tokens, sampling; never by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qwen3_eval.families.profile import Profile, Signs
from qwen3_eval.families.shelf import named, profiles
from qwen3_eval.types import JsonValue, Sampling


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model says of itself.

    templates: sources of its chat templates by name. has_token: whether a text is a token of its tokenizer.
    generation: its ``generation_config.json``. model_type: of its ``config.json``.
    """

    templates: Mapping[str, str]
    has_token: Callable[[str], bool]
    generation: Mapping[str, JsonValue] = field(default_factory=dict)
    model_type: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A family and why a model was taken for one of it, in words. known: a profile fitted, or the user named it."""

    profile: Profile
    why: str
    known: bool = True
    sampling: Mapping[str, Sampling] = field(default_factory=dict)


GENERIC = "qwen3"


def recognise(evidence: Evidence, family: str = "") -> Recognised:
    """The family of a model. family: what the user named. Raises UsageError as ``named``."""
    if family:
        return Recognised(named(family), "it was named")
    for profile in profiles().values():
        if fits(profile, evidence):
            return Recognised(profile, "its chat template says so")
    return Recognised(named(GENERIC), "nothing is known of its template", known=False)


def fits(profile: Profile, evidence: Evidence) -> bool:
    """Whether the model shows any one of the profile's signs."""
    source = "\n".join(evidence.templates.values())
    return any(_shows(signs, source, evidence.model_type) for signs in profile.signs)


def _shows(signs: Signs, source: str, model_type: str) -> bool:
    return (
        all(text in source for text in signs.has)
        and not any(text in source for text in signs.lacks)
        and (not signs.models or model_type in signs.models)
    )
