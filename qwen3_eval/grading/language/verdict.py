"""Whether a text stays in a language."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from qwen3_eval.grading.language.identifier import read, same_language
from qwen3_eval.grading.language.prose import prose

# Letters that tell a language, where several of the 119 are written in the script, and where one is.
ENOUGH, ENOUGH_OF_OWN_SCRIPT = 40, 8
LOOKED_AT = 200
SHARED_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "BENGALI", "HEBREW"})


@dataclass(frozen=True, slots=True)
class LanguageVerdict:
    """How a text stands to a language.

    found: tag of its language (for varieties that are one to the identifier, the first of them); None where too few
    letters tell. same: that is the language asked for. every_line: so is that of every line that is long enough;
    None where none is. letters: how many there were.
    """

    found: str | None
    same: bool
    every_line: bool | None
    letters: int


def judge_language(text: str, tag: str) -> LanguageVerdict:
    """Whether a text is in the language of an IETF tag, without regard to its code, formulas and addresses."""
    words = prose(text)
    reading = read(words)
    needed = enough(words)
    if reading.tag is None or reading.letters < needed:
        return LanguageVerdict(None, False, None, reading.letters)
    asked = same_language(tag)
    lines = [found == asked for size, found in reading.lines if size >= needed]
    return LanguageVerdict(reading.tag, reading.tag == asked, all(lines) if lines else None, reading.letters)


def enough(text: str) -> int:
    """How many letters tell the language of a text, by the script of most of its first ones."""
    scripts = Counter(_script(sign) for sign in islice(filter(str.isalpha, text), LOOKED_AT))
    script = scripts.most_common(1)[0][0] if scripts else ""
    return ENOUGH if script in SHARED_SCRIPTS else ENOUGH_OF_OWN_SCRIPT


@lru_cache(maxsize=65_536)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]
