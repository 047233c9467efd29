"""All that a run takes from the rows of a task, in one pass over each of its sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from qwen3_eval.data.content import Row, canonical_line
from qwen3_eval.data.digested import Digested
from qwen3_eval.data.origins import Origin, of_parts, origin
from qwen3_eval.data.picking import EVERYTHING, Pick
from qwen3_eval.data.reading import DocReader, Place, drawn, lacking_texts, other_names, tables_at_hand, with_seed
from qwen3_eval.data.shelf import Shelf
from qwen3_eval.data.shots import Shots
from qwen3_eval.data.sources import at_hand
from qwen3_eval.task.base import Task
from qwen3_eval.task.fitted import FittedTask
from qwen3_eval.task.source import Generated, Source
from qwen3_eval.types import Doc, UsageError


@dataclass(frozen=True)
class Dataset:
    """What was read of a task.

    docs: those that were picked, in the order of the dataset.
    origin: where the rows came from: ``data`` of ``run.json``.
    shots: the few-shot examples, which were read too where that was asked for.
    ungraded: what rows of the benchmark cannot be scored without, each with the ids of their docs.
    places, left_out: where each doc stands, and the names of the rows that are not asked, where that was asked for.
    """

    docs: Shelf
    origin: Origin
    shots: Shots
    ungraded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Sequence[Place] = ()
    left_out: Set[str] = frozenset()

    def names_by_row(self) -> dict[str, str]:
        """Ids of docs that are called by their row, by the other names of the row.

        ``17`` and ``test/17``, and ``anatomy/17`` for ``anatomy/test/17``; the language may stand for the
        configuration. Names of several docs are left out; so are docs with an identifier of their own: a number may
        be meant as such.
        """
        found: dict[str, str] = {}
        unclear: set[str] = set()
        for doc, (source, number, row) in zip(self.docs, self.places, strict=False):
            for name in other_names(source, number, doc.id, doc.language) if f"/{doc.id}".endswith(f"/{row}") else ():
                if found.setdefault(name, doc.id) != doc.id:
                    unclear.add(name)
        return {name: doc_id for name, doc_id in found.items() if name not in unclear}


def read(
    task: Task,
    data_dir: Path | None = None,
    pick: Pick = EVERYTHING,
    *,
    shots: bool = False,
    names: bool = False,
    draw_seed: int | None = None,
) -> Dataset:
    """Reads, checks and digests the rows of a task, and hands its texts and tables over to it.

    shots: reads the few-shot examples too. names: notes where docs stand, and which rows are left out.
    draw_seed: of rows that the task draws; None for its own.
    Raises UsageError as ``docs`` does, with nothing handed out.
    """
    if isinstance(task.spec.source, Generated):
        return _drawn(task, with_seed(task.spec.source, draw_seed), pick, data_dir)
    if isinstance(task, FittedTask):
        return _Pass(task, data_dir).outline(task, pick)
    return _Pass(task, data_dir).read(pick, shots=shots, names=names)


def _drawn(task: Task, source: Generated, pick: Pick, data_dir: Path | None) -> Dataset:
    """Docs that come from a seed; what is digested are the docs."""
    digest, shelf = hashlib.sha256(), Shelf()

    def digested() -> Iterator[Doc]:
        for doc in drawn(task, source):
            digest.update(canonical_line(asdict(doc)))
            yield doc

    docs = digested()
    _put(shelf, pick.of(docs))
    for _ in docs:
        pass
    if source.sha256 not in ("", digest.hexdigest()):
        raise UsageError(
            f"task {task.spec.name} draws other docs than its version {task.spec.version} has: their digest is "
            f"{digest.hexdigest()}, not {source.sha256}"
        )
    facts = {"from": "generated", "seed": source.seed, "sha256": digest.hexdigest(), "n_rows": source.count}
    return Dataset(shelf, facts, Shots(task, data_dir))


def brought(task: Task, docs: Iterable[Doc]) -> Dataset:
    """Docs that answers bring along (``Task.doc_of_prediction``); what is digested are the docs."""
    digest, shelf = hashlib.sha256(), Shelf()
    for doc in docs:
        digest.update(canonical_line(asdict(doc)))
        shelf.put(doc)
    facts = {"from": "predictions", "sha256": digest.hexdigest(), "n_rows": len(shelf)}
    return Dataset(shelf, facts, Shots(task))


def _put(shelf: Shelf, docs: Iterable[Doc]) -> None:
    for doc in docs:
        shelf.put(doc)


class _Pass:
    """One pass over all sources of a task."""

    def __init__(self, task: Task, data_dir: Path | None) -> None:
        self._task, self._data_dir = task, data_dir
        self._opened: dict[Source, Digested] = {}

    def read(self, pick: Pick, *, shots: bool, names: bool) -> Dataset:
        task, spec = self._task, self._task.spec
        lacking = lacking_texts(task, self._data_dir)
        texts = {name: source for name, source in spec.texts.items() if name not in lacking}
        task.texts = {name: next(self._open(source))["text"] for name, source in texts.items()}
        extra = {"texts": self._origins(texts), "tables": self._tables()}
        reader, shelf = DocReader(task, self._data_dir, self._open, whole=pick.whole, names=names), Shelf()
        with self._whose_fault():
            _put(shelf, pick.of(reader.docs()))
            reader.finish()
        examples = Shots(task, self._data_dir, self._open)
        found = self._of_parts(spec.sources) | {name: part for name, part in extra.items() if part}
        if shots and spec.example_sources:
            with self._whose_fault():
                examples.collect()
            found["few_shot"] = self._of_parts(spec.example_sources)
        return Dataset(shelf, found, examples, reader.ungraded, reader.places, reader.left_out)

    def outline(self, task: FittedTask, pick: Pick) -> Dataset:
        """Docs that are filled later; what is digested is all that they are made of."""
        tables, shelf = self._tables(), Shelf()
        _put(shelf, pick.of(task.outlines()))
        facts = task.fitting.facts()
        digests = {name: part["sha256"] for name, part in tables.items()}
        made_of = {"version": task.spec.version, "fitting": facts, "tables": digests}
        sha256 = hashlib.sha256(canonical_line(made_of)).hexdigest()
        found = {"from": "fitted", **facts, "sha256": sha256, "n_rows": len(shelf), "tables": tables}
        return Dataset(shelf, found, Shots(task, self._data_dir))

    def _tables(self) -> dict[str, Origin]:
        """Reads the tables of the task and hands them over to it; returns where they came from."""
        tables = tables_at_hand(self._task, self._data_dir)
        self._task.tables = {name: list(self._open(source)) for name, source in tables.items()}
        return self._origins(tables)

    def _open(self, source: Source, data_dir: Path | None = None) -> Iterator[Row]:
        """The rows of a source, digested as they pass."""
        self._opened[source] = Digested(source, self._data_dir)
        return iter(self._opened[source])

    def _finished(self, source: Source) -> Origin:
        """Where the rows came from, also those that nobody asked for."""
        if source not in self._opened:
            self._open(source)
        return origin(source, self._opened.pop(source))

    def _origins(self, sources: Mapping[str, Source]) -> dict[str, Origin]:
        return {name: self._finished(source) for name, source in sources.items()}

    def _of_parts(self, sources: Sequence[Source]) -> Origin:
        present, lacking = at_hand(sources, self._data_dir)
        parts = [self._finished(source) for source in present]
        return parts[0] if len(sources) == 1 else of_parts(parts, lacking)

    @contextmanager
    def _whose_fault(self) -> Iterator[None]:
        """A row that cannot be read may be one of rows that are not the pinned ones: then that is what is said."""
        try:
            yield
        except UsageError:
            for digested in self._opened.values():
                digested.check()
            raise
