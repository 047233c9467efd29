"""Samples that were drawn, in files of a cache: what they are is decided by the name of their file alone.

A file holds the samples of one part at one length, in their order, each appended as it is drawn:

    header (magic, number, four lengths, CRC-32)  facts (JSON)  state of the random numbers  text (zlib)

Writers lock the file for a moment to append, and one that finds the sample there already leaves it: two of them draw
the same. What a torn write or a damaged disk has left is cut off by the next writer, and drawn again.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.api import fitted

from .fitting import Drawn

MAGIC = b"RLR1"
HEADER = struct.Struct("<4sIIIII")
# Texts of a few hundred kilobytes: a higher level takes twice the time for a tenth of the space.
LEVEL = 1


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample without its text, and how the random numbers went on behind it. tokens: of prompt and answer's room."""

    prefix: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...]
    state: bytes


@dataclass(frozen=True, slots=True)
class _Sections:
    """Where the three sections of a sample stand in the file, with their checksum."""

    start: int
    facts: int
    state: int
    text: int
    crc: int

    @property
    def end(self) -> int:
        return self.start + self.facts + self.state + self.text


class Samples:
    """The samples of one file. Raises UsageError where the cache cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: list[_Sections] = []
        with self._said():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __len__(self) -> int:
        """How many there are by now, those included that another process has added."""
        self._look()
        return len(self._places)

    def kept(self, number: int) -> StoredSample | None:
        """A sample without its text; None where it is not there, or damaged."""
        found = self._read(number)
        if found is None:
            return None
        facts, state, _ = found
        said = json.loads(facts)
        return StoredSample(said["prefix"], said["question"], tuple(said["answers"]), tuple(said["evidence"]), state)

    def text(self, number: int) -> str | None:
        """The text of a sample; None where it is not there, or damaged."""
        found = self._read(number)
        return None if found is None else zlib.decompress(found[2]).decode()

    def add(self, number: int, drawn: Drawn, state: bytes) -> None:
        """Appends the sample with this number, unless it or a later one is there."""
        facts = json.dumps(_facts(drawn), ensure_ascii=False).encode()
        sections = facts, state, zlib.compress(drawn.text.encode(), LEVEL)
        content = b"".join(sections)
        header = HEADER.pack(MAGIC, number, *map(len, sections), zlib.crc32(content))
        with self._said(), self._locked():
            self._look()
            if len(self._places) != number:
                return
            os.ftruncate(self._file, self._end)
            _write(self._file, header + content, self._end)
        self._look()

    def cut(self, number: int) -> None:
        """Removes a damaged sample, and all that stands behind it."""
        with self._said(), self._locked():
            self._look()
            if number < len(self._places) and self._read(number) is None:
                os.ftruncate(self._file, self._places[number].start - HEADER.size)
                del self._places[number:]

    @property
    def _end(self) -> int:
        return self._places[-1].end if self._places else 0

    def _look(self) -> None:
        """Finds what has been appended since, up to what is no whole sample."""
        size = os.fstat(self._file).st_size
        if size < self._end:
            # Another process has cut off something damaged.
            self._places = [place for place in self._places if place.end <= size]
        while (place := self._next(size)) is not None:
            self._places.append(place)

    def _next(self, size: int) -> _Sections | None:
        start = self._end + HEADER.size
        if start > size:
            return None
        magic, number, *rest = HEADER.unpack(os.pread(self._file, HEADER.size, self._end))
        place = _Sections(start, *rest)
        if magic != MAGIC or number != len(self._places) or place.end > size:
            return None
        # Only the last one can be torn; those before it are checked when they are read.
        return place if place.end < size or self._sections(place) else None

    def _read(self, number: int) -> tuple[bytes, bytes, bytes] | None:
        if number >= len(self._places):
            self._look()
        return self._sections(self._places[number]) if number < len(self._places) else None

    def _sections(self, place: _Sections) -> tuple[bytes, bytes, bytes] | None:
        content = os.pread(self._file, place.end - place.start, place.start)
        if len(content) != place.end - place.start or zlib.crc32(content) != place.crc:
            return None
        behind = place.facts + place.state
        return content[: place.facts], content[place.facts : behind], content[behind:]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise fitted.UsageError(f"the cache of prompts {self._path.parent} cannot be written: {error}") from error

    def __del__(self) -> None:
        """Closes the file, where it was opened."""
        if hasattr(self, "_file"):
            os.close(self._file)


def _write(file: int, content: bytes, start: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, start)
        view, start = view[written:], start + written


def _facts(drawn: Drawn) -> Mapping[str, Any]:
    return {
        "prefix": drawn.prefix,
        "question": drawn.question,
        "answers": drawn.answers,
        "evidence": drawn.evidence,
    }
