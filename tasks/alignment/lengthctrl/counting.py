"""How long a text is: words of English, characters of Chinese, and how much of it is said again.

Marks of Markdown are no text: at the beginning of a line those of quotations, headings and lists (a number with its
full stop or bracket, a box to tick), lines that only open or close a block of code, and ``*``, ``_`` and ``#``
wherever they stand alone. Everything else counts, titles and remarks on the length too.

English: what stands between white space, where it has a letter or a digit. So ``well-known``, ``3.14`` and
``sea—cold`` are one each, and ``—``, ``&`` and ``***`` none.
Chinese: each Han character, and each word of other letters or number as one: ``用Python 3.11写5,000字`` has six.
Letters and digits that one ``'``, ``-``, ``.``, ``_`` or ``&`` joins are one word, as are digits with a comma between
them. Punctuation does not count, nor do blanks, whatever their width.

One pass over a text; no pattern looks at a character more often than a fixed number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

GRAM = 4
# A line that opens or closes a block of code: what stands behind the marks names a language.
FENCE = re.compile(r"\s*+(?:`{3,}+[^`]*+|~{3,}+.*+)$")
# Quotations, headings, bullets, numbers and boxes, one within the other.
MARKS = re.compile(r"(?:\s*+(?:>|#{1,6}(?=\s|$)|[*+•-](?=\s|$)|[0-9]{1,9}[.)](?=\s|$)|\[[ xX]\](?=\s|$)))*+")
# Han: ideographs with their extensions and compatibility forms, the zero that is written as a circle, the sign of
# repetition.
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W_{HAN}]"
UNIT = re.compile(rf"[{HAN}]|{LETTER}++(?:(?:['’\-._&]|(?<=[0-9]),(?=[0-9])){LETTER}++)*+")
EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def units(text: str, language: str) -> list[str]:
    """What is counted of a text, in its order: words, or characters where the language (a tag) is Chinese."""
    counted = _characters if language.startswith("zh") else _words
    return [unit for line in text.splitlines() if not FENCE.match(line) for unit in counted(_unmarked(line))]


def _unmarked(line: str) -> str:
    """A line without the marks that it begins with."""
    found = MARKS.match(line)
    return line[found.end() :] if found else line


def _words(line: str) -> Iterator[str]:
    return (word for word in line.split() if any(map(str.isalnum, word)))


def _characters(line: str) -> Iterator[str]:
    return (found[0] for found in UNIT.finditer(line))


def repeated(found: Sequence[str]) -> float:
    """The share of the sequences of four that were there before, without case and the marks around words; 0 to 1."""
    plain = [EDGE.sub("", unit).casefold() for unit in found]
    grams = list(zip(*(plain[start:] for start in range(GRAM)), strict=False))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
