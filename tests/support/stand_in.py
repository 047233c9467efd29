"""An engine on a node of a cluster that needs no model, and the command line with it in place of vLLM.

It writes in the demo model's tokens, each a function of those before, as under greedy decoding; its answers are numbers
that nobody asked for. As vLLM does, it keeps a process of its own, and is dead when that is.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from qwen3_eval.config import RunConfig
from qwen3_eval.engines import ray
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.engines.launch import Guard
from qwen3_eval.types import IncompleteError, Json

# Of the bundled demo model.
END, OPEN, CLOSE = 1209, 1210, 1211
BODY = (300, 1_200)
TOKEN_SECONDS = 0.02
CORE = "stand-in core"
# Where it says on which node it was asked.
FOLDER = "STAND_IN_FOLDER"


def stand_in_token(prefix: Sequence[int]) -> int:
    """Opens a block first, closes it now and then, and ends the answer now and then."""
    draw = int.from_bytes(hashlib.blake2b(repr(tuple(prefix)).encode(), digest_size=8).digest())
    last = max(place for place, token in enumerate((0, *prefix)) if token in (0, END))
    opened, closed = OPEN in prefix[last:], CLOSE in prefix[last:]
    if not opened:
        return OPEN
    if draw % (40 if not closed else 8) == 0:
        return END if closed else CLOSE
    return BODY[0] + draw % (BODY[1] - BODY[0])


def note_request() -> None:
    if folder := os.environ.get(FOLDER):
        with Path(folder, f"{socket.gethostname()}.asked").open("a") as file:
            file.write(f"{os.getpid()}\n")


class StandIn(Engine):
    """Streams ``stand_in_token``."""

    def __init__(self, config: RunConfig) -> None:
        self.slots = config.engine.slots or 16
        self._core: subprocess.Popen[bytes] | None = None
        self._guard = Guard()

    async def start(self) -> None:
        self._guard.open()
        program = f"import time\nwhile True: time.sleep(9) # {CORE}"
        command = [sys.executable, "-c", program]
        self._core = await asyncio.to_thread(subprocess.Popen, command, stdin=subprocess.DEVNULL)
        self.max_context = 1_024

    async def close(self) -> None:
        if self._core is not None:
            self._core.kill()
            self._core.wait()
        self._guard.close()

    def describe(self) -> Json:
        return {"name": "stand-in", "max_context": self.max_context}

    async def generate(self, request: Request) -> Completion:
        return [part async for part in self.stream(request)][-1]

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        assert request.token_ids
        note_request()
        new: list[int] = []
        reason = None
        while reason is None:
            await asyncio.sleep(TOKEN_SECONDS)
            if self._core is None or self._core.poll() is not None:
                raise IncompleteError("the engine died")
            new.append(stand_in_token([*request.token_ids, *new]))
            reason = "stop" if new[-1] == END else "length" if len(new) >= request.max_tokens else None
            yield Completion(tuple(new), finish_reason=reason, prompt_tokens=len(request.token_ids))


def stand_in(config: RunConfig) -> Engine:
    return StandIn(config)


def main() -> int:
    # By reference, so that a replica makes the class of its own module.
    import stand_in as own

    from qwen3_eval.__main__ import main as command

    ray.vllm_engine = own.stand_in
    return command()


if __name__ == "__main__":
    sys.exit(main())
