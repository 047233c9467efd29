"""Which modes a model has: what its family says, and what its chat template makes of one question in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine, TwoPrompts
from qwen3_eval.families import PROBE, Recognised
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.omissions import Omission
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.templates import missing_functions
from qwen3_eval.types import MODES, Mode, Prompt, UsageError

HIDDEN = "offers functions that the chat template does not show"
ALIKE = "the chat template renders both modes alike"


def two_prompts(renderer: Renderer) -> TwoPrompts:
    """One question in both modes, as the chat template of a model makes it.

    Raises UsageError where it makes nothing of it, or something else.
    """
    thinking, plain = (renderer.render(PROBE, mode) for mode in MODES)
    if not all(PROBE.messages[0].content in rendered.text for rendered in (thinking, plain)):
        raise UsageError(f"the chat template of {renderer.location} leaves the question out of the prompt; correct it")
    return TwoPrompts(alike=thinking.text == plain.text, opened=plain.opened)


def lacking_modes(config: RunConfig, family: Recognised | None, prompts: TwoPrompts | None) -> dict[Mode, str]:
    """Why the model does not have a mode, for each that it lacks.

    family: None where nothing is known of it. prompts: None where nobody could tell. Raises UsageError where the
    prompts contradict the family, and where they do not tell which mode it is and the user has not said so.
    """
    profile = family.profile if family and family.known else None
    lacks = [mode for mode in MODES if profile and mode not in profile.thinking.modes]
    if profile and prompts and prompts.opened and "thinking" in lacks:
        opens = "the chat template opens a thinking block"
        raise UsageError(f"{config.model}: {opens}, and family {profile.name} does not think; name another --family")
    if profile and (lacks or prompts is None):
        return {mode: f"{profile.title} has no {mode} mode" for mode in lacks}
    if prompts is None:
        return {}
    if not prompts.alike:
        return {"non-thinking": "the chat template opens a thinking block in it"} if prompts.opened else {}
    if profile:
        told = f"{config.model}: {ALIKE}, and family {profile.name} has both; name another --family"
        ignores = ", or use --rendering client if the server ignores what its template is to be told"
        raise UsageError(told + ignores * bool(config.engine.base_url))
    if prompts.opened:
        return {"non-thinking": f"{ALIKE} and opens a thinking block"}
    if len(config.modes) != 1:
        how = "say which one the model has with --mode thinking or --mode non-thinking, or name its --family"
        raise UsageError(f"{config.model}: {ALIKE}; {how}")
    return {mode: f"{ALIKE}, and {config.modes[0]} is what was asked for" for mode in MODES if mode not in config.modes}


def having_modes(chosen: Selection, lacking: Mapping[Mode, str]) -> Selection:
    """The tasks in the modes that the model has.

    A mode that was asked for is refused (UsageError) for tasks that were named, and left out of a suite as long as
    another is left; where no mode was named, those that the model has are asked.
    """
    config, wanted = chosen.config, chosen.config.modes or MODES
    concerned = [each for each in chosen.asked if each.asks_in(lacking)]
    left = tuple(mode for mode in wanted if mode not in lacking)
    if not concerned:
        return chosen
    if config.budgets and "thinking" in lacking:
        raise UsageError(f"{config.model} does not think ({lacking['thinking']}), so --budgets has nothing to limit")
    if not left or (config.modes and not config.suite):
        raise UsageError(_refusal(config.model, wanted, lacking))
    omitted = (
        Omission(each.name, "mode", f"{mode} mode was not asked, because {why}")
        for each in concerned
        for mode, why in lacking.items()
        if each.asks_in((mode,))
    )
    asked = tuple(each.without_modes(lacking) for each in chosen.asked)
    return Selection(replace(config, modes=left), asked, (*chosen.omitted, *omitted))


def _refusal(model: str, wanted: Iterable[Mode], lacking: Mapping[Mode, str]) -> str:
    mode = next(mode for mode in wanted if mode in lacking)
    there = [mode for mode in MODES if mode not in lacking]
    how = f"; use --mode {there[0]}" if there else ""
    return f"{model} cannot be asked in {mode} mode: {lacking[mode]}{how}"


def showing_functions(chosen: Selection, renderer: Renderer) -> Selection:
    """The tasks whose functions the chat template shows; of those without functions all."""
    return _without(chosen, {each.name: why for each in chosen.asked if (why := _hidden(each, renderer))})


async def shown_by(chosen: Selection, engine: Engine) -> Selection:
    """The tasks whose functions an engine shows that renders; of those without functions all."""
    offering = {each.name: HIDDEN for each in chosen.asked if engine.renders and _offering(each)}
    return _without(chosen, offering if offering and await engine.shows_functions() is False else {})


def _without(chosen: Selection, hidden: Mapping[str, str]) -> Selection:
    return chosen.without(hidden, lambda name, why: f"{name} {why}")


def _hidden(asked: Asked, renderer: Renderer) -> str:
    """Why a task cannot be asked through a template: it does not show the functions of its first question."""
    if (offering := _offering(asked)) is None:
        return ""
    prompt, mode = offering
    missing = missing_functions(prompt, renderer.render(prompt, mode).text)
    return f"{HIDDEN}: {missing[0]} is not in the prompt" if missing else ""


def _offering(asked: Asked) -> tuple[Prompt, Mode] | None:
    """The first question in chat of a task that offers functions in it; a long prompt, which takes time, has none."""
    if isinstance(asked.task, FittedTask):
        return None
    condition = next((each for each in asked.conditions if each.protocol == "chat"), None)
    doc = next(asked.docs(), None) if condition else None
    if condition is None or doc is None or not (prompt := asked.prompt(doc, condition)).tools:
        return None
    return prompt, condition.mode


def narrowed(chosen: Selection, family: Recognised | None, prompts: TwoPrompts | None) -> Selection:
    """The tasks in the modes that the model has. Raises UsageError as ``lacking_modes`` and ``having_modes``."""
    if not any(each.asks_in(MODES) for each in chosen.asked):
        return chosen
    return having_modes(chosen, lacking_modes(chosen.config, family, prompts))
