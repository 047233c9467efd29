"""Real vLLM with the demo model, in process and behind HTTP, shared by the tests of several files.

To start one takes a quarter of a minute, so each starts once: ``conftest.py`` sends their files to one worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from processes import alive, descendants

from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.engines.vllm import VllmEngine

T = TypeVar("T")


class InProcess:
    """The engine ``vllm``, on an event loop of its own."""

    def __init__(self) -> None:
        engine = create_engine(RunConfig(model="demo", tasks=("demo_math",)))
        assert isinstance(engine, VllmEngine)
        self.engine = engine
        self.loop = asyncio.new_event_loop()
        self.wait(engine.start())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.wait(self.engine.close())
        self.wait(self.engine.close())
        self.loop.close()


class OverHttp:
    """A server of vLLM's that the engine ``server`` started, on an event loop of its own."""

    def __init__(self) -> None:
        engine = create_engine(RunConfig(model="demo", tasks=("demo_math",), engine=EngineConfig("server")))
        assert isinstance(engine, ServerEngine)
        self.engine = engine
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(engine.start())

    @property
    def url(self) -> str:
        assert self.engine._launched is not None
        return self.engine._launched.url

    def close(self) -> None:
        """Ends the server. Nothing that was started is left."""
        launched = self.engine._launched
        assert launched is not None and launched._keeper is not None
        members = descendants(launched._keeper.pid)
        self.loop.run_until_complete(self.engine.close())
        self.loop.close()
        assert len(members) >= 2
        assert not [pid for pid in members if alive(pid)]
