"""A text as numbers: its letters in lower case, and where in a table each of its n-grams stands.

Letters are those of Unicode with their marks; anything else is a space between words, and a line break stays one
between lines. The n-grams of one to four characters, spaces included, are hashed into a table of ``ROWS`` rows. The
training script uses these functions too: any change here asks for a new table.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Any

ORDERS = (1, 2, 3, 4)
BITS = 17
ROWS = 1 << BITS
SPACE = 32
# Characters that no reader sees: soft hyphen, zero-width space, direction marks, joiners of words, byte order mark.
INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
# Above it stand Chinese characters alone, as far as letters go.
TABLE_END = 0x20000
LETTERS_END = 0x323B0
MIX, STEP, SPREAD = 0x9E3779B1, 0x01000193, 0x85EBCA6B


@dataclass(frozen=True, slots=True)
class Letters:
    """The characters of a text, with single spaces between words and a space before the first.

    codes: code points, uint32 [n]. line: number of the line that each stands in, int64 [n]. count: how many are
    letters or marks.
    """

    codes: Any
    line: Any
    count: int


def letters(text: str, most: int) -> Letters:
    """The letters of a text; of more than ``most`` characters the first and the last."""
    import numpy as np

    text = unicodedata.normalize("NFC", text).lower().translate(INVISIBLE)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    word = _is_letter()[np.minimum(codes, TABLE_END - 1)] & (codes < TABLE_END)
    word |= (codes >= TABLE_END) & (codes < LETTERS_END)
    # The first of what stands between two words is kept, as a space.
    kept = word.copy()
    kept[1:] |= word[:-1]
    breaks = codes == 10
    line = (np.cumsum(breaks) - breaks)[kept]
    found = np.where(word, codes, SPACE)[kept].astype(np.uint32)
    if len(found) > most:
        half = most // 2
        found, line = (np.concatenate([part[:half], part[-half:]]) for part in (found, line))
    padded = np.concatenate([np.array([SPACE], np.uint32), found])
    return Letters(padded, np.concatenate([line[:1], line]) if len(line) else np.zeros(1, np.int64), int(word.sum()))


@functools.cache
def _is_letter() -> Any:
    import numpy as np

    return np.array([unicodedata.category(chr(code))[0] in "LM" for code in range(TABLE_END)])


def rows(codes: Any) -> list[Any]:
    """Rows of the table for the n-grams of each order, one for each character that one begins at: [n - order + 1].

    A polynomial hash over mixed code points, modulo 2^32, and its upper bits.
    """
    import numpy as np

    mixed = codes * np.uint32(MIX)
    mixed ^= mixed >> np.uint32(15)
    found, rolling = [], np.zeros(len(mixed), np.uint32)
    for order in ORDERS:
        if len(mixed) < order:
            break
        rolling = (rolling[: len(mixed) - order + 1] * np.uint32(STEP)) ^ mixed[order - 1 :]
        spread = rolling * np.uint32(MIX)
        spread ^= spread >> np.uint32(16)
        found.append((spread * np.uint32(SPREAD)) >> np.uint32(32 - BITS))
    return found
