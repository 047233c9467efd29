"""Dialogues whose turns carry ``/think``, ``/no_think`` or nothing, drawn from a seed, and what each turn expects.

Of ten dialogues in a row, two have 4 turns, two 5, and so on to 8, one of each two in English and one in Chinese; and
one of the ten has its first flag in a system message. Questions are dealt from a shuffled deck, so that none comes
again before all were asked. Flags are drawn turn by turn; of several draws that switch often enough that one is taken
after which the shares of all turns so far are nearest to ``SHARES``, because short dialogues have no draw with few
flags that switches.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

THINK, NO_THINK = "/think", "/no_think"
FLAGS = ("", THINK, NO_THINK)
SHARES = (0.5, 0.25, 0.25)
TURNS, LANGUAGES = (4, 5, 6, 7, 8), ("en", "zh")
SWITCHES = 2
# Chances: that a flag stands at the end of its turn; that a turn goes on with the one before it, where that question
# has something of its own to go on with, and where it has not.
AT_END, GOES_ON, ASKS_MORE = 0.7, 0.5, 0.08
DRAWS = 16


def expected(flags: Sequence[str], begin: str = "") -> list[bool]:
    """Whether each turn is to be thought about: by the latest flag so far; before any, it is. begin: the system's."""
    found, thinks = list[bool](), begin != NO_THINK
    for flag in flags:
        thinks = flag == THINK if flag else thinks
        found.append(thinks)
    return found


def switched(thinks: Sequence[bool], begin: str = "") -> list[bool]:
    """Whether each turn expects another mode than what was in force before it."""
    return [now != before for before, now in itertools.pairwise([begin != NO_THINK, *thinks])]


def drawn_rows(rng: random.Random) -> Iterator[Mapping[str, Any]]:
    """Rows without end."""
    decks = {language: _Deck(rng, language) for language in LANGUAGES}
    flags, number = _Flags(rng), 0
    while True:
        kinds = list(itertools.product(TURNS, LANGUAGES))
        rng.shuffle(kinds)
        told = rng.randrange(len(kinds))
        for place, (turns, language) in enumerate(kinds):
            number += 1
            begin = rng.choice((THINK, NO_THINK)) if place == told else ""
            system = f"{rng.choice(_texts()['system'])[language]} {begin}" if begin else ""
            users = [
                _with_flag(rng, *turn)
                for turn in zip(decks[language].dialogue(turns), flags(turns, begin), strict=True)
            ]
            yield {"number": number, "language": language, "system": system, "begin": begin, "turns": users}


def _with_flag(rng: random.Random, text: str, flag: str) -> dict[str, str]:
    at_end = rng.random() < AT_END
    return {"user": (f"{text} {flag}" if at_end else f"{flag} {text}") if flag else text, "flag": flag}


class _Deck:
    """The questions of one language, dealt without repeating one before all were asked."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self._rng, self._language = rng, language
        self._left: list[Mapping[str, Any]] = []

    def dialogue(self, turns: int) -> list[str]:
        """The texts of so many turns, no two alike."""
        said, then = list[str](), ""
        while len(said) < turns:
            more = then if then and self._rng.random() < GOES_ON else self._more(said)
            question = self._next() if not more else {}
            text = more or question[self._language]
            if text not in said:
                said.append(text)
                then = question.get("then", {}).get(self._language, "")
        return said

    def _more(self, said: Sequence[str]) -> str:
        """What can be asked about any answer; empty where nothing is, as before there is one."""
        if not said or self._rng.random() >= ASKS_MORE:
            return ""
        return str(self._rng.choice(_texts()["anything"])[self._language])

    def _next(self) -> Mapping[str, Any]:
        if not self._left:
            self._left = list(_texts()["questions"])
            self._rng.shuffle(self._left)
        return self._left.pop()


@dataclass
class _Flags:
    """Flags of dialogues, each of which switches often enough, with the shares of all turns kept."""

    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, turns: int, begin: str) -> tuple[str, ...]:
        draws = (tuple(self.rng.choices(FLAGS, SHARES, k=turns)) for _ in itertools.count())
        fitting = (each for each in draws if sum(switched(expected(each, begin), begin)[1:]) >= SWITCHES)
        found = min(itertools.islice(fitting, DRAWS), key=self._off)
        self.counts.update(found)
        return found

    def _off(self, flags: Sequence[str]) -> float:
        """How far the shares of all turns are from what they should be, these flags included."""
        total = self.counts + Counter(flags)
        return sum(abs(total[flag] - share * total.total()) for flag, share in zip(FLAGS, SHARES, strict=True))


@cache
def _texts() -> Mapping[str, Any]:
    return dict(json.loads(Path(__file__).with_name("questions.json").read_text("utf-8")))
