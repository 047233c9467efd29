"""Whether a text stays in a language."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from qwen3_eval.grading.language.features import words
from qwen3_eval.grading.language.identifier import identify, same_language
from qwen3_eval.grading.language.markup import prose
from qwen3_eval.languages import FURTHER_KIN, qwen3_languages

# Letters that tell a language, where several are written in the script, and where hardly more than one is.
ENOUGH, ENOUGH_OF_OWN_SCRIPT = 40, 8
LOOKED_AT = 100
SHARED_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "BENGALI", "HEBREW"})
# Scripts of several languages, too, of which Qwen3 names one at most; they count where another is asked for.
SHARED_BEYOND = frozenset({"ETHIOPIC", "MYANMAR", "TIBETAN", "TIFINAGH"})
# A longer line is read in pieces.
LONGEST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class LanguageCheck:
    """How a text stands to a language.

    found: tag of the language of most of its letters (for varieties that are one to the identifier, the first of
    them); None where too few letters tell. same: that is the language asked for. every_line: so is that of every
    line, short ones taken together with the next. letters: how many there were.
    """

    found: str | None
    same: bool
    every_line: bool
    letters: int


def check(text: str, tag: str) -> LanguageCheck:
    """Whether a text is in the language of an IETF tag, without regard to its code, formulas and addresses."""
    lines = [line for line in map(words, prose(text).splitlines()) if line]
    total = sum(map(_letters, lines))
    passages = _passages(lines, _enough(lines, tag))
    if not passages:
        return LanguageCheck(None, False, False, total)
    asked, kin = same_language(tag), next((kin for kin in FURTHER_KIN if tag in kin), ())
    found = [asked if each in kin else each for each in identify(passages)]
    most: Counter[str] = Counter()
    for passage, of_passage in zip(passages, found, strict=True):
        most[of_passage] += _letters(passage)
    winner = most.most_common(1)[0][0]
    return LanguageCheck(winner, winner == asked, set(found) == {asked}, total)


def _passages(lines: Iterable[str], enough: int) -> list[str]:
    """Lines with enough letters; a shorter one goes with the next, or with the one before it where none follows.

    Taken together, two languages look like a third, so no more is joined than has to be.
    """
    found: list[str] = []
    begun = ""
    for piece in _pieces(lines):
        begun = f"{begun} {piece}" if begun else piece
        if _letters(begun) >= enough:
            found.append(begun)
            begun = ""
    if begun and found:
        found[-1] += f" {begun}"
    return found


def _pieces(lines: Iterable[str]) -> Iterable[str]:
    return (line[at : at + LONGEST_LINE].strip() for line in lines for at in range(0, len(line), LONGEST_LINE))


def _letters(said: str) -> int:
    return len(said) - said.count(" ")


def _enough(lines: Iterable[str], tag: str) -> int:
    """How many letters tell the language of a text, by the script of most of its first ones."""
    signs = "".join(lines).replace(" ", "")[:LOOKED_AT]
    script = max(Counter(map(_script, signs)).items(), key=lambda pair: pair[1], default=("", 0))[0]
    shared = script in SHARED_SCRIPTS or (script in SHARED_BEYOND and tag not in _of_qwen3())
    return ENOUGH if shared else ENOUGH_OF_OWN_SCRIPT


@lru_cache(maxsize=1)
def _of_qwen3() -> frozenset[str]:
    return frozenset(language.tag for language in qwen3_languages())


@lru_cache(maxsize=65_536)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]
