"""Values and the words in which people say them: days, times, lengths of time, sums of money, names."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

T = TypeVar("T")

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
FIRST_NAMES = (
    *("Mara", "Jonas", "Aiko", "Tomás", "Leila", "Oskar", "Priya", "Henrik", "Chiara", "Daniel", "Nadia", "Felix"),
    *("Yusuf", "Greta", "Ravi", "Sofia", "Emeka", "Ingrid", "Marek", "Beatriz", "Kenji", "Amara", "Lukas", "Noor"),
    *("Pauline", "Viktor", "Zeynep", "Andrei", "Camille", "Rosa", "Silas", "Wanda", "Hugo", "Irina", "Malik", "Tessa"),
)
LAST_NAMES = (
    *("Lindqvist", "Moreau", "Tanaka", "Ferreira", "Haddad", "Berg", "Sharma", "Olsen", "Ricci", "Novak", "Keller"),
    *("Okafor", "Demir", "Weiss", "Patel", "Alvarez", "Kowalski", "Silva", "Mori", "Diallo", "Brandt", "Rahman"),
)
CITIES = (
    *("Hamburg", "Vienna", "Zurich", "Prague", "Munich", "Berlin", "Cologne", "Brussels"),
    *("Amsterdam", "Paris", "Lyon", "Milan", "Copenhagen", "Warsaw"),
)
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
QUARTERS = {15: "quarter past {this}", 30: "half past {this}", 45: "quarter to {next}"}
SPANS = {
    15: ("15 minutes", "a quarter of an hour"),
    20: ("20 minutes", "twenty minutes"),
    30: ("30 minutes", "half an hour"),
    45: ("45 minutes", "three quarters of an hour"),
    60: ("60 minutes", "an hour", "one hour"),
    75: ("75 minutes", "an hour and a quarter"),
    90: ("90 minutes", "an hour and a half"),
    120: ("120 minutes", "two hours"),
}


class Day(NamedTuple):
    """A date: ``Friday`` or ``14 March``, ``on Friday``, and 2025-03-14."""

    words: str
    on: str
    iso: str


class Said(NamedTuple):
    """A value and the words for it."""

    words: str
    value: int


class Time(NamedTuple):
    """A time of the day: ``half past three in the afternoon``, 15:30."""

    words: str
    iso: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody; first names are unique within a world."""

    first: str
    last: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """An address that nobody has."""
        return f"{plain(self.first)}.{plain(self.last)}@example.org"


def plain(name: str) -> str:
    """A name in lower case and without accents."""
    return name.lower().translate(str.maketrans("áéíóúüö", "aeiouuo"))


class Deck:
    """Chance. What is dealt from a list does not come again before everything else came."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._piles: dict[tuple[Hashable, ...], list[int]] = {}

    def deal(self, options: Sequence[T]) -> T:
        """One of the options, which must be hashable."""
        pile = self._piles.setdefault(tuple(options), [])
        if not pile:
            pile.extend(self.rng.sample(range(len(options)), len(options)))
        return options[pile.pop()]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Several different ones, in any order."""
        return self.rng.sample(list(options), count)

    def one(self, options: Sequence[T]) -> T:
        """Any of the options."""
        return self.rng.choice(options)

    def shuffled(self, options: Iterable[T]) -> list[T]:
        """All of them in any order."""
        found = list(options)
        self.rng.shuffle(found)
        return found

    def whole(self, low: int, high: int, step: int = 1) -> int:
        """An integer of a grid, ends included."""
        return self.rng.randrange(low, high + 1, step)

    def cents(self, low: int, high: int) -> float:
        """A price between two whole numbers, with two decimals."""
        return self.rng.randrange(low * 100, high * 100) / 100


def shown(day: date) -> str:
    """``Wednesday, 12 March 2025``."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def say_day(deck: Deck, today: date, ahead: int) -> Day:
    """A day from tomorrow on, in words that mean it alone: a weekday is its next occurrence after today."""
    day = today + timedelta(days=ahead)
    month = MONTHS[day.month - 1]
    ways = [f"{day.day} {month}", f"{month} {day.day}"]
    ways += [WEEKDAYS[day.weekday()]] * 3 if 1 < ahead < 7 else []
    ways += {1: ["tomorrow"] * 3, 2: ["the day after tomorrow"]}.get(ahead, [])
    words = deck.one(ways)
    return Day(words, words if "tomorrow" in words else f"on {words}", day.isoformat())


def say_time(deck: Deck, minutes: int) -> Time:
    """A time by minutes after midnight, a multiple of 15."""
    hour, minute = divmod(minutes, 60)
    half = "am" if hour < 12 else "pm"
    short = (hour - 1) % 12 + 1
    ways = [f"{hour:02}:{minute:02}", f"{short}:{minute:02} {half}" if minute else f"{short} {half}"]
    if minute:
        part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
        spoken = QUARTERS[minute].format(this=spoken_hour(hour), next=spoken_hour(hour + 1))
        ways += [f"{spoken} {part}"] if hour != 11 else []
    return Time(deck.one(ways), clock_of(minutes))


def spoken_hour(hour: int) -> str:
    """``three`` for 15."""
    short = (hour - 1) % 12 + 1
    return COUNTS[short] if short <= 10 else ("eleven", "twelve")[short - 11]


def say_span(deck: Deck, options: Sequence[int] = tuple(SPANS)) -> Said:
    """A length of time in minutes."""
    minutes = deck.one(options)
    return Said(deck.one(SPANS[minutes]), minutes)


def say_euros(deck: Deck, amount: float) -> str:
    """A sum of money."""
    digits = f"{amount:.0f}" if amount == int(amount) else f"{amount:.2f}"
    return deck.one((f"{digits} euros", f"€{digits}", f"{digits} EUR"))


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def people(deck: Deck, count: int) -> list[Person]:
    """Different people, with different first names."""
    lasts = deck.some(LAST_NAMES, count) if count <= len(LAST_NAMES) else [deck.one(LAST_NAMES) for _ in range(count)]
    return [Person(first, last) for first, last in zip(deck.some(FIRST_NAMES, count), lasts, strict=True)]


def times(start: int, stop: int, step: int) -> list[str]:
    """Times of a day as ``HH:MM``, from minutes after midnight."""
    return [clock_of(minutes) for minutes in range(start, stop, step)]


def clock_of(minutes: int) -> str:
    """Minutes after midnight as ``HH:MM``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes_of(time: str) -> int:
    """Minutes after midnight of ``HH:MM``."""
    hours, _, rest = time.partition(":")
    return int(hours) * 60 + int(rest)
