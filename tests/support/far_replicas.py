"""What travels to replicas in tests: an engine of integers, and how it is asked. Importable there too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fake_model import STOP_TEXT, FakeEngine, FakeRenderer

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.generate.far import Teaching
from qwen3_eval.types import IncompleteError

CONFIG = RunConfig("demo", ("t",), engine=EngineConfig("ray", ray_address="local", replicas=2, wait_s=30.0))
# The doc whose question ends the engine that is asked.
ENGINE_DIES = "the engine dies"


@dataclass(frozen=True, slots=True)
class FakeTeaching(Teaching):
    """Tokens are integers."""

    def renderer(self, engine: Engine) -> FakeRenderer:  # type: ignore[override]
        return FakeRenderer()


class SlowEngine(FakeEngine):
    """A token takes a while, so that there is time to die; and an engine that dies of a question."""

    died = False

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        if request.unit.id == ENGINE_DIES or self.died:
            SlowEngine.died = True
            raise IncompleteError("the engine died")
        async for part in super().stream(request):
            await asyncio.sleep(0.005)
            yield part


def slow_engine(config: RunConfig) -> Engine:
    return SlowEngine(chunk=1, slots=8)


TEACHING = FakeTeaching(CONFIG.model, "", "", {}, STOP_TEXT, native=False, cuts=True)
