"""The Python that programs get: this interpreter with its standard library, and packages that are asked for by name."""

from __future__ import annotations

import functools
import site
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from qwen3_eval.sandbox.limits import SandboxUnavailable

FLAGS = ("-s", "-P")  # neither a user's packages nor the program's own folder


@dataclass(frozen=True, slots=True)
class Python:
    """How a Python program is started: the words before its name, what it must be able to read, its environment."""

    argv: Sequence[str]
    read_only: Sequence[Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def own_python(packages: tuple[str, ...]) -> Python:
    """This interpreter with packages that are installed here. Raises SandboxUnavailable for one that is not."""
    python, folders = interpreter()
    parts, places = package_folders(packages)
    path = {"PYTHONPATH": ":".join(map(str, places))} if places else {}
    return Python((str(python), *FLAGS), (*folders, *parts), path)


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
