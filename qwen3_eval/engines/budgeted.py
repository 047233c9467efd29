"""A thinking budget that vLLM enforces itself, made exact.

vLLM 0.32 forces a text when ``thinking_token_budget`` tokens have followed the opening tag. Read in
its source and seen in tests, three things keep that from being a thinking budget by itself:

- It does not notice a block that the model closes by itself, as long as the text to force is longer
  than the closing tag: it goes on counting and forces the text into the *answer*. So what follows a
  natural close is taken only up to that point, and generated anew from there without a budget.
- It counts what stands behind an opening tag in the *prompt*. So those tokens are added to the budget.
- It takes a block in the prompt (an earlier turn) for open unless it was closed by the forced text.
  So such a prompt is cut here instead, in two requests.

Where the whole tag is one token its count is exact: B thinking tokens, then the text.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from qwen3_eval.engines.base import Completion, Request
from qwen3_eval.thinking import Tags
from qwen3_eval.trace import Trace

Stream = Callable[[Request], AsyncGenerator[Completion, None]]


@dataclass(frozen=True, slots=True)
class ThinkingBudget:
    """The tags and the stop text in one tokenizer. ``stop`` contains the closing tag."""

    tags: Tags
    stop: tuple[int, ...]

    def native_limit(self, prompt: Sequence[int], budget: int) -> int | None:
        """What to ask vLLM for, so that ``budget`` new thinking tokens pass; None when it would miscount."""
        if self.tags.open not in prompt:
            return budget
        tail = self._open_tail(prompt)
        return None if tail is None else budget + tail

    def _open_tail(self, prompt: Sequence[int]) -> int | None:
        """Tokens behind the opening tag of a block that the prompt leaves open; None when it leaves none open."""
        for back, token in enumerate(reversed(prompt)):
            if token == self.tags.open:
                return back
            if token == self.tags.close:
                return None
        return None

    async def generate(self, request: Request, stream: Stream) -> Completion:
        """One completion with at most ``request.thinking_budget`` thinking tokens.

        stream: asks the engine; a ``thinking_budget`` in its request is vLLM's own limit.
        """
        prompt, budget = request.token_ids, request.thinking_budget
        assert prompt is not None and budget is not None
        limit = self.native_limit(prompt, budget)
        trace = Trace(self.tags, opened=self._open_tail(prompt) is not None)
        last, kept = Completion(), None
        async with aclosing(stream(replace(request, thinking_budget=limit))) as parts:
            async for last in parts:
                trace.extend((last.token_ids or ())[len(trace.tokens) :])
                kept = self._kept(trace, budget, native=limit is not None)
                if kept is not None:
                    break
        if kept is None:
            return replace(last, token_ids=tuple(trace.tokens))
        return await self._continued(request, kept, last, stream)

    def _kept(self, trace: Trace, budget: int, *, native: bool) -> list[int] | None:
        """The tokens to go on from in a new request; None while the first one may go on."""
        if trace.start is None:
            return None
        if not native:
            return [*trace.cut(budget), *self.stop] if trace.reaches(budget) else None
        closed_by_model = trace.end is not None and trace.thinking_tokens < budget
        counted_on = len(trace.tokens) > trace.start + budget
        return trace.cut(budget) if closed_by_model and counted_on else None

    async def _continued(self, request: Request, kept: list[int], last: Completion, stream: Stream) -> Completion:
        """The completion that begins with ``kept`` and goes on without a budget."""
        if request.max_tokens <= len(kept):
            return replace(last, token_ids=tuple(kept[: request.max_tokens]), finish_reason="length")
        rest = Completion()
        follow_up = replace(request.after(kept), thinking_budget=None)
        async with aclosing(stream(follow_up)) as parts:
            async for part in parts:
                rest = part
        tokens = (*kept, *(rest.token_ids or ()))
        return replace(last, token_ids=tokens, finish_reason=rest.finish_reason, completion_tokens=len(tokens))
