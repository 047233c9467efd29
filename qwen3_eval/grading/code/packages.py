"""Packages that the authors' evaluators have beside Python, for programs in the sandbox."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

# What programs really use, with what it consists of.
PACKAGES = ("numpy", "numpy.libs", "sympy", "mpmath")
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@functools.cache
def folders() -> tuple[Path, ...]:
    """The folders of the packages that lie beside numpy here, to be read at the same paths inside."""
    numpy = importlib.util.find_spec("numpy")
    if numpy is None or numpy.origin is None:
        return ()
    beside = Path(numpy.origin).parents[1]
    return tuple(beside / name for name in PACKAGES if (beside / name).is_dir())


def environment() -> dict[str, str]:
    """What makes an interpreter find the packages, and keeps them to one thread."""
    return THREADS | ({"PYTHONPATH": str(found[0].parent)} if (found := folders()) else {})
