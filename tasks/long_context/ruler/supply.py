"""The samples of one part at one length, for whoever asks for one by its number: out of the cache, else drawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import RLock

from .cache import Kept, Samples
from .common_words import CommonWords
from .fitting import Drawn, Generator, Part, Space, Tables
from .frequent_words import FrequentWords
from .needles import Needles
from .questions import Questions
from .variables import Variables

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


def tables_of(part: Part) -> tuple[str, ...]:
    """The tables that the samples of a part are made of."""
    if part.kind == "qa":
        return (DATASETS[part.args["dataset"]],)
    words = ("words",) if part.kind in ("niah", "common_words_extraction") else ()
    return (*words, "essays") if part.args.get("type_haystack") == "essay" else words


class Supply:
    """Samples of a part. Several threads may ask, and several processes with one cache.

    tokenizer: its digest. digests: of the tables, by their names.
    """

    def __init__(self, part: Part, space: Space, tables: Tables, tokenizer: str, digests: Mapping[str, str]) -> None:
        self._made = part, space, tables
        facts = {
            "version": VERSION,
            "part": asdict(part),
            "space": [space.length, space.room, space.overhead, space.seed],
            "tokenizer": tokenizer,
            "tables": {name: digests[name] for name in tables_of(part)},
        }
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        self._name = f"{part.name}-{space.length}-{digest[:16]}.samples"
        self._lock = RLock()
        self._ahead: Iterator[Drawn] = iter(())
        self._generator = generator(*self._made)
        self._next = -1

    def opened(self, folder: Path) -> Supply:
        """The same with its file of the cache. Raises UsageError where that cannot be written."""
        self._samples = Samples(folder / self._name)
        return self

    def kept(self, number: int) -> Kept:
        """A sample without its text. Raises UsageError where none can be drawn."""
        return self._had(number, self._samples.kept)
