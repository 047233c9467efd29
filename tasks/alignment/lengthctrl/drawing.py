"""The requests of the benchmark, drawn without end from the lists beside this file.

Of ten requests in a language six ask for about a length, two for one between two, one for at most and one for at least
one; the languages take turns, and so do genres, subjects, settings, wordings and the places where the length is
stated: each list is dealt out like a pack of cards before it is shuffled again, so that under every seed a set has the
same shares and no wording comes often.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Card = TypeVar("Card")
LANGUAGES = ("en", "zh-Hans")
PLACES = ("start", "middle", "end")
KINDS = ("about", "between", "at_most", "at_least")
# How often each of the kinds comes among ten.
SHARES = (6, 2, 1, 1)
# Lengths that people ask for.
LENGTHS = (
    *(50, 60, 70, 80, 90, 100, 120, 150, 180, 200, 220, 250, 300, 350, 400, 450),
    *(500, 550, 600, 700, 750, 800, 900, 1000, 1200, 1500, 1600, 1800, 2000),
)
# How far the two ends of a range lie from its middle, before they are rounded.
SPREAD = 1.18


def drawn_rows(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Rows of the benchmark, endless.

    ``language``, ``number`` (of the request among those of its language), ``kind`` and ``place`` of the length,
    ``genre``, ``subject``, ``setting``, ``lengths`` (one number, or the two ends of a range), ``middle`` (what a range
    lies around, else the number), ``wording`` (which of the requests and of the lengths) and ``question``.
    """
    hands = [_requests(rng, language) for language in LANGUAGES]
    while True:
        yield from (next(hand) for hand in hands)


def _requests(rng: random.Random, language: str) -> Iterator[dict[str, Any]]:
    words = json.loads((Path(__file__).parent / "wording" / f"{language[:2]}.json").read_text("utf-8"))
    kinds = dealt(rng, [kind for kind, share in zip(KINDS, SHARES, strict=True) for _ in range(share)])
    places = dealt(rng, PLACES)
    topics = {name: dealt(rng, words[f"{name}s"]) for name in ("genre", "subject", "setting")}
    requests = {place: dealt(rng, range(len(words["requests"][place]))) for place in PLACES}
    phrases = {kind: dealt(rng, range(len(words["lengths"][kind]))) for kind in KINDS}
    number = 0
    while True:
        number += 1
        kind, place = next(kinds), next(places)
        said = {name: next(deck) for name, deck in topics.items()}
        which = next(requests[place]), next(phrases[kind])
        middle, lengths = asked_lengths(rng, kind)
        length = _written(words["lengths"][kind][which[1]], lengths, language)
        yield {
            "language": language,
            "number": number,
            "kind": kind,
            "place": place,
            **said,
            "lengths": list(lengths),
            "middle": middle,
            "wording": list(which),
            "question": _filled(words["requests"][place][which[0]], {**said, "length": length}),
        }


def dealt(rng: random.Random, cards: Sequence[Card]) -> Iterator[Card]:
    """The cards in random order, again and again, each as often as the others."""
    while True:
        yield from rng.sample(cards, len(cards))


def asked_lengths(rng: random.Random, kind: str) -> tuple[int, tuple[int, ...]]:
    """A length, log-uniform from the shortest to the longest and rounded as people do, and the numbers to state."""
    drawn = math.exp(rng.uniform(math.log(LENGTHS[0]), math.log(LENGTHS[-1])))
    middle = nearest_length(drawn)
    if kind != "between":
        return middle, (middle,)
    low, high = nearest_length(drawn / SPREAD), nearest_length(drawn * SPREAD)
    return middle, (low, high)


def nearest_length(length: float) -> int:
    """The length of the list that is nearest in proportion."""
    return min(LENGTHS, key=lambda each: abs(math.log(each / length)))


def _written(phrase: str, lengths: Sequence[int], language: str) -> str:
    """``at most 1,200 words``; Chinese has no marks in numbers of four digits."""
    shown = [f"{length:,}" if language == "en" else str(length) for length in lengths]
    return phrase.format(n=shown[0], low=shown[0], high=shown[-1])


def _filled(template: str, said: Mapping[str, str]) -> str:
    """A request; what is named with a capital in the template begins with one."""
    return template.format(**said, **{name.capitalize(): text[:1].upper() + text[1:] for name, text in said.items()})
