"""Which docs of a task are asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from qwen3_eval.types import Doc


@dataclass(frozen=True, slots=True)
class Pick:
    """The docs in some languages, the first ones of each, and of those the first ones of the dataset.

    languages: tags; empty for all. limit, limit_per_language: None for all.
    whole: all docs of a task that otherwise asks a sample of them.
    in_turn: where there is a limit, the first ones are those of all subsets in turn.
    """

    languages: frozenset[str] = frozenset()
    limit: int | None = None
    limit_per_language: int | None = None
    whole: bool = True
    in_turn: bool = False

    def of(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Those that are asked, in their order; no more docs are taken than that needs.

        Of docs that were picked the same ones are picked again.
        """
        if self.languages:
            docs = (doc for doc in docs if doc.language in self.languages)
        limited = self.limit is not None or self.limit_per_language is not None
        if limited and self.in_turn:
            docs = _in_turn(docs)
        if self.limit_per_language is not None:
            docs = _first_of_each(docs, self.limit_per_language)
        return islice(docs, self.limit)


def _in_turn(docs: Iterable[Doc]) -> Iterator[Doc]:
    """The first doc of each subset, then the second of each, and so on."""
    rounds: defaultdict[int, list[Doc]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for doc in docs:
        rounds[seen[doc.subset]].append(doc)
        seen[doc.subset] += 1
    return chain.from_iterable(rounds.values())


def _first_of_each(docs: Iterable[Doc], limit: int) -> Iterator[Doc]:
    """The first docs in each language."""
    seen: Counter[str] = Counter()
    for doc in docs:
        seen[doc.language] += 1
        if seen[doc.language] <= limit:
            yield doc


EVERYTHING = Pick()
