"""Files of a repository on GitHub at a pinned commit: prompt files and datasets that are not on the hub.

Each file is fetched once and kept below the user's cache folder, where its commit is part of its path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from qwen3_eval.data.content import Row
from qwen3_eval.data.files import archived_rows, path_rows
from qwen3_eval.files import replaced
from qwen3_eval.task.source import Composed, Source
from qwen3_eval.types import UsageError

PREFIX = "github:"
ENDPOINT_ENV = "QWEN3_EVAL_GITHUB_ENDPOINT"
ENDPOINT = "https://raw.githubusercontent.com"
MIRROR_ONLY = "use a mirror that has them (--data-dir, QWEN3_EVAL_DATA)"
TIMEOUT_SECONDS = 60.0


def on_github(source: Source) -> bool:
    """Whether the rows lie in a repository on GitHub."""
    return source.repo.startswith(PREFIX)


def file_rows(source: Source, config: str) -> Iterator[Row]:
    """Rows of one file, or of those that they are composed of. Raises UsageError when one cannot be had or read."""
    if source.composed:
        return _composed(source, source.composed)
    if not source.path:
        raise UsageError(f"the rows of {source.mirror} are published in no file; {MIRROR_ONLY}")
    path = source.path.format(config=config)
    file = _fetched(source, path)
    if source.member:
        return archived_rows(file, source.member, source.password)
    return path_rows(file, path, source.columns)


def _composed(source: Source, composed: Composed) -> Iterator[Row]:
    """Rows that are made of the texts of several files, all of them before the first is given out."""
    texts = [_fetched(*place).read_text("utf-8", "surrogateescape") for place in _places(source)]
    try:
        rows = [dict(row) for row in composed.rows(*texts)]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UsageError(
            f"the rows of {source.mirror} cannot be made of {', '.join(composed.files)} of "
            f"{source.repo.removeprefix(PREFIX)} at commit {source.revision}: {what}"
        ) from error
    return iter(rows)


def _places(source: Source) -> list[tuple[Source, str]]:
    """The files of a source, each as a path of the source at its commit."""
    if source.composed is None:
        return [(source, source.path.format(config=config)) for config in source.configs or ("",)]
    named = [file.rpartition(":")[::2] for file in source.composed.files]
    return [(replace(source, revision=commit or source.revision), path) for commit, path in named]


def cached_file(source: Source, path: str) -> Path:
    """Where a file is kept once it has been fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return cache / "qwen3_eval" / "github" / source.repo.removeprefix(PREFIX) / source.revision / path


def all_cached(source: Source) -> bool:
    """Whether every file of the source is here."""
    return all(cached_file(at, path).is_file() for at, path in _places(source))


def _fetched(source: Source, path: str) -> Path:
    target = cached_file(source, path)
    if not target.is_file():
        content = _download(source, path)
        with replaced(target) as partial:
            partial.write_bytes(content)
    return target


def _download(source: Source, path: str) -> bytes:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    repo = source.repo.removeprefix(PREFIX)
    address = f"{os.environ.get(ENDPOINT_ENV, ENDPOINT)}/{repo}/{source.revision}/{quote(path)}"
    try:
        with urlopen(address, timeout=TIMEOUT_SECONDS) as response:
            content: bytes = response.read()
    except HTTPError as error:
        raise UsageError(
            f"{path} of {repo} at commit {source.revision} cannot be had ({error.code} {error.reason}); "
            "check the commit, or use a mirror (--data-dir, QWEN3_EVAL_DATA)"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} of {repo}: GitHub cannot be reached ({error}); "
            "check the network connection or use a mirror (--data-dir, QWEN3_EVAL_DATA)"
        ) from error
    return content
