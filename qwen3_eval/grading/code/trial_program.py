"""Runs inside the sandbox: puts a program to its tests and says what came out, never what should have.

The first line of the input is a JSON object: ``code``, ``function`` (the name of the function to call; null for a
program that reads its input), ``streams`` (how a program gets its input, see below) and ``seconds`` (CPU time for each
test). Each further line is the input of a test, a JSON string. Each line is answered by one: ``{"value": ...,
"seconds": ..., "differs": ...}``, or ``{"error": ..., ...}``, which is the last. A program could write such lines
itself, which would not help it: it would have to know the values, and they are not here.

How a program is run are the facts of LiveCodeBench/LiveCodeBench@15808c76fbd459a73ce6b60d111e56860ab45f6d,
``lcb_runner/evaluation/testing_util.py``, the state that judged release_v5: what is imported before it, one load for
all tests, a program that reads its input becomes a function of no arguments. Its imports run before any test, so that
``from sys import stdin`` gives the process's own standard input, of which the reference replaces the three methods
that read; the replaced ``open`` no program gets to see. ``sys.stdout`` is a ``StringIO``, and ``sys.stdin`` is:

january: a ``StringIO``, as in that state (January 2025).
may: as since 16de2a1ef5c07342f6b9782a415cc29cee9ce6e4 (May 2025, the newest): an object whose ``buffer`` can be read,
    which cannot be iterated, and whose ``read`` gives all of the input, however much of it was read before.
files: neither's. Input and output are the files that an ordinary program finds, and the program is not wrapped.
"""

import ast
import decimal
import importlib.util
import io
import json
import numbers
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import IO, Any

STARRED = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys"
    " json builtins typing"
).split()
NAMED = STARRED[:-2]
PREAMBLE = "".join(
    (
        *(f"from {name} import *\n" for name in STARRED),
        *(f"import {name}\n" for name in NAMED),
        "sys.setrecursionlimit(50000)\n",
    )
)
WRAPPER = "wrapped_function"
MAIN = "__name__ == '__main__'"
DIGITS = 50_000
# What a program may write to a file of its own: 64 MB.
FILE_BYTES = 2**26
OWN_INPUT = sys.stdin
# Whether a test did what the two states answer in another way.
seen = {"differs": False}
# What programs do not find there.
ABSENT_MODULES = "ipdb joblib resource psutil tkinter".split()
ABSENT_CALLS = {
    "builtins": "quit help".split(),
    "os": (
        "kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate replace"
        " unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir"
    ).split(),
    "shutil": "rmtree move chown".split(),
    "subprocess": ["Popen"],
}


class TimeoutException(Exception):
    """A test used up its CPU time. Named as in the reference, where a program may catch it."""


class Capture(io.StringIO):
    """Standard output of one test; closing it raises TypeError, as in the reference."""

    def close(self) -> None:
        """Cannot be called by a program."""
        raise TypeError("close() is missing an argument")


def on_time(signum: int, frame: FrameType | None) -> None:
    """The signal's handler. What it writes counts as output of a program that goes on all the same."""
    sys.stdout.write("timeout occured: alarm went off\n")
    raise TimeoutException


def take_away() -> None:
    """Modules and calls that the reference takes away from programs."""
    for module, names in ABSENT_CALLS.items():
        for name in names:
            setattr(__import__(module), name, None)
    for name in ABSENT_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]


def without_main(code: str) -> str:
    """The code with its last block unwrapped, when that asks whether it is the main program."""
    try:
        body = ast.parse(code).body
        last = body[-1]
        if isinstance(last, ast.If) and ast.unparse(last.test).strip() == MAIN:
            return "\n".join((*map(ast.unparse, body[:-1]), *map(ast.unparse, last.body)))
    except Exception:  # noqa: BLE001 - code that cannot be read stays as it is, and fails when it is loaded
        return code
    return code


def as_function(code: str) -> str:
    """A module that imports what the code imports, with all else of it in one function."""
    try:
        body = ast.parse(code).body
    except Exception:  # noqa: BLE001 - as above
        return code
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.FunctionDef(WRAPPER, nothing, body=rest, decorator_list=[], lineno=-1)
    return "\n".join((PREAMBLE, *map(ast.unparse, imports), ast.unparse(function)))


def loaded(code: str) -> object:
    """What the code defines: its ``Solution``, when it speaks of one, else the module."""
    module = ModuleType("tmp_sol", "")
    exec(code, module.__dict__)  # noqa: S102 - in the sandbox
    return module.Solution() if "class Solution" in code else module


class January(io.StringIO):
    """Standard input of the older state; ``differs`` once a program does what the newer one answers in another way."""

    differs = drained = False

    def read(self, size: int | None = -1, /) -> str:
        """The same in both states where it reads all from the start."""
        whole = io.StringIO.tell(self) == 0 and (size is None or size < 0)
        self.differs, self.drained = self.differs or not whole, True
        return super().read(size)

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """The same in both states unless all was read before."""
        self.differs = self.differs or self.drained
        return super().readline(size)

    @property
    def buffer(self) -> Any:
        """Only the newer state has one."""
        self.differs = True
        raise AttributeError("'_io.StringIO' object has no attribute 'buffer'")


def noted(name: str) -> Callable[..., object]:
    """A method of ``January`` that the newer state lacks, or that has another answer there."""

    def method(self: January, *values: object) -> object:
        self.differs = True
        return getattr(io.StringIO, name)(self, *values)

    return method


for unlike in "__iter__ __next__ __enter__ close detach getvalue readlines seek tell truncate write".split():
    setattr(January, unlike, noted(unlike))


class May:
    """Standard input of the newer state: three views of the input that know nothing of each other."""

    differs = False

    def __init__(self, text: str) -> None:
        self._text, self._lines, self.buffer = text, io.StringIO(text), MayBytes(text)

    def read(self, *_: int) -> str:
        """All of the input."""
        return self._text

    def readline(self, *size: int) -> str:
        """The next line."""
        return self._lines.readline(*size)

    def readlines(self, *_: int) -> list[str]:
        """All lines, without line breaks."""
        return self._text.split("\n")

    def __getattr__(self, name: str) -> object:
        return getattr(self._lines, name)


class MayBytes:
    """The input as bytes in the newer state: all of it, or its first line, any number of times."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def read(self, *_: int) -> bytes:
        """All of the input."""
        return self._data

    def readline(self, *_: int) -> bytes:
        """The first line."""
        return self._data.split(b"\n")[0] + b"\n"


STREAMS: dict[str, Callable[[str], Any]] = {"january": January, "may": May}


class Own:
    """The process's own standard input while a test runs: methods that read it give the test's input."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        rest = iter(lines)
        self._methods = {
            "read": lambda *_: text,
            "readlines": lambda *_: list(lines),
            "readline": lambda *_: next(rest),
        }

    def __enter__(self) -> None:
        for name, method in self._methods.items():
            setattr(OWN_INPUT, name, method)

    def __exit__(self, *_: object) -> None:
        for name in self._methods:
            delattr(OWN_INPUT, name)


def function_test(code: str, name: str) -> Callable[[str], object]:
    """A test that calls a function; its input has one JSON value a line. The result, a tuple as a list."""
    function = getattr(loaded(f"{PREAMBLE}\n\n{code}"), name)

    def test(text: str) -> object:
        result = function(*map(json.loads, text.split("\n")))
        return plain(list(result) if isinstance(result, tuple) else result)

    return test


def program_test(code: str, streams: str) -> Callable[[str], str]:
    """A test that runs a program on an input. What it prints, also when it leaves early."""
    function = getattr(loaded(as_function(without_main(code))), WRAPPER)

    def test(text: str) -> str:
        before, given, output = (sys.stdin, sys.stdout), STREAMS[streams](text), Capture()
        sys.stdin, sys.stdout = given, output
        try:
            with Own(text):
                function()
        except SystemExit:
            return output.getvalue()
        finally:
            seen["differs"] = seen["differs"] or given.differs
            sys.stdin, sys.stdout = before
        return output.getvalue()

    return test


def ordinary_test(code: str, given: IO[bytes], output: IO[bytes]) -> Callable[[str], str]:
    """A test that runs a program as the main one, with files as its input and output."""
    program = compile(f"{PREAMBLE}\n{code}", "program.py", "exec")

    before = sys.stdin, sys.stdout

    def test(text: str) -> str:
        sys.stdin, sys.stdout = before  # what a program put there may close the descriptors when it goes
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        for descriptor, file, data in ((0, given.fileno(), text.encode()), (1, output.fileno(), b"")):
            os.ftruncate(file, 0)
            os.pwrite(file, data, 0)
            os.lseek(file, 0, os.SEEK_SET)
            os.dup2(file, descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as every program finds it
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        try:
            exec(program, {"__name__": "__main__"})  # noqa: S102 - in the sandbox
        except SystemExit:
            pass
        finally:
            if not sys.stdout.closed:
                sys.stdout.flush()
        size = os.fstat(output.fileno()).st_size
        return os.pread(output.fileno(), size, 0).decode("utf-8", "replace")

    return test


def plain(value: Any) -> object:
    """A value as JSON that is equal to it. Raises TypeError when there is none: a set, a tuple in a list, ..."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real | decimal.Decimal) and float(value) == value:
        return float(value)
    if type(value).__module__ == "numpy":
        return plain(value.item())
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} equals no JSON value")


def timed(seconds: float, call: Callable[..., object], *arguments: object) -> Any:
    """The call's result. Raises TimeoutException after so much CPU time."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return call(*arguments)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """One program. What it writes to its descriptors itself goes nowhere."""
    nowhere, source, channel = os.open(os.devnull, os.O_RDWR), os.fdopen(os.dup(0), encoding="utf-8"), os.dup(1)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    decode, encode, write, leave, clock = json.loads, json.dumps, os.write, os._exit, time.process_time

    def say(message: dict[str, object], began: float) -> None:
        line = (encode({**message, "seconds": clock() - began, **seen}) + "\n").encode()
        while line:
            line = line[write(channel, line) :]

    job, began = decode(source.readline()), clock()
    build, arguments = builder(job)
    prepare(job["code"])
    try:
        test = timed(job["seconds"], build, job["code"], *arguments)
        say({"value": None}, began)
        for line in source:
            text, began = decode(line), clock()
            say({"value": timed(job["seconds"], test, text)}, began)
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its failure
        say({"error": f"{type(error).__name__}: {error}"[:500], "slow": isinstance(error, TimeoutException)}, began)
    leave(0)


def builder(job: dict[str, Any]) -> tuple[Callable[..., Callable[[str], object]], tuple[object, ...]]:
    """What makes the test of a job out of its code and these arguments; files are made while that can be done."""
    if job["function"]:
        return function_test, (job["function"],)
    if job["streams"] == "files":
        return ordinary_test, (tempfile.TemporaryFile(), tempfile.TemporaryFile())
    closed = io.StringIO()
    closed.close()
    vars(sys)["__stdin__"] = closed  # as in the reference's process
    return program_test, (job["streams"],)


def prepare(code: str) -> None:
    """The interpreter as a program of the reference finds it."""
    sys.set_int_max_str_digits(DIGITS)
    signal.signal(signal.SIGPROF, on_time)
    if "numpy" in code and importlib.util.find_spec("numpy"):
        importlib.import_module("numpy")  # which needs what is now taken away
    take_away()


if __name__ == "__main__":
    main()
