"""Answers of an earlier run, with the seeds and prompts by which they were asked for: nothing is generated."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property

from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.records.manifest import part_of
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.samples import Answered, AskedPrompt
from qwen3_eval.records.store import read_record
from qwen3_eval.types import NO_FACTS, AskedBefore, Json, Record, Unit

KEY_BYTES = 16


class EarlierAnswers(Engine):
    """Gives back what a run has, unit by unit, as it stands in its journal.

    It is no kind that a run can ask for by name: ``score --from-run`` makes it. Unlike a replay it keeps seeds and
    prompts, and tells which answers there are. Of a request that failed and may be made again there is none.
    Memory: the light rows of the run; texts are read when they are asked for.
    """

    real = False
    elsewhere = True
    renders = True

    def __init__(self, run: RunRecord) -> None:
        self.run = run

    @cached_property
    def _answers(self) -> dict[bytes, tuple[bytes, Answered]]:
        """By digest of the unit, the key and the row of its answer."""
        return {
            _digest(Unit(each.cell.task, each.id, each.sample, each.cell.mode, each.cell.budget, each.cell.protocol)): (
                key,
                each,
            )
            for key, each in self.run.answered.items()
            if not each.failed
        }

    @cached_property
    def _prompts(self) -> dict[str, AskedPrompt]:
        return {each.sha256: each for each in self.run.prompts}

    def __contains__(self, unit: Unit) -> bool:
        """Whether the run has an answer."""
        return _digest(unit) in self._answers

    def describe(self) -> Json:
        """The engine that answered, as the run describes it."""
        return dict(part_of(self.run.manifest.raw, "engine"))  # type: ignore[arg-type]

    async def generate(self, request: Request) -> Completion:
        """The answer, its tokens paid for by the run that made it. Raises EngineError when there is none."""
        found = self._record(request.unit).generation
        return Completion(recorded=replace(found, tokens=replace(found.tokens, decoded=0)))

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The answer, in one piece."""
        yield await self.generate(request)

    def asked_before(self, unit: Unit) -> AskedBefore | None:
        """The seed and the prompt of the answer, with its text where the run kept it."""
        if unit not in self:
            return None
        record = self._record(unit)
        prompt = self._prompts.get(record.prompt_sha256)
        text, facts = self.run.as_asked(prompt) if prompt else ("", NO_FACTS)
        return AskedBefore(record.seed, record.prompt_sha256, text, facts)

    def given_id(self, unit: Unit) -> str:
        """The id that a predictions file had for the doc, where the run was made of one."""
        key, _ = self._answers.get(_digest(unit), (b"", None))
        scored = self.run.scored.get(key)
        return self.run.score(scored).get("given_id", "") if scored else ""

    def _record(self, unit: Unit) -> Record:
        if (found := self._answers.get(_digest(unit))) is None:
            raise EngineError(f"{self.run.folder} has no answer to {unit}")
        return read_record(self.run.generation(found[1]))


def _digest(unit: Unit) -> bytes:
    return hashlib.blake2b(repr(unit).encode(), digest_size=KEY_BYTES).digest()
