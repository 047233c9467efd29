"""Rows that are read once: digested on their way to whoever asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from qwen3_eval.data.content import Row, canonical_line
from qwen3_eval.data.sources import check_content, mirror_file, unchecked_rows
from qwen3_eval.task.source import Source

# Content of a mirror's file in one state, with the number of its rows; tasks share files.
_known: dict[tuple[Source, str], tuple[str, int]] = {}


class Digested:
    """The rows of a source, once. What comes of them may be used when ``finish`` has been called."""

    def __init__(self, source: Source, data_dir: Path | None = None) -> None:
        self._source = source
        self._hash, self._count = hashlib.sha256(), 0
        self.file = mirror_file(source, data_dir)
        self._state = (source, self.file.sha256) if self.file else None
        self._found = _known.get(self._state) if self._state else None
        plain = unchecked_rows(source, data_dir)
        self._rows = plain if self._found else self._passing(plain)

    def __iter__(self) -> Iterator[Row]:
        """What is left of the rows. Raises UsageError as ``rows``."""
        return self._rows

    def _passing(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._hash.update(canonical_line(row))
            self._count += 1
            yield row
        self._found = self._hash.hexdigest(), self._count

    def check(self) -> None:
        """Goes through what is left of the rows. Raises UsageError as ``rows``: also for other content than the pin's.

        After a row that could not be read in its file it does nothing.
        """
        if self._found is None:
            for _ in self._rows:
                pass
        if self._found is not None:
            check_content(self._source, self._found[0])

    def finish(self) -> tuple[str, int]:
        """``content_digest`` of all rows, those included that nobody asked for. Raises UsageError as ``check``."""
        self.check()
        assert self._found is not None, "a row could not be read"
        if self._state:
            _known[self._state] = self._found
        return self._found
