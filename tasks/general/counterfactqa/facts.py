"""The tables of ``counterfactqa``: facts, what is asked about them and in which words, and parts of coined names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KINDS = ("attribute", "made_up", "out_of_time", "never_happened", "false_reason")
LANGUAGES = ("en", "zh")
# What goes by one name or several in each language; a question says the first.
Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fact:
    """One true statement, and what is asked about it.

    object: what holds of the subject beside the answer, and what a false question replaces; empty where there is none.
    answer: what is true; empty for an event that never was. to: a third party. group: which objects are mistaken for
    each other; false: such objects where they are listed. born, died: years of a person; several where calendars
    differ. source: a public reference.
    """

    relation: str
    subject: Names
    source: str
    object: Names = field(default_factory=dict)
    answer: Names = field(default_factory=dict)
    to: Names = field(default_factory=dict)
    never: bool = False
    group: str = ""
    false: Sequence[Names] = ()
    born: int = 0
    died: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """Facts of one form. asked: the type of the answer (a key of ``cues.json``'s ``values``).

    nouns: what a sentence calls the things that are asked about. predicates: words that state the premise, each the
    beginning of a word where it ends in an asterisk. templates: questions by language.
    """

    relation: str
    kind: str
    asked: str
    nouns: Names
    predicates: Names
    templates: Names


def read_lines(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table beside this file."""
    yield from map(json.loads, (HERE / name).read_text(encoding="utf-8").splitlines())


def read_json(name: str) -> Any:
    """A table that is one object."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@cache
def facts() -> tuple[Fact, ...]:
    """All facts, in the order of the tables."""
    return tuple(Fact(**row) for kind in KINDS for row in read_lines(f"facts/{kind}.jsonl"))


@cache
def relations() -> Mapping[str, Relation]:
    """The relations by name, in the order of their kinds."""
    return {row["relation"]: Relation(**row) for row in read_lines("relations.jsonl")}


def every_name(names: Names) -> list[str]:
    """The names in all languages, each once: an answer may be in another language than its question."""
    return list(dict.fromkeys(name for language in LANGUAGES for name in names.get(language, ())))


def is_same(one: Names, other: Names) -> bool:
    """Whether two things share a name."""
    return not set(map(str.casefold, every_name(one))).isdisjoint(map(str.casefold, every_name(other)))
