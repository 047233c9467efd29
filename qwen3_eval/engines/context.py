"""How long a context a model has by its ``config.json``, and what makes vLLM lengthen it by YaRN.

The form is that of vLLM 0.32 with transformers 5. A rope dictionary in ``hf_overrides`` stands in the place of the
whole one that the model has, so what that says beside the scaling (``rope_theta`` above all) is said again: else vLLM
would take the default of its own code. The positions are raised too, since vLLM takes those of a model with YaRN for
lengthened already, and refuses a ``max_model_len`` beyond them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines.arguments import engine_arguments, model_config
from qwen3_eval.engines.base import Engine
from qwen3_eval.families import Profile
from qwen3_eval.types import Json, JsonValue

POSITIONS, OVERRIDES, MAX_LENGTH = "max_position_embeddings", "hf_overrides", "max_model_len"
# Under these names older files have beside the rope dictionary what belongs into it.
BESIDE = ("rope_theta", "partial_rotary_factor")
PLAIN = ("default", "mrope")
YARN, ORIGINAL = "yarn", "original_max_position_embeddings"
# Where a model of several parts has the facts of the one that reads and writes text.
NESTED = "text_config"


@dataclass(frozen=True, slots=True)
class ModelContext:
    """The context of a model by its own files, in tokens.

    whole: as it is. native: what a rope scaling is stated on. scaled: how it is lengthened already; empty for not at
    all. why: where ``native`` is from, if not from ``config.json``.
    """

    whole: int
    native: int
    scaled: str = ""
    why: str = ""


class LoadingEngine(Engine):
    """An engine for which vLLM loads the model's own files, in this process or on nodes."""

    _config: RunConfig

    @classmethod
    def needs_model(cls, settings: EngineConfig) -> bool:
        """Always: prompts are rendered here."""
        return True

    @classmethod
    def stated_context(cls, config: RunConfig) -> int | None:
        """What was asked for, else what the model's ``config.json`` says."""
        return stated_context(config)

    def foretold_context(self) -> int | None:
        """By the arguments and the model's ``config.json``."""
        return foretold_context(self._config)


def stated_context(config: RunConfig) -> int | None:
    """The most tokens of context that a model which is started here can have; None where that is not clear.

    What was asked for, else what its ``config.json`` says, where a rope scaling may lengthen it.
    """
    given = config.engine.args
    if config.engine.base_url:
        return None
    if MAX_LENGTH in given:
        asked = str(given[MAX_LENGTH])
        return int(asked) if asked.isdecimal() and int(asked) else None
    if OVERRIDES in given:
        return None
    return whole_context(model_config(model_location(config.model)))


def foretold_context(config: RunConfig) -> int | None:
    """The context that a vLLM which is started here will have: less than the model's where a CPU's cache is small."""
    asked = str(engine_arguments(config).get(MAX_LENGTH))
    return int(asked) if asked.isdecimal() else stated_context(config)


def whole_context(model: Json) -> int | None:
    """The most tokens of context by a ``config.json``; None where that is not clear."""
    own = model.get(POSITIONS)
    if type(own) is not int or own < 1:
        return None
    factor = _rope_factor(model, own)
    return None if factor is None else int(own * factor)


def model_context(model: Json, profile: Profile) -> ModelContext | None:
    """The context of a model by its ``config.json``, and by its family; None where that is not clear."""
    whole, own, rope = whole_context(model), model.get(POSITIONS), _rope(model)
    if whole is None or not isinstance(own, int):
        return None
    scaling = str(rope.get("rope_type", rope.get("type", "default")))
    if scaling == YARN:
        native, factor = rope.get(ORIGINAL, own), rope.get("factor")
        assert isinstance(native, int) and isinstance(factor, int | float)
        return ModelContext(int(native * factor), native, scaling)
    if scaling not in PLAIN:
        return ModelContext(whole, own, scaling)
    stated = profile.context
    if stated is not None and stated.positions == own:
        return ModelContext(whole, stated.native, why=stated.why)
    return ModelContext(whole, own)


def yarn_overrides(model: Json, native: int, factor: float) -> dict[str, JsonValue]:
    """vLLM's ``hf_overrides`` for a static YaRN on so many tokens; all else of the model's positions stays."""
    kept = {name: value for name, value in _rope(model).items() if name != "type"}
    beside = {name: model[name] for name in BESIDE if model.get(name) is not None}
    scaling: Json = {"rope_type": YARN, "factor": float(factor), ORIGINAL: native}
    changed: dict[str, JsonValue] = {"rope_parameters": {**beside, **kept, **scaling}, POSITIONS: int(native * factor)}
    return {NESTED: changed} if isinstance(model.get(NESTED), Mapping) else changed


def _rope(model: Json) -> Json:
    found = model.get("rope_scaling") or model.get("rope_parameters") or {}
    return found if isinstance(found, Mapping) else {}


def _rope_factor(model: Json, own: int) -> float | None:
    """By how much a rope scaling may lengthen the context at most; None where it cannot be told."""
    scaling = model.get("rope_scaling") or model.get("rope_parameters") or {}
    if not isinstance(scaling, Mapping) or any(isinstance(each, Mapping) for each in scaling.values()):
        return None
    if scaling.get("rope_type", scaling.get("type", "default")) in PLAIN:
        return 1.0
    factor, original = scaling.get("factor"), scaling.get(ORIGINAL, own)
    if not isinstance(factor, int | float) or not isinstance(original, int):
        return None
    return max(1.0, float(factor), float(factor) * original / own)
