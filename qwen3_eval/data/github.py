"""Files of a repository on GitHub at a pinned commit: prompt files and datasets that are not on the hub.

Each file is fetched once and kept below the user's cache folder, where its commit is part of its path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from qwen3_eval.data.content import Row
from qwen3_eval.data.files import archived_rows, path_rows
from qwen3_eval.files import replaced
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError

PREFIX = "github:"
ENDPOINT_ENV = "QWEN3_EVAL_GITHUB_ENDPOINT"
ENDPOINT = "https://raw.githubusercontent.com"
TIMEOUT_SECONDS = 60.0


def on_github(source: Source) -> bool:
    """Whether the rows lie in a repository on GitHub."""
    return source.repo.startswith(PREFIX)


def file_rows(source: Source, config: str) -> Iterator[Row]:
    """Rows of one file. Raises UsageError when it cannot be had or read."""
    path = source.path.format(config=config)
    file = _fetched(source, path)
    if source.member:
        return archived_rows(file, source.member, source.password)
    return path_rows(file, path, source.columns)


def cached_file(source: Source, path: str) -> Path:
    """Where a file is kept once it has been fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return cache / "qwen3_eval" / "github" / source.repo.removeprefix(PREFIX) / source.revision / path


def all_cached(source: Source) -> bool:
    """Whether every file of the source is here."""
    return all(cached_file(source, source.path.format(config=config)).is_file() for config in source.configs or ("",))


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
