"""Answers from a function: for tests, and for a dry run of everything but the model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from qwen3_eval.engines.base import Completion, Request

ANSWER = "\\boxed{0}"


def zero(request: Request) -> str:
    """The fixed answer of ``--engine mock``: a boxed zero, whatever was asked."""
    return ANSWER


class MockEngine:
    """Gives back what ``answer`` makes of a request, at once; renders nothing, so it needs no tokenizer."""

    renders, native_budget, max_context = True, False, None

    def __init__(self, answer: Callable[[Request], str | Completion] = zero, *, slots: int = 64) -> None:
        self.slots = slots
        self._answer = answer

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to close."""

    def describe(self) -> Mapping[str, Any]:
        """Name and function of the mock."""
        return {"name": "mock", "answer": self._answer.__name__}

    async def generate(self, request: Request) -> Completion:
        """The function's answer as a completion."""
        answer = self._answer(request)
        if isinstance(answer, Completion):
            return answer
        return Completion(text=answer, finish_reason="stop", completion_tokens=len(answer.split()))

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The same, in one piece."""
        yield await self.generate(request)
