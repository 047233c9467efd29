"""A run in the formats that other tools read: tables, and the logs of two other harnesses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from qwen3_eval.export.inspect_log import write as write_inspect
from qwen3_eval.export.journals import Journals, read_journals
from qwen3_eval.export.lm_eval import write as write_lm_eval
from qwen3_eval.export.tables import write_csv, write_parquet
from qwen3_eval.files import write_error

__all__ = ["FORMATS", "export_run"]

FORMATS: Mapping[str, Callable[[Journals, Path], Iterator[Path]]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "lm-eval": write_lm_eval,
    "inspect": write_inspect,
}


def export_run(run_dir: Path, kind: str, out: Path) -> Iterator[Path]:
    """Writes a run in one of ``FORMATS`` below the folder ``out`` and yields each file once it is whole.

    An unfinished run is written as far as it came. Raises UsageError when the folder is not a run, naming file and
    line where a journal is damaged, and when ``out`` cannot be written.
    """
    journals = read_journals(run_dir)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(out, error) from error
    yield from FORMATS[kind](journals, out)
