"""A run in the formats that other tools read: tables, and the logs of two other harnesses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qwen3_eval.files import write_error

if TYPE_CHECKING:
    from qwen3_eval.export.journals import Journals
    from qwen3_eval.records.record import RunRecord

__all__ = ["FORMATS", "export_run"]

FORMATS = ("parquet", "csv", "lm-eval", "inspect")


def export_run(record: RunRecord, kind: str, out: Path) -> Iterator[Path]:
    """Writes a run in one of ``FORMATS`` below the folder ``out`` and yields each file once it is whole.

    An unfinished run is written as far as it came. Raises UsageError naming file and line where a journal is damaged,
    and when ``out`` cannot be written.
    """
    from qwen3_eval.export.journals import read_journals

    journals = read_journals(record)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(out, error) from error
    yield from _writers()[kind](journals, out)


def _writers() -> Mapping[str, Callable[[Journals, Path], Iterator[Path]]]:
    from qwen3_eval.export import inspect_log, lm_eval, tables

    writers = (tables.write_parquet, tables.write_csv, lm_eval.write, inspect_log.write)
    return dict(zip(FORMATS, writers, strict=True))
