"""Scores responses that were made elsewhere, as if they had just been generated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from qwen3_eval import data
from qwen3_eval.config import RunConfig
from qwen3_eval.data.mirror import file_sha256
from qwen3_eval.engines.finish import CUT, is_cut
from qwen3_eval.engines.recorded import NEEDED, is_plain, is_reply, replies_of
from qwen3_eval.generate.ask import sound
from qwen3_eval.prepare import manifest
from qwen3_eval.prepare.plan import Group, docs_of, lacking_data, ladders, make_plan, protocols_of, unconfined
from qwen3_eval.prompts import build_prompt, describe_prompt
from qwen3_eval.records.formats import fault
from qwen3_eval.records.store import Store, read_line
from qwen3_eval.run import choose_tasks, first_cause, split_by_language, split_by_needs
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.thinking import Split, split_text
from qwen3_eval.types import Doc, Generation, Prompt, Record, Reply, ScoreRecord, Unit, UsageError

BATCH = 16
# All up to the largest are looked for, with every doc.
SampleNumber = Annotated[int, Meta(ge=0, le=9_999)]


class Predictions:
    """Responses by doc id and sample: an index of byte offsets, so that texts stay on disk.

    plain: whether each is a single text.
    Raises UsageError for a missing file, a line that is no prediction, or one given twice.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UsageError(f"there is no predictions file {path}")
        self.path = path
        self.plain = True
        self._offsets: dict[tuple[str, int], int] = {}
        self._lines: dict[tuple[str, int], int] = {}
        self._given: dict[tuple[str, int], str] = {}
        for number, offset, row in _rows(path):
            if "id" not in row or not is_reply(row):
                raise UsageError(f"{path}, line {number}: {NEEDED}")
            if why := fault(sample := row.get("sample", 0), SampleNumber):
                raise UsageError(f'{path}, line {number}, "sample": {why}')
            key = (str(row["id"]), sample)
            if key in self._offsets:
                raise UsageError(f"{path}, line {number}: a second prediction for id {key[0]!r}, sample {key[1]}")
            self._offsets[key], self._lines[key] = offset, number
            self.plain = self.plain and is_plain(row)

    @property
    def ids(self) -> set[str]:
        """Docs that have a prediction."""
        return {doc for doc, _ in self._offsets}

    @property
    def samples(self) -> int:
        """Largest number of samples of a doc."""
        return max((sample for _, sample in self._offsets), default=-1) + 1

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
        self._offsets = {key: offset for key, offset in self._offsets.items() if key[0] not in names}

    def get(self, doc: str, sample: int) -> dict[str, Any] | None:
        """The row with the response to a doc, or None."""
        offset = self._offsets.get((doc, sample))
        return None if offset is None else read_line(self.path, offset)

    def line(self, doc: str, sample: int) -> int:
        """The number of a prediction's line, from 1."""
        return self._lines[doc, sample]

    def given_id(self, doc: str, sample: int) -> str:
        """The id that the prediction for a doc has in the file; empty where it is the doc's own."""
        return self._given.get((doc, sample), "")


def _rows(path: Path) -> Iterator[tuple[int, int, dict[str, Any]]]:
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


async def score_predictions(config: RunConfig, path: Path, run_dir: Path) -> int:
    """Scores a predictions file into a run directory; returns how many docs had no prediction.

    A task that asks a sample of its docs takes predictions for all of them.
    Raises UsageError as a run does, and when a prediction belongs to no doc of the task.
    """
    config = replace(config, full=True)
    [task], _ = choose_tasks(config, load_tasks(config.tasks_dir))
    split_by_language(config, [task])
    split_by_needs(config, [task])
    predictions = Predictions(path)
    shots = _examples(task, config)
    source = data.provenance(task, config.data_dir, protocols_of(config, task) if shots else ())
    lacking = list(lacking_data(config, [task]))
    left_out = _match(predictions, task, config)
    if lacking and not predictions.ids:
        raise UsageError(f"none of the predictions can be judged here; {lacking[0]}")
    config = replace(config, samples=max(predictions.samples, 1))
    _check(predictions, task, config)
    identity = manifest.identity(config, [task], {task.spec.name: source}, None)
    identity["predictions_sha256"] = file_sha256(path)
    plan = make_plan(config, [task], identity)
    group = replace(plan.groups[0], docs=len(predictions.ids))
    notes = [*task.spec.deviations, *lacking, *unconfined(config, [task])]
    notes += [] if shots else ["questions stand for the prompts, because the mirror lacks the examples"]
    content = manifest.build(config, identity, [group.describe()], {task.spec.name: source}, notes)
    content["left_out"], content["lacking"] = left_out, lacking
    content["toolchains"] = manifest.toolchains_of([task])
    content["ladders"] = ladders(config, [task])
    await _score_all(config, _Given(group, predictions, shots), content, run_dir)
    return left_out


def _match(predictions: Predictions, task: Task, config: RunConfig) -> int:
    """Finds the doc of every prediction; returns how many docs have none. Raises UsageError for a stranger.

    Predictions for docs in languages that are not asked for are passed over.
    """
    docs = {doc.id for doc in data.docs(task, config.data_dir)}
    if predictions.ids - docs:
        predictions.rename(data.names_by_row(task, config.data_dir), docs)
    if predictions.ids - docs:
        predictions.drop(data.rows_left_out(task, config.data_dir) - docs)
    strangers = sorted(predictions.ids - docs)
    if strangers:
        raise UsageError(
            f"{len(strangers)} predictions belong to no doc of {task.spec.name}, the first has id {strangers[0]!r}; "
            f"ids look like {min(docs, default='')!r}"
        )
    asked = {doc.id for doc in docs_of(task, config)} if config.languages else docs
    predictions.drop(docs - asked)
    return len(asked - predictions.ids)


def _check(predictions: Predictions, task: Task, config: RunConfig) -> None:
    """Reads what is more than a text once before anything is written. Raises UsageError for what cannot be read."""
    for doc in () if predictions.plain else docs_of(task, config):
        for sample in range(predictions.samples):
            if row := predictions.get(doc.id, sample):
                _read_once(task, doc, row, f"{predictions.path}, line {predictions.line(doc.id, sample)}")


def _read_once(task: Task, doc: Doc, row: Mapping[str, Any], where: str) -> None:
    try:
        said(task, replies_of(task, doc, row))
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _examples(task: Task, config: RunConfig) -> data.Shots | None:
    """The examples of the prompts; None where the mirror lacks them, since answers can be judged without."""
    if "base" in protocols_of(config, task) and data.lacks(task, config.data_dir, ("base",)):
        return None
    return data.Shots(task, config.data_dir)


async def _score_all(config: RunConfig, given: _Given, content: dict[str, Any], run_dir: Path) -> None:
    store, pool = Store(run_dir), WorkerPool(preload=("qwen3_eval.scoring.scorer",))
    try:
        store.open(content)
        content = manifest.started(content, run_dir)
        store.write_manifest(content)
        scorer = Scorer(pool, config.tasks_dir)
        work = given.batches(store, config)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2 * pool.workers):
                tasks.create_task(_score_batches(work, given, store, scorer))
        store.write_manifest(manifest.ended(content))
    except BaseExceptionGroup as errors:
        raise first_cause(errors) from errors
    finally:
        await pool.close()
        store.close()


@dataclass(frozen=True)
class _Given:
    """Predictions and what they belong to; ``shots`` are the examples of their prompts, where they are at hand."""

    group: Group
    predictions: Predictions
    shots: data.Shots | None

    def batches(self, store: Store, config: RunConfig) -> Iterator[list[tuple[Doc, Record]]]:
        """Docs with the predictions that have no score yet, journalled as generations on their way.

        One at a time where judging one is long work by itself.
        """
        size = 1 if SANDBOX in self.group.task.spec.needs else BATCH
        records = self._records(store, config)
        while batch := list(islice(records, size)):
            yield batch

    def _records(self, store: Store, config: RunConfig) -> Iterator[tuple[Doc, Record]]:
        for doc in docs_of(self.group.task, config):
            for sample in range(self.group.samples):
                row = self.predictions.get(doc.id, sample)
                if row is not None and (record := self._record(store, doc, sample, row)):
                    yield doc, record

    def _record(self, store: Store, doc: Doc, sample: int, row: Mapping[str, Any]) -> Record | None:
        group = self.group
        unit = Unit(group.task.spec.name, doc.id, sample, group.mode, protocol=group.protocol)
        key = group.key(unit)
        if key in store.scored:
            return None
        reason = str(row.get("finish_reason") or "stop")
        generation = said(group.task, replies_of(group.task, doc, row), reason, thinks=group.mode == "thinking")
        rendered = describe_prompt(self._prompt(doc), group.mode)
        record = Record(key.hex(), unit, 0, rendered.sha256, generation)
        if key not in store.generated:
            store.add_prompt(rendered.sha256, rendered.text, unit, doc.target)
            store.add_generation(record)
        return record

    def _prompt(self, doc: Doc) -> Prompt:
        if self.shots is None:
            return Prompt.complete(doc.question)
        shots = self.shots.of(doc) if self.group.protocol == "base" else ()
        return build_prompt(self.group.task, doc, self.group.protocol, shots, self.group.mode)


def said(task: Task, replies: Sequence[str], reason: str = "stop", *, thinks: bool = False) -> Generation:
    """A generation out of the texts of its replies. Raises UsageError for several where the task asks for one.

    reason: why the last one ended, where the row says so. thinks: the model was asked to.
    """
    reason = CUT if is_cut(reason) else reason
    cut = len(replies) - 1 if reason == CUT and thinks else None
    splits = [split_text(reply, cut=number == cut) for number, reply in enumerate(replies)]
    last = splits[-1] if splits else Split("", "", finished=True)
    finished = all(split.finished for split in splits)
    whole = sound(Generation(last.thinking, last.answer, finished=finished, finish_reason=reason))
    if is_conversation(task):
        return replace(whole, replies=tuple(Reply(split.thinking, split.answer) for split in splits))
    if len(splits) > 1:
        raise UsageError(f'{task.spec.name} asks for one reply; give it as "response"')
    return whole


async def _score_batches(
    batches: Iterator[list[tuple[Doc, Record]]], given: _Given, store: Store, scorer: Scorer
) -> None:
    group = given.group
    name = f"{group.task.spec.name}-{group.task.spec.version}"
    for batch in batches:
        pairs = [(doc, record.generation) for doc, record in batch]
        scores = await scorer.batch(group.task, pairs, group.protocol)
        for (doc, record), score in zip(batch, scores, strict=True):
            theirs = given.predictions.given_id(doc.id, record.unit.sample)
            store.add_score(ScoreRecord(record.key, record.unit, score, name, theirs), doc)
