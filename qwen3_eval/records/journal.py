"""A journal: one JSON text a line, appended by one writer, and read by any number."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import weakref
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from msgspec import MsgspecError

from qwen3_eval.files import compact, write_error
from qwen3_eval.records.formats import BRIEF, JOURNALS, decoder, fault
from qwen3_eval.types import IncompleteError, UsageError


class Place(NamedTuple):
    """How far a file is read: byte offset and number of the lines before it."""

    offset: int
    number: int


START = Place(0, 0)
# Lines may have some 100 KB.
BUFFER = 1 << 18


class Journal:
    """An append-only JSONL file with one writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._offset = 0

    @property
    def is_open(self) -> bool:
        """Whether it can be appended to."""
        return self._file is not None

    def open(self) -> None:
        """Opens for appending, after cutting off a torn end. Raises UsageError when it cannot be written."""
        try:
            self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115
            self._offset = end_of_good(self.path)
            if self._offset < self.path.stat().st_size:
                self._file.truncate(self._offset)
        except OSError as error:
            raise write_error(self.path, error) from error

    def append(self, *lines: Mapping[str, object]) -> int:
        """Writes lines at once and returns the offset of the first. Raises IncompleteError when the disk is full."""
        assert self._file is not None, "the journal is not open"
        data = b"".join(compact(line) + b"\n" for line in lines)
        at = self._offset
        try:
            written = self._file.write(data)
            if written != len(data):
                raise OSError(errno.ENOSPC, "only part of a line could be written")
        except OSError as error:
            self._undo(at)
            raise IncompleteError(
                f"cannot write {self.path}: {error.strerror}; make room and run the same command again to go on"
            ) from error
        self._offset += len(data)
        return at

    def _undo(self, offset: int) -> None:
        """Takes back part of a line; where even that fails, the next ``open`` will."""
        assert self._file is not None
        with contextlib.suppress(OSError):
            self._file.truncate(offset)

    def sync(self) -> None:
        """Waits until all lines are on the disk. Raises as ``write_error`` says when they do not get there."""
        try:
            if self._file is not None:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise write_error(self.path, error) from error

    def close(self) -> None:
        """Closes the file, with its lines on the disk if that can be; safe to call twice."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError), file:
                os.fsync(file.fileno())


def read_line(path: Path, offset: int) -> dict[str, Any]:
    """The line of a JSONL file that starts at a byte offset."""
    with open(path, "rb") as file:
        file.seek(offset)
        line: dict[str, Any] = json.loads(file.readline())
        return line


def end_of_good(path: Path, block: int = 1 << 16) -> int:
    """Byte offset behind the last line that was written whole.

    A crash of the machine can leave zeros where a file was growing: in a torn last line, and in whole ones before it.
    """
    with open(path, "rb") as file:
        end = _after_newline(file, file.seek(0, os.SEEK_END), block)
        while end > 0:
            start = _after_newline(file, end - 1, block)
            file.seek(start)
            if b"\0" not in file.read(end - start):
                return end
            end = start
    return 0


def _after_newline(file: IO[bytes], end: int, block: int) -> int:
    """Byte offset behind the last newline before ``end``; 0 when there is none."""
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Byte offset and content of each line; a torn end is left out, a missing file is empty.

    Raises UsageError as ``lines_in``, and for a path that is no file.
    """
    file = opened(path)
    if file is not None:
        with file:
            yield from lines_in(file, path)


def opened(path: Path) -> IO[bytes] | None:
    """A file for reading; None where there is none. Raises UsageError where it cannot be read."""
    try:
        return open(path, "rb", buffering=BUFFER)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def lines_in(
    file: IO[bytes], path: Path, place: Place = START, *, brief: bool = False
) -> Generator[tuple[int, dict[str, Any]], None, Place]:
    """Byte offset and content of each line of an open file from a place on; a torn end is left out.

    brief: texts may be left out, where ``formats.BRIEF`` names what is read first. Every line has the form that
    ``formats`` states for a file of this name. Returns the place behind the last. Raises UsageError naming file and
    line where one has not.
    """
    offset, number = place
    read = _read_briefly if brief and path.name in BRIEF else _read
    file.seek(offset)
    for line in _raw_lines(file, path):
        number += 1
        yield offset, read(line, path, number)
        offset += len(line)
    return Place(offset, number)


def _read_briefly(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """As ``_read``, but of a line that says how long its texts are, these are left out.

    They have to be JSON; that they are texts, in UTF-8, is looked at when they are shown.
    """
    try:
        return cast(dict[str, Any], decoder(BRIEF[path.name]).decode(line))
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return _read(line, path, number)


def _read(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """A line of the form that ``formats`` states for a file of this name. Raises UsageError where it has not."""
    form = JOURNALS.get(path.name, dict[str, object])
    try:
        found = decoder(form).decode(line)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        found = _parsed(line, path, number)
        if why := fault(found, form):
            raise _damaged(path, number, why) from None
    return cast(dict[str, Any], found)


def _raw_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The lines of a file up to its torn end."""
    try:
        end = -1
        for line in file:
            if not line.endswith(b"\n"):
                return
            if b"\0" in line:
                end = end if end >= 0 else end_of_good(path)
                if file.tell() > end:
                    return
            yield line
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot read {path}: {error.strerror}")


def _parsed(line: bytes, path: Path, number: int) -> object:
    try:
        return json.loads(line)
    except RecursionError as error:
        raise _damaged(path, number, "it is nested too deeply") from error
    except ValueError as error:
        raise _damaged(path, number, "it is not JSON") from error


def _damaged(path: Path, number: int, why: str) -> UsageError:
    return UsageError(
        f"{path}, line {number} is damaged: {why}; `qwen3-eval repair {path.parent}` says what can be kept"
    )


@dataclass
class JournalFile:
    """A journal of a run, opened when it is first read and closed when it is forgotten. A missing one is empty."""

    path: Path
    _file: IO[bytes] | None = None
    _place: Place = START

    def lines(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Byte offset and content of each line, from the beginning; no other line may be read meanwhile.

        Where ``formats.BRIEF`` names what is read first, texts may be left out. Raises UsageError as ``lines``.
        """
        self._place = START
        return self.further()

    def further(self) -> Iterator[tuple[int, dict[str, object]]]:
        """The lines that were appended since all were read; as ``lines``."""
        file = self._opened()
        if file is not None:
            self._place = yield from lines_in(file, self.path, self._place, brief=True)

    def at(self, offset: int) -> dict[str, object]:
        """The line that begins at an offset which ``lines`` gave, with its texts. Raises UsageError as ``lines``."""
        file = self._opened()
        assert file is not None, "an offset comes out of the file"
        file.seek(offset)
        line = file.readline()
        try:
            return _read(line, self.path, 0)
        except UsageError:
            file.seek(0)
            return _read(line, self.path, file.read(offset).count(b"\n") + 1)

    def count(self, block: int = 1 << 20) -> int:
        """How many whole lines there are."""
        file = self._opened()
        if file is None:
            return 0
        file.seek(0)
        return sum(part.count(b"\n") for part in iter(lambda: file.read(block), b""))

    def changed_ns(self) -> int:
        """When it was last written, in nanoseconds; 0 where there is none."""
        return self.path.stat().st_mtime_ns if self.path.is_file() else 0

    def _opened(self) -> IO[bytes] | None:
        if self._file is None:
            self._file = opened(self.path)
            if self._file is not None:
                weakref.finalize(self, self._file.close)
        return self._file
