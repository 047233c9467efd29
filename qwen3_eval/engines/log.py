"""What an engine prints: kept out of the terminal, and quoted when it fails."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

from qwen3_eval.engines.arguments import LOG_LEVEL

# "ValueError: ...", as a Python traceback ends, or an argument parser's "error: ...".
REASON = re.compile(r"(?:\b[A-Za-z_.]*(?:Error|Exception)|\berror): (?P<what>\d+ validation errors? for .*\n.*|.*\S)")
# Errors that only say that another process had one.
ECHO = re.compile(r"Engine core initialization failed|See root cause above|EngineDeadError|WorkerProc initialization")
TAIL = 200_000
LONGEST = 400


class EngineLog:
    """A file for the output of vLLM's processes; the terminal itself when ``QWEN3_EVAL_VLLM_LOG`` is set."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def open(self) -> IO[bytes] | None:
        """The file, for a child's output; None when its output goes to the terminal."""
        if self._file is None and not os.environ.get(LOG_LEVEL):
            self._file = tempfile.TemporaryFile(mode="w+b", prefix="qwen3-eval-vllm-")  # noqa: SIM115
        return self._file

    @contextlib.contextmanager
    def capture(self) -> Iterator[None]:
        """Sends this process's stdout and stderr here, and those of children started meanwhile for good."""
        file = self.open()
        if file is None:
            yield
            return
        _flush()
        kept = [os.dup(number) for number in (1, 2)]
        try:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            yield
        finally:
            _flush()
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)

    def reason(self) -> str:
        """The first error that stands in the log for itself, on one line; empty when there is none."""
        if self._file is None:
            return ""
        size = os.fstat(self._file.fileno()).st_size
        text = os.pread(self._file.fileno(), TAIL, max(0, size - TAIL)).decode(errors="replace")
        found = [" ".join(match["what"].split()) for match in REASON.finditer(text) if not ECHO.search(match[0])]
        return found[0][:LONGEST] if found else ""

    def close(self) -> None:
        """Forgets the file; safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
