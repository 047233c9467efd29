"""What a command that did not succeed says: one line on stderr, and an exit code that is never 1.

1 belongs to a gate that failed. 2: the request was wrong. 3: it could not be carried out.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import tempfile
import traceback

from qwen3_eval.cli.interrupts import MESSAGE
from qwen3_eval.secrets import redacted
from qwen3_eval.types import IncompleteError, UsageError

DEBUG = "QWEN3_EVAL_DEBUG"
LONGEST = 1_000


def explain(error: BaseException) -> int:
    """Prints why a command ended and returns its exit code."""
    error = _cause(error)
    if isinstance(error, SystemExit) and not error.code:
        return 0
    if isinstance(error, BrokenPipeError) and reader_left():
        return 0
    if os.environ.get(DEBUG):
        print(redacted("".join(traceback.format_exception(error))), file=sys.stderr, end="")
    text, code = _words(error)
    line = " ".join(redacted(text).split())
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            shown = line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
            print(f"qwen3-eval: {shown}".encode("utf-8", "replace").decode(), file=sys.stderr, flush=True)
    return code


def _words(error: BaseException) -> tuple[str, int]:
    if isinstance(error, UsageError):
        return str(error), 2
    if isinstance(error, IncompleteError):
        return str(error), 3
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
        return MESSAGE, 3
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("qwen3_eval"):
        return f"the package {error.name!r} is not installed, and this needs it; set up anew with `make setup`", 2
    if isinstance(error, MemoryError):
        return "there is not enough memory; what was written is whole, try again with more or with less to do", 3
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"the system refused: {where}{error.strerror or error or type(error).__name__}", 3
    return f"this should not have happened: {type(error).__name__}: {error}; {_report(error)}", 3


def _cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _report(error: BaseException) -> str:
    """Keeps what a maintainer needs, and says where."""
    if os.environ.get(DEBUG):
        return "please report it with the lines above"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="qwen3-eval-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(redacted("".join(traceback.format_exception(error))))
    except OSError:
        return f"please report it with what {DEBUG}=1 shows"
    return f"please report it with {file.name}"


def reader_left() -> bool:
    """Whether whoever read our stdout is gone (``| head``); then nothing more goes there."""
    try:
        descriptor = sys.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, 0)
        left = any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return False
    if left:
        silence(descriptor)
    return left


def silence(descriptor: int) -> None:
    """What is still to be written there goes nowhere, so that leaving does not fail on it."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def flushed(code: int) -> int:
    """The exit code, once all of stdout is written; another where it cannot be."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError) and reader_left():
            return code
        silence(sys.stdout.fileno())
        return explain(error)
    return code


def say(text: str) -> None:
    """Prints, for a command whose exit code holds whether or not anybody reads to the end."""
    try:
        print(text)
    except BrokenPipeError:
        if not reader_left():
            raise
