"""A prompt as the page has it: of a long one its ends, and what the answer rests on with some words around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from qwen3_eval.records.formats import PromptLine
from qwen3_eval.records.samples import AskedPrompt
from qwen3_eval.records.texts import LONG
from qwen3_eval.report.packed import character_limit, whole_end

# Characters of all long prompts on a page, of the longest, and of each however many there are.
PAGE_CHARACTERS, MOST, LEAST = 4_000_000, 60_000, 1_500
# Characters on either side of a mark.
AROUND = 1_500

# A text, a text that is marked, or how many characters are left out.
Piece = str | list[str] | int
Range = tuple[int, int]


def prompt_limit(prompts: Sequence[AskedPrompt]) -> int:
    """How many characters of each long prompt a page has."""
    lengths = [each.characters for each in prompts if each.characters > LONG]
    return max(LEAST, min(MOST, character_limit(lengths, PAGE_CHARACTERS)))


class ExcerptJson(TypedDict):
    """A prompt in pieces, and how many characters and tokens the whole has; None where nobody counted."""

    pieces: list[Piece]
    characters: int
    tokens: int | None


def shown(line: PromptLine, limit: int) -> str | ExcerptJson:
    """A prompt for the page: a text, or the pieces of one that is long or marked."""
    text = line["text"]
    marks = [(start, end) for start, end in line.get("marks", ()) if 0 <= start < end <= len(text)]
    if len(text) <= LONG and not marks:
        return text
    size = max(limit, LONG) if len(text) <= LONG else limit
    return {"pieces": list(pieces(text, marks, size)), "characters": len(text), "tokens": line.get("tokens")}


def carried(found: str | ExcerptJson) -> int:
    """Characters that the page has of a prompt, about."""
    if isinstance(found, str):
        return len(found)
    texts = (part if isinstance(part, str) else part[0] for part in found["pieces"] if not isinstance(part, int))
    return sum(map(len, texts))


def pieces(text: str, marks: Sequence[Range], limit: int) -> Iterator[Piece]:
    """The text in pieces that have no more characters than ``limit``, about. marks: in order, none in another."""
    at = 0
    for start, end in windows(text, marks, limit):
        if start > at:
            yield start - at
        yield from _marked(text, [mark for mark in marks if start <= mark[0] and mark[1] <= end], start, end)
        at = end
    if at < len(text):
        yield len(text) - at


def windows(text: str, marks: Sequence[Range], limit: int) -> list[Range]:
    """The ranges of a text that are shown: all of a short one."""
    if len(text) <= limit:
        return [(0, len(text))]
    ends = limit // 4 if marks else limit // 2
    kept = _fitting(marks, limit - 2 * ends)
    spare = limit - 2 * ends - sum(end - start for start, end in kept)
    around = min(AROUND, max(0, spare) // (2 * len(kept))) if kept else 0
    wanted = [(0, ends), *((start - around, end + around) for start, end in kept), (len(text) - ends, len(text))]
    found: list[Range] = []
    for start, end in wanted:
        start, end = whole_end(text, max(0, start)), whole_end(text, end) if end < len(text) else len(text)
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _fitting(marks: Sequence[Range], room: int) -> list[Range]:
    """The first marks that have room together."""
    found: list[Range] = []
    for start, end in marks:
        room -= end - start
        if room < 0:
            break
        found.append((start, end))
    return found


def _marked(text: str, marks: Sequence[Range], start: int, end: int) -> Iterator[Piece]:
    at = start
    for first, last in marks:
        if first > at:
            yield text[at:first]
        yield [text[first:last]]
        at = last
    if at < end:
        yield text[at:end]
