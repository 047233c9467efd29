"""One trace to many budgets.

A thinking budget of B tokens: when the block is still open after B tokens it is cut there, by token
id, the stop-thinking text is appended, and the model answers from what it has (Qwen3 Technical
Report, section 4.3; QwenLM/Qwen3 docs/source/getting_started/thinking_budget.md).

A sweep over several budgets decodes one trace to the largest of them. A prefix of a sampled trace
has the distribution of a run at that smaller budget, so each smaller budget costs a short answer
only. Answers branch off while the trace still streams, so that their prefix is hot in the engine's
cache. Where it stops being exact: a presence penalty does not see thinking that has moved into the
prompt.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain

from qwen3_eval.encoding import token_array
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request, TooLong
from qwen3_eval.engines.finish import CUT, checked, failed, sound
from qwen3_eval.generate.reading import (
    add_decoded,
    generation_of,
    paid_elsewhere,
    read_text,
    timed,
    within_budget,
)
from qwen3_eval.prompts import Rendered, Renderer
from qwen3_eval.thinking import Split, answer_in_tokens, cut_off, split_tokens
from qwen3_eval.trace import Trace, cut_exactly, find_forced_stop
from qwen3_eval.types import Doc, Generation, Mode, Prompt, Protocol, Sampling, TokenLimits, Tokens, Unit

Emit = Callable[[Unit, Generation], Awaitable[None]]
Keep = Callable[[Sequence[int]], Awaitable[None]]
SEED_BITS = 31
# The opening and the closing tag, of one token each.
TAG_TOKENS = 2
# Tokens of a trace that come at once, and parts of the largest budget that may be decoded in vain behind it.
MOST_TOGETHER = 64
WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Ask:
    """One doc, sample and mode, ready to be sent. ``budgets``: those that are still to be measured.

    step: which reply of a conversation is asked for, from 0. doc: for engines that look answers up. size: tokens of the
    prompt, guessed where nobody counts them. begun: tokens of the trace that came before the machine died that made it.
    """

    task: str
    id: str
    sample: int
    mode: Mode
    budgets: tuple[int | None, ...]
    prompt: Prompt
    rendered: Rendered
    sampling: Sampling
    limits: TokenLimits
    run_seed: int
    protocol: Protocol = "chat"
    step: int = 0
    doc: Doc | None = None
    size: int = 0
    begun: Sequence[int] = ()

    def unit(self, budget: int | None) -> Unit:
        """What is measured at one of the budgets."""
        return Unit(self.task, self.id, self.sample, self.mode, budget, self.protocol)

    def seed(self, budget: int | None = None) -> int:
        """Seed of the trace, or of the answer that branches off at a budget.

        A function of what is asked, never of order or concurrency. Branches have their own, so
        that their noise is independent of the trace's first tokens.
        """
        step = (self.step,) if self.step else ()
        parts = (self.run_seed, self.task, self.id, self.sample, self.mode, budget, *step)
        hashed = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
        return int.from_bytes(hashed) >> (64 - SEED_BITS)


@dataclass(slots=True)
class Beyond:
    """The prompts that were longer than the context. largest: tokens of the longest, as far as they are known."""

    prompts: int = 0
    largest: int = 0
    context: int = 0

    def add(self, tokens: int | None, context: int | None) -> None:
        """One more."""
        self.prompts += 1
        self.largest = max(self.largest, tokens or 0)
        self.context = context or self.context

    def take(self, other: Beyond) -> None:
        """What was counted elsewhere."""
        self.prompts += other.prompts
        self.largest = max(self.largest, other.largest)
        self.context = other.context or self.context


class Asker:
    """Asks an engine for all the budgets of an ``Ask``.

    renderer: None when the server renders; then there are no token ids and no budgets.
    stop_text: what is appended where thinking is cut.
    native: leave a single budget to the engine, where it can enforce one.
    cuts: thinking is cut at a budget; else the prompt tells it to the model, which may not keep to it.
    """

    def __init__(
        self, engine: Engine, renderer: Renderer | None, stop_text: str, *, native: bool, cuts: bool = True
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._stop = renderer.encode(stop_text) if renderer else []
        self._native = native and engine.native_budget
        self._cuts = cuts
        self.beyond = Beyond()

    async def __call__(self, ask: Ask, emit: Emit, keep: Keep | None = None) -> None:
        """Generates for every budget of ``ask`` and emits each as soon as it is there.

        keep: is given the tokens of a trace whenever it has crossed a budget.
        """
        budgets = [budget for budget in ask.budgets if budget is not None]
        if ask.rendered.choices:
            await self._choose(ask, emit)
        elif None in ask.budgets:
            await self._single(ask, None, emit)
        if self._renderer is None or not self._cuts:
            for budget in budgets:
                await self._single(ask, budget, emit)
        elif len(budgets) == 1 and self._native:
            await self._enforced(ask, budgets[0], emit)
        elif budgets:
            await _Sweep(self, ask, sorted(budgets), emit, keep).run()

    async def _choose(self, ask: Ask, emit: Emit) -> None:
        """The likeliest of the choices: the engine decodes one token greedily and may take no other."""
        started, unit = time.monotonic(), ask.unit(None)
        try:
            request = replace(self.request(ask, unit, max_tokens=1), sampling=Sampling(), allowed=ask.rendered.choices)
            completion = await self.generate(request)
            generation = completion.recorded or read_choice(ask, completion)
        except EngineError as error:
            generation = self.no_answer(error)
        await emit(unit, timed(generation, started))

    async def _enforced(self, ask: Ask, budget: int, emit: Emit) -> None:
        """One request whose budget the engine enforces; an engine that cut elsewhere is an error of the record."""
        started, unit = time.monotonic(), ask.unit(budget)
        limit = budget + len(self._stop) + ask.limits.answer + TAG_TOKENS
        try:
            trace = self.new_trace(ask)
            request = self.request(ask, unit, max_tokens=limit, budget=budget)
            completion = await self.generate(replace(request, together=tokens_together([budget])))
            trace.extend(completion.token_ids or ())
            generation = self.read_trace(ask, trace, completion, budget)
            if not cut_exactly(trace, self._stop, budget):
                generation = replace(generation, error=f"the engine did not cut at the budget of {budget}")
        except EngineError as error:
            generation = self.no_answer(error)
        await emit(unit, timed(generation, started))

    async def _single(self, ask: Ask, budget: int | None, emit: Emit) -> None:
        """One plain request without a budget; for an engine that looks answers up, with any."""
        started, unit = time.monotonic(), ask.unit(budget)
        try:
            completion = await self.generate(self.request(ask, unit, max_tokens=ask.limits.total))
            generation = within_budget(self._read(ask, completion), budget if self._cuts else None)
        except EngineError as error:
            generation = self.no_answer(error)
        await emit(unit, generation if self._engine.elsewhere else timed(generation, started))

    def request(
        self,
        ask: Ask,
        unit: Unit,
        *,
        max_tokens: int,
        budget: int | None = None,
        suffix: Sequence[int] = (),
        seed: int | None = None,
    ) -> Request:
        """A request for ``ask`` whose prompt goes on with ``suffix``. Raises EngineError when it does not fit."""
        ids = ask.rendered.token_ids
        if suffix and ids is not None:
            ids = token_array(chain(ids, suffix))
        return Request(
            unit=unit,
            prompt=ask.prompt,
            mode=ask.mode,
            sampling=ask.sampling,
            seed=ask.seed() if seed is None else seed,
            max_tokens=self._fit(ask, ids, max_tokens),
            token_ids=ids,
            thinking_budget=budget,
            doc=ask.doc,
        )

    def _fit(self, ask: Ask, ids: Sequence[int] | None, max_tokens: int) -> int:
        """The tokens that an answer may have. Raises TooLong where it is certain that the prompt leaves none.

        Of a prompt that the engine renders it is known that every word is a token at least.
        """
        context = self._engine.max_context
        if context is None:
            return max_tokens
        if ids is None:
            if (least := least_tokens(ask.prompt, context)) > context:
                raise TooLong(f"the prompt has {least} tokens at least, the context {context}", least)
            return max_tokens
        if len(ids) >= context:
            raise TooLong(f"the prompt has {len(ids)} tokens, the context {context}", len(ids))
        return min(max_tokens, context - len(ids))

    def no_answer(self, error: EngineError) -> Generation:
        """The record of a request that got no answer."""
        if isinstance(error, TooLong):
            self.beyond.add(error.tokens, self._engine.max_context)
        return failed(error)

    def _read(self, ask: Ask, completion: Completion) -> Generation:
        if completion.recorded is not None:
            return sound(completion.recorded)
        tokens, renderer = completion.token_ids, self._renderer
        if tokens is not None and renderer is not None:
            if self._by_ids(ask, renderer, tokens):
                trace = self.new_trace(ask)
                trace.extend(tokens)
                return self.read_trace(ask, trace, completion, None)
            completion = replace(completion, text=completion.text or renderer.decode(tokens))
        opened, thinks = ask.rendered.opened, ask.mode == "thinking"
        written = tokens is not None or self._engine.shows_blocks
        return read_text(completion, self._engine.reader, opened=opened, thinks=thinks, written=written)

    def _by_ids(self, ask: Ask, renderer: Renderer, tokens: Sequence[int]) -> bool:
        """Whether thinking and answer are told apart by the tags' own tokens.

        Not in a completion, nor where the model's family is unknown and its reply holds the tags of another.
        """
        if renderer.tags is None or ask.prompt.completion is not None:
            return False
        reader = self._engine.reader
        return not reader.guesses or reader.marks_of(renderer.decode(tokens)) is reader.own

    def read_trace(self, ask: Ask, trace: Trace, completion: Completion, budget: int | None) -> Generation:
        """A generation out of a whole trace, an engine's own forced stop included."""
        forced = None if budget is None else find_forced_stop(trace, self._stop)
        thinking = trace.thinking()[:forced]
        rest = trace.rest()
        if forced is not None:
            rest = rest[len(self._stop) - 1 - self._stop.index(trace.tags.close) :]
        answer = rest if ask.budgets == (None,) else rest[: ask.limits.answer]
        stops = len(self._stop) if forced is not None else 0
        reason = completion.finish_reason or "stop" if len(answer) == len(rest) else CUT
        if forced is not None:
            split = self._after_stop(thinking, answer, trace)
        else:
            kept = trace.tokens[: len(trace.tokens) - (len(rest) - len(answer))]
            split = self._split(ask, kept, trace, cut=reason == CUT)
        tokens = Tokens(
            completion.prompt_tokens,
            len(thinking),
            len(answer),
            completion.cached_tokens,
            len(trace.tokens) - stops,
        )
        return generation_of(split, forced_stop=forced is not None, finish_reason=reason, tokens=tokens)

    def read_branch(self, trace: Trace, budget: int, completion: Completion) -> Generation:
        """A generation whose thinking was cut at ``budget``; ``completion`` is the answer after the stop text."""
        new = completion.token_ids or ()
        tokens = Tokens(completion.prompt_tokens, budget, len(new), completion.cached_tokens, len(new))
        split = self._after_stop(trace.thinking()[:budget], new, trace)
        reason = completion.finish_reason or "stop"
        return generation_of(split, forced_stop=True, finish_reason=reason, tokens=tokens)

    def _split(self, ask: Ask, tokens: Sequence[int], trace: Trace, *, cut: bool) -> Split:
        assert self._renderer is not None
        cut = cut and ask.mode == "thinking"
        return split_tokens(tokens, trace.tags, self._renderer.decode, opened=ask.rendered.opened, cut=cut)

    def _after_stop(self, thinking: Sequence[int], answer: Sequence[int], trace: Trace) -> Split:
        """Thinking that a stop text ended, and the answer after it."""
        assert self._renderer is not None
        found = answer_in_tokens(answer, trace.tags, self._renderer.decode)
        return cut_off(self._renderer.decode(thinking), found, tagged=trace.tags.open in answer)

    def branch(self, ask: Ask, trace: Trace, budget: int) -> Request:
        """The request for the answer after thinking cut at ``budget``."""
        return self.request(
            ask,
            ask.unit(budget),
            max_tokens=ask.limits.answer,
            suffix=[*trace.cut(budget), *self._stop],
            seed=ask.seed(budget),
        )

    def new_trace(self, ask: Ask) -> Trace:
        """An empty trace. Raises EngineError when the model's tags are not single tokens."""
        if self._renderer is None or self._renderer.tags is None:
            raise EngineError("a thinking budget needs token ids and single-token thinking tags")
        return Trace(self._renderer.tags, opened=ask.rendered.opened, decode=self._renderer.decode)

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """The engine's stream. Raises EngineError where it is broken off, or ends without a word why."""
        last = Completion()
        async with aclosing(self._engine.stream(request)) as parts:  # type: ignore[type-var]
            async for part in parts:
                last = checked(part)
                yield last
        if last.finish_reason is None and last.recorded is None:
            raise EngineError("the engine's stream ended before the answer did")

    async def generate(self, request: Request) -> Completion:
        """The engine's completion. Raises EngineError where that is no answer."""
        return checked(await self._engine.generate(request))


def least_tokens(prompt: Prompt, enough: int) -> int:
    """Tokens that the texts of a prompt have at the very least: no token of today's vocabularies spans two words.

    0 where even a token for each character would be no more than ``enough``.
    """
    texts = [prompt.completion or "", *(message.content for message in prompt.messages)]
    return 0 if sum(map(len, texts)) <= enough else sum(sum(1 for _ in WORD.finditer(text)) for text in texts)


def tokens_together(budgets: Sequence[int]) -> int:
    """How many tokens of a trace may come at once where it matters when it has crossed one of these budgets.

    A number that divides them all: the first token, an opening tag, comes alone, and so a message ends at each budget.
    Where that is small, a part of the largest, behind which so much may be decoded in vain.
    """
    common = math.gcd(*budgets)
    dividing = max(tokens for tokens in range(1, MOST_TOGETHER + 1) if common % tokens == 0)
    return max(dividing, min(MOST_TOGETHER, max(budgets) // MOST_TOGETHER))


class _Sweep:
    """One streaming trace, and the answers that branch off it."""

    def __init__(self, asker: Asker, ask: Ask, budgets: list[int], emit: Emit, keep: Keep | None) -> None:
        self._asker = asker
        self._ask = ask
        self._emit = emit
        self._keep = keep
        self._pending = list(budgets)
        self._largest = budgets[-1]
        self._started = time.monotonic()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as branches:
            try:
                trace = self._asker.new_trace(self._ask)
                last = await self._follow(trace, branches)
            except EngineError as error:
                await self._emit_rest(self._asker.no_answer(error))
                return
            await self._serve_rest(trace, last)

    async def _follow(self, trace: Trace, branches: asyncio.TaskGroup) -> Completion:
        """Streams the trace, starts branches where it crosses a budget, and stops when no budget needs more."""
        limit = self._largest + self._ask.limits.answer + TAG_TOKENS
        request = self._asker.request(self._ask, self._ask.unit(self._largest), max_tokens=limit)
        request = replace(request, together=tokens_together(self._pending))
        # A presence penalty would not see what has moved into the prompt.
        begun = () if self._ask.sampling.presence_penalty else self._ask.begun[: request.max_tokens - 1]
        trace.extend(begun)
        self._cut(trace, branches)
        last = Completion()
        if not self._pending:
            return last
        async with aclosing(self._asker.stream(request.after(begun))) as stream:
            async for last in stream:
                trace.extend((last.token_ids or ())[len(trace.tokens) - len(begun) :])
                crossed = self._cut(trace, branches)
                # Nothing can go on from a trace that has ended.
                if crossed and self._keep is not None and last.finish_reason is None:
                    await self._keep(trace.tokens)
                if not self._pending or trace.answer_tokens > self._ask.limits.answer:
                    break
        return replace(last, prompt_tokens=len(request.token_ids or ())) if begun else last

    def _cut(self, trace: Trace, branches: asyncio.TaskGroup) -> bool:
        """Starts the answers at the budgets that the trace has crossed; says whether there were any."""
        before = len(self._pending)
        while self._pending and trace.reaches(self._pending[0]):
            budget = self._pending.pop(0)
            shared = len(trace.tokens) if budget == self._largest else 0
            branches.create_task(self._answer(trace, budget, shared))
        return len(self._pending) < before

    async def _answer(self, trace: Trace, budget: int, shared: int) -> None:
        try:
            completion = await self._asker.generate(self._asker.branch(self._ask, trace, budget))
            generation = self._asker.read_branch(trace, budget, completion)
            generation = add_decoded(generation, shared)
        except EngineError as error:
            generation = self._asker.no_answer(error)
        await self._emit(self._ask.unit(budget), timed(generation, self._started))

    async def _serve_rest(self, trace: Trace, last: Completion) -> None:
        """The budgets within which the trace ended by itself get it as it is."""
        if not self._pending:
            return
        await self._emit_rest(self._asker.read_trace(self._ask, trace, last, None))

    async def _emit_rest(self, generation: Generation) -> None:
        for budget in self._pending:
            own = generation if budget == self._largest else paid_elsewhere(generation)
            await self._emit(self._ask.unit(budget), timed(within_budget(own, budget), self._started))


def read_choice(ask: Ask, completion: Completion) -> Generation:
    """The choice that an engine took. Raises EngineError when it took none of them."""
    token = next(iter(completion.token_ids or ()), None)
    if token not in ask.rendered.choices:
        raise EngineError("the engine does not keep to allowed_token_ids (vLLM does)", retryable=False)
    answer = ask.prompt.choices[ask.rendered.choices.index(token)]
    tokens = Tokens(completion.prompt_tokens, 0, 1, completion.cached_tokens, 1)
    return Generation(answer=answer, tokens=tokens)
