"""Runs inside the sandbox: loads a program, calls it, and says what came back as data with its types.

Input, as JSON: ``sets``, each a list of steps that share their names, and each in new ones; and ``unroll``: whether
iterators are read. A step is ``{"statements"}``, or ``{"expression"}``, or ``{"function", "arguments"}``, which is a
call; its limits are ``seconds`` of CPU time and of the ``clock``, 0 for none. Output: a JSON line for each step, in
order: ``{"value", "seconds"}``, or ``{"error"}``, which ends its set. What is expected is not here, so that a program
which writes such lines itself has to know the values.

``encoded`` and ``decoded`` are the transport of values, used on both sides. JSON's own values stand for themselves;
anything else is an object with one entry, its kind. An object of a class that is derived from a plain one (a named
tuple, a defaultdict, a number of numpy) is ``like`` that one. Of any other object nothing but its type is told: it is
equal to nothing, whatever its ``__eq__`` says. Of a very long value its digest is told, which equal values share; one
problem of MBPP+ has an answer of a gigabyte.
"""

import fractions
import hashlib
import io
import json
import marshal
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any

SMALL = 2**63
VIEWS: tuple[type[Iterable[object]], ...] = (
    range,
    deque,
    Iterator,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
LONGEST_ERROR = 300
# Characters and elements of a value; of a longer one the digest is told.
LONG = 200_000
# Elements of a long value that are marshalled together.
AT_ONCE = 256
# Types of which equal values have equal marshalled forms.
SETTLED = {str, bytes, int, type(None)}


class Opaque:
    """What is known of an object that is no plain data: the name of its type. Equal to itself alone."""

    def __init__(self, name: str, items: list[object] | None = None) -> None:
        self.name = name
        self._items = items

    def __iter__(self) -> Iterator[object]:
        if self._items is None:
            raise TypeError(f"{self.name} was not read")
        return iter(self._items)

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Digest:
    """What is known of a long value. Equal to that of an equal one."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and other._digest == self._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def __repr__(self) -> str:
        return f"<a long value, digest {self._digest[:12]}>"


def _pairs(value: dict[object, object]) -> list[object]:
    return [[encoded(key), encoded(item)] for key, item in value.items()]


def _each(value: Iterable[object]) -> list[object]:
    return [encoded(item) for item in value]


def _integer(value: int) -> object:
    return int(value) if -SMALL < value < SMALL else {"int": hex(value)}


# What stands for a value of each plain type; a subclass goes by the first that it is an instance of.
ENCODERS: dict[type, Callable[[Any], object]] = {
    bool: bool,
    int: _integer,
    float: float,
    str: str.__str__,
    list: _each,
    tuple: lambda value: {"tuple": _each(value)},
    dict: lambda value: {"dict": _pairs(value)},
    set: lambda value: {"set": _each(value)},
    frozenset: lambda value: {"frozenset": _each(value)},
    complex: lambda value: {"complex": [value.real, value.imag]},
    bytes: lambda value: {"bytes": value.hex()},
    bytearray: lambda value: {"bytearray": value.hex()},
    Decimal: lambda value: {"decimal": str(value)},
    fractions.Fraction: lambda value: {"fraction": [encoded(value.numerator), encoded(value.denominator)]},
}
DECODERS: dict[str, Callable[[Any], object]] = {
    "tuple": lambda items: tuple(map(decoded, items)),
    "dict": lambda pairs: {decoded(key): decoded(item) for key, item in pairs},
    "set": lambda items: set(map(decoded, items)),
    "frozenset": lambda items: frozenset(map(decoded, items)),
    "int": lambda digits: int(digits, 16),
    "complex": lambda parts: complex(*parts),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "decimal": Decimal,
    "fraction": lambda parts: fractions.Fraction(*map(decoded, parts)),
    "like": lambda named: decoded(named[1]),
    "other": Opaque,
    "digest": Digest,
    "items": lambda named: Opaque(named[0], list(map(decoded, named[1]))),
}


def encoded(value: object, unroll: bool = False) -> Any:
    """A value as JSON. Raises RecursionError for one that contains itself.

    unroll: iterators, ranges, views of dictionaries and deques are read, for who asks for their items alone.
    """
    kind = type(value)
    if value is None:
        return None
    if kind in ENCODERS:
        return ENCODERS[kind](value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__ == "numpy" and hasattr(value, "item") and not hasattr(value, "__len__"):
        return {"like": [name, encoded(value.item())]}
    for base, encode in ENCODERS.items():
        if isinstance(value, base):
            return {"like": [name, encode(value)]}
    return {"items": [name, _each(value)]} if unroll and isinstance(value, VIEWS) else {"other": name}


def decoded(value: object) -> Any:
    """The value behind JSON of ``encoded``. Raises ValueError, TypeError, LookupError or ArithmeticError for other."""
    if isinstance(value, list):
        return list(map(decoded, value))
    if isinstance(value, dict):
        [(kind, content)] = value.items()
        return DECODERS[kind](content)
    return value


def type_name(value: object) -> str:
    """Name of the type of an encoded value; two values are of one type when they have the same."""
    if not isinstance(value, dict):
        return type(value).__name__
    [(kind, content)] = value.items()
    return str(content[0]) if kind in ("like", "items") else str(content) if kind == "other" else str(kind)


def is_long(value: object) -> bool:
    """Whether a value is longer than LONG. Equal values are equally long."""
    left, queue = LONG, [value]
    while queue and left >= 0:
        item = queue.pop()
        if isinstance(item, (str, bytes, bytearray, list, tuple, set, frozenset, dict)):
            left -= len(item)
            queue.extend((*item.keys(), *item.values()) if isinstance(item, dict) else ())
            queue.extend(item if isinstance(item, (list, tuple, set, frozenset)) and left >= 0 else ())
        elif isinstance(item, int):
            left -= item.bit_length() // 1024  # beyond every float that it could be equal to
    return left < 0


def is_settled(items: Sequence[Any]) -> bool:
    """Whether all items, or all items of lists and tuples, are of types in SETTLED: told without a call for each."""
    kinds = set(map(type, items))
    return kinds <= SETTLED or (kinds <= {list, tuple} and set(map(type, chain.from_iterable(items))) <= SETTLED)


def settled(value: object) -> Any:
    """A value that is equal to this one and whose marshalled form is the same for all equal values.

    Raises ValueError for one that is no plain data.
    """
    if isinstance(value, (list, tuple)):
        items = value if is_settled(value) else map(settled, value)
        return list(items) if isinstance(value, list) else tuple(items)
    if isinstance(value, (set, frozenset)):
        return "set", sorted(map(marshalled, value))
    if isinstance(value, dict):
        return "dict", sorted((marshalled(key), marshalled(item)) for key, item in value.items())
    if isinstance(value, complex) and value.imag == 0:
        return settled(value.real)
    if isinstance(value, (int, float)):
        return value if isinstance(value, float) and not value.is_integer() else int(value)
    return value


def marshalled(value: Any) -> bytes:
    """The bytes that stand for a value and all that are equal to it. Raises ValueError for no plain data."""
    return marshal.dumps(settled(value), 0)  # a later version tells interned strings from others


def digested(value: Any) -> Any:
    """A long value by its digest, as JSON; one that is no plain data by its type."""
    digest = hashlib.sha256()
    try:
        if type(value) in (list, tuple):
            digest.update(f"{type(value).__name__} {len(value)} ".encode())
            for start in range(0, len(value), AT_ONCE):  # in pieces, because there may be a gigabyte of them
                digest.update(marshalled(value[start : start + AT_ONCE]))
        else:
            digest.update(marshalled(value))
    except ValueError:
        return {"other": f"{type(value).__module__}.{type(value).__qualname__}"}
    return {"digest": digest.hexdigest()}


class Unreadable(io.TextIOBase):
    """Standard input that cannot be read, as in the reference's evaluator."""

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        """Raises OSError."""
        raise OSError("there is nothing to read")

    read = readline


def answer(step: dict[str, Any], namespace: dict[str, Any], unroll: bool) -> Any:
    """What one step comes to, as JSON."""
    if "statements" in step:
        return exec(step["statements"], namespace)  # noqa: S102 - in the sandbox
    if "expression" in step:
        value = eval(step["expression"], namespace)  # noqa: S307 - in the sandbox
    else:
        value = namespace[step["function"]](*map(decoded, step["arguments"]))
    if is_long(value):
        return digested(set(value) if unroll else value)
    return encoded(value, unroll)


def timed(step: dict[str, Any], call: Callable[[], object], clock: Callable[[], float]) -> tuple[object, float]:
    """The result and its CPU time. The kernel ends the process once the step has used up its own."""
    begun = clock()
    limit(step["seconds"], step["clock"])
    result = call()
    limit(0, 0)
    return result, clock() - begun


def limit(seconds: float, clock: float) -> None:
    """Sets the timers, of which each ends the process."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, clock)


def take(
    steps: list[dict[str, Any]], unroll: bool, say: Callable[[dict[str, object]], None], clock: Callable[[], float]
) -> None:
    """Takes the steps of a set until one fails."""
    namespace: dict[str, Any] = {}
    try:
        for step in steps:
            value, seconds = timed(step, partial(answer, step, namespace, unroll), clock)
            say({"value": value, "seconds": seconds})
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its failure
        limit(0, 0)
        say({"error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]})


def main() -> None:
    """One job. What the program itself writes goes nowhere, and nothing is left for it to read."""
    job = json.load(sys.stdin)
    nowhere, channel = os.open(os.devnull, os.O_RDWR), os.dup(1)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdin, encode, write, leave = Unreadable(), json.dumps, os.write, os._exit

    def say(message: dict[str, object]) -> None:
        line = (encode(message) + "\n").encode()
        while line:
            line = line[write(channel, line) :]

    # Before a program loads numpy, which would start a thread for each core.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    for steps in job["sets"]:
        take(steps, job["unroll"], say, time.process_time)
    leave(0)


if __name__ == "__main__":
    main()
