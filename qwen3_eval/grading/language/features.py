"""A text as numbers: its words in lower case, and where in a table each of their n-grams stands.

The training script uses these functions too: any change here asks for a new table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from qwen3_eval.loading import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# N-grams of one to four characters, spaces included, in a table of 2^17 rows.
ORDERS = 4
BITS = 17
ROWS = 1 << BITS
# All scripts of the 119 languages lie in the basic plane.
PLANE = 0x10000
MIX, STEP, SPREAD = 0x9E3779B1, 0x01000193, 0x85EBCA6B


def words(text: str) -> str:
    """The letters of a text with their marks, composed and in lower case, with single spaces between words.

    What no reader sees is left out: joiners, direction marks, soft hyphens, variation selectors.
    """
    text = unicodedata.normalize("NFC", _unseen().sub("", text)).lower()
    return " ".join(_words().findall(text))


def rows(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Rows of the table, and the first position of each text of ``words``.

    Returns uint32 [positions, ORDERS], for the n-gram of each order that begins at a position, and int64 [texts]. Each
    text has a space before it and three behind it, so that no n-gram reaches into the next. The hash is a polynomial
    over mixed code points modulo 2^32, and of that the upper bits.
    """
    import numpy as np

    behind = " " * (ORDERS - 1)
    joined = "".join(f" {text}{behind}" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4")
    starts = np.cumsum([0, *(len(text) + ORDERS for text in texts[:-1])])
    mixed = codes * np.uint32(MIX)
    mixed ^= mixed >> np.uint32(15)
    size = len(codes) - ORDERS + 1
    found, rolling = np.empty((size, ORDERS), np.uint32), np.zeros(size, np.uint32)
    for order in range(ORDERS):
        rolling = rolling * np.uint32(STEP) ^ mixed[order : order + size]
        found[:, order] = rolling
    found *= np.uint32(MIX)
    found ^= found >> np.uint32(16)
    found *= np.uint32(SPREAD)
    found >>= np.uint32(32 - BITS)
    return found, starts


@once
def _words() -> re.Pattern[str]:
    return _run_of(lambda sign: unicodedata.category(sign)[0] in "LM")


@once
def _unseen() -> re.Pattern[str]:
    return _run_of(lambda sign: unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f")


def _run_of(wanted: Callable[[str], bool]) -> re.Pattern[str]:
    """A pattern for characters of a kind; spans of code points keep it fast."""
    codes = [code for code in range(PLANE) if wanted(chr(code))]
    spans = [[code for _, code in span] for _, span in groupby(enumerate(codes), lambda pair: pair[1] - pair[0])]
    return re.compile("[" + "".join(rf"\u{span[0]:04x}-\u{span[-1]:04x}" for span in spans) + "]+")
