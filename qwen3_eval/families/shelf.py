"""All profiles: those that come with the package, and those of installed packages (``qwen3_eval.families``)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from msgspec.structs import replace

from qwen3_eval.families.profile import Profile, incomplete, read_profile
from qwen3_eval.types import UsageError, nearest

ENTRY_POINTS = "qwen3_eval.families"
KNOWN = Path(__file__).parent / "known"


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """By name. Raises UsageError for a package's file that is no profile, and for a name that is taken."""
    found = {path.stem: read_profile(path) for path in sorted(KNOWN.glob("*.toml"), key=lambda path: path.stem)}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found:
            raise UsageError(f"two families are called {point.name!r}; remove the package that offers {point.value}")
        found[point.name] = _offered(point)
    return found


def _offered(point: EntryPoint) -> Profile:
    """An entry point names a ``Profile``, or the path of a file of one; the family is called as the entry point."""
    try:
        value = point.load()
    except Exception as error:  # code of a package elsewhere
        raise UsageError(
            f"family {point.name!r} cannot be loaded from {point.value}: {error}; repair or remove the package"
        ) from error
    if isinstance(value, str | Path):
        value = read_profile(Path(value))
    if not isinstance(value, Profile):
        raise UsageError(f"family {point.name!r} is {value!r}, which is neither a Profile nor the path of one")
    for fault in incomplete(value):
        raise UsageError(f"family {point.name!r} of {point.value}: {fault}")
    return value if value.name == point.name else replace(value, name=point.name)


def is_file(name: str) -> bool:
    """Whether ``--family`` names a file."""
    return name.endswith(".toml")


def named(name: str) -> Profile:
    """The profile behind ``--family``: a name, or a file of one. Raises UsageError with the nearest name."""
    if is_file(name):
        return read_profile(Path(name))
    known = profiles()
    if name not in known:
        raise UsageError(
            f"unknown family {name!r}{nearest(name, known)}; there are {', '.join(known)}, or a .toml file"
        )
    return known[name]
