"""Rows and docs of a benchmark: from a mirror folder, from the hub, or drawn from a seed.

Whatever the source, a row is a JSON object in the schema of the dataset on the hub, plus ``_row``,
its ``<split>/<index>``: the identifier of datasets that have none of their own.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qwen3_eval.data.content import ROW_KEY, content_digest, content_sha256
from qwen3_eval.data.hub import cached, hub_rows, offline, revision_met
from qwen3_eval.data.mirror import MirrorFile, check, find, mirror_dir, read_rows
from qwen3_eval.data.pull import FileReport, pull, status, verify
from qwen3_eval.registry import Task
from qwen3_eval.types import Doc, Generated, Protocol, Source, UsageError

__all__ = [
    "FileReport",
    "available",
    "content_sha256",
    "docs",
    "provenance",
    "pull",
    "rows",
    "shots",
    "status",
    "verify",
]

DRAWS_PER_DOC = 1000


def rows(source: Source, data_dir: Path | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a dataset in its own order, one at a time; memory stays flat.

    ``data_dir`` is a mirror's folder; None takes ``QWEN3_EVAL_DATA``, else the hub. Checksums are
    compared before the first row is given out. Raises UsageError: no such file, checksum or content
    differs, broken line, hub out of reach, gated dataset.
    """
    if source.sha256:
        _check_content(source, data_dir)
    yield from _rows(source, data_dir)


def _rows(source: Source, data_dir: Path | None) -> Iterator[dict[str, Any]]:
    file = _mirror_file(source, data_dir)
    plain = read_rows(file.path) if file else hub_rows(source)
    for index, row in enumerate(plain):
        row[ROW_KEY] = f"{source.split}/{index}"
        yield row


def _mirror_file(source: Source, data_dir: Path | None) -> MirrorFile | None:
    folder = mirror_dir(data_dir)
    if folder is None:
        return None
    file = find(folder, source)
    check(file)
    return file


def _check_content(source: Source, data_dir: Path | None) -> None:
    found, _ = content_digest(_rows(source, data_dir))
    if found != source.sha256:
        raise UsageError(
            f"the rows of {source.repo} ({source.mirror}) have content sha256 {found[:12]}…, the task is pinned to "
            f"{source.sha256[:12]}…; the dataset has changed, take a mirror of the pinned rows"
        )


def docs(task: Task, data_dir: Path | None = None) -> Iterator[Doc]:
    """Docs of a task, one at a time, in the order of its dataset.

    Raises UsageError as ``rows`` does, for a row without an expected column, and for two rows with one id.
    """
    source = task.spec.source
    if isinstance(source, Generated):
        yield from _drawn(task, source)
        return
    first: dict[str, int] = {}
    for index, row in enumerate(rows(source, data_dir)):
        doc = _doc(task, source, row)
        if doc.id in first:
            pair = f"rows {first[doc.id]} and {index} of {source.mirror}"
            raise UsageError(f"task {task.spec.name}: {pair} have the same id {doc.id!r}")
        first[doc.id] = index
        yield doc


def _doc(task: Task, source: Source, row: Mapping[str, Any]) -> Doc:
    try:
        return task.doc(row)
    except KeyError as error:
        raise UsageError(
            f"task {task.spec.name}: row {row[ROW_KEY]} of {source.mirror} has no column {error}; "
            f"it has {', '.join(sorted(set(row) - {ROW_KEY}))}"
        ) from error


def _drawn(task: Task, source: Generated) -> Iterator[Doc]:
    """The first ``count`` docs that differ in id and question."""
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


def shots(task: Task, data_dir: Path | None = None) -> tuple[Doc, ...]:
    """The examples of the base protocol: the first ``spec.shots`` docs of ``spec.few_shot``. Raises UsageError."""
    spec = task.spec
    if spec.few_shot is None or not spec.shots:
        return ()
    source = spec.few_shot
    found = tuple(_doc(task, source, row) for row in itertools.islice(rows(source, data_dir), spec.shots))
    if len(found) < spec.shots:
        raise UsageError(f"task {spec.name}: {source.mirror} has {len(found)} rows, {spec.shots} examples are needed")
    return found


def provenance(task: Task, data_dir: Path | None = None, protocol: Protocol = "chat") -> dict[str, Any]:
    """Where the docs of a task (and, for the base protocol, its examples) came from, for the manifest of a run.

    ``sha256`` is the digest of the rows' content (for drawn docs: of the docs). Raises UsageError as ``rows``.
    """
    source = task.spec.source
    if isinstance(source, Generated):
        digest, count = content_digest(asdict(doc) for doc in _drawn(task, source))
        return {"from": "generated", "seed": source.seed, "sha256": digest, "n_rows": count}
    found = source_provenance(source, data_dir)
    if protocol == "base" and task.spec.few_shot is not None and task.spec.shots:
        found["few_shot"] = source_provenance(task.spec.few_shot, data_dir)
    return found


def source_provenance(source: Source, data_dir: Path | None = None) -> dict[str, Any]:
    """``provenance`` of one dataset."""
    digest, count = content_digest(rows(source, data_dir))
    facts = {
        "repo": source.repo,
        "config": source.config,
        "split": source.split,
        "revision": source.revision,
        "sha256": digest,
        "n_rows": count,
    }
    file = _mirror_file(source, data_dir)
    if file is None:
        return {"from": "hub", **facts, "revision": revision_met(source)}
    stated = {"file": file.name, "file_sha256": file.sha256, "source": file.source, "license": file.license}
    return {"from": "mirror", **facts, **stated}


def available(source: Source | Generated, data_dir: Path | None = None) -> str:
    """Where the rows would come from: ``generated``, ``mirror``, ``cache`` or ``hub``, or why there are none.

    Looks at the disk only: no network call, no checksum, no heavy import.
    """
    if isinstance(source, Generated):
        return "generated"
    folder = mirror_dir(data_dir)
    if folder is not None:
        return _in_mirror(folder, source)
    if cached(source):
        return "cache"
    return "no: not cached, and the hub is switched off" if offline() else "hub"


def _in_mirror(folder: Path, source: Source) -> str:
    try:
        find(folder, source)
    except UsageError as error:
        return f"no: {error}"
    return "mirror"
