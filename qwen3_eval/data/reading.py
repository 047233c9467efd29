"""From rows to docs, and what goes wrong on the way: one line that names task, row and column."""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from qwen3_eval.data.content import ROW_KEY, Row
from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.data.sources import at_hand, lacking_parts, mirror_file, rows
from qwen3_eval.task.base import Task
from qwen3_eval.task.source import Generated, Source
from qwen3_eval.task.spec import Share, TaskSpec
from qwen3_eval.types import Doc, Protocol, UsageError

DRAWS_PER_DOC = 1000
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)
Read = TypeVar("Read")
# How the rows of a source are had.
Opened: TypeAlias = Callable[[Source, Path | None], Iterable[Row]]
# A source, and the number and the name of a row there.
Place: TypeAlias = tuple[Source, int, str]


def docs(
    task: Task, data_dir: Path | None = None, *, whole: bool = True, draw_seed: int | None = None
) -> Iterator[Doc]:
    """Docs of a task, one at a time, in the order of its dataset; without ``whole`` those of its sample.

    draw_seed: of rows that the task draws; None for its own.
    Raises UsageError as ``rows`` does, for a malformed row, for two rows with one id, and for a language that the
    task does not state.
    """
    if isinstance(task.spec.source, Generated):
        yield from drawn(task, with_seed(task.spec.source, draw_seed))
        return
    task.texts = read_texts(task, data_dir)
    task.tables = {name: list(rows(source, data_dir)) for name, source in tables_at_hand(task, data_dir).items()}
    yield from DocReader(task, data_dir, whole=whole).docs()


class DocReader:
    """One pass over the rows of a task.

    whole: all docs of a task that otherwise asks a sample of them. names: notes where docs stand and what is left out.

    ungraded: what rows of the benchmark cannot be scored without, each with the ids of their docs.
    places: where each doc stands. left_out: the names of the rows that are not asked, in every spelling.
    """

    def __init__(
        self,
        task: Task,
        data_dir: Path | None = None,
        opened: Opened = rows,
        *,
        whole: bool = True,
        names: bool = False,
    ) -> None:
        self._task, self._data_dir = task, data_dir
        self.present, self.lacking = at_hand(task.spec.sources, data_dir)
        self.ungraded: dict[str, list[str]] = {}
        self.places: list[Place] = []
        self.left_out: set[str] = set()
        self._rows = ((source, *each) for source in self.present for each in enumerate(opened(source, data_dir)))
        self._picks = type(task).keep is not Task.keep or type(task).lacks is not Task.lacks
        self._sample = None if whole else task.spec.share
        self._names = names
        # Hashes of ids, so that a million docs take some 70 MB whatever their ids look like.
        self._seen: set[int] = set()

    def docs(self) -> Iterator[Doc]:
        """The docs, one at a time. Raises UsageError as the function ``docs``."""
        taken_whole = {*samples_already(self._task, self._data_dir)} if self._sample else set()
        for source, number, row, doc in self.every():
            self._check(source, row, doc)
            if self._sample is None or source in taken_whole or in_sample(self._sample, doc):
                if self._names:
                    self.places.append((source, number, row[ROW_KEY]))
                yield doc

    def every(self) -> Iterator[tuple[Source, int, Row, Doc]]:
        """Each doc with its source, and the number of its row there and the row; not checked against the others."""
        for source, number, row in self._rows:
            for doc in self._asked_in(source, number, row):
                yield source, number, row, doc

    def finish(self) -> None:
        """Goes through the rows behind the last doc that was asked for, where these may be ungraded."""
        if type(self._task).lacks is not Task.lacks:
            for source, _, row in self._rows:
                self._keeps(source, row)

    def _asked_in(self, source: Source, number: int, row: Row) -> list[Doc]:
        if not self._picks or self._keeps(source, row):
            return _docs_in(self._task, source, row)
        if self._names:
            self.left_out |= {row[ROW_KEY], *other_names(source, number, row[ROW_KEY]), *_own_name(self._task, row)}
        return []

    def _keeps(self, source: Source, row: Row) -> bool:
        """Whether a row is asked; notes one of the benchmark that cannot be scored."""
        if not checked(self._task, source, row, self._task.keep):
            return False
        if lacking := checked(self._task, source, row, self._task.lacks):
            self.ungraded.setdefault(lacking, []).extend(doc.id for doc in _docs_in(self._task, source, row))
        return not lacking

    def _check(self, source: Source, row: Row, doc: Doc) -> None:
        for name, value in (("an id", doc.id), ("a question", doc.question)):
            if not isinstance(value, str):
                raise UsageError(f"{_place(self._task, source, row[ROW_KEY])} has {name} that is no text")
        if hash(doc.id) in self._seen:
            _refuse_twins(self._task, source, doc.id, self._data_dir)
        self._seen.add(hash(doc.id))
        if doc.language not in self._task.spec.languages:
            place = _place(self._task, source, row[ROW_KEY])
            raise UsageError(f"{place} is in {doc.language!r}, which the task does not state")


def in_sample(sample: Share, doc: Doc) -> bool:
    """Whether the hash of a doc's group, else of its id, falls into the share that is drawn."""
    drawn = hashlib.blake2b(f"{sample.seed}\0{doc.group or doc.id}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(drawn.digest()) < sample.part * 2**64


def samples_already(task: Task, data_dir: Path | None = None) -> tuple[Source, ...]:
    """The sources of which the mirror has no more rows than the task's sample would; none without a mirror."""
    sample = task.spec.share
    if sample is None or mirror_dir(data_dir) is None:
        return ()
    present, _ = at_hand(task.spec.sources, data_dir)
    files = {source: mirror_file(source, data_dir) for source in present}
    return tuple(
        source
        for source, file in files.items()
        if file and file.n_records is not None and file.n_records <= math.ceil(sample.part * source.n_rows)
    )


def _docs_in(task: Task, source: Source, row: Row) -> list[Doc]:
    if type(task).docs is Task.docs:
        return [checked(task, source, row, task.doc)]
    return checked(task, source, row, lambda row: list(task.docs(row)))


def other_names(source: Source, number: int, row: str, language: str = "") -> set[str]:
    """How else a row may be called: by its number in the file, or in its configuration."""
    config, _, within = row.rpartition(f"/{source.split}/")
    names = {f"{number}", f"{source.split}/{number}"}
    for part in {config, language} - {""} if config else ():
        names |= {f"{part}/{within}", f"{part}/{source.split}/{within}"}
    return names


def _own_name(task: Task, row: Row) -> set[str]:
    """The id of a row that is left out; none where the row is not in the form of those that are asked."""
    try:
        return {doc.id for doc in task.docs(row)}
    except MALFORMED:
        return set()


def lacks(task: Task, data_dir: Path | None, protocols: Sequence[Protocol]) -> str:
    """What a task cannot be asked without and the mirror does not have, in words; empty without a mirror."""
    spec = task.spec
    lacking = lacking_parts(spec.sources, data_dir)
    if spec.sources and len(lacking) == len(spec.sources):
        return next(iter(lacking.values()))
    if tables := lacking_parts([source for source in spec.tables.values() if not source.spare], data_dir):
        return next(iter(tables.values()))
    needed = [source for source in spec.example_sources if "base" in protocols and _is_needed(source, spec, lacking)]
    return next(iter(lacking_parts(needed, data_dir).values()), "")


def _is_needed(examples: Source, spec: TaskSpec, lacking: Collection[Source]) -> bool:
    """Whether a part of the examples is for rows at hand; those of one language have its configuration."""
    present = [source for source in spec.sources if source not in lacking]
    return "language" not in spec.shots_by or any(source.configs == examples.configs for source in present)


def read_texts(task: Task, data_dir: Path | None = None) -> dict[str, str]:
    """The long prompt texts of a task, without those that the mirror lacks. Raises UsageError as ``rows``."""
    sources = task.spec.texts
    lacking = lacking_texts(task, data_dir)
    return {name: next(rows(source, data_dir))["text"] for name, source in sources.items() if name not in lacking}


def lacking_texts(task: Task, data_dir: Path | None = None) -> list[str]:
    """Names of the texts that the mirror does not have."""
    return [name for name, source in task.spec.texts.items() if source in lacking_parts((source,), data_dir)]


def tables_at_hand(task: Task, data_dir: Path | None = None) -> dict[str, Source]:
    """The tables of a task, without spare ones that the mirror lacks."""
    lacking = lacking_parts([source for source in task.spec.tables.values() if source.spare], data_dir)
    return {name: source for name, source in task.spec.tables.items() if source not in lacking}


def _refuse_twins(task: Task, source: Source, doc_id: str, data_dir: Path | None) -> None:
    """Raises UsageError when two rows really have this id; equal hashes alone prove nothing."""
    twins = [number for number, (*_, doc) in enumerate(DocReader(task, data_dir).every()) if doc.id == doc_id][:2]
    if len(twins) == 2:
        pair = f"rows {twins[0]} and {twins[1]} of {source.mirror}"
        raise UsageError(f"task {task.spec.name}: {pair} have the same id {doc_id!r}")


def checked(task: Task, source: Source, row: Row, read: Callable[[Row], Read]) -> Read:
    """``read(row)``. Raises UsageError that names task, row and column for a row that cannot be read."""
    try:
        return read(row)
    except UsageError as error:
        raise UsageError(f"{_place(task, source, row[ROW_KEY])}: {error}") from error
    except MALFORMED as error:
        raise UsageError(f"{_place(task, source, row[ROW_KEY])} {_why(row, read)}") from error


def _place(task: Task, source: Source, row: str) -> str:
    return f"task {task.spec.name}: row {row} of {source.mirror}"


class _Watched(Row):
    """A row that remembers which column was read last."""

    column = ""

    def __getitem__(self, name: str) -> object:
        self.column = name
        return super().__getitem__(name)

    def get(self, name: str, default: object = None) -> object:
        self.column = name
        return super().get(name, default)


def _why(row: Row, read: Callable[[Row], object]) -> str:
    """What is wrong with a row, found by reading it once more."""
    watched = _Watched(row)
    try:
        read(watched)
    except KeyError as error:
        if error.args and error.args[0] not in row and error.args[0] == watched.column:
            return f"has no column {error}; it has {', '.join(sorted(set(row) - {ROW_KEY}))}"
        return f"is malformed (last column read: {watched.column!r}): there is no {error}"
    except MALFORMED as error:
        return f"is malformed (last column read: {watched.column!r}): {error}"
    return "is malformed"


def with_seed(source: Generated, seed: int | None) -> Generated:
    """The source under another seed, of which no digest is known; the same for None and for its own."""
    return source if seed in (None, source.seed) else replace(source, seed=seed, sha256="")


def drawn(task: Task, source: Generated) -> Iterator[Doc]:
    """The first ``count`` docs that differ in id and question. Raises UsageError when there are not so many."""
    ids: set[str] = set()
    questions: set[str] = set()
    stream = task.rows(random.Random(source.seed))
    for row in itertools.islice(stream, source.count * DRAWS_PER_DOC):
        if len(ids) == source.count:
            return
        doc = task.doc(row)
        if doc.id not in ids and doc.question not in questions:
            ids.add(doc.id)
            questions.add(doc.question)
            yield doc
    if len(ids) < source.count:
        raise UsageError(f"task {task.spec.name} draws only {len(ids)} different docs, its spec says {source.count}")
