"""What a reply of the judge says, by the reference's rule and by one that reads more; both in linear time.

The reference has two regular expressions for a dictionary in Python's writing, of which the first takes quadratic time
and more on replies full of braces, and the second on those full of quotes. What is here finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

# The key of the points for the answer as a whole.
TOTAL = "综合得分"
# What ends a key that a whole number follows, and the points where no dictionary holds them.
RATED = re.compile(r"': (\d+)")
STATED = re.compile(rf"'{TOTAL}': (\d+(?:\.\d{{1,2}})?)")
# A key in either quotes with a number, which may stand in quotes too.
PAIR = re.compile(r"""(["'])([^"'\n]*)\1\s*[:：]\s*["']?(\d+(?:\.\d+)?)""")
# Whole numbers from here on are beyond 64 bits: pandas, by which the reference averages, does not read them.
BEYOND = 2**63
LOWEST, HIGHEST = 0, 10


class Points(NamedTuple):
    """Points for the whole, and those by name for all that was rated."""

    score: float
    by_name: Mapping[str, float]


def official(reply: str) -> Points | None:
    """The points by the reference's rule; None where that finds none, or numbers that the reference ends at.

    No other numbers are refused: 0 and 11 are points.
    """
    try:
        by_name = whole_numbers(dictionary(reply))
    except ValueError:  # of more digits than Python reads
        return None
    score = by_name[TOTAL] if TOTAL in by_name else stated(reply)
    found = None if score is None else Points(score, by_name)
    return found if found and all(each < BEYOND for each in (found.score, *by_name.values())) else None


def dictionary(reply: str) -> str:
    r"""What the reference's ``{(.*?)}(?![^{]*{)`` finds between its braces; empty for nothing.

    It ends at the first closing brace behind the last opening one, and begins at the first opening one of that line.
    """
    end = reply.find("}", reply.rfind("{") + 1)
    start = reply.find("{", reply.rfind("\n", 0, end) + 1, end) if end >= 0 else -1
    return reply[start + 1 : end] if start >= 0 else ""


def whole_numbers(text: str) -> dict[str, int]:
    r"""What the reference's ``'(.*?)': (\d+)`` finds in one line, later keys instead of earlier ones.

    Raises ValueError for a number of more digits than Python reads.
    """
    found: dict[str, int] = {}
    start = text.find("'")
    while start >= 0 and (match := RATED.search(text, start + 1)):
        found[text[start + 1 : match.start()]] = int(match[1])
        start = text.find("'", match.end())
    return found


def stated(reply: str) -> float | None:
    """The first points for the whole in a reply, wherever they stand."""
    match = STATED.search(reply)
    return float(match[1]) if match else None


def lenient(reply: str) -> Points | None:
    """The points by the reference's rule, else those that stand behind names in any quotes, over several lines.

    Decimals are read, later names count, points outside of 0 to 10 do not.
    """
    if (found := official(reply)) is not None:
        return found
    pairs = ((match[2], float(match[3])) for match in PAIR.finditer(reply))
    by_name = {name: points for name, points in pairs if LOWEST <= points <= HIGHEST}
    return Points(by_name[TOTAL], by_name) if TOTAL in by_name else None
