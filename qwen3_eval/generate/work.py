"""One piece of a run's work to its generations: its prompt, what is asked, and how a conversation goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from qwen3_eval import reference
from qwen3_eval.config import absolute
from qwen3_eval.engines.base import Engine
from qwen3_eval.generate.ask import Ask, Asker, Beyond
from qwen3_eval.generate.conversation import converse, one
from qwen3_eval.generate.far import FarAsker, Teaching
from qwen3_eval.generate.flight import Flight, guessed_size, tokens_in_flight
from qwen3_eval.prepare.plan import Group, Work
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.prompts import Rendered, describe_prompt
from qwen3_eval.records.store import Store
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.types import Doc, Generation, Mode, Prompt, PromptFacts, Record, Reply, Unit

# What was asked, of which work, and what came of it.
Made = Callable[[Work, Ask, Unit, Generation], Awaitable[None]]


class Generating:
    """Asks the engine of a run for what work lacks.

    made: called for each generation as soon as it is there. Steps of conversations are journalled in the store, and so
    are prompts when they are asked; those of conversations come with what was made of them.
    """

    def __init__(self, prepared: Prepared, store: Store, scorer: Scorer, made: Made) -> None:
        config = prepared.config
        self._engine, self._renderer, self._seed = prepared.engine, prepared.renderer, config.seed
        self._store, self._scorer, self._made = store, scorer, made
        stop = prepared.engine.reader.own.stop(reference.stop_text(config.stop_text))
        self._told = prepared.profile.budget.way == "argument"
        self._ask = asking(prepared, stop, cuts=not self._told)
        self._opens = opens_unseen(prepared)
        self._last: tuple[Group, Doc, int | None, Prompt, Rendered, int] | None = None
        self._flight = Flight(tokens_in_flight(config.engine, prepared.engine))
        # Else an answer comes with the prompt by which it was asked for.
        self._asks_itself = type(prepared.engine).asked_before is Engine.asked_before

    @property
    def beyond(self) -> Beyond:
        """The prompts that were longer than the context."""
        return self._ask.beyond

    async def __call__(self, work: Work) -> None:
        """All generations that are missing."""
        for budgets in self._parts(work):
            if self._converses(work.group.task):
                await self._converse(work, budgets)
            else:
                await self._ask_once(work, budgets)

    def _converses(self, task: Task) -> bool:
        return is_conversation(task) and not self._engine.elsewhere

    async def _ask_once(self, work: Work, budgets: Sequence[int | None]) -> None:
        async with self._flight.turn(partial(self._make_ask, work, budgets)) as ask:

            async def emit(unit: Unit, generation: Generation) -> None:
                await self._made(work, ask, unit, generation)

            await self._ask(ask, emit)

    async def _converse(self, work: Work, budgets: Sequence[int | None]) -> None:
        """Each budget of a conversation by itself, from the step that it had come to."""
        group, doc = work.group, work.doc

        async def follow(replies: Sequence[Reply]) -> Prompt | None:
            return await self._scorer.follow(group.task, doc, replies)

        async def send(make: Callable[[], Ask]) -> tuple[Ask, Generation]:
            async with self._flight.turn(make) as ask:
                return ask, await one(self._ask, ask)

        for budget in budgets:
            unit = group.unit(doc, work.sample, budget)
            key = group.key(unit)

            def keep(asked: Ask, step: Generation, unit: Unit = unit, key: bytes = key) -> None:
                self._store.add_step(Record(key.hex(), unit, asked.seed(), asked.rendered.sha256, step))

            def make(prompt: Prompt | None, step: int, unit: Unit = unit) -> Ask:
                return replace(self._make_ask(work, (unit.budget,), prompt), step=step)

            asked, generation = await converse(make, self._store.steps(key), follow, send, keep)
            await self._made(work, asked, unit, generation)

    def _parts(self, work: Work) -> list[list[int | None]]:
        """The budgets that are asked for together: all, but where the prompt tells the budget each by itself."""
        budgets = [unit.budget for unit in work.missing]
        return [[each] for each in budgets] if self._told else [budgets]

    def _make_ask(self, work: Work, budgets: Sequence[int | None], then: Prompt | None = None) -> Ask:
        """What is asked of a piece of work. then: a later prompt of a conversation."""
        condition, told = work.group.condition, budgets[0] if self._told else None
        if then is None:
            prompt, rendered, size = self._render(work, told)
        else:
            prompt, rendered = then, self._rendered(then, condition.mode, told)
            size = _size(rendered)
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
            size=size,
        )

    def _render(self, work: Work, budget: int | None) -> tuple[Prompt, Rendered, int]:
        """The prompt of a doc and its size; the samples of one doc follow each other, so the last one is kept."""
        group, doc = work.group, work.doc
        if self._last is None or self._last[0] is not group or self._last[1] != doc or self._last[2] != budget:
            prompt = group.asked.prompt(doc, group.condition)
            rendered = self._rendered(prompt, group.condition.mode, budget)
            size = _size(rendered)
            if self._asks_itself and not self._converses(group.task):
                prompt, rendered = self._kept(work, prompt, rendered)
            self._last = (group, doc, budget, prompt, rendered, size)
        return self._last[3:]

    def _kept(self, work: Work, prompt: Prompt, rendered: Rendered) -> tuple[Prompt, Rendered]:
        """Journals a prompt, and lets go of its text: nobody needs it until the answer comes, and 64 may be long."""
        if not self._store.has_prompt(rendered.sha256):
            facts = facts_of(prompt, rendered, work.group.task.evidence(work.doc))
            self._store.add_prompt(rendered.sha256, rendered.text, work.missing[0], work.doc.target, facts)
        return prompt if rendered.token_ids is None else prompt.without_texts(), replace(rendered, text="")

    def _rendered(self, prompt: Prompt, mode: Mode, budget: int | None) -> Rendered:
        if self._renderer is not None:
            return self._renderer.render(prompt, mode, budget)
        found = describe_prompt(prompt, mode)
        return replace(found, opened=True) if self._opens and mode == "thinking" and not prompt.completion else found


def asking(prepared: Prepared, stop_text: str, *, cuts: bool) -> Asker | FarAsker:
    """What asks the engine of a run: here, or beside its models."""
    config, engine = prepared.config, prepared.engine
    if (far := engine.far_side()) is not None:
        how = (absolute(config.engine.tokenizer), config.family, config.template_args)
        return FarAsker(far, Teaching(absolute(config.model), *how, stop_text, config.native_budget, cuts))
    return Asker(engine, prepared.renderer, stop_text, native=config.native_budget, cuts=cuts)


def facts_of(prompt: Prompt, rendered: Rendered, evidence: Sequence[str] = ()) -> PromptFacts:
    """What is kept of a prompt beside its text."""
    count = None if rendered.token_ids is None else len(rendered.token_ids)
    return PromptFacts(count, [prompt.completion or "", *(message.content for message in prompt.messages)], evidence)


def _size(rendered: Rendered) -> int:
    """Tokens of a prompt, guessed where nobody counted."""
    return guessed_size(rendered.text) if rendered.token_ids is None else len(rendered.token_ids)


def opens_unseen(prepared: Prepared) -> bool:
    """Whether it is certain that a server's template opens the block and that the text comes back as it was written."""
    return prepared.engine.verbatim and prepared.profile.thinking.opened is True
