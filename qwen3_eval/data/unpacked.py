"""What a packed file unpacks to, read up to a cap: a small file can stand for any amount of bytes."""

from __future__ import annotations

import io
import zlib
from typing import IO, Any

MOST_BYTES = 16 << 30
# Of what is not read row by row.
MOST_IN_MEMORY = 2 << 30
# Rows pack to a fifth or a tenth of their size; deflate can reach 1,032 to 1.
MOST_RATIO = 1000
RATIO_FROM = 100 << 20
CHUNK = 1 << 18


class TooMuchError(ValueError):
    """A packed file unpacks to more than the cap."""


class Unpacked(io.RawIOBase):
    """Reads from a stream that unpacks, and counts. ``packed``: bytes of the file as stored. ``most``: the cap."""

    def __init__(self, stream: IO[bytes] | io.BufferedIOBase, packed: int, most: int) -> None:
        self._stream, self._packed, self._most, self._read = stream, packed, most, 0

    @classmethod
    def reader(cls, stream: IO[bytes] | io.BufferedIOBase, packed: int, in_memory: bool = False) -> io.BufferedReader:
        """The stream with a buffer, to read lines from, or, ``in_memory``, to be read at once."""
        return io.BufferedReader(
            cls(stream, packed, min(MOST_BYTES, MOST_IN_MEMORY) if in_memory else MOST_BYTES), CHUNK
        )

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
        if self._read > self._most:
            raise TooMuchError(f"it unpacks to more than {self._most:,} bytes, which is the cap")
        if self._read > RATIO_FROM and self._read > MOST_RATIO * self._packed:
            raise TooMuchError(f"its {self._packed:,} bytes unpack to more than {MOST_RATIO:,} times as much")


def inflated(content: bytes) -> bytes:
    """What a zlib stream unpacks to. Raises TooMuchError past the caps, and zlib.error."""
    most = min(MOST_IN_MEMORY, max(RATIO_FROM, MOST_RATIO * len(content)))
    stream = zlib.decompressobj()
    found = stream.decompress(content, most)
    if stream.unconsumed_tail:
        raise TooMuchError(f"its {len(content):,} bytes unpack to more than {most:,} bytes")
    if not stream.eof:
        raise zlib.error("incomplete or truncated stream")
    return found
