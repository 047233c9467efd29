"""Answers of two models side by side: a judge is asked about them in both orders, and each call is kept.

A call is in the journal before it is used. Its key is made of the judge, how it is asked and the messages, so that
further runs, and runs that were made again, ask only for what is new, and no call is paid for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple, cast

from qwen3_eval.config import digest
from qwen3_eval.files import write_error
from qwen3_eval.judging.calls import Caller, said
from qwen3_eval.prepare.judge import Judge
from qwen3_eval.ratings.entrants import AskedSample, Entrant, Field
from qwen3_eval.records.formats import JUDGMENTS
from qwen3_eval.records.journal import Journal, JournalFile
from qwen3_eval.records.keys import judgment_key, messages_sha256
from qwen3_eval.records.store import judgment_line, lock_of, read_judgment
from qwen3_eval.types import IncompleteError, Judgment, Prompt, Unit


class Duel(NamedTuple):
    """Two models' answers to one sample of a question, by the places of the models in the order of what is shown."""

    asked: AskedSample
    first: int
    second: int


# Points of the first and of the second answer.
Points = tuple[float, float]


class Kept:
    """A folder of judgments that is being written: a journal, and what stands in it by key."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._closing = folder, ExitStack()
        self._journal, self._file = Journal(folder / JUDGMENTS), JournalFile(folder / JUDGMENTS)
        self._offsets: dict[str, int] = {}

    def __enter__(self) -> Kept:
        """Makes the folder, locks it and reads what is there. Raises UsageError where another process writes there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self._folder, error) from error
        self._closing.enter_context(lock_of(self._folder, write=True))
        self._closing.callback(self._journal.close)
        try:
            self._journal.open()
            for offset, line in self._file.lines():
                if not line["retryable"]:
                    self._offsets[str(line["key"])] = offset
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """Closes it, with its lines on the disk."""
        self._closing.close()

    def get(self, key: str) -> Judgment | None:
        """A call that was made; None for one that was not, or failed and may be made again."""
        offset = self._offsets.get(key)
        return None if offset is None else read_judgment(self._file.at(offset))

    def add(self, judgment: Judgment) -> None:
        """Journals a call. Raises IncompleteError when the disk is full."""
        offset = self._journal.append(judgment_line(judgment))
        if not judgment.reply.retryable:
            self._offsets[judgment.key] = offset


class Duelling:
    """Has a judge compare the answers of a field."""

    def __init__(self, field: Field, judge: Judge, kept: Kept) -> None:
        self._field, self._judge, self._kept = field, judge, kept
        self._spec = field.task.duels.judge
        self._call = Caller(judge, 0)
        self._identity = digest(identity(field, judge))
        self.failed = 0

    async def all(self, neighbours: int) -> Mapping[Duel, Points | None]:
        """What every comparison gave, None where nothing was read.

        neighbours: how many ranks apart two models may be. Raises IncompleteError where calls failed: what was asked is
        kept.
        """
        found: dict[Duel, Points | None] = {}
        left: list[Duel] = []
        for duel, prompt in self.duels(neighbours):
            judgment = self._kept.get(self._key(prompt))
            found[duel] = points_of(judgment) if judgment else None
            left += [] if judgment else [duel]
        if left:
            await self._ask_all(iter(left), found)
        if self.failed:
            raise IncompleteError(f"{self.failed} comparisons got no judgment; run the same command again")
        return found

    def duels(self, neighbours: int) -> Iterator[tuple[Duel, Prompt]]:
        """All comparisons: of each question and sample that both models answered, in both orders."""
        answered = [_by_question(each) for each in self._field.entrants]
        for question in self._field.docs:
            for first, second in self._field.pairs(neighbours):
                both = answered[first].get(question, set()) & answered[second].get(question, set())
                for sample in sorted(both):
                    for duel in (Duel(AskedSample(question, sample), *each) for each in turned(first, second)):
                        if (prompt := self._prompt(duel)) is not None:
                            yield duel, prompt

    async def _ask_all(self, left: Iterator[Duel], found: dict[Duel, Points | None]) -> None:
        engine = self._judge.engine
        await engine.start()
        workers = [asyncio.create_task(self._work(left, found)) for _ in range(engine.slots)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await engine.close()

    async def _work(self, left: Iterator[Duel], found: dict[Duel, Points | None]) -> None:
        for duel in left:
            prompt = self._prompt(duel)
            assert prompt is not None
            # Two runs may have given the same answers.
            judgment = self._kept.get(self._key(prompt)) or await self._judged(duel, prompt)
            self.failed += bool(judgment.reply.error and judgment.reply.retryable)
            found[duel] = points_of(judgment)

    def _key(self, prompt: Prompt) -> str:
        return judgment_key(self._identity, messages_sha256(prompt), "duel", 0).hex()

    async def _judged(self, duel: Duel, prompt: Prompt) -> Judgment:
        first = self._field.entrants[duel.first]
        cell = first.cell
        sent = messages_sha256(prompt)
        ask = self._call.ask(self._spec, (cell.task, sent), prompt, 0)
        reply = await self._call(ask)
        read = None if reply.error else self._field.task.read_duel(said(reply))
        judgment = Judgment(
            key=self._key(prompt),
            answer_key=first.answers[duel.asked][0].hex(),
            unit=Unit(cell.task, duel.asked.question, duel.asked.sample, cell.mode, cell.budget, cell.protocol),
            call="duel",
            attempt=0,
            judge=self._judge.name,
            seed=ask.seed(),
            prompt_sha256=sent,
            reply=reply,
            verdict=list(read) if read else None,
        )
        self._kept.add(judgment)
        return judgment

    def _prompt(self, duel: Duel) -> Prompt | None:
        """What is asked; None for a question without comparisons, or where one of the answers is none."""
        task, doc = self._field.task, self._field.docs[duel.asked.question]
        texts = [self._field.entrants[place].text(duel.asked) for place in (duel.first, duel.second)]
        if any(not text.strip() or task.passes_over(doc, text) for text in texts):
            return None
        return task.duel(doc, *texts)


def identity(field: Field, judge: Judge) -> dict[str, object]:
    """All that a judgment depends on beside the messages."""
    spec = field.task.duels.judge
    return {
        "judge": judge.identity(()),
        "prompt": spec.prompt,
        "rule": spec.rule,
        "sampling": asdict(judge.sampling(spec)),
        "max_tokens": judge.limits(spec).total,
    }


def turned(first: int, second: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Both orders."""
    return (first, second), (second, first)


def points_of(judgment: Judgment) -> Points | None:
    """What a call gave; None where nothing was read."""
    if not isinstance(judgment.verdict, list):
        return None
    first, second = judgment.verdict
    return cast(float, first), cast(float, second)


def _by_question(entrant: Entrant) -> Mapping[str, set[int]]:
    """The samples of each question that a model answered."""
    found: dict[str, set[int]] = {}
    for question, sample in entrant.answers:
        found.setdefault(question, set()).add(sample)
    return found
