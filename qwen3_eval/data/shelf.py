"""Docs that were read once and are asked for several times: few lie in memory, many in a file without a name."""

from __future__ import annotations

import errno
import io
import os
import pickle
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from qwen3_eval.files import write_error
from qwen3_eval.types import Doc, doc_content

# Bytes that are read at a time, and that a task's docs may take in memory.
CHUNK, IN_MEMORY = 1 << 18, 1 << 22


class Shelf:
    """Docs in the order in which they were put. Memory stays flat in their number.

    A doc is kept as its fields, without the name of its class.
    """

    def __init__(self) -> None:
        self._count = 0
        self._open = io.BytesIO()
        self._chunks: list[bytes | tuple[int, int]] = []
        self._size = 0
        self._file: BinaryIO | None = None

    def __len__(self) -> int:
        """How many docs there are."""
        return self._count

    def put(self, doc: Doc) -> None:
        """Adds a doc at the end. Raises as ``write_error`` says where there is no room for it."""
        pickle.dump(doc_content(doc), self._open, protocol=5)
        self._count += 1
        if self._open.tell() >= CHUNK:
            self._stow()

    def __iter__(self) -> Iterator[Doc]:
        """All docs, as often as they are asked for, also at the same time."""
        for chunk in [*self._chunks, self._open.getvalue()]:
            yield from _docs_in(chunk if isinstance(chunk, bytes) else self._read(*chunk))

    def _stow(self) -> None:
        """Puts the open chunk beside the others: into memory as long as these are few."""
        content, self._open = self._open.getvalue(), io.BytesIO()
        self._chunks.append(content if self._size + len(content) <= IN_MEMORY else self._write(content))
        self._size += len(content)

    def _write(self, content: bytes) -> tuple[int, int]:
        """Appends to the file; returns offset and size."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            at = self._file.seek(0, os.SEEK_END)
            if self._file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise write_error(Path(tempfile.gettempdir()), error) from error
        return at, len(content)

    def _read(self, at: int, size: int) -> bytes:
        assert self._file is not None
        return os.pread(self._file.fileno(), size, at)


def _docs_in(chunk: bytes) -> Iterator[Doc]:
    stream = io.BytesIO(chunk)
    while stream.tell() < len(chunk):
        yield Doc(*pickle.load(stream))
