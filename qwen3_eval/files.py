"""The one way in which files that a user keeps are written and JSON files are read.

What is written goes to a new file beside the old one and takes its place once it is whole and on the disk, so that a
full disk or the end of the process leaves the old content. The new file has the old one's permissions, a symbolic link
is followed, and what is no regular file (a pipe, ``/dev/stdout``) is written to.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import sys
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from qwen3_eval.types import IncompleteError, UsageError

# The machine could not, whatever the path: another try may go well.
EXHAUSTED = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
NAME_BYTES = 100


def compact(value: object) -> bytes:
    """Compact JSON in UTF-8; where half of a surrogate pair stands in a text, in ASCII, which can hold it.

    An array of token ids is a list, and a number that is not finite is null. Raises TypeError for what is no JSON.
    """
    try:
        return _ENCODER.encode(value)
    except (TypeError, UnicodeEncodeError):
        return json.dumps(value, separators=(",", ":"), default=_as_json).encode()


def _as_json(value: object) -> object:
    if isinstance(value, array):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON value")


# A tenth of the time that ``json`` takes for a line of a journal.
_ENCODER = msgspec.json.Encoder(enc_hook=_as_json)


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of ``path`` once that went well; else nothing is left behind.

    Missing folders are made. Raises as ``write_error`` says when the disk does not take it.
    """
    try:
        with _streamed(path) if _is_special(path) else _beside(path) as temporary:
            yield temporary
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> Exception:
    """IncompleteError where the machine has run out of something, UsageError where the path is the reason."""
    what = f"cannot write {path}: {error.strerror or ' '.join(str(error).split())}"
    if error.errno in EXHAUSTED:
        return IncompleteError(f"{what}; make room and run the same command again")
    return UsageError(f"{what}; choose another place")


def _is_special(path: Path) -> bool:
    """Whether a path stands for an open file of ours, or for what cannot be replaced."""
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return True
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        return not stat.S_ISREG(mode)
    return False


@contextlib.contextmanager
def _streamed(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qwen3-eval-") as folder:
        temporary = Path(folder, path.name)
        yield temporary
        with open(temporary, "rb") as source, _opened(path) as target:
            shutil.copyfileobj(source, target)


def _opened(path: Path) -> IO[bytes]:
    """What is no regular file, for writing; a descriptor of ours is gone on with, where it is."""
    number = {"/dev/stdout": "1", "/dev/stderr": "2"}.get(str(path), path.name)
    if number.isdecimal() and path.parts[:2] in (("/", "dev"), ("/", "proc")):
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        return open(os.dup(int(number)), "wb")
    return open(path, "wb")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target.parent)) from error
    temporary = _new_file(target)
    try:
        yield temporary
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        sync(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync(target.parent)


def _new_file(target: Path) -> Path:
    """An empty file beside ``target``, with the permissions that a new file gets."""
    head = os.fsdecode(os.fsencode(target.name)[:NAME_BYTES])
    temporary = target.with_name(f".{head}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk; some file systems cannot say so for a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Writes a text in UTF-8, half of a surrogate pair as a question mark. Raises as ``replaced`` does."""
    with replaced(path) as temporary:
        temporary.write_text(text, "utf-8", errors="replace")


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file, half of a surrogate pair as its escape. Raises as ``replaced`` does."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if not text.isascii() and text != text.encode("utf-8", "replace").decode():
        text = json.dumps(value, indent=1)
    write_text(path, text + "\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises UsageError naming file and line where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    try:
        return json.loads(content.decode())
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8") from error
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}, line {error.lineno} is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deeply to be read") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error


def json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is no file. Raises UsageError as ``read_json``, or for no object."""
    found = read_json(path) if path.is_file() else {}
    if not isinstance(found, dict):
        raise UsageError(f"{path} holds no JSON object")
    return found
