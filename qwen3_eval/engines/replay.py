"""Answers from an earlier run's journal: nothing is generated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.records.formats import GENERATIONS
from qwen3_eval.records.journal import lines
from qwen3_eval.records.store import read_record, read_unit
from qwen3_eval.types import Json, Unit, UsageError

SLOTS = 32
KEY_BYTES = 16


class ReplayEngine(Engine):
    """Gives the generation of the same task, doc, sample, protocol, mode and budget back, as it was recorded.

    Memory: 16 bytes and an offset a generation; the texts are read when they are asked for.
    """

    real = False
    renders = True

    def __init__(self, run_dir: Path, slots: int = SLOTS) -> None:
        self.slots = slots
        self._run_dir = run_dir
        self._offsets: dict[bytes, int] = {}
        self._file: IO[bytes] | None = None

    @classmethod
    def from_config(cls, config: RunConfig) -> ReplayEngine:
        """Raises UsageError without ``replay_from``."""
        if config.engine.replay_from is None:
            raise UsageError("engine replay needs --replay-from, the run directory to answer from")
        engine = cls(config.engine.replay_from, config.engine.slots or SLOTS)
        engine.check()
        return engine

    def check(self) -> None:
        """Raises UsageError when there is no journal to answer from."""
        if not (self._run_dir / GENERATIONS).is_file():
            raise UsageError(f"{self._run_dir} holds no {GENERATIONS} to replay")

    async def start(self) -> None:
        """Indexes the journal. Raises UsageError when there is none."""
        self.check()
        path = self._run_dir / GENERATIONS
        self._offsets = {_key(read_unit(line)): offset for offset, line in lines(path)}
        self._file = path.open("rb")

    async def close(self) -> None:
        """Closes the journal."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def describe(self) -> Json:
        """The run that is replayed."""
        return {"name": "replay", "replay_from": str(self._run_dir), "generations": len(self._offsets)}

    async def generate(self, request: Request) -> Completion:
        """The recorded generation, a failed one included. Raises EngineError when there is none."""
        offset = self._offsets.get(_key(request.unit))
        if offset is None or self._file is None:
            raise EngineError(f"{self._run_dir} has no generation of {request.unit}")
        self._file.seek(offset)
        return Completion(recorded=read_record(json.loads(self._file.readline())).generation)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The recorded generation, in one piece."""
        yield await self.generate(request)


def _key(unit: Unit) -> bytes:
    return hashlib.blake2b(repr(unit).encode(), digest_size=KEY_BYTES).digest()
