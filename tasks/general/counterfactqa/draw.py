"""Pairs of questions: one that takes something false for granted, and one of the same template that does not.

A round has 20 pairs of each kind in each language, and uses no fact twice in them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from .facts import KINDS, LANGUAGES, Fact, Names, Relation, every_name, facts, is_same, read_json, relations

PAIRS = 20
# How many years after a death something is said to have been done, and the last year that is said.
LATER, LAST_YEAR = (25, 120), 2005
NONE: Names = {}
Dealt = TypeVar("Dealt")


class Premise(NamedTuple):
    """What a question is about.

    subject, object: as the question has them. truth: what a denial may name instead of what is false; empty where there
    is none. answer: what is accepted; empty for a false premise. claimed: the false part, or what stands in its place.
    """

    subject: Names
    object: Names
    to: Names
    truth: Names
    answer: Names
    claimed: Names


def drawn_rows(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Rows of ``counterfactqa``, pair after pair, of all kinds and languages in turn."""
    for number in itertools.count():
        pairs = [drawn_pairs(rng, kind, language) for kind in KINDS for language in LANGUAGES]
        for place, turn in enumerate(zip(*pairs, strict=True), number * PAIRS + 1):
            for (kind, language), pair in zip(itertools.product(KINDS, LANGUAGES), turn, strict=True):
                yield from ({"kind": kind, "language": language, "number": place, **row} for row in pair)


def drawn_pairs(rng: random.Random, kind: str, language: str) -> list[list[dict[str, Any]]]:
    """The pairs of one kind in one language: its relations in turn, and their templates in turn."""
    known = [relation for relation in relations().values() if relation.kind == kind]
    order = list(itertools.islice(itertools.cycle(shuffled(rng, known)), PAIRS))
    templates = {relation.relation: itertools.cycle(relation.templates[language]) for relation in known}
    coined = coined_names(rng)
    decks = {relation.relation: FactDeck(rng, relation, coined) for relation in known}
    pairs = []
    for relation in shuffled(rng, order):
        false, true = decks[relation.relation].pair()
        template = next(templates[relation.relation])
        pairs.append([row_of(relation, template, each, language) for each in (false, true)])
    return pairs


def row_of(relation: Relation, template: str, asked: Premise, language: str) -> dict[str, Any]:
    """A question with all that its answer is graded by."""
    said = {name: getattr(asked, name).get(language, [""])[0] for name in ("subject", "object", "to")}
    return {
        "relation": relation.relation,
        "template": template,
        "question": template.format(**said),
        "premise": [said["subject"], relation.relation, said["object"]],
        "false": not asked.answer,
        "subject": every_name(asked.subject),
        "claimed": every_name(asked.claimed),
        "truth": every_name(asked.truth),
        "accepted": every_name(asked.answer),
    }


class FactDeck:
    """The facts of one relation while pairs are drawn of them."""

    def __init__(self, rng: random.Random, relation: Relation, coined: Iterator[tuple[str, str]]) -> None:
        self._rng, self._relation, self._coined = rng, relation, coined
        own = [fact for fact in facts() if fact.relation == relation.relation]
        self._own = own
        self._real = iter(shuffled(rng, [fact for fact in own if not fact.never]))
        self._never = iter(shuffled(rng, [fact for fact in own if fact.never]))

    def pair(self) -> tuple[Premise, Premise]:
        """A false premise and a true one, of two facts."""
        fact = next(self._never if self._relation.kind == "never_happened" else self._real)
        return self._false(fact), true(next(self._real))

    def _false(self, fact: Fact) -> Premise:
        kind, none = self._relation.kind, NONE
        if kind == "never_happened":
            return Premise(fact.subject, fact.object, fact.to, none, none, fact.object or fact.subject)
        if kind == "made_up":
            made = self._made_up()
            return Premise(made, fact.object, none, none, none, made)
        if kind == "out_of_time":
            year = self._later(fact)
            died = {language: [*map(str, fact.died)] for language in LANGUAGES}
            return Premise(fact.subject, year, none, died, none, year)
        wrong = self._rng.choice(others(fact, self._own))
        return Premise(fact.subject, wrong, none, fact.object, none, wrong)

    def _later(self, fact: Fact) -> Names:
        year = self._rng.randint(fact.died[0] + LATER[0], min(fact.died[0] + LATER[1], LAST_YEAR))
        return {language: [str(year)] for language in LANGUAGES}

    def _made_up(self) -> Names:
        table, relation = read_json("coined.json"), self._relation.relation
        name, form = next(self._coined), table["forms"][relation]
        word = self._rng.choice(table["words"].get(relation, [["", ""]]))
        return {
            language: [form[language].format(name=name[place], word=word[place]), name[place]]
            for place, language in enumerate(LANGUAGES)
        }


def true(fact: Fact) -> Premise:
    """A question without a fault."""
    return Premise(fact.subject, fact.object, fact.to, {}, fact.answer, fact.object or fact.subject)


def others(fact: Fact, own: Sequence[Fact]) -> list[Names]:
    """What may be said falsely instead of a fact's object: listed, else the objects of its group that are not it."""
    if fact.false:
        return list(fact.false)
    near = [other.object for other in own if other.group == fact.group and not is_same(other.object, fact.object)]
    return list({every_name(each)[0]: each for each in near}.values())


def coined_names(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Names that nothing real has, each in both languages, without end and each once."""
    table = read_json("coined.json")
    parts = [table[part] for part in ("start", "middle", "end")]
    names = [(fact.subject, fact.object, fact.answer, *fact.false) for fact in facts()]
    real = "\n".join(name for some in names for each in some for name in every_name(each)).casefold()
    for chosen in shuffled(rng, list(itertools.product(*parts))):
        name = ("".join(part[0] for part in chosen), "".join(part[1] for part in chosen))
        if not any(each.casefold() in real for each in name):
            yield name


def shuffled(rng: random.Random, things: Sequence[Dealt]) -> list[Dealt]:
    """The things in a drawn order."""
    return rng.sample(things, len(things))
