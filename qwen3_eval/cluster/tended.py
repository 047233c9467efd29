"""What runs on a node for a driver elsewhere, and ends by itself once that asks after it no more.

Nothing of Ray is imported: a class becomes an actor where it is used.
"""

from __future__ import annotations

import asyncio
import os
import time

# The exit code of a process that ends itself.
DIED = 17
# So long after anybody asked after it for the last time, it ends.
ORPHAN_SECONDS = 300.0


class Tended:
    """A process that is asked whether it lives, again and again, from when it says that it is ready."""

    def __init__(self) -> None:
        self._heard = time.monotonic()
        self._watching: asyncio.Task[None] | None = None

    async def alive(self) -> bool:
        """Answers."""
        self._heard = time.monotonic()
        return True

    def expect_questions(self) -> None:
        """From now on it ends when nobody asks: its node may be cut off, and somebody else needs it."""
        self._heard = time.monotonic()
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._heard + ORPHAN_SECONDS - time.monotonic())
            if time.monotonic() - self._heard > ORPHAN_SECONDS:
                os._exit(DIED)
