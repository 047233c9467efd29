"""Which family a model belongs to, by what its folder says: template, tokens, sampling; never by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from qwen3_eval.families.profile import Advice, Profile, Signs, Thinking
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
    nothing of decoding. unasked: what else it says there, which requests do not ask for.
    """

    profile: Profile
    why: str
    known: bool = True
    shipped: Sampling | None = None
    unasked: tuple[str, ...] = ()

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"name": self.profile.name if self.known else None, "why": self.why}


# What else a ``generation_config.json`` may say of decoding, and with which value it says nothing.
NEUTRAL: Mapping[str, float] = {
    "repetition_penalty": 1.0,
    "frequency_penalty": 0.0,
    "no_repeat_ngram_size": 0,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "num_beams": 1,
}
# Of a model whose family is not known: the switch and the tags that most have.
UNKNOWN = Profile(
    "unknown",
    "a family that is not known",
    "none",
    thinking=Thinking(
        arguments={"thinking": {"enable_thinking": True}, "non-thinking": {"enable_thinking": False}},
        words={"thinking": "/think", "non-thinking": "/no_think"},
        history="unknown",
    ),
    default_sampling="report",
)


def recognise(evidence: Evidence, family: str = "") -> Recognised:
    """The family of a model. family: what the user named.

    Raises UsageError as ``named``, and where several families fit, which those of packages may do.
    """
    shipped = shipped_sampling(evidence.generation)
    profile, why = _profile_of(evidence, family)
    return Recognised(profile or UNKNOWN, why, profile is not None, shipped, tuple(unasked(evidence.generation)))


def _profile_of(evidence: Evidence, family: str) -> tuple[Profile | None, str]:
    """The family, None for an unknown one, and why."""
    if family:
        return named(family), "it was named"
    fitting = {name: signs for name, profile in profiles().items() if (signs := shown(profile, evidence))}
    if len(fitting) > 1:
        raise UsageError(f"the families {' and '.join(fitting)} fit the chat template; name one of them with --family")
    for name, signs in fitting.items():
        return profiles()[name], _why(signs)
    return None, "no family fits its chat template"


def unasked(generation: Json) -> Iterator[str]:
    """What a ``generation_config.json`` says that changes decoding and that requests have no word for."""
    for name, neutral in NEUTRAL.items():
        value = generation.get(name)
        if value is not None and value != neutral:
            yield f"{name} {value}"


def shown(profile: Profile, evidence: Evidence) -> Signs | None:
    """The signs of a family that a model shows; None where it is not of it."""
    source = "\n".join(evidence.templates.values())
    return next((signs for signs in profile.signs if _shows(signs, source, evidence.has_token)), None)


def shipped_sampling(generation: Json) -> Sampling | None:
    """The decoding parameters in a ``generation_config.json``, as vLLM takes them; None where it has none.

    Raises UsageError for one that is no number.
    """
    said = {name: generation[name] for name in Sampling.__dataclass_fields__ if generation.get(name) is not None}
    if generation.get("do_sample") is False:
        return Sampling()
    if not said:
        return None
    try:
        # A temperature that is left out is 1 there.
        return msgspec.convert({"temperature": 1.0, **said}, Advice).sampling()
    except msgspec.ValidationError as error:
        raise UsageError(f"generation_config.json of the model: {error}; correct the file or take it away") from error


def _shows(signs: Signs, source: str, has_token: Callable[[str], bool]) -> bool:
    return (
        all(text in source for text in signs.has)
        and not any(text in source for text in signs.lacks)
        and all(has_token(token) for token in signs.tokens)
    )


def _why(signs: Signs) -> str:
    has = f"its chat template has {', '.join(map(repr, signs.has))}"
    lacks = f" and lacks {', '.join(map(repr, signs.lacks))}" if signs.lacks else ""
    tokens = f"; its tokenizer has {', '.join(map(repr, signs.tokens))}" if signs.tokens else ""
    return has + lacks + tokens
