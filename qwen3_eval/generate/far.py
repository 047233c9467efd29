"""Asks that are answered beside the model, on another machine: a whole sweep travels, its generations come back.

A trace's tokens come back whenever it crosses a budget, so that a machine that dies costs what came since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace

from qwen3_eval.config import model_location
from qwen3_eval.encoding import token_array
from qwen3_eval.engines.base import Engine, EngineError
from qwen3_eval.engines.finish import failed
from qwen3_eval.engines.jobs import FarSide, Send, Skill
from qwen3_eval.engines.patience import Away
from qwen3_eval.generate.ask import Ask, Asker, Beyond, Emit
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Generation, JsonValue, Unit

ASK = "ask"
# A question that so many machines died of is at fault itself.
MOST_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Begun:
    """The tokens of a trace, as far as it came when it crossed a budget."""

    tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class Teaching:
    """How the asks of a run are asked, as ``Asker`` has it; it travels to each model.

    model, tokenizer, family, template_args: by which a model's tokens are read there, as ``RunConfig`` has them.
    """

    model: str
    tokenizer: str
    family: str
    template_args: Mapping[str, JsonValue]
    stop_text: str
    native: bool
    cuts: bool

    def __call__(self, engine: Engine) -> Skill:
        """An asker beside a model."""
        asker = Asker(engine, self.renderer(engine), self.stop_text, native=self.native, cuts=self.cuts)

        async def skill(ask: Ask, send: Send) -> None:
            async def emit(unit: Unit, generation: Generation) -> None:
                await send((unit, generation))

            async def keep(tokens: Sequence[int]) -> None:
                await send(Begun(token_array(tokens)))

            await asker(ask, emit, keep)
            if asker.beyond.prompts:
                beyond, asker.beyond = asker.beyond, Beyond()
                await send(beyond)

        return skill

    def renderer(self, engine: Engine) -> Renderer | None:
        """What reads a model's tokens, from its own files there."""
        if engine.renders:
            return None
        location = self.tokenizer or model_location(self.model)
        return Renderer(location, family=self.family, arguments=self.template_args)


class FarAsker:
    """As ``Asker``, by an engine whose models are elsewhere."""

    def __init__(self, engine: FarSide, teaching: Teaching) -> None:
        self.beyond = Beyond()
        self._engine, self._teaching = engine, teaching
        self._taught: asyncio.Task[None] | None = None
        # What may have killed two machines has the last try without others of its kind, so that none dies of another.
        self._suspects = asyncio.Lock()

    async def __call__(self, ask: Ask, emit: Emit) -> None:
        """Generates for every budget of ``ask`` and emits each as soon as it is there.

        What a model that died had not sent is asked again elsewhere.
        """
        if self._taught is None:
            self._taught = asyncio.create_task(self._engine.teach(ASK, self._teaching))
        await self._taught
        left, begun, lost, tries, deaths = list(ask.budgets), ask.begun, "", 0, 0
        while deaths < MOST_DEATHS:
            # Who looks answers up by their docs is never far.
            job = replace(ask, budgets=tuple(left), begun=begun, doc=None)
            tries, before = tries + 1, (len(left), len(begun))
            try:
                async with (
                    self._suspects if deaths == MOST_DEATHS - 1 else nullcontext(),
                    aclosing(self._engine.do(ask.unit(None), ASK, job, whole=left == [None])) as made,
                ):
                    async for item in made:
                        if isinstance(item, Begun):
                            begun = item.tokens
                        elif isinstance(item, Beyond):
                            self.beyond.take(item)
                        else:
                            unit, generation = item
                            left.remove(unit.budget)
                            await emit(unit, generation)
            except Away as error:
                lost = f"{error}, the {tries}. that was asked"
                # What got further before its machine died is not what that died of.
                deaths = deaths + 1 if (len(left), len(begun)) == before else 0
                continue
            lost = "it said nothing about this budget"
            break
        for budget in left:
            await emit(ask.unit(budget), failed(EngineError(lost)))
