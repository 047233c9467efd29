"""Wheels of a user as Ray takes them to nodes: unpacked here, each part a module of its own.

Ray 2.60 takes wheels too, but its nodes have pip install them, which looks for dependencies on an index although they
are there; and it tells wheels apart by their names, so that one that was built anew does not reach a cluster again.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from qwen3_eval.types import UsageError

# What of a wheel goes elsewhere than beside the modules, and is for pip to place.
PLACED = ".data"


@contextmanager
def unpacked(wheels: Sequence[Path]) -> Iterator[list[str]]:
    """The packages, modules and descriptions in wheels: what ``py_modules`` of a runtime environment takes.

    Raises UsageError for a wheel that is damaged, and for one that has to be installed.
    """
    with TemporaryDirectory() as folder:
        yield [str(part) for wheel in wheels for part in _parts(wheel, Path(folder) / wheel.stem)]


def _parts(wheel: Path, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(wheel) as file:
            file.extractall(folder)
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(f"--node-wheels: {wheel} cannot be read ({error}); build it again") from error
    parts = sorted(folder.iterdir())
    for part in parts:
        if part.suffix == PLACED or not (part.is_dir() or part.suffix == ".py"):
            raise UsageError(f"--node-wheels: {wheel} has {part.name}, which has to be installed; do so on all nodes")
    return parts
