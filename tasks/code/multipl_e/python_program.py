"""Runs inside the sandbox, twice: the tests of HumanEval in one process, the answer in another that they call.

``answer``: loads the program, then answers a line of JSON with a line: arguments with the value, or with the error.
``tests``: calls it through two pipes, compares what comes back, which is data alone, and writes the mark, which it
reads from its standard input, when nothing is left to compare. The other process can neither read its memory nor its
descriptors.
"""

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from calls_program import decoded, encoded  # type: ignore[import-not-found]

PR_SET_DUMPABLE = 4
LONGEST_ERROR = 300


def answer(program: str, function: str) -> None:
    """Serves calls of a function until its input ends. What the program itself writes goes nowhere."""
    channel, calls = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    dumps, loads, namespace = json.dumps, json.loads, dict[str, Any]()

    def say(result: Any) -> None:
        try:
            line = dumps(result())
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its failure
            line = dumps({"error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]})
        channel.write(line + "\n")
        channel.flush()

    say(lambda: exec(program, namespace))  # noqa: S102 - in the sandbox
    for line in calls:
        say(lambda line=line: {"value": encoded(namespace[function](*map(decoded, loads(line))), unroll=True)})


def tests(prompt: str, test: str, function: str) -> None:
    """Runs the tests. Raises what they raise, and RuntimeError for an error of the answer."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
    mark = sys.stdin.read()
    calls, replies = os.fdopen(3, "w"), os.fdopen(4)
    reply(replies)

    def candidate(*arguments: Any) -> Any:
        calls.write(json.dumps([encoded(argument) for argument in arguments]) + "\n")
        calls.flush()
        return decoded(reply(replies)["value"])

    namespace: dict[str, Any] = {}
    exec(prompt, namespace)  # noqa: S102 - the dataset's own, with helpers that its tests use
    namespace[function] = candidate
    exec(test, namespace)  # noqa: S102 - the dataset's own
    namespace["check"](candidate)
    calls.close()
    os.wait()
    sys.stdout.write(f"\n{mark}\n")


def reply(replies: TextIO) -> Any:
    """What the answer says next. Raises RuntimeError with its error."""
    line = replies.readline()
    said = json.loads(line) if line else {"error": "the program ended"}
    if said is not None and "error" in said:
        raise RuntimeError(said["error"])
    return said


def main() -> None:
    """The process that the first argument names."""
    texts = json.loads(Path("texts.json").read_text())
    if sys.argv[1] == "answer":
        answer(texts["program"], texts["function"])
    else:
        try:
            tests(texts["prompt"], texts["test"], texts["function"])
        except BaseException as error:  # noqa: BLE001 - of the tests or of the answer
            sys.exit(f"{type(error).__name__}: {error}"[:LONGEST_ERROR])


if __name__ == "__main__":
    main()
