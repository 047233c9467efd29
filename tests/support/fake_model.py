"""A model of integers: its next token is a function of all tokens before, as under greedy decoding."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.thinking import Tags
from qwen3_eval.trace import Trace

OPEN, CLOSE, END = 1, 2, 3
TAGS = Tags(OPEN, CLOSE)
STOP = (90, 91, CLOSE, 92)
STOP_TEXT = "90 91 2 92"


class FakeRenderer:
    """Integers as text, separated by blanks."""

    tags = TAGS

    def encode(self, text: str) -> list[int]:
        return [int(part) for part in text.split()]

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join(str(token) for token in tokens if token != END)


def next_token(prefix: Sequence[int], close_share: float = 0.05, end_share: float = 0.1) -> int:
    """Opens a block first, closes it now and then, and ends the answer now and then."""
    digest = hashlib.blake2b(repr(tuple(prefix)).encode(), digest_size=8).digest()
    draw = int.from_bytes(digest) / 2**64
    if OPEN not in prefix:
        return OPEN
    if CLOSE not in prefix:
        return CLOSE if draw < close_share else 10 + digest[0] % 50
    return END if draw < end_share else 60 + digest[1] % 20


class FakeEngine(Engine):
    """Runs ``next_token`` behind the engine protocol, streaming in chunks; counts what it decodes."""

    def __init__(self, *, chunk: int = 3, native_budget: bool = False, slots: int = 4) -> None:
        self.chunk = chunk
        self.native_budget = native_budget
        self.slots = slots
        self.decoded = 0
        self.requests: list[Request] = []
        self.open_streams = 0
        self.fail_on: set[str] = set()

    def describe(self) -> Mapping[str, Any]:
        return {"name": "fake"}

    async def generate(self, request: Request) -> Completion:
        return [piece async for piece in self.stream(request)][-1]

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        assert request.token_ids is not None
        self.requests.append(request)
        if request.unit.id in self.fail_on:
            raise EngineError("the server is gone")
        self.open_streams += 1
        try:
            new: list[int] = []
            sent, reason = 0, None
            while reason is None:
                new += self._next(request, new)
                reason = "stop" if new[-1] == END else "length" if len(new) >= request.max_tokens else None
                if reason or len(new) - sent >= self.chunk:
                    await asyncio.sleep(0)
                    yield Completion(tuple(new), finish_reason=reason, prompt_tokens=len(request.token_ids))
                    sent = len(new)
        finally:
            self.open_streams -= 1

    def _next(self, request: Request, new: list[int]) -> list[int]:
        self.decoded += 1
        if request.thinking_budget is not None and self.native_budget:
            trace = Trace(TAGS, opened=False)
            trace.extend(new)
            if trace.open and trace.thinking_tokens >= request.thinking_budget:
                return list(STOP)
        assert request.token_ids is not None
        return [next_token([*request.token_ids, *new])]


def run_alone(prompt: Sequence[int], budget: int, answer_limit: int) -> tuple[list[int], list[int] | None, bool]:
    """One run at one budget, written straight down: thinking, answer (None: unfinished), forced."""
    new: list[int] = []
    while True:
        trace = Trace(TAGS, opened=False)
        trace.extend(new)
        if trace.open and trace.thinking_tokens == budget:
            return trace.thinking(), _answer([*prompt, *new, *STOP], answer_limit), True
        if trace.answer_tokens == answer_limit or (new and new[-1] == END):
            return trace.thinking(), None if trace.open else trace.rest(), False
        new.append(next_token([*prompt, *new]))


def _answer(prefix: list[int], limit: int) -> list[int]:
    new: list[int] = []
    while len(new) < limit and (not new or new[-1] != END):
        new.append(next_token([*prefix, *new]))
    return new
