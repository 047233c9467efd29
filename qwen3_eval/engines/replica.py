"""A model on a node of a cluster: an engine as it is there, and the jobs that are done beside it.

This module is what runs there. Nothing of Ray is imported: the class becomes an actor where it is used.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import qwen3_eval
from qwen3_eval.cluster.actors import cause
from qwen3_eval.cluster.tended import DIED, Tended
from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.engines.arguments import vllm_version
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.engines.jobs import Send, Skill, Teacher
from qwen3_eval.families import Recognised
from qwen3_eval.types import IncompleteError, Json, UsageError

GENERATE, STREAM = "generate", "stream"
# An item of a stream costs the driver a third of a millisecond (Ray 2.60), and a short trace soon crosses its budgets.
GATHER_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Facts:
    """What a replica says of itself once its model is loaded."""

    node: str
    pid: int
    slots: int
    max_context: int | None
    holds: int | None
    native_budget: bool
    described: Json

    @property
    def shared(self) -> Json:
        """What has to be the same for all replicas of a run."""
        own = ("device",)
        return {
            "max_context": self.max_context,
            "native_budget": self.native_budget,
            **{name: value for name, value in self.described.items() if name not in own},
        }


def versions() -> dict[str, str]:
    """Of what has to be the same on each node."""
    try:
        vllm = vllm_version()
    except UsageError:
        vllm = "none"
    return {"qwen3_eval": qwen3_eval.__version__, "python": platform.python_version(), "vllm": vllm}


def look(config: RunConfig, wanted: dict[str, str]) -> None:
    """Raises UsageError, with the node's name, where no replica could be here: it needs no accelerator to see that."""
    found, node = versions(), socket.gethostname()
    for name, version in wanted.items():
        if found[name] != version:
            raise UsageError(f"node {node} has {name} {found[name]}, this machine {version}; install the same")
    try:
        for place in filter(None, (config.model, config.engine.tokenizer)):
            model_location(place)
    except UsageError as error:
        raise UsageError(f"node {node}: {error}; put it on all nodes, in the same place") from error


class Replica(Tended):
    """One engine in a process of its own. When the engine dies, the process ends with it.

    make: the engine of a config.
    """

    def __init__(self, config: RunConfig, family: Recognised | None, make: Callable[[RunConfig], Engine]) -> None:
        super().__init__()
        self._config, self._family, self._make = config, family, make
        self._skills: dict[str, Skill] = {GENERATE: self._generate, STREAM: self._stream}

    async def start(self, wanted: dict[str, str]) -> Facts:
        """Loads the model. Raises UsageError where that cannot be, or the node has other versions than ``wanted``."""
        look(self._config, wanted)
        node, pid = socket.gethostname(), os.getpid()
        self._engine = engine = self._make(self._config)
        engine.take(self._family)
        try:
            await engine.start()
        except UsageError as error:
            raise UsageError(f"node {node}: {error}") from error
        described = dict(engine.describe())
        self.expect_questions()
        return Facts(node, pid, engine.slots, engine.max_context, engine.holds, engine.native_budget, described)

    async def learn(self, name: str, teacher: Teacher) -> None:
        """From now on it does jobs of this kind."""
        self._skills[name] = teacher(self._engine)

    async def do(self, skill: str, job: Any) -> AsyncGenerator[list[Any], None]:
        """What a job makes, as soon as it is there; what comes within ``GATHER_SECONDS`` comes together."""
        made: asyncio.Queue[Any] = asyncio.Queue()
        end = object()

        async def work() -> None:
            try:
                await self._skills[skill](job, made.put)
            finally:
                made.put_nowait(end)

        working = asyncio.create_task(work())
        try:
            while (item := await made.get()) is not end:
                await asyncio.wait({working}, timeout=GATHER_SECONDS)
                items, over = [item], False
                while not over and not made.empty():
                    over = (item := made.get_nowait()) is end
                    items += [] if over else [item]
                yield items
                if over:
                    break
            await working
        except Exception as error:
            if isinstance(cause(error), IncompleteError):
                # An actor that lives on without its engine would draw all the work and fail it.
                os._exit(DIED)
            raise
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await working

    async def whole(self, skill: str, job: Any) -> list[Any]:
        """All that a job makes, at its end: one answer is cheaper so than a stream of one."""
        return [item async for items in self.do(skill, job) for item in items]

    async def close(self) -> None:
        """Stops the engine."""
        await self._engine.close()

    async def _generate(self, job: Request, send: Send) -> None:
        await send(await self._engine.generate(job))

    async def _stream(self, job: Request, send: Send) -> None:
        part: Completion
        async for part in self._engine.stream(job):
            await send(part)
