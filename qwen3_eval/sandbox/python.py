"""The Python that programs get: this interpreter with its standard library, outside any virtual environment."""

from __future__ import annotations

import functools
import sys
from pathlib import Path


@functools.cache
def interpreter() -> tuple[Path, tuple[Path, ...]]:
    """The interpreter, and the folders below which it lies with its library; none for one in ``/usr``."""
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    prefix = Path(sys.base_prefix).resolve()
    folders = [prefix / name for name in ("bin", "lib", "lib64") if (prefix / name).is_dir()]
    return base, tuple(folder for folder in folders if Path("/usr") not in folder.parents)
