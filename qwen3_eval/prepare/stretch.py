"""Whether the context of a model is stretched by YaRN for tasks of long prompts, and how its engine is told.

A static YaRN moves the answers to short prompts too: what is asked beside such tasks would be another measurement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from qwen3_eval.config import HUB_ID, RunConfig
from qwen3_eval.engines.arguments import model_config
from qwen3_eval.engines.base import Engine
from qwen3_eval.engines.context import (
    MAX_LENGTH,
    OVERRIDES,
    YARN,
    ModelContext,
    model_context,
    yarn_overrides,
)
from qwen3_eval.families import Profile
from qwen3_eval.prepare.asked import Asked, Condition
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.task.source import Fitted
from qwen3_eval.types import Json, JsonValue, UsageError

OFF, SERVED = "off", "served"
# Of a server whose model's files are not here.
UNKNOWN_OVERRIDES = (
    '{"rope_parameters": {"rope_type": "yarn", "factor": FACTOR, "original_max_position_embeddings": N, '
    '"rope_theta": THETA}, "max_position_embeddings": FACTOR*N}'
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How a run stretches the context of its model.

    factor: of YaRN; 1 for none. native: the tokens that it is stated on; None where they are not known. arguments: of
    the engine, as far as the user gave none. departs: in words, how that is not as the benchmarks have it; empty where
    it is. moves: answers to short prompts are others than without it.
    """

    factor: float = 1.0
    native: int | None = None
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)
    departs: str = ""
    moves: bool = False

    def describe(self) -> dict[str, object]:
        """What the manifest says."""
        return {"yarn": self.factor, "native_context": self.native, "arguments": dict(self.arguments)}


@dataclass(frozen=True, slots=True)
class Demand:
    """What the benchmarks of long prompts in a run have. factor: of YaRN. longest: of their lengths, in tokens.

    need: tokens of context that the lengths of this run take, with thinking and answer.
    """

    factor: float
    longest: int
    need: int


def long_ones(asked: Iterable[Asked]) -> list[Asked]:
    """The tasks whose prompts are fitted to a length."""
    return [each for each in asked if isinstance(each.task.spec.source, Fitted)]


def reserve(conditions: Iterable[Condition]) -> int:
    """Tokens that thinking, and an answer after it, may take behind a prompt.

    A prompt without thinking has room for its answer in its own length.
    """
    return max((_behind(each) for each in conditions if each.mode == "thinking"), default=0)


def _behind(condition: Condition) -> int:
    budgets = [budget for budget in condition.budgets if budget is not None]
    return max(budgets) + condition.limits.answer if budgets else condition.limits.total


def stretched(
    chosen: Selection, kind: type[Engine], location: str, profile: Profile, behind: int
) -> tuple[Selection, Stretch]:
    """The tasks that can be asked together, with the arguments of the engine, and how the context is stretched.

    profile: of the model's family. behind: tokens that thinking and answer may take. Raises UsageError for what was
    asked for by name and cannot be.
    """
    long, model = long_ones(chosen.asked), _files(chosen.config, location)
    try:
        found = stretch_of(chosen.config, kind, model, profile, _demand(chosen.config, long, behind))
    except UsageError as error:
        if chosen.config.long.yarn:
            raise
        return without_long(chosen, str(error)), Stretch()
    others = [each.name for each in chosen.asked if each not in long]
    if found.moves and others:
        why = (
            f"YaRN, which stretches the context of {chosen.config.model} for it, would move the answers of other tasks "
            f"({others[0]}); ask it in a run of its own, or with --yarn off"
        )
        return without_long(chosen, why), Stretch()
    return replace(chosen, config=_with_arguments(chosen.config, found.arguments)), found


def without_long(chosen: Selection, why: str) -> Selection:
    """The tasks without those of long prompts. Raises UsageError as ``Selection.without``."""
    return chosen.without({each.name: why for each in long_ones(chosen.asked)}, lambda name, why: f"{name}: {why}")


def _with_arguments(config: RunConfig, arguments: Json) -> RunConfig:
    """The config with arguments of the engine; those that the user gave stay."""
    return replace(config, engine=replace(config.engine, args={**arguments, **config.engine.args}))


def _demand(config: RunConfig, long: Sequence[Asked], behind: int) -> Demand:
    sources = [each.task.spec.source for each in long]
    stated = [source for source in sources if isinstance(source, Fitted)]
    lengths = [length for source in stated for length in config.long.lengths or source.lengths]
    longest = max(source.lengths[-1] for source in stated)
    return Demand(max(source.yarn for source in stated), longest, max(lengths) + behind)


def _files(config: RunConfig, location: str) -> Json:
    """What ``config.json`` says, where the model or its tokenizer is known by more than a server's name for it."""
    places = location, config.engine.tokenizer
    here = next((each for each in places if (Path(each) / "config.json").is_file()), "")
    found = here or next(filter(HUB_ID.fullmatch, places), "")
    return model_config(found) if found else {}


def stretch_of(config: RunConfig, kind: type[Engine], model: Json, profile: Profile, wanted: Demand) -> Stretch:
    """How a run stretches the context of its model.

    model: its ``config.json``; empty where it is not here. Raises UsageError for what its engine cannot be told.
    """
    asked, found = config.long.yarn, model_context(model, profile)
    if asked in ("", OFF) and wanted.factor <= 1:
        return Stretch()
    report = f"the benchmark has YaRN of factor {wanted.factor:g}"
    if asked == OFF:
        return Stretch(native=_native(found), departs=f"without YaRN (--yarn off); {report}")
    if not kind.needs_model(config.engine):
        return _of_server(config, model, found, wanted)
    if asked == SERVED:
        raise UsageError(
            "--yarn served is of a running server (--base-url); the model is loaded here, so give a factor"
        )
    if OVERRIDES in config.engine.args:
        return Stretch(native=_native(found), departs=f"hf_overrides were given by hand; {report}")
    return _of_model(config, model, found, wanted)


def _native(found: ModelContext | None) -> int | None:
    return None if found is None else found.native


def _of_model(config: RunConfig, model: Json, found: ModelContext | None, wanted: Demand) -> Stretch:
    """Of a model that is loaded here. Raises UsageError for a factor that it cannot have."""
    asked = float(config.long.yarn or 0)
    if asked and (found is None or found.scaled not in ("", YARN)):
        how = f"its rope scaling is {found.scaled} already" if found else "config.json does not say its context"
        raise UsageError(f"--yarn {asked:g}: the context of {config.model} cannot be stretched, since {how}")
    if found is None:
        return Stretch(departs=f"without YaRN, since config.json of {config.model} does not say its context")
    if not asked and found.whole >= wanted.longest:
        return _as_it_is(config, model, found, wanted)
    if not asked and found.scaled:
        return Stretch(native=found.native, departs=f"without YaRN, since the rope scaling is {found.scaled} already")
    return _by(config, model, found, asked or wanted.factor, wanted)


def _as_it_is(config: RunConfig, model: Json, found: ModelContext, wanted: Demand) -> Stretch:
    """A context that holds the longest prompts by itself, though vLLM may not see how long it is."""
    if found.scaled == YARN:
        return _by(config, model, found, found.whole / found.native, wanted)
    how = f"the context of {config.model} ({found.whole:,} tokens) holds the longest prompts ({wanted.longest:,})"
    return Stretch(native=found.native, departs=f"without YaRN, since {how}")


def _by(config: RunConfig, model: Json, found: ModelContext, factor: float, wanted: Demand) -> Stretch:
    whole = int(found.native * factor)
    departs = "" if factor == wanted.factor else f"YaRN of factor {factor:g} instead of {wanted.factor:g}"
    arguments: dict[str, JsonValue] = {
        OVERRIDES: yarn_overrides(model, found.native, factor),
        MAX_LENGTH: min(whole, wanted.need),
    }
    own = found.scaled == YARN and whole == found.whole
    return Stretch(factor, found.native, arguments, departs, moves=not own)


def _of_server(config: RunConfig, model: Json, found: ModelContext | None, wanted: Demand) -> Stretch:
    """Of a running server, whose arguments are its own. Raises UsageError where nobody says that it has YaRN."""
    if config.long.yarn == SERVED:
        return Stretch(
            wanted.factor,
            _native(found),
            departs="the server was said to have YaRN (--yarn served)",
            moves=True,
        )
    if not config.long.yarn and found is not None and found.whole >= wanted.longest:
        how = f"the context of {config.model} ({found.whole:,} tokens) holds the longest prompts ({wanted.longest:,})"
        return Stretch(native=found.native, departs=f"without YaRN, since {how}")
    factor = float(config.long.yarn or wanted.factor)
    raise UsageError(
        f"a running server has to be started with YaRN of factor {factor:g}: vllm serve {config.model} "
        f"{_serving(model, found, factor)}; then give --yarn served, or --yarn off to ask it as it is"
    )


def _serving(model: Json, found: ModelContext | None, factor: float) -> str:
    """The arguments of ``vllm serve`` that stretch the context of a model."""
    if found is None:
        return (
            f"--hf-overrides '{UNKNOWN_OVERRIDES}' --max-model-len FACTOR*N, FACTOR {factor:g}, N and THETA as trained"
        )
    overrides = json.dumps(yarn_overrides(model, found.native, factor))
    return f"--hf-overrides '{overrides}' --max-model-len {int(found.native * factor)}"
