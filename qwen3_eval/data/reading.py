"""From rows to docs, and what goes wrong on the way: one line that names task, row and column."""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from qwen3_eval.data.content import ROW_KEY
from qwen3_eval.data.mirror import mirror_dir
from qwen3_eval.data.sources import at_hand, lacking_parts, mirror_file, rows
from qwen3_eval.task.base import Task
from qwen3_eval.task.spec import Generated, Share, Source, TaskSpec
from qwen3_eval.types import Doc, Protocol, UsageError

DRAWS_PER_DOC = 1000
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)
Read = TypeVar("Read")


def docs(task: Task, data_dir: Path | None = None, *, whole: bool = True) -> Iterator[Doc]:
    """Docs of a task, one at a time, in the order of its dataset; without ``whole`` those of its sample.

    Raises UsageError as ``rows`` does, for a malformed row, for two rows with one id, and for a language that the
    task does not state.
    """
    if isinstance(task.spec.source, Generated):
        yield from drawn(task, task.spec.source)
        return
    task.texts = read_texts(task, data_dir)
    task.tables = {name: list(rows(source, data_dir)) for name, source in task.spec.tables.items()}
    # Hashes of ids, so that a million docs take some 70 MB whatever their ids look like.
    seen: set[int] = set()
    sample = None if whole else task.spec.share
    taken_whole = {*samples_already(task, data_dir)} if sample else set()
    for source, _, row, doc in _read(task, data_dir):
        if hash(doc.id) in seen:
            _refuse_twins(task, source, doc.id, data_dir)
        seen.add(hash(doc.id))
        if doc.language not in task.spec.languages:
            raise UsageError(f"{_place(task, source, row)} is in {doc.language!r}, which the task does not state")
        if sample is None or source in taken_whole or in_sample(sample, doc):
            yield doc


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


def _read(task: Task, data_dir: Path | None) -> Iterator[tuple[Source, int, str, Doc]]:
    """Each doc with its source, and the number and the name of its row there."""
    for source, number, row in _rows(task, data_dir):
        if checked(task, source, row, task.keep) and not checked(task, source, row, task.lacks):
            for doc in _docs_in(task, source, row):
                yield source, number, row[ROW_KEY], doc


def _docs_in(task: Task, source: Source, row: dict[str, Any]) -> list[Doc]:
    return checked(task, source, row, lambda row: list(task.docs(row)))


def unjudged(task: Task, data_dir: Path | None = None) -> dict[str, list[str]]:
    """What rows of the benchmark cannot be judged without, each with the ids of their docs."""
    if type(task).lacks is Task.lacks:
        return {}
    found: dict[str, list[str]] = {}
    for source, _, row in _rows(task, data_dir):
        if checked(task, source, row, task.keep) and (lacking := checked(task, source, row, task.lacks)):
            found.setdefault(lacking, []).extend(doc.id for doc in _docs_in(task, source, row))
    return found


def _rows(task: Task, data_dir: Path | None) -> Iterator[tuple[Source, int, dict[str, Any]]]:
    present, _ = at_hand(task.spec.sources, data_dir)
    for source in present:
        for number, row in enumerate(rows(source, data_dir)):
            yield source, number, row


def names_by_row(task: Task, data_dir: Path | None = None) -> dict[str, str]:
    """Ids of docs that are called by their row, by the other names of the row: in the file, or in its configuration.

    ``17`` and ``test/17``, and ``anatomy/17`` for ``anatomy/test/17``; the language may stand for the configuration.
    Names of several docs are left out; so are docs with an identifier of their own: a number may be meant as such.
    """
    found: dict[str, str] = {}
    unclear: set[str] = set()
    for source, number, row, doc in _read(task, data_dir):
        for name in _other_names(source, number, doc.id, doc.language) if f"/{doc.id}".endswith(f"/{row}") else ():
            if found.setdefault(name, doc.id) != doc.id:
                unclear.add(name)
    return {name: doc_id for name, doc_id in found.items() if name not in unclear}


def _other_names(source: Source, number: int, row: str, language: str = "") -> set[str]:
    config, _, within = row.rpartition(f"/{source.split}/")
    names = {f"{number}", f"{source.split}/{number}"}
    for part in {config, language} - {""} if config else ():
        names |= {f"{part}/{within}", f"{part}/{source.split}/{within}"}
    return names


def rows_left_out(task: Task, data_dir: Path | None = None) -> set[str]:
    """Names of the rows that ``Task.keep`` or ``Task.lacks`` leaves out, in every spelling."""
    found: set[str] = set()
    for source, number, row in _rows(task, data_dir):
        if not task.keep(row) or task.lacks(row):
            found |= {row[ROW_KEY], *_other_names(source, number, row[ROW_KEY]), *_own_name(task, row)}
    return found


def _own_name(task: Task, row: dict[str, Any]) -> set[str]:
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
    if tables := lacking_parts(tuple(spec.tables.values()), data_dir):
        return next(iter(tables.values()))
    needed = [source for source in spec.example_sources if "base" in protocols and _is_needed(source, spec, lacking)]
    return next(iter(lacking_parts(needed, data_dir).values()), "")


def _is_needed(examples: Source, spec: TaskSpec, lacking: Collection[Source]) -> bool:
    """Whether a part of the examples is for rows at hand; those of one language have its configuration."""
    present = [source for source in spec.sources if source not in lacking]
    return not spec.shots_by_language or any(source.configs == examples.configs for source in present)


def read_texts(task: Task, data_dir: Path | None = None) -> dict[str, str]:
    """The long prompt texts of a task, without those that the mirror lacks. Raises UsageError as ``rows``."""
    sources = task.spec.texts
    lacking = lacking_texts(task, data_dir)
    return {name: next(rows(source, data_dir))["text"] for name, source in sources.items() if name not in lacking}


def lacking_texts(task: Task, data_dir: Path | None = None) -> list[str]:
    """Names of the texts that the mirror does not have."""
    return [name for name, source in task.spec.texts.items() if source in lacking_parts((source,), data_dir)]


def _refuse_twins(task: Task, source: Source, doc_id: str, data_dir: Path | None) -> None:
    """Raises UsageError when two rows really have this id; equal hashes alone prove nothing."""
    twins = [number for number, (*_, doc) in enumerate(_read(task, data_dir)) if doc.id == doc_id][:2]
    if len(twins) == 2:
        pair = f"rows {twins[0]} and {twins[1]} of {source.mirror}"
        raise UsageError(f"task {task.spec.name}: {pair} have the same id {doc_id!r}")


def checked(task: Task, source: Source, row: dict[str, Any], read: Callable[[Mapping[str, Any]], Read]) -> Read:
    """``read(row)``. Raises UsageError that names task, row and column for a row that cannot be read."""
    try:
        return read(row)
    except UsageError as error:
        raise UsageError(f"{_place(task, source, row[ROW_KEY])}: {error}") from error
    except MALFORMED as error:
        raise UsageError(f"{_place(task, source, row[ROW_KEY])} {_why(row, read)}") from error


def _place(task: Task, source: Source, row: str) -> str:
    return f"task {task.spec.name}: row {row} of {source.mirror}"


class _Watched(dict[str, Any]):
    """A row that remembers which column was read last."""

    column = ""

    def __getitem__(self, name: str) -> Any:
        self.column = name
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.column = name
        return super().get(name, default)


def _why(row: dict[str, Any], read: Callable[[Mapping[str, Any]], Any]) -> str:
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


class Shots:
    """The few-shot examples of a task: the first ``spec.shots`` there, or those of the doc's own subset or language.

    A doc without a subset (a mirror may have lost them) gets the first of all. Read when they are first asked for.
    Raises UsageError when there are too few of them.
    """

    def __init__(self, task: Task, data_dir: Path | None = None) -> None:
        self._task = task
        self._data_dir = data_dir
        self._found: dict[str, list[Doc]] | None = None

    def of(self, doc: Doc) -> tuple[Doc, ...]:
        """The examples for a doc."""
        spec = self._task.spec
        if not spec.example_sources:
            return ()
        if self._found is None:
            self._found = self._collect()
        part = self._part(doc)
        found = self._found.get(part, [])
        if len(found) < spec.shots:
            where = f" of {part!r}" if part else ""
            names = ", ".join(source.mirror for source in spec.example_sources)
            raise UsageError(f"task {spec.name}: {names} has {len(found)} examples{where}, {spec.shots} are needed")
        return tuple(found)

    def _part(self, doc: Doc) -> str:
        """What the examples of a doc must share with it."""
        spec = self._task.spec
        return doc.subset if spec.shots_by_subset else doc.language if spec.shots_by_language else ""

    def _collect(self) -> dict[str, list[Doc]]:
        spec = self._task.spec
        by_part = spec.shots_by_subset or spec.shots_by_language
        found: dict[str, list[Doc]] = {}
        for example in self._examples():
            for part in {self._part(example), ""}:
                kept = found.setdefault(part, [])
                if len(kept) < spec.shots:
                    kept.append(example)
            if not by_part and len(found[""]) == spec.shots:
                break
        return found

    def _examples(self) -> Iterator[Doc]:
        present, _ = at_hand(self._task.spec.example_sources, self._data_dir)
        for source in present:
            for row in rows(source, self._data_dir):
                yield from checked(self._task, source, row, lambda row: list(self._task.examples(row)))
