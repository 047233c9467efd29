"""The Python that programs get: this interpreter with its standard library, and packages that are asked for by name."""

from __future__ import annotations

import functools
import site
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from qwen3_eval.sandbox.limits import SandboxUnavailable


@functools.cache
def interpreter() -> tuple[Path, tuple[Path, ...]]:
    """The interpreter outside any environment, and the folders that it needs beside ``/usr``."""
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    prefix = Path(sys.base_prefix).resolve()
    folders = [prefix / name for name in ("bin", "lib", "lib64") if (prefix / name).is_dir()]
    return base, tuple(folder for folder in folders if Path("/usr") not in folder.parents)


def site_packages() -> tuple[Path, ...]:
    """Where packages lie that were installed for this interpreter outside any environment, or for the system's."""
    own = map(Path, site.getsitepackages([sys.base_prefix, sys.base_exec_prefix]))
    system = (folder for place in ("/usr/lib", "/usr/local/lib") for folder in Path(place).glob("python3*/*-packages"))
    return tuple(dict.fromkeys(folder.resolve() for folder in (*own, *system)))


@functools.cache
def package_folders(names: tuple[str, ...]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """What installed packages consist of, and the folders in which a program finds them.

    names: of distributions, without those that they depend on. Raises SandboxUnavailable for one that is not
    installed.
    """
    parts: dict[Path, None] = {}
    for name in names:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            raise SandboxUnavailable(f"programs are to have {name}, which is not installed here") from None
        folder = Path(str(found.locate_file(""))).resolve()
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        parts |= dict.fromkeys(folder / top for top in sorted(tops))
    return tuple(parts), tuple(dict.fromkeys(part.parent for part in parts))
