"""All profiles: those that come with the package, and those of installed packages (``qwen3_eval.families``)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from qwen3_eval.families.profile import Profile, read_profile
from qwen3_eval.types import UsageError, nearest

ENTRY_POINTS = "qwen3_eval.families"
KNOWN = Path(__file__).parent / "known"


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """By name. Raises UsageError for a package's file that is no profile, and for a name that is taken."""
    found = {path.stem: read_profile(path) for path in sorted(KNOWN.glob("*.toml"))}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found:
            raise UsageError(f"two families are called {point.name!r}; remove the package that offers {point.value}")
        found[point.name] = _offered(point.name, point.load)
    return found


def _offered(name: str, load: object) -> Profile:
    """An entry point names a ``Profile``, or the path of a file of one."""
    value = load() if callable(load) else load
    if isinstance(value, Profile):
        return value
    if isinstance(value, str | Path):
        return read_profile(Path(value))
    raise UsageError(f"family {name!r} is {value!r}, which is neither a Profile nor the path of one")


def named(name: str) -> Profile:
    """The profile behind ``--family``: a name, or a file of one. Raises UsageError with the nearest name."""
    if name.endswith(".toml"):
        return read_profile(Path(name))
    known = profiles()
    if name not in known:
        raise UsageError(
            f"unknown family {name!r}{nearest(name, known)}; there are {', '.join(known)}, or a .toml file"
        )
    return known[name]
