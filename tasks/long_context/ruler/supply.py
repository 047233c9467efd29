"""The samples of one part at one length, for whoever asks for one by its number: out of the cache, else drawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from threading import Lock
from typing import TypeVar

from qwen3_eval.api import fitted

from .cache import Samples, StoredSample
from .common_words import CommonWords
from .fitting import Drawn, Generator, LongPart, Space, Tables
from .frequent_words import FrequentWords
from .needles import Needles
from .questions import Questions
from .variables import Variables

Found = TypeVar("Found")
# Raised whenever other samples come of the same facts.
VERSION = "1"
GENERATORS: Mapping[str, type[Generator]] = {
    "niah": Needles,
    "variable_tracking": Variables,
    "common_words_extraction": CommonWords,
    "freq_words_extraction": FrequentWords,
    "qa": Questions,
}
# The table of each dataset of questions.
DATASETS = {"squad": "squad", "hotpotqa": "hotpot"}


def tables_of(part: LongPart) -> tuple[str, ...]:
    """The tables that the samples of a part are made of."""
    if part.kind == "qa":
        return (DATASETS[part.args["dataset"]],)
    words = ("words",) if part.kind in ("niah", "common_words_extraction") else ()
    return (*words, "essays") if part.args.get("type_haystack") == "essay" else words


def available(part: LongPart, tables: Tables) -> int | None:
    """How many samples there are of a part at most; None for any number."""
    return GENERATORS[part.kind].available(part, tables)


def generator(part: LongPart, space: Space, tables: Tables) -> Generator:
    """What draws the samples of a part at a length."""
    return GENERATORS[part.kind](part, space, tables)


def file_name(part: LongPart, space: Space, tokenizer: str, digests: Mapping[str, str]) -> str:
    """Of the samples of a part at a length, in the cache: by all that decides about them.

    tokenizer: its digest. digests: of the tables, by their names.
    """
    facts = {
        "version": VERSION,
        "part": asdict(part),
        "space": [space.length, space.room, space.overhead, space.seed],
        "tokenizer": tokenizer,
        "tables": {name: digests[name] for name in tables_of(part)},
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{part.name}-{space.length}-{digest[:16]}.samples"


class Supply:
    """Samples of one file of the cache. Several threads may ask, and several processes with one cache.

    make: a generator that has drawn nothing yet.
    """

    def __init__(self, make: Callable[[], Generator], samples: Samples) -> None:
        self._make, self._samples = make, samples
        self._lock = Lock()
        self._generator: Generator | None = None
        self._ahead: Iterator[Drawn] = iter(())
        self._next = -1

    def kept(self, number: int) -> StoredSample:
        """A sample without its text. Raises UsageError where it cannot be drawn."""
        return self._had(number, self._samples.kept)

    def text(self, number: int) -> str:
        """What the user says in a sample. Raises UsageError where it cannot be drawn."""
        return self._had(number, self._samples.text)

    def _had(self, number: int, read: Callable[[int], Found | None]) -> Found:
        with self._lock:
            while (found := read(number)) is None:
                if number < len(self._samples):
                    self._samples.cut(number)
                self._draw()
            return found

    def _draw(self) -> None:
        """One more sample than the file has: another process may draw them too."""
        number = len(self._samples)
        if self._generator is None or number != self._next:
            self._go_on(number)
        assert self._generator is not None
        drawn = next(self._ahead, None)
        if drawn is None:
            raise fitted.UsageError(f"{self._generator.part.name} has no more than {number} samples")
        self._samples.add(self._next, drawn, self._generator.streams.state)
        self._next += 1

    def _go_on(self, number: int) -> None:
        """Draws on behind the samples that are there, up to one that is damaged."""
        before = None
        while number and (before := self._samples.kept(number - 1)) is None:
            number -= 1
            self._samples.cut(number)
        if self._generator is None or before is None:
            self._generator = self._make()
        self._ahead = self._generator.samples(number, before.state if before else b"")
        self._next = number
