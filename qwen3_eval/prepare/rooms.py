"""What tasks of long prompts take of an engine: token ids, thinking budgets of their own, and room in its context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from qwen3_eval.config import LongConfig, RunConfig, model_location
from qwen3_eval.engines.base import Engine
from qwen3_eval.prepare import room
from qwen3_eval.prepare.asked import Asked, Condition
from qwen3_eval.prepare.model import renderer_of
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prepare.stretch import Stretch, long_ones, reserve, stretched, without_long
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.types import MODES, UsageError

UNGIVEN = "token ids, which this server does not give; use --rendering client, or"


@dataclass(frozen=True, slots=True)
class Long:
    """What is settled for tasks of long prompts before there is an engine.

    renderer: counts their tokens; None where there are none, or nothing is asked now and the model is not here.
    """

    renderer: Renderer | None = None
    stretch: Stretch = field(default_factory=Stretch)

    def describe(self) -> dict[str, object]:
        """What the manifest says; nothing where there is no such task."""
        return {"long": self.stretch.describe()} if self.renderer else {}


def admitted(chosen: Selection, kind: type[Engine], location: str) -> tuple[Selection, Long]:
    """The tasks that can be asked together, under a config as those of long prompts need it.

    These are rendered here, since beginnings of answers and budgets are token ids, unless the user says otherwise.
    Raises UsageError for one that was asked for by name and cannot be, and for options of long prompts without any.
    """
    if not long_ones(chosen.asked):
        if chosen.config.long != LongConfig() and not chosen.omitted:
            raise UsageError(
                "--lengths, --samples-per-task, --ruler-prefix and --yarn are of tasks of long prompts; none is asked"
            )
        return chosen, Long()
    if not kind.real and chosen.config.engine.replay_from is not None:
        # What its prompts were fitted to stands in the run that is replayed.
        return chosen, Long()
    try:
        renderer = renderer_of(chosen.config, location if kind.real else place_of(chosen.config))
    except UsageError as error:
        return without_long(chosen, str(error)), Long()
    if not kind.real:
        return chosen, Long(renderer)
    chosen, stretch = stretched(chosen, kind, location, renderer.profile, _most_behind(chosen, renderer))
    if not long_ones(chosen.asked):
        return chosen, Long()
    return replace(chosen, config=_rendered_here(chosen.config)), Long(renderer, stretch)


def _most_behind(chosen: Selection, renderer: Renderer) -> int:
    """Tokens that thinking and answer may take behind long prompts, in the modes that the model has."""
    family, asked = renderer.recognised, long_ones(kept_budgets(chosen, renderer)[0].asked)
    modes = family.profile.thinking.modes if family.known else MODES
    return max(reserve(one for one in each.conditions if one.mode in modes) for each in asked)


def place_of(config: RunConfig) -> str:
    """Where the model of a run lies that asks no model now."""
    try:
        return model_location(config.model)
    except UsageError:
        return config.model


def _rendered_here(config: RunConfig) -> RunConfig:
    if config.engine.rendering != "auto" or not config.engine.base_url:
        return config
    return replace(config, engine=replace(config.engine, rendering="client"))


def check_rendering(chosen: Selection, engine: Engine) -> Selection:
    """The tasks that can be asked of an engine, which may give no token ids. Raises UsageError for a named one."""
    if not engine.renders or not engine.real:
        return chosen
    found = {each.name: why for each in long_ones(chosen.asked) if (why := _untold(each, chosen.config))}
    return chosen.without(found, lambda name, why: f"{name}: {why}")


def _untold(asked: Asked, config: RunConfig) -> str:
    """What of a task needs token ids, in words; empty for nothing."""
    if config.long.begun and asked.asks_in(("non-thinking",)):
        return f"the beginning of its answers needs {UNGIVEN} --ruler-prefix off"
    if any(_budgets(each) for each in asked.conditions):
        return f"its thinking budget needs {UNGIVEN} --mode non-thinking"
    return ""


def _budgets(condition: Condition) -> tuple[int, ...]:
    return tuple(budget for budget in condition.budgets if budget is not None)


def kept_budgets(chosen: Selection, renderer: Renderer | None) -> tuple[Selection, list[str]]:
    """The tasks under those of their own budgets that can be kept, and in words what cannot.

    Budgets that the user names are refused where they cannot be kept (``room.check_budgets``); a task's own are not
    asked for by anybody, and what is lacking of them is said.
    """
    if renderer is None or chosen.config.budgets:
        return chosen, []
    told, asked = [], []
    for each in chosen.asked:
        budgets = each.task.spec.budgets if each.asks_in(("thinking",)) else ()
        why = room.unkept(chosen.config, renderer, budgets) if budgets else ""
        asked.append(each.under(_unbudgeted(one) for one in each.conditions) if why else each)
        if why:
            told.append(f"{each.name}: thinking has no budget of {budgets[-1]} tokens: {why}")
    return replace(chosen, asked=tuple(asked)), told


def _unbudgeted(condition: Condition) -> Condition:
    return replace(condition, budgets=(None,)) if _budgets(condition) else condition


def rooms_of(asked: Asked, config: RunConfig, context: int | None) -> dict[int, int]:
    """By length, the tokens that prompt and answer of a task may have, where it is less than the length.

    context: of the engine, in tokens; None where it is not known. Raises UsageError for a length beyond it.
    """
    behind = reserve(asked.conditions)
    return {
        length: _room(asked, length, context, behind)
        for length in lengths_of(asked, config)
        if context is not None and length + behind > context
    }


def lengths_of(asked: Asked, config: RunConfig) -> tuple[int, ...]:
    """The lengths of a task of long prompts in a run."""
    return config.long.lengths or asked.task.spec.source.lengths  # type: ignore[union-attr]


def _room(asked: Asked, length: int, context: int, behind: int) -> int:
    if length > context or context <= behind:
        how = "smaller --lengths, --yarn FACTOR or a longer context (--engine-arg max_model_len=...)"
        beside = f" beside {behind} of thinking and answer" if length <= context else ""
        raise UsageError(
            f"{asked.name}: a length of {length} tokens does not fit the context of {context}{beside}; use {how}"
        )
    return context - behind


def of_rooms(asked: Asked, rooms: Mapping[int, int]) -> Iterator[str]:
    """In words, which prompts are shorter than their length."""
    behind = reserve(asked.conditions)
    for length, found in rooms.items():
        yield (
            f"{asked.name}: prompts of length {length} are fitted to {found} tokens, so that {behind} of thinking and "
            f"answer fit the context of {found + behind}"
        )


def check_started(asked: Sequence[Asked], context: int | None) -> None:
    """Raises UsageError where an engine turned out to have less context than prompts were fitted for."""
    for each in asked if context is not None else ():
        if isinstance(each.task, FittedTask):
            fitting = each.task.fitting
            need = max(fitting.room.get(length, length) for length in fitting.lengths) + reserve(each.conditions)
            if context is not None and need > context:
                raise UsageError(
                    f"{each.name}: prompts were fitted for {need} tokens of context, and the engine has {context}; "
                    f"say so with --engine-arg max_model_len={context}, or use smaller --lengths"
                )
