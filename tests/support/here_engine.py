"""An engine that loads its model on this machine, as far as anybody can tell: it says when it starts and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from qwen3_eval import engines
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines.base import Completion, Engine, Request
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import Json

NAME = "here"
JUDGED = ("style", "form")


class HereEngine(Engine):
    """Writes essays, and judges them when it is asked to. It answers in tokens of the demo model.

    events: of all engines of this class, in order: ``start X``, ``answer``, ``verdict``, ``close X``. fails: called
    before each start and each reply with the event that is to come.
    """

    events: list[str]
    fails: Callable[[str], None]

    def __init__(self, config: RunConfig) -> None:
        self._name = f"{config.model} {dict(config.engine.args)}"
        self._encode = Renderer(model_location("demo")).encode
        self._up = False

    @classmethod
    def needs_model(cls, settings: EngineConfig) -> bool:
        return True

    @classmethod
    def stated_context(cls, config: RunConfig) -> int | None:
        return int(config.engine.args.get("max_model_len", 4096))

    def check(self) -> None:
        self._happens(f"check {self._name}")

    async def start(self) -> None:
        self._happens(f"start {self._name}")
        self._up, self.max_context = True, 4096

    async def close(self) -> None:
        if self._up:
            self._happens(f"close {self._name}")
        self._up = False

    def describe(self) -> Json:
        return {"name": NAME, "max_context": self.max_context}

    async def generate(self, request: Request) -> Completion:
        assert self._up and request.token_ids
        verdict = request.unit.id.endswith(JUDGED)
        await asyncio.sleep(0)
        self._happens("verdict" if verdict else "answer")
        tokens = self._encode("Fine. [8]" if verdict else "An essay.")
        return Completion(tuple(tokens), finish_reason="stop", prompt_tokens=len(request.token_ids))

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        yield await self.generate(request)

    def _happens(self, event: str) -> None:
        type(self).fails(event)
        self.events.append(event)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> type[HereEngine]:
    """The engine under its name, without any events so far."""
    monkeypatch.setattr(engines, "BUNDLED", {**engines.BUNDLED, NAME: "here_engine:HereEngine"})
    monkeypatch.setattr(HereEngine, "events", [], raising=False)
    monkeypatch.setattr(HereEngine, "fails", staticmethod(lambda event: None), raising=False)
    return HereEngine
