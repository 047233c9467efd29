"""Conversations: one reply after another, each asked for with a prompt of its own.

What comes next is the task's own function of what was said (``Task.follow``), so that a conversation can be
taken up again from its journalled steps. Each step thinks within the budget by itself. Budgets share no
trace, because what a model says in one step changes the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from qwen3_eval.engines.finish import CUT
from qwen3_eval.generate.ask import Ask, Emit
from qwen3_eval.scoring.pool import PoolFailure
from qwen3_eval.types import Generation, Prompt, Reply, Tokens, Unit, UsageError

Follow = Callable[[Sequence[Reply]], Awaitable[Prompt | None]]
# The step that a prompt asks for, by its number from 0; None for the prompt that comes first.
Make = Callable[[Prompt | None, int], Ask]
Send = Callable[[Callable[[], Ask]], Awaitable[tuple[Ask, Generation]]]
Keep = Callable[[Ask, Generation], None]


class UnrenderedStep(Exception):
    """No prompt can be made of what follows in a conversation."""


async def converse(
    make: Make, said: Sequence[Generation], follow: Follow, send: Send, keep: Keep
) -> tuple[Ask, Generation]:
    """Goes on with a conversation to its end; returns the last thing that was asked, and the whole.

    make: a step, with one budget. said: the steps that were made already. send: asks for a step that is made when its
    turn comes. keep: journals a step. A step that fails or whose thinking is not closed is the last one.
    """
    steps, ask = list(said), None
    while True:
        prompt = None
        if steps:
            try:
                prompt = await follow([reply_of(step) for step in steps])
            except PoolFailure as error:
                return ask or make(None, 0), combined([*steps, broken(f"what follows cannot be told: {error}")])
            if prompt is None:
                return ask or make(None, 0), combined(steps)
        try:
            ask, step = await send(partial(_made, make, prompt, len(steps)))
        except UnrenderedStep as error:
            # Some templates refuse what a model may well do, such as two calls at once: no reason to end a run.
            return ask or make(None, 0), combined([*steps, broken(f"what follows cannot be rendered: {error}")])
        if step.replies:
            return ask, step
        steps.append(step)
        if step.error or not step.finished:
            return ask, combined(steps)
        keep(ask, step)


def _made(make: Make, prompt: Prompt | None, step: int) -> Ask:
    try:
        return make(prompt, step)
    except UsageError as error:
        if prompt is None:
            raise
        raise UnrenderedStep(str(error)) from error


async def one(asker: Callable[[Ask, Emit], Awaitable[None]], ask: Ask) -> Generation:
    """The generation for an ``Ask`` with one budget."""
    found: list[Generation] = []

    async def emit(unit: Unit, generation: Generation) -> None:
        found.append(generation)

    await asker(ask, emit)
    [generation] = found
    return generation


def broken(error: str) -> Generation:
    """A step that could not be asked for, and never will be."""
    return Generation(finished=False, finish_reason="error", error=error)


def combined(steps: Sequence[Generation]) -> Generation:
    """A whole conversation: its last step, with the replies, tokens and seconds of all."""
    return replace(
        steps[-1],
        forced_stop=any(step.forced_stop for step in steps),
        tokens=total(step.tokens for step in steps),
        latency_s=round(sum(step.latency_s for step in steps), 4),
        replies=tuple(reply_of(step) for step in steps if not step.error),
    )


def reply_of(step: Generation) -> Reply:
    """One step of a conversation as what was said in it."""
    return Reply(step.thinking, step.answer, step.block, step.tagged, cut=step.finish_reason == CUT)


def total(counts: Iterable[Tokens]) -> Tokens:
    """Sums by kind; None where nobody counted."""
    rows = list(counts)
    kinds = {name: [value for row in rows if (value := getattr(row, name)) is not None] for name in Tokens.__slots__}
    return Tokens(**{name: sum(values) if values else None for name, values in kinds.items()})
