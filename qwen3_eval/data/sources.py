"""Rows of a dataset from a mirror or from where it is published, checked against its pin.

Whatever the source, a row is a JSON object in the schema of the published dataset, plus ``_row``, its
``<split>/<index>`` (``<config>/<split>/<index>`` where a source has several configurations): the
identifier of datasets that have none of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from qwen3_eval.data.content import ROW_KEY, Row, content_digest
from qwen3_eval.data.hub import offline
from qwen3_eval.data.mirror import MirrorFile, check, find, mirror_dir, mirrored_rows
from qwen3_eval.data.remote import in_cache, remote_rows
from qwen3_eval.task.source import Fitted, Generated, Source
from qwen3_eval.types import UsageError


def rows(source: Source, data_dir: Path | None = None) -> Iterator[Row]:
    """Rows of a dataset in its own order, one at a time; memory stays flat.

    ``data_dir`` is a mirror's folder; None takes ``QWEN3_EVAL_DATA``, else the hub. Checksums are
    compared before the first row is given out. Raises UsageError: no such file, checksum or content
    differs, broken line, hub out of reach, gated dataset.
    """
    if source.sha256:
        check_content(source, content_digest(unchecked_rows(source, data_dir))[0])
    yield from unchecked_rows(source, data_dir)


def unchecked_rows(source: Source, data_dir: Path | None = None) -> Iterator[Row]:
    """``rows`` whose content has not been held against the task's pin."""
    file = mirror_file(source, data_dir)
    plain = mirrored_rows(file, source) if file else remote_rows(source)
    counts: Counter[str] = Counter()
    for index, row in enumerate(plain):
        config = _config_of(row, source, index) if source.config_column else ""
        row[ROW_KEY] = f"{config}/{source.split}/{counts[config]}" if config else f"{source.split}/{counts[config]}"
        counts[config] += 1
        yield row


def _config_of(row: Row, source: Source, index: int) -> str:
    """The configuration that a row belongs to. Raises UsageError for an unknown one.

    In a mirror whose file holds a single one, rows need not name it, as on the hub.
    """
    if len(source.configs) == 1 and row.get(source.config_column) is None:
        row[source.config_column] = source.configs[0]
    config = row.get(source.config_column)
    if config not in source.configs:
        raise UsageError(
            f"row {index} of {source.mirror}: column {source.config_column!r} holds {config!r}, "
            f"which is no configuration of {source.repo} that the task reads"
        )
    return str(config)


def mirrored(source: Source, data_dir: Path | None = None) -> Iterator[Row]:
    """Rows of what is published in no dataset, where a mirror has them; else none. Raises UsageError as ``rows``."""
    folder = mirror_dir(data_dir)
    if folder is not None and not _lacks(folder, source):
        yield from rows(source, data_dir)


def mirror_file(source: Source, data_dir: Path | None) -> MirrorFile | None:
    """The mirror's file behind a source, its checksum compared; None without a mirror. Raises UsageError."""
    folder = mirror_dir(data_dir)
    if folder is None:
        return None
    file = find(folder, source)
    check(file)
    return file


def check_content(source: Source, found: str) -> None:
    """Raises UsageError where the digest of the rows is another than the one that the task is pinned to."""
    if source.sha256 and found != source.sha256:
        raise UsageError(
            f"the rows of {source.repo} ({source.mirror}) have content sha256 {found[:12]}…, the task is pinned to "
            f"{source.sha256[:12]}…; the dataset has changed, take a mirror of the pinned rows"
        )


def at_hand(sources: Sequence[Source], data_dir: Path | None = None) -> tuple[list[Source], list[Source]]:
    """The parts of a benchmark that can be read, and those that the mirror lacks.

    Without a mirror all are read from where they are published. Raises UsageError when the mirror has none of them.
    """
    lacking = lacking_parts(sources, data_dir)
    if sources and len(lacking) == len(sources):
        raise UsageError(next(iter(lacking.values())))
    return [source for source in sources if source not in lacking], list(lacking)


def lacking_parts(sources: Sequence[Source], data_dir: Path | None = None) -> dict[Source, str]:
    """The sources that the mirror does not have, each with the reason in words; none without a mirror."""
    folder = mirror_dir(data_dir)
    if folder is None:
        return {}
    return {source: reason for source in sources if (reason := _lacks(folder, source))}


def partial(sources: Sequence[Source], data_dir: Path | None = None) -> list[Source]:
    """The sources of which the mirror has a part of the rows alone; none without a mirror."""
    folder = mirror_dir(data_dir)
    return [source for source in sources if folder is not None and _holds_part(folder, source)]


def _holds_part(folder: Path, source: Source) -> bool:
    if not source.part or _lacks(folder, source):
        return False
    return find(folder, source).name.removesuffix(".gz") == source.part


def available(source: Source | Generated | Fitted | tuple[Source, ...], data_dir: Path | None = None) -> str:
    """Where the rows would come from: ``generated``, ``mirror``, ``cache`` or ``hub``, or why there are none.

    Looks at the disk only: no network call, no checksum, no heavy import. ``part of mirror`` names what is lacking.
    """
    if isinstance(source, Generated | Fitted):
        return "generated"
    sources = source if isinstance(source, tuple) else (source,)
    folder = mirror_dir(data_dir)
    if folder is not None:
        return _in_mirror(folder, sources)
    if all(in_cache(each) for each in sources):
        return "cache"
    return "no: not cached, and the hub is switched off" if offline() else "hub"


def _in_mirror(folder: Path, sources: Sequence[Source]) -> str:
    lacking = [reason for source in sources if (reason := _lacks(folder, source))]
    parts = [source.part for source in sources if _holds_part(folder, source)]
    if not lacking:
        return f"part of mirror: {parts[0]} alone" if parts else "mirror"
    return f"no: {lacking[0]}" if len(lacking) == len(sources) else f"part of mirror: {lacking[0]}"


def _lacks(folder: Path, source: Source) -> str:
    """Why a mirror has no rows of a source, or nothing."""
    try:
        find(folder, source)
    except UsageError as error:
        return str(error)
    return ""
