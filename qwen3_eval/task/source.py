"""Where a benchmark's rows come from: a pinned dataset, or the benchmark itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Composed:
    """Rows that are made of files of the source's repository.

    files: paths at the source's commit, or ``commit:path`` for another one. rows: makes the rows of their texts, which
    it gets in this order; what it cannot read it answers with LookupError, TypeError or ValueError.
    """

    files: tuple[str, ...]
    rows: Callable[..., Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a benchmark's rows come from: a pinned dataset on the hub, or the same rows in a mirror.

    repo: dataset id on the hub; config and split as ``datasets.load_dataset`` takes them.
        ``github:owner/name`` for files of a repository there.
    mirror: path of the rows below the mirror's folder, without ``.gz``; a ``.zip`` holds them in ``member``.
    revision: commit of the dataset that was read somewhere; empty when none could be learnt.
    sha256: digest of the rows' content (see ``data.content_sha256``), for a dataset pinned by content.
    gated: the hub asks for an accepted licence and a token.
    configs: configurations that are read one after the other; ``config_column`` of a row names its own.
    path: file in a GitHub repository, or in a dataset that only a script could load, with ``{config}`` for
        each of ``configs``. Its ending says what it holds: rows (``.jsonl``, ``.json``, ``.csv``), or one
        text, which becomes one row ``{"text": ...}``.
    member, password: of the file in an archive; the password is the one that the authors publish.
    composed: of files in a GitHub repository, where no single one holds the rows; instead of ``path``.
    columns: names of the columns of a ``.csv`` or ``.tsv`` file that has no line with them.
    part: name of a file in a mirror that holds some of the rows, for a mirror that does not have them all.
    spare: of ``tables``: a mirror may lack it, and has no rows then; what needs them is left out.
    n_rows: how many rows there are where it is published, if that was learnt: a mirror may hold fewer.
    """

    repo: str
    split: str
    mirror: str
    config: str = ""
    revision: str = ""
    sha256: str = ""
    gated: bool = False
    configs: tuple[str, ...] = ()
    config_column: str = ""
    path: str = ""
    composed: Composed | None = None
    member: str = ""
    password: str = ""
    columns: tuple[str, ...] = ()
    part: str = ""
    n_rows: int = 0
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Generated:
    """Rows that the task draws itself: the first ``count`` distinct ones of ``Task.rows`` under ``seed``.

    sha256: digest of the docs under that seed, as ``run.json`` has it; empty where they are not pinned.
    """

    seed: int
    count: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Prompts that the task makes to lengths in tokens of the model that is asked (``task.fitted``).

    seed: of their random draws. count: samples of each part at each length. lengths: those of the benchmark, ascending.
    yarn: the factor by which the context of a model is stretched that is shorter than the longest of them.
    """

    seed: int
    count: int
    lengths: tuple[int, ...]
    yarn: float = 1.0


# Sources whose rows come from a seed.
DRAWN = (Generated, Fitted)
