"""What a packed file unpacks to, read up to a cap: a small file can stand for any amount of bytes."""

from __future__ import annotations

import io
from typing import IO, Any

MOST_BYTES = 16 << 30
# Rows pack to a fifth or a tenth of their size; deflate can reach 1,032 to 1.
MOST_RATIO = 1000
RATIO_FROM = 100 << 20
CHUNK = 1 << 18


class TooMuchError(ValueError):
    """A packed file unpacks to more than the cap."""


class Unpacked(io.RawIOBase):
    """Reads from a stream that unpacks, and counts. ``packed``: bytes of the file as stored."""

    def __init__(self, stream: IO[bytes], packed: int) -> None:
        self._stream, self._packed, self._read = stream, packed, 0

    @classmethod
    def reader(cls, stream: IO[bytes], packed: int) -> io.BufferedReader:
        """The stream with a buffer, to read lines from."""
        return io.BufferedReader(cls(stream, packed), CHUNK)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As ``io.RawIOBase``. Raises TooMuchError past the cap."""
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        self._read += len(content)
        self._check()
        return len(content)

    def _check(self) -> None:
        if self._read > MOST_BYTES:
            raise TooMuchError(f"it unpacks to more than {MOST_BYTES:,} bytes, which is the cap")
        if self._read > RATIO_FROM and self._read > MOST_RATIO * self._packed:
            raise TooMuchError(f"its {self._packed:,} bytes unpack to more than {MOST_RATIO:,} times as much")
