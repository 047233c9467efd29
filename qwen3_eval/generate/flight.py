"""How many tokens of prompts are in flight: long prompts are not all begun at once, and short ones go beside them.

An engine that gets more prompts than it can hold puts some off again and again, and what it put off is read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from qwen3_eval.config import EngineConfig
from qwen3_eval.engines.base import Engine
from qwen3_eval.generate.ask import Ask
from qwen3_eval.types import Json

# Where an engine does not tell what it holds: 128 prompts of 8,192 tokens, or 8 of 131,072.
USUAL_TOKENS = 1 << 20
# Bytes of a text for one token, where nobody counts them: English in today's vocabularies.
BYTES_PER_TOKEN = 4


class Flight:
    """Admits prompts in the order in which they ask, as long as all in flight have no more tokens than ``most``.

    One that has more goes alone. No more than one that is made already waits outside.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def turn(self, make: Callable[[], Ask]) -> AsyncIterator[Ask]:
        """What ``make`` gives, once it is its turn and there is room; its tokens are given back however that ends.

        Raises what ``make`` raises.
        """
        async with self._turn:
            ask = make()
            tokens = min(ask.size, self.most)
            while self.taken + tokens > self.most:
                self._freed.clear()
                await self._freed.wait()
            self.taken += tokens
        try:
            yield ask
        finally:
            self.taken -= tokens
            self._freed.set()


def tokens_in_flight(settings: EngineConfig, engine: Engine) -> int:
    """What was asked for, else what an engine that has started can hold, else ``USUAL_TOKENS``."""
    return settings.tokens_in_flight or engine.holds or USUAL_TOKENS


def described(settings: EngineConfig, engine: Engine) -> Json:
    """What the manifest says of an engine that has started, and of the tokens that are in flight there."""
    own = {} if engine.elsewhere else {"tokens_in_flight": tokens_in_flight(settings, engine)}
    return {**engine.describe(), **own}


def guessed_size(text: str) -> int:
    """Tokens of a prompt's text, guessed."""
    return len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN
