"""Builds, checks and describes a mirror: ``qwen3-eval data pull | verify | status``."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qwen3_eval.data.content import Row, content_digest
from qwen3_eval.data.github import on_github
from qwen3_eval.data.hub import GatedError, offline
from qwen3_eval.data.mirror import MANIFEST, Entry, MirrorFile, file_sha256, plain_name, read_manifest, read_rows
from qwen3_eval.data.remote import remote_rows, revision_met
from qwen3_eval.files import read_json, replaced, write_json
from qwen3_eval.task.base import Task
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError

State = Literal["ok", "present", "pulled", "missing", "changed", "broken", "refused"]
ABOUT = "Benchmark rows in the schema of their datasets on the hub, one JSON object a line. Made by qwen3-eval."
GOOD: tuple[State, ...] = ("ok", "present", "pulled")


@dataclass(frozen=True)
class FileReport:
    """What is to be said about one file of a mirror.

    state: ``ok`` (checked), ``present`` (not checked), ``pulled``, or ``missing``, ``changed``
    (checksum differs), ``broken`` (cannot be read, or another number of rows), ``refused`` (gated).
    """

    file: str
    state: State
    n_records: int | None = None
    n_bytes: int | None = None
    source: str = ""
    license: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """One line for a terminal."""
        rows = "" if self.n_records is None else f"{self.n_records} rows"
        return "  ".join(part for part in (f"{self.state:<8}", self.file, rows, self.detail) if part)

    @property
    def good(self) -> bool:
        """Whether the file can be used."""
        return self.state in GOOD


def pull(tasks: Iterable[Task], out_dir: Path) -> Iterator[FileReport]:
    """Copies the rows of the tasks from the hub into a mirror, one report a file as it is done.

    A file appears whole or not at all, and the manifest follows it; files that are already there at
    the same revision are left alone, so an interrupted pull goes on where it stopped. A dataset behind
    a licence that was not accepted yet does not keep the others from being pulled.
    Raises UsageError when the hub or a dataset is out of reach, OSError when the disk is.
    """
    for source in _sources(tasks):
        try:
            yield _kept(out_dir, source) or _pull_one(out_dir, source)
        except GatedError as error:
            yield FileReport(plain_name(source), "refused", detail=str(error))


def _of_task(task: Task) -> tuple[Source, ...]:
    spec = task.spec
    return (*spec.sources, *spec.example_sources, *spec.texts.values(), *spec.tables.values())


def _sources(tasks: Iterable[Task]) -> list[Source]:
    return list(dict.fromkeys(source for task in tasks for source in _of_task(task)))


def _kept(out_dir: Path, source: Source) -> FileReport | None:
    """The report on a file that an earlier pull completed; None when it has to be made."""
    if not (out_dir / MANIFEST).is_file():
        return None
    file = read_manifest(out_dir).get(f"{plain_name(source)}.gz")
    if file is None or not file.path.is_file() or file_sha256(file.path) != file.sha256:
        return None
    same = _content(file) == source.sha256 if source.sha256 else file.entry.get("revision") == source.revision
    return _report(file, "ok", "already there") if same else None


def _content(file: MirrorFile) -> str:
    return str(file.entry.get("content_sha256", ""))


def _pull_one(out_dir: Path, source: Source) -> FileReport:
    digest, count = content_digest(remote_rows(source))
    if source.sha256 and digest != source.sha256:
        where = "" if on_github(source) else " on the hub"
        raise UsageError(
            f"the rows of {source.mirror} out of {source.repo}{where} are not those that the task is pinned to"
        )
    name = f"{plain_name(source)}.gz"
    entry = {"file": name, "n_records": count, "content_sha256": digest, **_facts(source)}
    entry |= _write_rows(out_dir / name, remote_rows(source))
    _add_to_manifest(out_dir, entry)
    return _report(read_manifest(out_dir)[name], "pulled")


def _facts(source: Source) -> Entry:
    revision, elsewhere = revision_met(source), on_github(source)
    return {
        "source": f"{source.repo if elsewhere else f'https://huggingface.co/datasets/{source.repo}'}@{revision}",
        "repo": source.repo,
        "config": source.config or ", ".join(source.configs),
        "split": source.split,
        "revision": revision,
        "license": "" if elsewhere else _license(source.repo, revision),
    }


def _license(repo: str, revision: str) -> str:
    """What the dataset's card says, or nothing when there is no card to be read."""
    if offline():
        return ""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        card = HfApi().dataset_info(repo, revision=revision).card_data
    except (HfHubHTTPError, OSError):
        return ""
    stated = getattr(card, "license", None) or ""
    return ", ".join(stated) if isinstance(stated, list) else str(stated)


def _write_rows(path: Path, rows: Iterable[Row]) -> Entry:
    """Writes gzipped JSONL, the same bytes for the same rows. Returns the sizes and the checksum."""
    size = 0
    with (
        replaced(path) as partial,
        partial.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream,
    ):
        for row in rows:
            size += stream.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return {"bytes": path.stat().st_size, "bytes_uncompressed": size, "sha256": file_sha256(path)}


def _add_to_manifest(out_dir: Path, entry: Entry) -> None:
    path = out_dir / MANIFEST
    manifest: Entry = {"about": ABOUT, "benchmarks": {}}
    if path.is_file():
        manifest = read_json(path)
    benchmark = str(entry["file"]).split("/")[0]
    group = manifest["benchmarks"].setdefault(benchmark, {"files": []})
    group["files"] = [file for file in group["files"] if file["file"] not in _spellings(entry["file"])] + [entry]
    group["n_records"] = sum(file["n_records"] for file in group["files"])
    write_json(path, manifest)


def _spellings(name: str) -> tuple[str, str]:
    return name, name.removesuffix(".gz")


def verify(folder: Path) -> list[FileReport]:
    """Reads every file of a mirror: checksum, JSON, number of rows. Raises UsageError without a manifest."""
    return [_verified(file) for file in read_manifest(folder).values()]


def _verified(file: MirrorFile) -> FileReport:
    if not file.path.is_file():
        return _report(file, "missing")
    found = file_sha256(file.path)
    if found != file.sha256:
        return _report(file, "changed", f"sha256 is {found}, the manifest says {file.sha256}")
    if not file.name.endswith((".jsonl", ".jsonl.gz")):
        return _report(file, "ok")
    try:
        count = sum(1 for _ in read_rows(file.path))
    except UsageError as error:
        return _report(file, "broken", str(error))
    if file.n_records is not None and count != file.n_records:
        return _report(file, "broken", f"{count} rows, the manifest says {file.n_records}")
    return _report(file, "ok")


def status(folder: Path) -> list[FileReport]:
    """What a mirror holds, without reading its files. Raises UsageError without a manifest."""
    files = read_manifest(folder).values()
    return [_report(file, "present" if file.path.is_file() else "missing") for file in files]


def _report(file: MirrorFile, state: State, detail: str = "") -> FileReport:
    size = file.path.stat().st_size if file.path.is_file() else None
    return FileReport(file.name, state, file.n_records, size, file.source, file.license, detail)
