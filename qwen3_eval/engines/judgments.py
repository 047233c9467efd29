"""A judge's replies from the journal of an earlier run: nothing is asked."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from qwen3_eval.config import RunConfig
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.records.formats import JUDGMENTS
from qwen3_eval.records.journal import lines
from qwen3_eval.records.keys import KEY_BYTES, judged_name, messages_sha256
from qwen3_eval.records.store import read_judgment, read_unit
from qwen3_eval.types import Json, UsageError


class JudgmentsEngine(Engine):
    """Gives the reply that a judge gave to the same messages at the same attempt.

    Equal answers are asked about in the same words, and a judge need not say the same twice: of several such replies
    each gets its own back, and an answer that was not judged there the last one.
    Memory: two digests and an offset a call; the texts are read when they are asked for.
    """

    real = False
    renders = True

    def __init__(self, run_dir: Path, judge: str) -> None:
        self._path, self._judge = run_dir / JUDGMENTS, judge
        self._offsets: defaultdict[bytes, dict[int, int]] = defaultdict(dict)
        self._own: dict[bytes, int] = {}
        self._file: IO[bytes] | None = None

    @classmethod
    def from_config(cls, config: RunConfig) -> JudgmentsEngine:
        """Raises UsageError without ``replay_from``, and where there is no journal to answer from."""
        if config.engine.replay_from is None:
            raise UsageError("a judge that is replayed needs --judge-replay-from, the run directory to answer from")
        engine = cls(config.engine.replay_from, config.model)
        if not engine._path.is_file():
            raise UsageError(f"{config.engine.replay_from} holds no {JUDGMENTS} to replay")
        return engine

    async def start(self) -> None:
        """Indexes the journal. Raises UsageError where it is damaged or empty, or holds the words of another judge."""
        for offset, line in lines(self._path):
            if line["judge"] != self._judge:
                made = f"the judgments in {self._path.parent} were made by {line['judge']}"
                raise UsageError(f"{made}; name that with --judge-model")
            if not line["retryable"]:
                prompt, attempt, unit = bytes.fromhex(line["prompt_sha256"]), line["attempt"], read_unit(line)
                self._offsets[prompt][attempt] = offset
                self._own[_digest(prompt, unit.task, judged_name(unit, line["call"]), attempt)] = offset
        if not self._offsets:
            raise UsageError(f"{self._path} holds no judgment to replay")
        self._file = self._path.open("rb")

    async def close(self) -> None:
        """Closes the journal."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def describe(self) -> Json:
        """The run that is replayed."""
        return {"name": "replay", "replay_from": str(self._path.parent), "prompts": len(self._offsets)}

    async def generate(self, request: Request) -> Completion:
        """The recorded reply, a refused one included. ``unit.sample`` is the attempt. Raises EngineError for none."""
        prompt, unit = bytes.fromhex(messages_sha256(request.prompt)), request.unit
        offset = self._own.get(_digest(prompt, unit.task, unit.id, unit.sample))
        if offset is None:
            offset = self._offsets.get(prompt, {}).get(unit.sample)
        if offset is None or self._file is None:
            raise EngineError(f"{self._path} has no judgment of {request.unit.id}")
        self._file.seek(offset)
        return Completion(recorded=read_judgment(json.loads(self._file.readline())).reply)

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The recorded reply, in one piece."""
        yield await self.generate(request)


def _digest(prompt: bytes, task: str, name: str, attempt: int) -> bytes:
    return hashlib.blake2b(repr((prompt, task, name, attempt)).encode(), digest_size=KEY_BYTES).digest()
