"""Whether what is asked for fits: budgets, limits and the context of the model."""

from __future__ import annotations

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.prepare.plan import Plan
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import UsageError


def check_budgets(config: RunConfig, engine: Engine, renderer: Renderer | None) -> None:
    """Raises UsageError for thinking budgets that the engine cannot keep."""
    if not config.budgets or not engine.real:
        return
    if config.modes and "thinking" not in config.modes:
        raise UsageError("--budgets limits thinking; use --mode thinking or both")
    if engine.renders:
        raise UsageError("--budgets needs token ids, which this server does not give; use --rendering client")
    if renderer is not None and renderer.tags is None:
        raise UsageError(f"{config.model} has no single-token thinking tags, so its thinking cannot be budgeted")


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
    """In words, that answers had less room than was asked for, as far as an engine that was started knows."""
    limits = [group.condition.limits.total for group in plan.groups if None in group.condition.budgets]
    most, context = max(limits, default=0), engine.max_context
    stated = engine.describe().get("deviations")
    found = [str(each) for each in stated] if isinstance(stated, list) else []
    if context is not None and most >= context:
        found.append(f"max_tokens {most} does not fit the context of {context} tokens; answers end where that is full")
    return found
