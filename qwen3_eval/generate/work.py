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
        stop = prepared.engine.reader.own.stop(reference.stop_text(config.stop_text))
        self._told = prepared.profile.budget.way == "argument"
        self._ask = Asker(prepared.engine, prepared.renderer, stop, native=config.native_budget, cuts=not self._told)
        self._opens = opens_unseen(prepared)
        self._last: tuple[Group, Doc, int | None, Prompt, Rendered] | None = None

    async def __call__(self, work: Work) -> None:
        """All generations that are missing."""
        for ask in self._asks(work):
            if is_conversation(work.group.task) and not self._engine.elsewhere:
                await self._converse(work, ask)
            else:
                await self._ask_once(work, ask)

    async def _ask_once(self, work: Work, ask: Ask) -> None:
        async def emit(unit: Unit, generation: Generation) -> None:
            await self._made(work, ask, unit, generation)

        await self._ask(ask, emit)

    async def _converse(self, work: Work, ask: Ask) -> None:
        """Each budget of a conversation by itself, from the step that it had come to."""
        group, doc = work.group, work.doc
        units = [ask.unit(budget) for budget in ask.budgets]

        async def follow(replies: Sequence[Reply]) -> Prompt | None:
            return await self._scorer.follow(group.task, doc, replies)

        def render(prompt: Prompt) -> Rendered:
            return self._rendered(prompt, ask.mode, self._in_prompt(ask.budgets))

        for unit in units:
            key = group.key(unit)

            def keep(asked: Ask, step: Generation, unit: Unit = unit, key: bytes = key) -> None:
                self._store.add_step(Record(key.hex(), unit, asked.seed(), asked.rendered.sha256, step))

            first = replace(ask, budgets=(unit.budget,))
            asked, generation = await converse(self._ask, first, self._store.steps(key), follow, render, keep)
            await self._made(work, asked, unit, generation)

    def _asks(self, work: Work) -> list[Ask]:
        """One for all budgets; where the prompt tells the budget, one for each."""
        budgets = [unit.budget for unit in work.missing]
        return [self._make_ask(work, part) for part in ([[each] for each in budgets] if self._told else [budgets])]

    def _in_prompt(self, budgets: Sequence[int | None]) -> int | None:
        """The budget that a prompt tells; None where it tells none."""
        return budgets[0] if self._told else None

    def _make_ask(self, work: Work, budgets: Sequence[int | None]) -> Ask:
        condition = work.group.condition
        prompt, rendered = self._render(work.group, work.doc, self._in_prompt(budgets))
        return Ask(
            task=work.group.asked.name,
            id=work.doc.id,
            sample=work.sample,
            mode=condition.mode,
            protocol=condition.protocol,
            budgets=tuple(budgets),
            prompt=prompt,
            rendered=rendered,
            sampling=condition.sampling,
            limits=condition.limits.within(prompt.max_tokens),
            run_seed=self._seed,
            doc=work.doc,
        )

    def _render(self, group: Group, doc: Doc, budget: int | None) -> tuple[Prompt, Rendered]:
        """The prompt of a doc; the samples of one doc follow each other, so the last one is kept."""
        if self._last is None or self._last[0] is not group or self._last[1] is not doc or self._last[2] != budget:
            prompt = group.asked.prompt(doc, group.condition)
            self._last = (group, doc, budget, prompt, self._rendered(prompt, group.condition.mode, budget))
        return self._last[3], self._last[4]

    def _rendered(self, prompt: Prompt, mode: Mode, budget: int | None) -> Rendered:
        if self._renderer is not None:
            return self._renderer.render(prompt, mode, budget)
        found = describe_prompt(prompt, mode)
        return replace(found, opened=True) if self._opens and mode == "thinking" and not prompt.completion else found


def opens_unseen(prepared: Prepared) -> bool:
    """Whether it is certain that a server's template opens the block and that the text comes back as it was written."""
    return prepared.engine.verbatim and prepared.profile.thinking.opened is True
