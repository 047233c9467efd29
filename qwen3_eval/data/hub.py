"""Rows from the hub, always at the pinned revision: file by file, and what is typed by its files through ``datasets``.

JSON and CSV files are fetched and read as they stand (see ``listing``), Parquet and the like through ``datasets``,
which runs no loading scripts: of a dataset that has one, the files are read as they are. It falls back to the newest
cached version of a dataset, whatever revision was asked for, when the hub cannot be reached. So what was loaded is
compared with the pin; and a revision that is already in the cache is read from there by its commit, without any
network call.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from qwen3_eval.data.content import Row, json_row
from qwen3_eval.data.files import path_rows
from qwen3_eval.data.listing import GUESSING, SCHEME, Listing, keep, kept, listed
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError

# What the library hands out; it is not followed by the type checker.
Loaded: TypeAlias = Any
OFFLINE_ENV = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
TRUE = {"1", "ON", "YES", "TRUE"}
CONNECT_SECONDS = 10.0
MIRROR_HINT = "or use a mirror (--data-dir, QWEN3_EVAL_DATA)"


class GatedError(UsageError):
    """The hub asks for an accepted licence and a token."""


def offline() -> bool:
    """Whether the user has switched the hub off through its own environment variables."""
    return any(os.environ.get(name, "").upper() in TRUE for name in OFFLINE_ENV)


def hub_rows(source: Source) -> Iterator[Row]:
    """Rows of the pinned revision, one at a time from files on the disk. Raises UsageError."""
    if listing := files_of(source):
        at_commit = replace(source, revision=listing.commit)
        for path in listing.paths:
            _at_hand(at_commit, path)
        yield from listing.rows(source, cached_file(at_commit, ""))
        return
    for number, row in enumerate(dataset(source)):
        yield json_row(row, f"dataset {source.repo}, row {number} of {source.split}")


def file_rows(source: Source, path: str) -> Iterator[Row]:
    """Rows of one file of the dataset, which is fetched once and stays in the hub's cache. Raises UsageError."""
    yield from path_rows(_at_hand(source, path), f"{source.repo}/{path}", source.columns)


def _at_hand(source: Source, path: str) -> Path:
    """A file of the pinned revision on the disk."""
    file = cached_file(source, path)
    return file if file.is_file() else _fetched(source, path)


def cached_file(source: Source, path: str) -> Path:
    """Where the hub's client keeps a file of the pinned revision."""
    cache = Path(os.environ.get("HF_HUB_CACHE", _home() / "hub")).expanduser()
    return cache / f"datasets--{source.repo.replace('/', '--')}" / "snapshots" / source.revision / path


def _fetched(source: Source, path: str) -> Path:
    _reach(source)
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(source.repo, path, repo_type="dataset", revision=source.revision))
    except Exception as error:
        raise _refusal(source, error) from error


def revision_met(source: Source) -> str:
    """Commit of the dataset that ``hub_rows`` reads. Raises UsageError."""
    listing = files_of(source)
    return listing.commit if listing else _folder(dataset(source)).name


@functools.lru_cache(maxsize=256)
def files_of(source: Source) -> Listing | None:
    """The files of a split that is read file by file; None for one that ``datasets`` reads. Raises UsageError."""
    if source.revision and (found := kept(_index(source)) or _from_library_cache(source)):
        return found
    if cached(source):
        return None
    found = listed(_builder(source), source)
    if found is not None:
        _check_revision(source, found.commit)
        keep(_index(replace(source, revision=found.commit)), found)
    return found


def _index(source: Source) -> Path:
    """Where the listing of a split is kept, beside the hub's own cache."""
    repo = source.repo.replace("/", "--")
    return _home() / "qwen3_eval" / repo / source.revision / f"{source.config or '-'}.{source.split}.json"


@functools.lru_cache(maxsize=8)
def dataset(source: Source) -> Loaded:
    """The split as ``datasets`` holds it: from the cache, else from the hub. Raises UsageError."""
    folder = cached(source)
    loaded = _from_cache(folder, source.split) if folder else _from_hub(source)
    met = _folder(loaded).name
    _check_revision(source, met)
    return loaded


def _check_revision(source: Source, met: str) -> None:
    if source.revision and met != source.revision:
        raise UsageError(
            f"dataset {source.repo}: revision {source.revision} is neither reachable nor cached "
            f"(the cache has {met}); check the network connection {MIRROR_HINT}"
        )


def in_cache(source: Source) -> bool:
    """Whether all rows of a split are on the disk; light, and makes no network call."""
    listing = kept(_index(source)) if source.revision else None
    if listing:
        return all(cached_file(source, path).is_file() for path in listing.paths)
    return cached(source) is not None


def cached(source: Source) -> Path | None:
    """Folder of the pinned revision in the cache of ``datasets``, its types not guessed; makes no network call."""
    found = _folders(source, guessed=False)
    return found[0] if found else None


def _folders(source: Source, guessed: bool) -> list[Path]:
    """Folders of ``datasets``' cache with the split at the pinned revision, whose reader guesses types or does not."""
    if not source.revision:
        return []
    owner, _, name = source.repo.rpartition("/")
    found = []
    for repo in _cache_dir().glob(f"{owner}___*" if owner else "*"):
        if repo.name.lower().replace("_", "") != f"{owner}{name}".lower().replace("_", ""):
            continue
        for path in repo.glob(f"{source.config or '*'}/*/{source.revision}/dataset_info.json"):
            info = json.loads(path.read_text())
            if source.split in (info.get("splits") or {}) and (info.get("builder_name") in GUESSING) == guessed:
                found.append(path.parent)
    return found


def _from_library_cache(source: Source) -> Listing | None:
    """The listing of a split that ``datasets`` has read before, from the files that it fetched; no network call."""
    for folder in _folders(source, guessed=True):
        size = json.loads((folder / "dataset_info.json").read_text()).get("download_size")
        found = _listed_on_disk(source, folder.parents[1].name, size)
        if found is not None:
            keep(_index(source), found)
            return found
    return None


def _listed_on_disk(source: Source, config: str, size: int | None) -> Listing | None:
    """The listing as the card in the hub's cache has it; None unless the files have the ``size`` of the whole."""
    snapshot = cached_file(source, "")
    try:
        builder = _library().load_dataset_builder(str(snapshot), config)
    except (OSError, ValueError):
        return None
    splits = builder.config.data_files or {}
    if sum(Path(path).stat().st_size for paths in splits.values() for path in paths) != size:
        return None
    prefix = f"{SCHEME}{source.repo}@{source.revision}"
    builder.config.data_files = {
        split: [f"{prefix}/{Path(path).relative_to(snapshot.resolve()).as_posix()}" for path in paths]
        for split, paths in splits.items()
    }
    return listed(builder, source)


def _home() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("HF_HOME", f"{cache}/huggingface"))


def _cache_dir() -> Path:
    return Path(os.environ.get("HF_DATASETS_CACHE", _home() / "datasets")).expanduser()


def _folder(loaded: Loaded) -> Path:
    return Path(loaded.cache_files[0]["filename"]).parent


def _from_cache(folder: Path, split: str) -> Loaded:
    files = sorted([*folder.glob(f"*-{split}.arrow"), *folder.glob(f"*-{split}-?????-of-?????.arrow")])
    if not files:
        raise UsageError(f"{folder} is a damaged cache entry without split {split}; delete it and try again")
    library = _library()
    return library.concatenate_datasets([library.Dataset.from_file(str(file)) for file in files])


def _from_hub(source: Source) -> Loaded:
    builder = _builder(source)
    if builder.info.builder_name in GUESSING:
        raise UsageError(_unreachable(source, "in the cache are rows whose types were guessed"))
    try:
        builder.download_and_prepare()
        return builder.as_dataset(split=source.split)
    except Exception as error:
        raise _refusal(source, error) from error


@functools.lru_cache(maxsize=8)
def _builder(source: Source) -> Loaded:
    """What ``datasets`` makes of a configuration at the pinned revision. Raises UsageError."""
    _reach(source)
    try:
        return _library().load_dataset_builder(source.repo, source.config or None, revision=source.revision or None)
    except Exception as error:
        raise _refusal(source, error) from error


def _reach(source: Source) -> None:
    """Raises UsageError where the hub is switched off or out of reach."""
    if offline():
        raise UsageError(
            f"dataset {source.repo} at revision {source.revision or 'main'} is not cached and the hub is switched "
            f"off ({' or '.join(OFFLINE_ENV)}); allow the hub {MIRROR_HINT}"
        )
    if reason := _out_of_reach():
        raise UsageError(_unreachable(source, reason))


def _out_of_reach() -> str:
    """Why the hub cannot be connected to, or nothing. Without this, its client retries for half a minute."""
    if any(name.lower().endswith("_proxy") and name.lower() != "no_proxy" for name in os.environ):
        return ""
    address = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return f"{address.hostname}: {error}"
    return ""


def _unreachable(source: Source, reason: str) -> str:
    return f"dataset {source.repo}: the hub cannot be reached ({reason}); check the network connection {MIRROR_HINT}"


def _library() -> Loaded:
    """The package ``datasets``: a second to import, and without types."""
    library = importlib.import_module("datasets")
    library.disable_progress_bars()
    return library


def _refusal(source: Source, error: Exception) -> UsageError:
    what = f"dataset {source.repo}" + (f" ({source.config})" if source.config else "")
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    kinds = {cls.__name__ for cls in type(error).__mro__}
    if "gated" in text or "GatedRepoError" in kinds or (source.gated and "authenticated" in text):
        return GatedError(
            f"{what} is gated: accept its licence at https://huggingface.co/datasets/{source.repo} and log in "
            f"with `hf auth login`, {MIRROR_HINT}"
        )
    if isinstance(error, ConnectionError) or "TransportError" in kinds:
        return UsageError(_unreachable(source, text))
    return UsageError(
        f"{what} at revision {source.revision or 'main'} cannot be loaded: {type(error).__name__}: {text}"
    )
