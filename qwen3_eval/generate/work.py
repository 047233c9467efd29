"""One piece of a run's work to its generations: its prompt, what is asked, and how a conversation goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from qwen3_eval import reference
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.conversation import converse
from qwen3_eval.prepare.plan import Group, Work
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.prompts import Rendered, describe_prompt
from qwen3_eval.records.store import Store
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.base import is_conversation
from qwen3_eval.types import Doc, Generation, Mode, Prompt, Record, Reply, Unit

# What was asked, of which work, and what came of it.
Made = Callable[[Work, Ask, Unit, Generation], Awaitable[None]]


class Generating:
    """Asks the engine of a run for what work lacks.

    made: called for each generation as soon as it is there. Steps of conversations are journalled in the store.
    """

    def __init__(self, prepared: Prepared, store: Store, scorer: Scorer, made: Made) -> None:
        config = prepared.config
        self._engine, self._renderer, self._seed = prepared.engine, prepared.renderer, config.seed
        self._store, self._scorer, self._made = store, scorer, made
        stop = reference.stop_text(config.stop_text)
        self._ask = Asker(prepared.engine, prepared.renderer, stop, native=config.native_budget)
        self._last: tuple[Group, Doc, Prompt, Rendered] | None = None

    async def __call__(self, work: Work) -> None:
        """All generations that are missing."""
        ask = self._make_ask(work)
        if is_conversation(work.group.task) and not self._engine.elsewhere:
            await self._converse(work, ask)
            return

        async def emit(unit: Unit, generation: Generation) -> None:
            await self._made(work, ask, unit, generation)

        await self._ask(ask, emit)

    async def _converse(self, work: Work, ask: Ask) -> None:
        """Each budget of a conversation by itself, from the step that it had come to."""
        group, doc = work.group, work.doc

        async def follow(replies: Sequence[Reply]) -> Prompt | None:
            return await self._scorer.follow(group.task, doc, replies)

        def render(prompt: Prompt) -> Rendered:
            return self._rendered(prompt, ask.mode)

        for unit in work.missing:
            key = group.key(unit)

            def keep(asked: Ask, step: Generation, unit: Unit = unit, key: bytes = key) -> None:
                self._store.add_step(Record(key.hex(), unit, asked.seed(), asked.rendered.sha256, step))

            first = replace(ask, budgets=(unit.budget,))
            asked, generation = await converse(self._ask, first, self._store.steps(key), follow, render, keep)
            await self._made(work, asked, unit, generation)

    def _make_ask(self, work: Work) -> Ask:
        condition = work.group.condition
        prompt, rendered = self._render(work.group, work.doc)
        return Ask(
            task=work.group.asked.name,
            id=work.doc.id,
            sample=work.sample,
            mode=condition.mode,
            protocol=condition.protocol,
            budgets=tuple(unit.budget for unit in work.missing),
            prompt=prompt,
            rendered=rendered,
            sampling=condition.sampling,
            limits=condition.limits,
            run_seed=self._seed,
            doc=work.doc,
        )

    def _render(self, group: Group, doc: Doc) -> tuple[Prompt, Rendered]:
        """The prompt of a doc; the samples of one doc follow each other, so the last one is kept."""
        if self._last is None or self._last[0] is not group or self._last[1] is not doc:
            prompt = group.asked.prompt(doc, group.condition)
            self._last = (group, doc, prompt, self._rendered(prompt, group.condition.mode))
        return self._last[2], self._last[3]

    def _rendered(self, prompt: Prompt, mode: Mode) -> Rendered:
        return self._renderer.render(prompt, mode) if self._renderer else describe_prompt(prompt, mode)
