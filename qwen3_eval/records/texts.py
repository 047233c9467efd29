"""Long texts of prompts: each is kept once, deflated, in a journal of their own, and named by the prompts that hold it.

A prompt of 131,072 tokens has half a megabyte of text, and the same user message stands in the prompts of both modes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qwen3_eval.records.formats import ApartLine, KeptPromptLine, TextLine
from qwen3_eval.records.journal import JournalFile
from qwen3_eval.types import UsageError

# Characters from which on a text is kept apart.
LONG = 8_192
# Twice as fast as level 6, for a tenth more bytes of prose.
DEFLATE_LEVEL = 4
MOST_MARKS = 64


def parts_of(text: str, shared: Iterable[str]) -> list[str]:
    """A text cut where the long texts begin and end that other prompts may hold too. shared: those, in their order.

    A chat template may have taken the blanks around one away.
    """
    found, at = [], 0
    for each in shared if len(text) > LONG else ():
        for said in dict.fromkeys((each, each.strip())):
            place = text.find(said, at) if len(said) > LONG else -1
            if place >= 0:
                found += [text[at:place], said]
                at = place + len(said)
                break
    return [part for part in (*found, text[at:]) if part] or [""]


def text_line(text: str) -> TextLine:
    """A text as a line of ``texts.jsonl``."""
    data = _bytes(text)
    deflated = base64.b64encode(zlib.compress(data, DEFLATE_LEVEL)).decode()
    return {"text_sha256": hashlib.sha256(data).hexdigest(), "deflated": deflated}


def apart(text: str) -> ApartLine:
    """What stands for a text in the line of a prompt."""
    return {"text_sha256": hashlib.sha256(_bytes(text)).hexdigest(), "characters": len(text)}


def unpacked(line: TextLine | Mapping[str, object]) -> str:
    """The text of a line. Raises ValueError where it is not the one that the line names."""
    try:
        data = zlib.decompress(base64.b64decode(str(line["deflated"]), validate=True))
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"its text cannot be unpacked ({error})") from error
    if hashlib.sha256(data).hexdigest() != str(line["text_sha256"]).lower():
        raise ValueError("its text is another than its digest says")
    return data.decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def named(line: KeptPromptLine | Mapping[str, object]) -> Iterator[ApartLine]:
    """The texts of a prompt that are kept apart."""
    text = line["text"]
    return (part for part in text if not isinstance(part, str)) if isinstance(text, list) else iter(())


def marks_in(text: str, sentences: Iterable[str]) -> list[tuple[int, int]]:
    """Where sentences stand in a text: ranges of characters in their order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(_places(text, sentences)):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif len(found) < MOST_MARKS:
            found.append((start, end))
    return found


def _places(text: str, sentences: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Each place of each sentence, no more than can be shown."""
    for sentence in dict.fromkeys(filter(None, map(str.strip, sentences))):
        at = -1
        for _ in range(MOST_MARKS):
            if (at := text.find(sentence, at + 1)) < 0:
                break
            yield at, at + len(sentence)


class KeptTexts:
    """The texts of a run. Where each stands is read when the first is wanted; none is held."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._places: dict[bytes, int] = {}

    def known(self) -> dict[bytes, int]:
        """By digest, where each line begins. Raises UsageError as ``journal.lines``."""
        for offset, line in self._file.further():
            self._places[bytes.fromhex(str(line["text_sha256"]))] = offset
        return self._places

    def whole(self, parts: str | Sequence[str | ApartLine]) -> Sequence[str]:
        """The text of a prompt in its parts, all of them texts. Raises UsageError where one is lost or damaged."""
        if isinstance(parts, str):
            return (parts,)
        return [part if isinstance(part, str) else self._text(part["text_sha256"]) for part in parts]

    def _text(self, sha256: str) -> str:
        key = bytes.fromhex(sha256)
        offset = self._places.get(key)
        if offset is None:
            offset = self.known().get(key)
        if offset is None:
            raise self._damaged(f"it lacks the text {sha256[:12]} of a prompt")
        try:
            return unpacked(self._file.at(offset))
        except ValueError as error:
            raise self._damaged(f"{sha256[:12]}: {error}") from error

    def _damaged(self, why: str) -> UsageError:
        path = self._file.path
        return UsageError(f"{path} is damaged: {why}; `qwen3-eval repair {path.parent}` says what can be kept")
