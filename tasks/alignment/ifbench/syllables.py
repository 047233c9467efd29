"""How many syllables a word has: the words that ``syllapy`` 0.7.2 knows, and its rule for others.

Its table is read and it is not imported: it takes ``pkg_resources`` to load, which recent setuptools do not have.
"""

from __future__ import annotations

import csv
import re
from importlib.util import find_spec
from pathlib import Path

from qwen3_eval.api import once

VOWELS = "aeiouy"
DIGIT = re.compile(r"\d")
GROUP = re.compile(f"[{VOWELS}]+")
PACKAGE = "syllapy"


def lacking() -> str:
    """The package that is not installed; empty if it is."""
    return "" if find_spec(PACKAGE) else f"package {PACKAGE}"


def count(word: str) -> int:
    """Syllables of a word in lower case without punctuation; 0 for one with digits."""
    if DIGIT.search(word):
        return 0
    known = table().get(word)
    return by_rule(word) if known is None else known


def by_rule(word: str) -> int:
    """Groups of vowels, without a silent ``e`` at the end."""
    groups = sum(1 for _ in GROUP.finditer(word)) - word.endswith("e")
    spoken = word.endswith("le") and len(word) > 2 and word[-3] not in VOWELS
    return max(groups + spoken, 1)


@once
def table() -> dict[str, int]:
    """The words that the package knows. Raises ModuleNotFoundError where it is not installed."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"no {lacking()}")
    with (Path(found.origin).parent / "data.csv").open(encoding="utf-8", newline="") as lines:
        return {word: int(syllables) for word, syllables in csv.reader(lines)}
