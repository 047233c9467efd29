"""A mirror: a folder with ``<benchmark>/<file>.jsonl[.gz]`` and a ``MANIFEST.json`` that vouches for it.

Rows that their authors ask not to be published in plain text may stay in the authors' own
password-protected ``.zip``; it is read in memory.

    {"benchmarks": {"gsm8k": {"source": ..., "license": ..., "files": [
        {"file": "gsm8k/test.jsonl.gz", "n_records": 1319, "sha256": "<of the file's bytes as stored>"}]}}}

A file is read only after its checksum has been compared; nothing here writes.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from qwen3_eval.data.content import Row
from qwen3_eval.data.files import OPENERS, archived_rows, jsonl_rows, unpacked
from qwen3_eval.files import read_json
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError

# What a manifest says of a file, or of a benchmark.
Entry: TypeAlias = dict[str, Any]
DATA_ENV = "QWEN3_EVAL_DATA"
MANIFEST = "MANIFEST.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class MirrorFile:
    """One file that a mirror's manifest vouches for; the fields are the manifest's."""

    path: Path
    name: str
    sha256: str
    n_records: int | None
    source: str = ""
    license: str = ""
    entry: Entry = field(default_factory=dict, hash=False, compare=False)


def mirror_dir(data_dir: Path | None) -> Path | None:
    """The mirror's folder: the one given, else ``QWEN3_EVAL_DATA``, else None (the hub)."""
    if data_dir is not None:
        return data_dir
    named = os.environ.get(DATA_ENV, "")
    return Path(named) if named else None


def read_manifest(folder: Path) -> dict[str, MirrorFile]:
    """Every file of the mirror by its name below the folder.

    Raises UsageError when the folder or its manifest is missing or is not what it should be.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise UsageError(f"data folder {folder} does not exist; give a mirror with --data-dir or {DATA_ENV}")
    if not path.is_file():
        raise UsageError(f"data folder {folder} has no {MANIFEST}; build a mirror with `qwen3-eval data pull`")
    # Two versions that are written within one tick of the clock differ in the rest.
    state = path.stat()
    return _parse_manifest(folder, (state.st_mtime_ns, state.st_size, state.st_ino))


@functools.lru_cache(maxsize=4)
def _parse_manifest(folder: Path, _changed: tuple[int, ...]) -> dict[str, MirrorFile]:
    try:
        benchmarks = read_json(folder / MANIFEST)["benchmarks"]
        pairs = [(group, entry) for group in benchmarks.values() for entry in group["files"]]
        return {entry["file"]: _file(folder, group, entry) for group, entry in pairs}
    except (UsageError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{folder / MANIFEST} is not a mirror's manifest ({error!r}); build it again") from error


def _file(folder: Path, group: Entry, entry: Entry) -> MirrorFile:
    name, sha256 = str(entry["file"]), str(entry["sha256"])
    stated, licence = (str(entry.get(key) or group.get(key) or "") for key in ("source", "license"))
    return MirrorFile(folder / name, name, sha256, entry.get("n_records"), stated, licence, entry)


def spellings(source: Source) -> tuple[str, ...]:
    """Names under which the rows of a source may lie, the whole before a part.

    A pulled copy of an archive is plain rows.
    """
    plain = plain_name(source)
    part = (source.part, f"{source.part}.gz") if source.part else ()
    return tuple(dict.fromkeys((source.mirror, plain, f"{plain}.gz", *part)))


def plain_name(source: Source) -> str:
    """Name of the rows outside of an archive."""
    return source.mirror.removesuffix(".zip") + ".jsonl" if source.mirror.endswith(".zip") else source.mirror


def find(folder: Path, source: Source) -> MirrorFile:
    """The file behind a source. Raises UsageError when the mirror or its manifest lacks it."""
    files = read_manifest(folder)
    names = spellings(source)
    listed = [files[name] for name in names if name in files]
    stored = [name for name in names if (folder / name).is_file()]
    for entry in listed:
        if entry.path.is_file():
            return entry
    if listed or not stored:
        raise UsageError(f"data folder {folder} lacks {source.mirror}[.gz]; add it with `qwen3-eval data pull`")
    raise UsageError(f"{folder / MANIFEST} has no entry for {stored[0]}, so the file cannot be checked; pull it again")


def check(file: MirrorFile) -> None:
    """Compares a file's checksum with the manifest's. Raises UsageError when they differ."""
    found = file_sha256(file.path)
    if found != file.sha256:
        raise UsageError(
            f"{file.path} has sha256 {found[:12]}…, its {MANIFEST} says {file.sha256[:12]}…; the file was changed "
            "or damaged, fetch it again with `qwen3-eval data pull`"
        )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, computed once for each state of the file."""
    state = path.stat()
    return _file_sha256(path, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _file_sha256(path: Path, _size: int, _changed: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def mirrored_rows(file: MirrorFile, source: Source) -> Iterator[Row]:
    """The rows of a source out of its file. Raises UsageError."""
    if file.path.suffix == ".zip":
        return archived_rows(file.path, source.member, source.password)
    return read_rows(file.path)


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSONL file, packed or not, one at a time. Raises UsageError with file and line."""
    with path.open("rb") as stream:
        packed = path.suffix in OPENERS
        yield from jsonl_rows(unpacked(stream, path.suffix, path.stat().st_size) if packed else stream, str(path))
