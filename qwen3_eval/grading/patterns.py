"""Regular expressions that are compiled when they are first used: most commands grade nothing with most of them."""

from __future__ import annotations

import re
from typing import cast


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """``re.compile``, put off until the pattern is asked for something."""
    return cast("re.Pattern[str]", _Later(text, flags))


class _Later:
    def __init__(self, text: str, flags: int) -> None:
        self._asked = text, flags
        self._made: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        self._made = self._made or re.compile(*self._asked)
        found: object = getattr(self._made, name)
        # From now on it is found without this method.
        setattr(self, name, found)
        return found
