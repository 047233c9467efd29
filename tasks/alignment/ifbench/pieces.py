"""How the checks take a text apart: words without punctuation, sentences, tokens.

Punctuation is that of ASCII, as in the reference; sentences and tokens are NLTK's.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator

from qwen3_eval.api import instructions

PUNCTUATION = string.punctuation
EDGES = PUNCTUATION + " "
WITHOUT = str.maketrans("", "", PUNCTUATION)


def bare(text: str) -> str:
    """The text without its punctuation marks."""
    return text.translate(WITHOUT)


def bare_words(text: str) -> list[str]:
    """What white space divides once the punctuation marks are gone, in lower case."""
    return bare(text.lower()).split()


def sentences(text: str) -> list[str]:
    """The sentences as ``nltk.sent_tokenize`` divides them."""
    return [text[start:end] for start, end in instructions.sentences(text)]


def stripped_lines(text: str) -> Iterator[str]:
    """The lines without punctuation and blanks around them; those without anything else are left out."""
    return filter(None, (line.strip(EDGES) for line in text.split("\n")))


def plain(text: str) -> str:
    """In ASCII: letters without their marks, what has no place there left out."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
