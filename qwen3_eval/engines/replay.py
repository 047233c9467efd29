"""Gives back what an earlier run generated, so that it can be scored again without a model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.store import GENERATIONS, lines, read_line, read_manifest, read_record
from qwen3_eval.types import Generation, Unit, UsageError


class ReplayEngine:
    """Looks answers up by task, doc, sample, mode and budget; keeps byte offsets, not texts.

    Raises UsageError when ``--replay-from`` is missing or is not a run directory.
    """

    renders, native_budget, max_context = True, False, None

    def __init__(self, config: RunConfig) -> None:
        folder = config.engine.replay_from
        if folder is None:
            raise UsageError("engine replay needs --replay-from with the directory of an earlier run")
        self._manifest = read_manifest(folder)
        self._path = folder / GENERATIONS
        self.slots = config.engine.slots or 64
        self._offsets: dict[Unit, int] = {}

    async def start(self) -> None:
        """Reads where each generation stands; a later line of the same unit counts."""
        for offset, line in lines(self._path):
            self._offsets[read_record(line).unit] = offset

    async def close(self) -> None:
        """Nothing to close."""

    def describe(self) -> Mapping[str, Any]:
        """The run that is replayed and its engine."""
        return {"name": "replay", "from": str(self._path.parent), "engine": self._manifest.get("engine")}

    def recall(self, unit: Unit) -> Generation:
        """The recorded generation of a unit. Raises EngineError when there is none."""
        if unit not in self._offsets:
            raise EngineError(f"{self._path} has no generation for this unit", retryable=False)
        return read_record(read_line(self._path, self._offsets[unit])).generation

    async def generate(self, request: Request) -> Completion:
        """The recorded generation as a completion whose thinking is split off already."""
        found = self.recall(request.unit)
        if found.error:
            raise EngineError(found.error, retryable=found.retryable)
        return Completion(recorded=found)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The same, in one piece."""
        yield await self.generate(request)
