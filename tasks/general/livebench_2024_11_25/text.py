r"""Pieces of an answer, found as the official regular expressions find them, in linear time.

The official code takes ``re.findall(r"<solution>(.*?)</solution>", answer)`` and the like, which take quadratic
time on a text that opens many tags and closes none.
"""

from __future__ import annotations

SOLUTION = "<solution>"
END_OF_SOLUTION = "</solution>"


class OfficialError(Exception):
    """The official scorer raises an exception on this answer."""


class _Next:
    """Where a string occurs next, for positions that only grow."""

    def __init__(self, text: str, wanted: str) -> None:
        self._text, self._wanted = text, wanted
        self._found = -1

    def at_or_after(self, start: int) -> int:
        """The first place from ``start`` on; the length of the text when there is none."""
        if self._found < start:
            found = self._text.find(self._wanted, start)
            self._found = found if found >= 0 else len(self._text)
        return self._found


def between(text: str, opening: str, closing: str, *, lines: bool = False) -> list[str]:
    """``re.findall(opening + "(.*?)" + closing, text)``; ``lines``: with ``re.DOTALL``."""
    closings, breaks = _Next(text, closing), _Next(text, "\n")
    found: list[str] = []
    start = text.find(opening)
    while start >= 0:
        begin = start + len(opening)
        end = closings.at_or_after(begin)
        if end == len(text):
            break
        if lines or breaks.at_or_after(begin) > end:
            found.append(text[begin:end])
            start = text.find(opening, end + len(closing))
        else:
            start = text.find(opening, start + 1)
    return found


def solutions(text: str) -> list[str]:
    """What stands between solution tags on one line, else between two closing tags."""
    return between(text, SOLUTION, END_OF_SOLUTION) or between(text, END_OF_SOLUTION, END_OF_SOLUTION)


def last_box(text: str) -> str | None:
    r"""The last ``\boxed{...}``, else ``\fbox{...}``, with its command: ``last_boxed_only_string``.

    A ``\boxed`` with a blank behind it anywhere wins, and then reaches to the next dollar sign.
    """
    if "\\boxed " in text:
        return "\\boxed " + text.rpartition("\\boxed ")[2].partition("$")[0]
    start = text.rfind("\\boxed")
    if start < 0:
        start = text.rfind("\\fbox")
    end = _end_of_braces(text, start) if start >= 0 else None
    return None if end is None else text[start:end].replace("$", "").replace("fbox", "boxed")


def _end_of_braces(text: str, start: int) -> int | None:
    depth = 0
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place + 1
    return None


def unboxed(box: str | None) -> str:
    r"""What ``last_box`` holds: ``remove_boxed``. Raises OfficialError where that one raises."""
    if box is None:
        raise OfficialError("the last box is not closed")
    if "\\boxed " in box:
        if not box.startswith("\\boxed "):
            raise OfficialError("the last box does not begin the text")
        return box[len("\\boxed ") :]
    if not (box.startswith("\\boxed{") and box.endswith("}")):
        raise OfficialError("the last box has no brace behind its command")
    return box[len("\\boxed{") : -1]
