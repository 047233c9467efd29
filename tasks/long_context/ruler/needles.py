"""Needles in a haystack: eight parts, which differ in the haystack, and in the keys and values of the needles.

The reference draws in this order, and so does this: each key and behind it its values; the haystack; where the needles
go; which keys are asked for. Needles are shuffled by a generator of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .fitting import CONTEXT, SHORT, Drawn, LongPart, Sized, Space, Tables
from .haystacks import DEPTHS, NOISE, Essays, Pairs

NEEDLE = "One of the special magic {kind} for {key} is: {value}."
# By the kind of haystack; the official steps of the lines of short prompts are smaller.
STEPS = {"essay": 500, "noise": 25, "needle": 25}
SHORT_STEP = 5
# Fewer words of an essay than these are no haystack.
LEAST_WORDS = 50
# What the template says of many, and of one.
SINGULAR = (("Some", "A"), ("are all", "is"), ("are", "is"), ("answers", "answer"))
LOWEST, HIGHEST = 1_000_000, 9_999_999
# Bits of a UUID that say that it is random (version 4, RFC 4122).
VERSION_MASK, VERSION = ~((0xF << 76) | (0x3 << 62)), (0x4 << 76) | (0x2 << 62)


@dataclass(frozen=True, slots=True)
class Planted:
    """Needles of one sample. keys, values: all that were drawn, the values by key. lines: as they are put in."""

    keys: Sequence[str]
    values: Sequence[Sequence[str]]
    lines: Sequence[str]


class Needles(Sized):
    """One of the eight parts at one length."""

    def __init__(self, part: LongPart, space: Space, tables: Tables) -> None:
        super().__init__(part, space, tables)
        args = part.args
        self._kind: str = args["type_haystack"]
        self._key_kind: str = args["type_needle_k"]
        self._value_kind: str = args["type_needle_v"]
        self._queries: int = args["num_needle_q"]
        self._keys = max(args["num_needle_k"], self._queries)
        self._values: int = args["num_needle_v"]
        self._texts = tuple(map(self._worded, (part.template, part.prefix)))
        self._pairs = pairs(*_lists(tables)) if "words" in (self._key_kind, self._value_kind) else None
        self._essays = essays(tuple(row["text"] for row in tables["essays"])) if self._kind == "essay" else None

    @property
    def increment(self) -> int:
        if self._kind != "essay" and self.space.length < SHORT:
            return SHORT_STEP
        return STEPS[self._kind]

    @property
    def floor(self) -> int:
        return LEAST_WORDS if self._kind == "essay" else self._keys * self._values

    def draw(self, size: int, index: int) -> Drawn:
        asked = self._asked()
        context = self._context(size, asked.lines)
        chosen = self.streams.random.sample(range(self._keys), self._queries)
        query = _listed([asked.keys[place] for place in chosen])
        answers = tuple(value for place in chosen for value in asked.values[place])
        text, prefix = (each.format(context=context, query=query) for each in self._texts)
        rests_on = {self._line(asked.keys[place], value) for place in chosen for value in asked.values[place]}
        evidence = tuple(line for line in asked.lines if line in rests_on)
        # Lines of a haystack go in from the last place to the first.
        evidence = evidence if self._essays else evidence[::-1]
        question = self._texts[0].partition(CONTEXT)[2].format(query=query).strip()
        return Drawn(text, prefix, question, answers, evidence)

    def _asked(self) -> Planted:
        keys: list[str] = []
        values: list[list[str]] = []
        for _ in range(self._keys):
            keys.append(self._random(self._key_kind))
            values.append([self._random(self._value_kind) for _ in range(self._values)])
        lines = [self._line(key, value) for key, several in zip(keys, values, strict=True) for value in several]
        self.streams.shuffle(lines)
        return Planted(keys, values, lines)

    def _context(self, size: int, lines: Sequence[str]) -> str:
        if self._essays is not None:
            return " ".join(self._among(self._essays.sentences(size), lines))
        hay = [NOISE] * size if self._kind == "noise" else [self._random_line() for _ in range(size)]
        places = sorted(self.streams.random.sample(range(size), len(lines)), reverse=True)
        for place, line in zip(places, lines, strict=True):
            hay.insert(place, line)
        return "\n".join(hay)

    def _among(self, sentences: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
        """Needles between sentences of an essay, by depth; a part of it without a sentence is an empty text."""
        depths = self.streams.random.sample(DEPTHS, len(lines))
        before = 0
        for place, line in zip(sorted(int(len(sentences) * (depth / 100)) for depth in depths), lines, strict=True):
            yield " ".join(sentences[before:place])
            yield line
            before = place
        yield " ".join(sentences[before:])

    def _random_line(self) -> str:
        key = self._random(self._key_kind)
        return self._line(key, self._random(self._value_kind))

    def _line(self, key: str, value: str) -> str:
        return NEEDLE.format(kind=self._value_kind, key=key, value=value)

    def _random(self, kind: str) -> str:
        source = self.streams.random
        if kind == "numbers":
            return str(source.randint(LOWEST, HIGHEST))
        if kind == "uuids":
            return uuid_text(source.getrandbits(128))
        assert self._pairs is not None
        return source.choice(self._pairs)

    def _worded(self, template: str) -> str:
        """The template with its number, and with the kind of values in its place."""
        kind = self._value_kind
        if self._queries * self._values == 1:
            for many, one in SINGULAR:
                template = template.replace(many, one)
            kind = kind[:-1]
        return template.replace("{type_needle_v}", kind)


def uuid_text(bits: int) -> str:
    """A random UUID of 128 random bits, as ``uuid.UUID(int=bits, version=4)`` prints it."""
    digits = f"{bits & VERSION_MASK | VERSION:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _listed(keys: Sequence[str]) -> str:
    return f"{', '.join(keys[:-1])}, and {keys[-1]}" if len(keys) > 1 else keys[0]


def _lists(tables: Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words: dict[str, Any] = {row["list"]: tuple(row["words"]) for row in tables["words"]}
    return words["adjective"], words["noun"]


@lru_cache(maxsize=1)
def pairs(adjectives: Iterable[str], nouns: Iterable[str]) -> Pairs:
    """The keys that are words, made once for all parts and lengths."""
    return Pairs(adjectives, nouns)


@lru_cache(maxsize=1)
def essays(texts: Sequence[str]) -> Essays:
    """The essays, divided once for all parts and lengths."""
    return Essays(texts)
