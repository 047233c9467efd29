"""A judge's marks for a piece: how they are read in its reply, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

HIGHEST = 20.0
# What stands below is no mark but a slip of the pen; its square would be beyond any float.
LOWEST = -1e100
# Behind a colon. What is taken is never given back, so that each colon is looked at once.
PLAIN = re.compile(r"\s*+(?:Score\s++)?+(-?\d++(?:\.\d++)?+)")
BRACKETED = re.compile(r"\s*+\[(-?\d++(?:\.\d++)?+)\]")
# A line without the signs of Markdown: perhaps a number, a name, and a mark that may be out of twenty.
MARKDOWN = str.maketrans(dict.fromkeys("*_`#>", "") | {"|": " ", "\N{BULLET}": " "})
LINE = re.compile(
    r"[\s-]*+(?:\d++[.)]\s*+)?+([^\W\d][^:=\d\[\](]*+)[:=\s]*+(?:score[:=\s]*+)?+\[?+\s*+(-?\d++(?:\.\d++)?+)\s*+\]?+"
    r"(?:\s*+/\s*+(\d++))?+",
    re.IGNORECASE,
)


def spoken(reply: str) -> str:
    """A reply without a block of reasoning, which ``APIClient.generate`` of the reference takes off like thinking."""
    _, closed, rest = reply.partition("</reasoning>")
    return rest if closed and "<reasoning>" in reply else reply


def entries(text: str, value: re.Pattern[str]) -> Iterator[tuple[str, float]]:
    """Names and marks where a colon is followed by a value, by ``findall`` with ``(.*?):`` before it; in linear time.

    A name is what stands before the colon on its line, behind the entry before.
    """
    end = place = 0
    while (colon := text.find(":", place)) >= 0:
        place = colon + 1
        if found := value.match(text, place):
            begin = max(end, text.rfind("\n", end, colon) + 1)
            yield text[begin:colon].strip(), float(found[1])
            end = place = found.end()


def marks(reply: str) -> dict[str, float]:
    """The marks in a reply by their names: ``parse_judge_scores_creative`` of the reference.

    Names are not looked at; plain marks come first, then those in brackets, and later ones take an earlier one's place.
    """
    found = (entry for value in (PLAIN, BRACKETED) for entry in entries(reply, value))
    return {name: mark for name, mark in found if LOWEST <= mark <= HIGHEST}


def key(name: str) -> str:
    """A name of which letters and digits alone count."""
    return "".join(filter(str.isalnum, name.casefold()))


def lenient_marks(reply: str, names: Collection[str]) -> dict[str, float]:
    """The marks of known names, each on a line of its own, also in Markdown, in a table and out of twenty.

    As ``marks`` where no line holds one.
    """
    known = {key(name): name for name in names}
    lines = (LINE.match(line.translate(MARKDOWN)) for line in reply.split("\n"))
    found = [(known.get(key(line[1])), float(line[2]), line[3]) for line in lines if line]
    named = {
        name: mark for name, mark, out_of in found if name and LOWEST <= mark <= HIGHEST and out_of in (None, "20")
    }
    return named or marks(reply)


def turned(given: Mapping[str, float], negative: Collection[str]) -> dict[str, float]:
    """Marks of which higher ones are better: ``invert_if_negative``, and without those that are then too high."""
    better = {name: HIGHEST - mark if name in negative else mark for name, mark in given.items()}
    return {name: mark for name, mark in better.items() if mark <= HIGHEST}


def piece(better: Mapping[str, float]) -> float | None:
    """The mark of a piece, at most 20, out of ``turned`` ones, as ``compute_creative_scores`` has it; None for none."""
    return sum(better.values()) / len(better) if better else None
