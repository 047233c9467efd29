"""Answers from a function: for tests, and for trying a set-up without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.types import Json

ANSWER = "The answer is \\boxed{0}."
Answer = str | Sequence[int] | Completion


def fixed_answer(request: Request) -> str:
    """``The answer is \\boxed{0}.`` to everything: what ``--engine mock`` answers."""
    return ANSWER


class MockEngine(Engine):
    """Answers with a function of the request.

    answer: gives text (then the engine ``renders``), token ids, or a whole ``Completion``. It may
        raise EngineError.
    renders: False for token ids, which are streamed ``chunk`` at a time and cut at ``max_tokens``.
    latency: seconds that a request takes, spread over its chunks.
    """

    real = False
    invented = True

    def __init__(
        self,
        answer: Callable[[Request], Answer] = fixed_answer,
        *,
        renders: bool = True,
        chunk: int = 1,
        latency: Callable[[Request], float] | None = None,
        slots: int = 32,
        max_context: int | None = None,
    ) -> None:
        self.renders = renders
        self.max_context = max_context
        self.slots = slots
        self._answer = answer
        self._chunk = chunk
        self._latency = latency

    @classmethod
    def from_config(cls, config: RunConfig) -> MockEngine:
        """``fixed_answer`` to everything."""
        return cls()

    def describe(self) -> Json:
        """That no model answered."""
        return {"name": "mock", "answer": getattr(self._answer, "__name__", "a function")}

    async def generate(self, request: Request) -> Completion:
        """The whole answer, after its latency."""
        if self._latency is not None:
            await asyncio.sleep(self._latency(request))
        return self._completion(request)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The answer in growing pieces; text comes in one."""
        whole = self._completion(request)
        tokens = whole.token_ids or ()
        ends = [*range(self._chunk, len(tokens), self._chunk), len(tokens)]
        pause = self._latency(request) / len(ends) if self._latency else 0.0
        for end in ends[:-1]:
            await asyncio.sleep(pause)
            yield Completion(tokens[:end], prompt_tokens=whole.prompt_tokens, completion_tokens=end)
        await asyncio.sleep(pause)
        yield whole

    def _completion(self, request: Request) -> Completion:
        answer = self._answer(request)
        if isinstance(answer, Completion):
            return answer
        prompt = None if request.token_ids is None else len(request.token_ids)
        if isinstance(answer, str):
            return Completion(text=answer, finish_reason="stop", prompt_tokens=prompt)
        kept = tuple(answer[: request.max_tokens])
        reason = "stop" if len(answer) <= request.max_tokens else "length"
        return Completion(kept, finish_reason=reason, prompt_tokens=prompt, completion_tokens=len(kept))
