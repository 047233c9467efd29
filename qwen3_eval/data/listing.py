"""Which files of a dataset on the hub hold a split, for files whose rows are read as they stand: JSON, CSV and TSV.

``datasets`` finds them, by the dataset's card or by its folders, but does not read them: its JSON reader turns a text
that looks like a date into a moment, its CSV reader ``NA`` into nothing and ``007`` into 7, and both depending on the
block of the file that a row lies in. A listing is kept beside the hub's cache, so that it is found without a network.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qwen3_eval.data.content import Row
from qwen3_eval.data.files import OPENERS, path_rows
from qwen3_eval.task.source import Source
from qwen3_eval.types import UsageError

# Readers of ``datasets`` that guess types, with the settings of a dataset's card that are followed here.
GUESSING: Mapping[str, tuple[str, ...]] = {
    "json": ("encoding",),
    "csv": ("sep", "delimiter", "names", "column_names", "encoding"),
}
# Settings that say what a file is called or how it is read in pieces, not what it holds.
NO_MATTER = {"name", "version", "data_dir", "data_files", "description", "features", "chunksize", "block_size"}
NO_MATTER |= {"use_threads", "keep_default_na", "na_filter", "low_memory"}
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
PLAIN = (None, "utf-8", "utf8", "UTF-8", "utf-8-sig")
SCHEME = "hf://datasets/"


@dataclass(frozen=True, slots=True)
class Listing:
    """Files of one split of one configuration, in their order.

    separator and columns: of a table, where stated. types: of columns of a table, as the dataset's card states them:
    ``int``, ``float``, ``bool``, or the names of classes, which stand for 0, 1, ...
    """

    commit: str
    paths: tuple[str, ...]
    separator: str = ""
    columns: tuple[str, ...] = ()
    types: Mapping[str, str | list[str]] = field(default_factory=dict)

    def rows(self, source: Source, folder: Path) -> Iterator[Row]:
        """Rows of the files, which lie below ``folder``. Raises UsageError with file, row and column."""
        for path in self.paths:
            name = f"{source.repo}/{path}"
            rows = path_rows(folder / path, name, self.columns, self.separator)
            yield from self._typed(rows, name) if self.types else rows

    def _typed(self, rows: Iterator[Row], name: str) -> Iterator[Row]:
        for number, row in enumerate(rows, 1):
            for column in self.types.keys() & row.keys():
                try:
                    row[column] = typed(row[column], self.types[column])
                except ValueError as error:
                    raise UsageError(f"{name} cannot be read: row {number}, column {column!r}: {error}") from error
            yield row


def typed(cell: str, kind: str | list[str]) -> object:
    """A cell as the card states it; None for an empty one. Raises ValueError."""
    if not cell:
        return None
    if isinstance(kind, list) and cell in kind:
        return kind.index(cell)
    if kind == "bool" and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    try:
        if kind == "float" and math.isfinite(number := float(cell)):
            return number
        if kind == "int" or isinstance(kind, list):
            return int(cell)
    except ValueError:
        pass
    raise ValueError(f"{cell[:40]!r} is not of the type that the dataset's card states ({kind})")


def kept(index: Path) -> Listing | None:
    """A listing that was written before; None when there is none."""
    try:
        found = json.loads(index.read_text("utf-8"))
        columns = tuple(found["columns"])
        return Listing(found["commit"], tuple(found["paths"]), found["separator"], columns, found["types"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(index: Path, listing: Listing) -> None:
    """Writes a listing, whole or not at all."""
    index.parent.mkdir(parents=True, exist_ok=True)
    partial = index.with_name(f".{index.name}.{os.getpid()}")
    partial.write_text(json.dumps(asdict(listing)), "utf-8")
    partial.replace(index)


def listed(builder: Any, source: Source) -> Listing | None:
    """The files behind a builder of ``datasets``; None where its reader guesses nothing, as for Parquet.

    Raises UsageError for an unknown split, and for files and settings that cannot be followed without guessing.
    """
    reader = builder.name
    if reader not in GUESSING:
        return None
    files = builder.config.data_files or {}
    if source.split not in files:
        raise UsageError(
            f"dataset {source.repo} has no split {source.split!r}; there is {', '.join(map(str, files)) or 'none'}"
        )
    commit, paths = _split_urls(source, [str(url) for url in files[source.split]])
    settings = _settings(builder.config, source, reader)
    columns = settings.get("names") or settings.get("column_names") or ()
    separator = str(settings.get("sep") or settings.get("delimiter") or "")
    types = dict(_types(builder.info.features or {})) if reader == "csv" else {}
    return Listing(commit, paths, separator, tuple(columns), types)


def _types(features: Mapping[str, object]) -> Iterator[tuple[str, str | list[str]]]:
    """The columns that the card states to be no texts. JSON has types of its own."""
    for name, feature in features.items():
        stated = str(getattr(feature, "dtype", ""))
        if names := getattr(feature, "names", None):
            yield name, list(names)
        elif kind := next((kind for kind in ("int", "float", "bool") if kind in stated), None):
            yield name, kind


def _split_urls(source: Source, urls: list[str]) -> tuple[str, tuple[str, ...]]:
    """The commit, and the paths below it, of ``hf://datasets/owner/name@commit/path``."""
    commits, paths = set(), []
    for url in urls:
        commit, _, path = url.removeprefix(f"{SCHEME}{source.repo}@").partition("/")
        plain = Path(path)
        ending = plain.with_suffix("").suffix if plain.suffix in OPENERS else plain.suffix
        if not url.startswith(f"{SCHEME}{source.repo}@") or ending not in ENDINGS:
            raise UsageError(
                f"dataset {source.repo}: {url.rpartition('/')[2]} is not read here ({', '.join(ENDINGS)}, plain or "
                f"with {', '.join(OPENERS)}); use a mirror (--data-dir, QWEN3_EVAL_DATA)"
            )
        commits.add(commit)
        paths.append(path)
    if len(commits) != 1:
        raise UsageError(f"dataset {source.repo}: the files of split {source.split!r} are of {len(commits)} commits")
    return commits.pop(), tuple(paths)


def _settings(config: object, source: Source, reader: str) -> dict[str, Any]:
    """What the dataset's card sets otherwise than by default. Raises UsageError for what is not followed here."""
    usual = type(config)()
    names = set(vars(usual)) - NO_MATTER
    found = {name: getattr(config, name) for name in sorted(names) if getattr(config, name) != getattr(usual, name)}
    unknown = [name for name in found if name not in GUESSING[reader]]
    if unknown or found.get("encoding") not in PLAIN:
        raise UsageError(
            f"dataset {source.repo}: its card reads the files with {', '.join(unknown or ['encoding'])} set, which is "
            "not followed here; use a mirror (--data-dir, QWEN3_EVAL_DATA)"
        )
    return found
