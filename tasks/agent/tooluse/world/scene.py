"""Scenes: what a user says, turn by turn, and the calls that answer it, made on the world as they are written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from .domains import DOMAIN_OF, DOMAINS, TOOLS
from .schema import faults
from .tools import Domain, State, copied
from .words import Day, Deck, Time, say_day, say_time

Call = dict[str, Any]
# For each message of a scene the ways to say it, with places for words.
Ways = Sequence[Sequence[str]]
FIRST_DAY = date(2025, 1, 6)
OFFERED = 8
STRANGERS = 3


@dataclass(frozen=True)
class Script:
    """How scenes of one kind are written.

    domains: those that take part. exactly: the only tools of them that are offered; all where it is empty.
    """

    kind: str
    domains: tuple[str, ...]
    write: Callable[[Scene], None]
    exactly: tuple[str, ...] = ()


class Scripts(list[Script]):
    """The scripts of one kind of scene, in the order in which they were written.

    book: name of the file in ``scenes`` with what users say in them: for each of their messages the ways to say it.
    """

    def __init__(self, book: str) -> None:
        super().__init__()
        self.book = book

    def about(self, *domains: str, exactly: Sequence[str] = ()) -> Callable[[Callable[[Scene, Ways], None]], Script]:
        """Adds the function below it as a script; it is given the scene and what is said in it."""

        def keep(write: Callable[[Scene, Ways], None]) -> Script:
            kind = write.__name__
            self.append(Script(kind, domains, lambda scene: write(scene, said_in(self.book)[kind]), tuple(exactly)))
            return self[-1]

        return keep


@cache
def said_in(book: str) -> Mapping[str, Ways]:
    """What users say in the scripts of a book, by the name of the script."""
    path = Path(__file__).parent / "scenes" / f"{book}.json"
    found: dict[str, Ways] = json.loads(path.read_text(encoding="utf-8"))
    return found


class NothingToDoError(Exception):
    """The world is already as the user wants it to be."""


class Scene:
    """A conversation while it is written.

    A scene sets up its ``state`` first. Then each ``user`` opens a turn, and ``call``, ``also`` and ``look`` add the
    calls that answer it, a step further or beside the last one. They are made at once, so that later ones can use
    what earlier ones found.
    """

    def __init__(self, deck: Deck, domains: Sequence[str]) -> None:
        self.deck = deck
        self.today = FIRST_DAY + timedelta(days=deck.whole(0, 330))
        self.state: dict[str, State] = {name: DOMAINS[name].draw(deck, self.today) for name in domains}
        self.turns: list[dict[str, Any]] = []
        self._start: dict[str, State] = {}

    def user(self, phrases: Sequence[str], **words: object) -> None:
        """Opens a turn with one of the phrases, filled with words."""
        self._start = self._start or copied(self.state)
        self.turns.append({"user": sentence(self.deck.deal(phrases).format(**words)), "steps": []})

    def asks_back(self, phrases: Sequence[str], **words: object) -> None:
        """A turn that lacks something which only the user can say: the model must ask for it."""
        self.user(phrases, **words)
        self.turns[-1]["ask"] = True

    def join(self, links: Sequence[str]) -> None:
        """Makes one turn of the last two, which do not depend on each other."""
        *self.turns, first, second = self.turns
        said = self.deck.deal(links).format(first=first["user"], second=second["user"])
        calls = [call for turn in (first, second) for step in turn["steps"] for call in step]
        self.turns.append({"user": said, "steps": [calls]})

    def unanswered(self) -> None:
        """Takes the calls of the last turn away: what the user asks for cannot be done."""
        self.turns[-1]["steps"] = []

    def call(self, tool: str, /, **arguments: object) -> Any:
        """A call that the user asks for; it follows on the calls before it. Returns its result."""
        self.turns[-1]["steps"].append([])
        return self._make(tool, arguments)

    def call_each(self, tool: str, /, many: Sequence[Mapping[str, object]]) -> None:
        """Calls of one tool that the user asks for, beside each other."""
        self.call(tool, **many[0])
        for arguments in many[1:]:
            self.also(tool, **arguments)

    def also(self, tool: str, /, **arguments: object) -> Any:
        """A call that the user asks for, beside the one before it."""
        return self._make(tool, arguments)

    def look(self, tool: str, /, **arguments: object) -> Any:
        """A lookup that only serves to find what later calls need."""
        result = self.call(tool, **arguments)
        self.turns[-1]["steps"][-1][-1]["lookup"] = True
        return result

    def look_also(self, tool: str, /, **arguments: object) -> Any:
        """A lookup beside the one before it."""
        result = self._make(tool, arguments)
        self.turns[-1]["steps"][-1][-1]["lookup"] = True
        return result

    def _make(self, tool: str, arguments: dict[str, object]) -> Any:
        self.turns[-1]["steps"][-1].append({"name": tool, "arguments": arguments})
        state, wrong = self.state[DOMAIN_OF[tool]], [str(fault) for fault in faults(arguments, TOOLS[tool].schema)]
        before = json.dumps(state)
        result = TOOLS[tool](state, arguments)
        if wrong or (isinstance(result, dict) and "error" in result):
            raise ValueError(f"the script calls {tool}({arguments}) in vain: {wrong or result}")
        if TOOLS[tool].changes and json.dumps(state) == before:
            raise NothingToDoError
        return copied(result)

    def day(self, low: int = 1, high: int = 14) -> Day:
        """A day so many days from now."""
        return say_day(self.deck, self.today, self.deck.one([n for n in range(low, high + 1) if n != 7]))

    def days(self, count: int, low: int = 1, high: int = 14, but: str = "") -> list[Day]:
        """Different days, in order, none of which is that one."""
        ahead = [n for n in range(low, high + 1) if n != 7 and self._iso(n) != but]
        return [say_day(self.deck, self.today, n) for n in sorted(self.deck.some(ahead, count))]

    def said(self, iso: str) -> Day:
        """A day of the world in words."""
        return say_day(self.deck, self.today, (date.fromisoformat(iso) - self.today).days)

    def _iso(self, ahead: int) -> str:
        return (self.today + timedelta(days=ahead)).isoformat()

    def time(self, first: int = 8, last: int = 20) -> Time:
        """A time between two hours, on the quarter."""
        return say_time(self.deck, self.deck.whole(first * 60, last * 60, 15))

    def row(self, script: Script, number: int) -> dict[str, Any]:
        """The scene as a row of the benchmark, with the tools that it offers in any order."""
        stranger, strangers = self._strangers(script)
        tools = [*self._of_the_scene(script), *strangers]
        world = {**self._start, stranger.name: stranger.draw(self.deck, self.today)}
        return {
            "kind": script.kind,
            "number": number,
            "today": self.today.isoformat(),
            "tools": self.deck.shuffled(tools),
            "world": {name: world[name] for name in sorted({DOMAIN_OF[tool] for tool in tools})},
            "turns": self.turns,
        }

    def _of_the_scene(self, script: Script) -> list[str]:
        if script.exactly:
            return list(script.exactly)
        needed = list(dict.fromkeys(self._called()))
        others = [tool.name for name in script.domains for tool in DOMAINS[name].tools if tool.name not in needed]
        return needed + self.deck.some(others, min(max(OFFERED - len(needed), 2), len(others)))

    def _called(self) -> Iterator[str]:
        return (call["name"] for turn in self.turns for step in turn["steps"] for call in step)

    def _strangers(self, script: Script) -> tuple[Domain, list[str]]:
        """Tools of another domain. Where no call is due, none that could be thought to find out what is missing."""
        due = any(self._called())
        known = {
            name: [tool.name for tool in domain.tools if due or tool.changes]
            for name, domain in DOMAINS.items()
            if name not in script.domains
        }
        name = self.deck.one([name for name, tools in known.items() if len(tools) >= STRANGERS])
        return DOMAINS[name], self.deck.some(known[name], STRANGERS)


def sentence(text: str) -> str:
    """The text with a capital at its start, unless it starts with a path or a quotation."""
    return text[:1].upper() + text[1:]


class ScriptShelf:
    """Hands out scripts in turn, and writes their scenes with a number for each kind."""

    def __init__(self, deck: Deck, part: str, scripts: Sequence[Script]) -> None:
        self._deck, self._part, self._scripts = deck, part, scripts
        self._written: Counter[str] = Counter()

    def scene(self) -> dict[str, Any]:
        """The next scene as a row."""
        script = self._deck.deal(self._scripts)
        scene = self._write(script)
        self._written[script.kind] += 1
        return {"part": self._part, **scene.row(script, self._written[script.kind])}

    def _write(self, script: Script) -> Scene:
        """A scene in which every change that the user asks for is one."""
        while True:
            scene = Scene(self._deck, script.domains)
            try:
                script.write(scene)
            except NothingToDoError:
                continue
            return scene
