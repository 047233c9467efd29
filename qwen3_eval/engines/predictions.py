"""Answers that were made elsewhere, out of a file of predictions: nothing is generated."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated, cast

from msgspec import Meta

from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.finish import CUT, is_cut, sound
from qwen3_eval.engines.recorded import NEEDED, is_plain, is_reply, is_written, replies_of
from qwen3_eval.families import Reader
from qwen3_eval.records.formats import fault
from qwen3_eval.records.journal import read_line
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.thinking import Split
from qwen3_eval.types import Doc, Generation, Json, JsonValue, Reply, Unit, UsageError

TAGS = Reader()
# All up to the largest are looked for, with every doc.
SampleNumber = Annotated[int, Meta(ge=0, le=9_999)]


class PredictionsEngine(Engine):
    """Gives the responses to the docs of one task back, by doc id and sample.

    It is no kind that a run can ask for by name: ``score`` makes it, and ``run.json`` calls it ``replay``.
    Memory: an index of byte offsets; texts stay on disk.

    plain: whether each response is a single text.
    Raises UsageError for a missing file, a line that is no prediction, or one given twice.
    """

    real = False
    elsewhere = True
    renders = True
    slots = 1

    def __init__(self, path: Path, task: Task) -> None:
        if not path.is_file():
            raise UsageError(f"there is no predictions file {path}")
        self.path = path
        self.plain = True
        self._task = task
        self._offsets: dict[tuple[str, int], int] = {}
        self._lines: dict[tuple[str, int], int] = {}
        self._given: dict[tuple[str, int], str] = {}
        self._file: IO[bytes] | None = None
        self._brings: bool | None = None
        for number, offset, row in _rows(path):
            if "id" not in row or not is_reply(row):
                raise UsageError(f"{path}, line {number}: {NEEDED}")
            doc = self._brought(row, number)
            sample = row.get("sample", 0)
            if (type(sample) is not int or not 0 <= sample <= 9_999) and (why := fault(sample, SampleNumber)):
                raise UsageError(f'{path}, line {number}, "sample": {why}')
            key = (doc.id if doc else str(row["id"]), cast("int", sample))
            if key in self._offsets:
                raise UsageError(f"{path}, line {number}: a second prediction for id {key[0]!r}, sample {key[1]}")
            self._offsets[key], self._lines[key] = offset, number
            if key[0] != str(row["id"]):
                self._given[key] = str(row["id"])
            self.plain = self.plain and is_plain(row)

    @property
    def ids(self) -> set[str]:
        """Docs that have a prediction."""
        return {doc for doc, _ in self._offsets}

    @property
    def samples(self) -> int:
        """Largest number of samples of a doc."""
        return max((sample for _, sample in self._offsets), default=-1) + 1

    @property
    def brings_docs(self) -> bool:
        """Whether the docs are made of the rows, which say all that their scoring needs."""
        return bool(self._brings)

    def docs(self) -> Iterator[Doc]:
        """Those that the rows bring along, each once. Raises UsageError where samples of one differ in it."""
        found: dict[str, Doc] = {}
        for number, _, row in _rows(self.path):
            doc = self._brought(row, number)
            if doc is None:
                continue
            if found.setdefault(doc.id, doc) != doc:
                raise UsageError(f"{self.path}, line {number}: another sample of {doc.id!r} brings another doc")
            if found[doc.id] is doc:
                yield doc

    def _brought(self, row: Mapping[str, JsonValue], number: int) -> Doc | None:
        """The doc that a row brings along. Raises UsageError for a broken one, and where others do otherwise."""
        try:
            doc = self._task.doc_of_prediction(row)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{self.path}, line {number}: {error}") from error
        if self._brings not in (None, doc is not None):
            one, other = ("no doc", "one") if doc is None else ("a doc", "none")
            raise UsageError(f"{self.path}, line {number} brings {one} along, and the rows before it {other}")
        self._brings = doc is not None
        return doc

    def rename(self, names: Mapping[str, str], docs: Set[str]) -> None:
        """Gives predictions that name no doc the id of the doc behind the name. Raises UsageError for twins."""
        renamed: dict[tuple[str, int], int] = {}
        lines: dict[tuple[str, int], int] = {}
        for (doc, sample), offset in self._offsets.items():
            key = (doc if doc in docs else names.get(doc, doc), sample)
            if key in renamed:
                raise UsageError(f"{self.path}: two predictions for id {key[0]!r}, sample {sample}, one as {doc!r}")
            renamed[key], lines[key] = offset, self._lines[doc, sample]
            if key[0] != doc:
                self._given[key] = doc
        self._offsets, self._lines = renamed, lines

    def drop(self, names: Set[str]) -> None:
        """Forgets predictions for rows that are not part of the benchmark."""
        if names:
            self._offsets = {key: offset for key, offset in self._offsets.items() if key[0] not in names}

    def row(self, doc: str, sample: int) -> dict[str, JsonValue] | None:
        """The row with the response to a doc, or None."""
        offset = self._offsets.get((doc, sample))
        if offset is None:
            return None
        if self._file is None:
            return read_line(self.path, offset)
        self._file.seek(offset)
        found: dict[str, JsonValue] = json.loads(self._file.readline())
        return found

    def line(self, doc: str, sample: int) -> int:
        """The number of a prediction's line, from 1."""
        return self._lines[doc, sample]

    def given_id(self, unit: Unit) -> str:
        """The id that the prediction for a doc has in the file; empty where it is the doc's own."""
        return self._given.get((unit.id, unit.sample), "")

    def __contains__(self, sample: object) -> bool:
        """Whether there is a prediction for a doc id and a sample."""
        return sample in self._offsets

    async def start(self) -> None:
        """Opens the file."""
        self._file = self.path.open("rb")

    async def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def describe(self) -> Json:
        """Nothing: what made the responses is not known."""
        return {}

    async def generate(self, request: Request) -> Completion:
        """The response to a doc. Raises EngineError when there is none, and UsageError for one that cannot be read."""
        unit, doc = request.unit, request.doc
        row = self.row(unit.id, unit.sample)
        if row is None or doc is None:
            raise EngineError(f"{self.path} has no prediction for {unit}")
        reason = str(row.get("finish_reason") or "stop")
        replies = replies_of(self._task, doc, row, self.reader.own)
        thinks = request.mode == "thinking"
        found = said(self._task, replies, reason, thinks=thinks, reader=self.reader)
        return Completion(recorded=found if is_written(row) else _hidden(found))

    async def stream(self, request: Request) -> AsyncIterator[Completion]:
        """The response, in one piece."""
        yield await self.generate(request)


def _rows(path: Path) -> Iterator[tuple[int, int, dict[str, JsonValue]]]:
    offset = 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise UsageError(f"{path}, line {number} is not JSON: {error}") from error
                if not isinstance(row, dict):
                    raise UsageError(f"{path}, line {number} is not a JSON object")
                yield number, offset, row
            offset += len(line)


def said(
    task: Task, replies: Sequence[str], reason: str = "stop", *, thinks: bool = False, reader: Reader = TAGS
) -> Generation:
    """A generation out of the texts of its replies. Raises UsageError for several where the task asks for one.

    reason: why the last one ended, where the row says so. thinks: the model was asked to. reader: splits them.
    """
    reason = CUT if is_cut(reason) else reason
    cut = len(replies) - 1 if reason == CUT and thinks else None
    splits = [reader.split(reply, cut=number == cut) for number, reply in enumerate(replies)]
    last = splits[-1] if splits else Split("", "", finished=True)
    finished = all(split.finished for split in splits)
    whole = sound(
        Generation(
            last.thinking,
            last.answer,
            finished=finished,
            finish_reason=reason,
            block=last.block,
            tagged=last.tagged,
        )
    )
    if is_conversation(task):
        found = [Reply(split.thinking, split.answer, split.block, split.tagged) for split in splits]
        found[-1:] = [replace(reply, cut=reason == CUT) for reply in found[-1:]]
        return replace(whole, replies=tuple(found))
    if len(splits) > 1:
        raise UsageError(f'{task.spec.name} asks for one reply; give it as "response"')
    return whole


def _hidden(found: Generation) -> Generation:
    """The same where other hands took the thinking out of the texts: what its blocks were is not known."""
    replies = tuple(replace(reply, block="", tagged=False) for reply in found.replies)
    return replace(found, block="", tagged=False, replies=replies)
