"""Whether what is asked for fits: budgets, limits and the context of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.families.profile import Budget
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.plan import Plan
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.source import Fitted
from qwen3_eval.types import UsageError


def check_budgets(config: RunConfig, engine: Engine, renderer: Renderer | None) -> None:
    """Raises UsageError for thinking budgets that the engine cannot keep."""
    if not config.budgets or not engine.real:
        return
    if config.modes and "thinking" not in config.modes:
        raise UsageError("--budgets limits thinking; use --mode thinking or both")
    if engine.renders:
        raise UsageError("--budgets needs token ids, which this server does not give; use --rendering client")
    if renderer is not None and (why := unkept(config, renderer, config.budgets)):
        raise UsageError(f"--budgets: {why}")


def unkept(config: RunConfig, renderer: Renderer, budgets: Sequence[int]) -> str:
    """Why budgets cannot be kept with a model of this family; empty where they can. budgets: ascending."""
    budget, title = renderer.profile.budget, renderer.profile.title
    if "thinking" not in renderer.profile.thinking.modes:
        return f"family {renderer.profile.name} has no thinking to limit"
    if budget.way == "argument":
        return _untold(config, budget, title, budgets[-1])
    if budget.way == "words":
        return f"{title} limits thinking by words and not by tokens ({budget.why}); use {_words(budget)}"
    if budget.way == "none":
        return f"the thinking of {title} cannot be cut: {budget.why}"
    return "" if renderer.tags else f"{config.model} has no single-token thinking tags, so its thinking cannot be cut"


def _words(budget: Budget) -> str:
    return (
        f"--template-arg reasoning_effort=WORD with {', '.join(budget.effort)}" if budget.effort else "--template-arg"
    )


def _untold(config: RunConfig, budget: Budget, title: str, largest: int) -> str:
    """Why a budget cannot be told to the model."""
    if budget.argument in config.template_args:
        return f"--template-arg {budget.argument} says the same; give one of them"
    return (
        ""
        if budget.told(largest)
        else f"{title} knows none of {largest} tokens, only {', '.join(map(str, budget.steps))}"
    )


def of_budgets(asked: Iterable[Asked], renderer: Renderer | None) -> list[str]:
    """In words, what budgets mean for a model of which that is not plain."""
    used = sorted({found for each in asked for one in each.conditions for found in one.budgets if found is not None})
    if not used or renderer is None or not renderer.recognised.known:
        return []
    budget, title = renderer.profile.budget, renderer.profile.title
    if budget.way == "argument":
        pairs = ", ".join(f"{each} as {budget.told(each)}" for each in used)
        return [f"budgets were told to the model ({budget.argument}: {pairs}), and nothing was cut"]
    return [f"budgets of {title}: {budget.why}"] if budget.way == "cut" and budget.why else []


def check_context(config: RunConfig, context: int | None) -> None:
    """Raises UsageError for a budget beyond a context of so many tokens."""
    if context is not None and config.budgets and config.budgets[-1] >= context:
        raise _beyond(f"--budgets {config.budgets[-1]}", context, "budgets")


def check_stated(config: RunConfig, context: int | None) -> None:
    """Raises UsageError for a budget, or a limit that was asked for, that the model's own files rule out."""
    check_context(config, context)
    if context is not None and config.max_tokens is not None and config.max_tokens > context:
        raise _beyond(f"--max-tokens {config.max_tokens}", context, "limits")


def _beyond(what: str, context: int, plural: str) -> UsageError:
    return UsageError(
        f"{what} does not fit the context of {context} tokens; "
        f"use smaller {plural}, or a longer context (--engine-arg max_model_len=...)"
    )


def noted(plan: Plan, engine: Engine) -> list[str]:
    """In words, that answers had less room than was asked for, as far as an engine that was started knows.

    Long prompts are fitted to leave it to them.
    """
    groups = [group for group in plan.groups if not isinstance(group.task.spec.source, Fitted)]
    limits = [group.condition.limits.total for group in groups if None in group.condition.budgets]
    most, context = max(limits, default=0), engine.max_context
    stated = engine.describe().get("deviations")
    found = [str(each) for each in stated] if isinstance(stated, list) else []
    if context is not None and most >= context:
        found.append(f"max_tokens {most} does not fit the context of {context} tokens; answers end where that is full")
    return found
