"""``vt``: names that get the value of one another, hidden among lines that say nothing.

Random numbers are drawn as ``scripts/data/synthetic/variable_tracking.py`` draws them: names from Python's, values from
NumPy's. A worked example stands in front; it is made once, and each sample gives it names and a value of its own.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .fitting import SHORT, Drawn, Sized, halved

NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
# Letters of a name, in a sample and in the example.
LETTERS, EXAMPLE_LETTERS = 5, 3
# Tokens that the example may take with the chat template, the least of its noise lines, and its value.
EXAMPLE_LENGTH, EXAMPLE_STEP, EXAMPLE_VALUE = 500, 5, "12345"
# From the first to below the second.
VALUES = (10_000, 99_999)


@dataclass(frozen=True, slots=True)
class Chain:
    """Names that all get one value."""

    names: Sequence[str]
    value: str

    @property
    def lines(self) -> list[str]:
        """The value goes to the first name, and from each name to the next; lines of the latter end with a blank."""
        pairs = zip(self.names[1:], self.names, strict=False)
        return [f"VAR {self.names[0]} = {self.value}", *(f"VAR {name} = VAR {before} " for name, before in pairs)]


class Variables(Sized):
    """One chain of ``num_hops`` hops among noise lines, which are its size."""

    @property
    def increment(self) -> int:
        return 5 if self.space.length < SHORT else 10

    @property
    def floor(self) -> int:
        """Each line of the chain stands before a noise line of its own."""
        return self._n_names

    def draw(self, size: int, index: int) -> Drawn:
        example = self._example
        asked = self._asked(self._chain(), size)
        text = f"{self._renamed(example)}\n{asked.text}"
        return Drawn(text, asked.prefix, asked.question, asked.answers, asked.evidence)

    def trial(self, size: int) -> int:
        """The official search counts the example apart, as it was made."""
        example = self._example
        return self.space.count(example) + self.space.count(self._asked(self._chain(), size).whole)

    def estimate(self) -> int:
        """The official probe has no example, but that is made before it."""
        _ = self._example
        return self._most(self._asked(self._chain(), self.increment), self.increment, self.space.room)

    def _most(self, probe: Drawn, size: int, room: int) -> int:
        tokens_a_line = self.space.count(probe.whole) / size
        return int((room / tokens_a_line) * self.factor)

    @cached_property
    def _example(self) -> str:
        """The worked example and its answer."""
        room = EXAMPLE_LENGTH - self.space.overhead

        def drawn(size: int) -> Drawn:
            return self._asked(Chain(self._names(EXAMPLE_LETTERS), EXAMPLE_VALUE), size)

        def fits(made: Drawn) -> bool:
            return self.space.count(made.whole) <= room

        high = max(self._most(drawn(EXAMPLE_STEP), EXAMPLE_STEP, room), EXAMPLE_STEP * 2)
        size = halved(EXAMPLE_STEP, high, lambda lines: fits(drawn(lines))) or EXAMPLE_STEP
        while not fits(made := drawn(size)) and size > EXAMPLE_STEP:
            size = max(size - EXAMPLE_STEP, EXAMPLE_STEP)
        return f"{made.whole} {' '.join(made.answers)}\n"

    def _renamed(self, example: str) -> str:
        """The example with other names and another value, put in one after the other by plain replacement."""
        for name in example.split()[-self._n_names :]:
            example = example.replace(name, self._name(len(name)))
        return example.replace(EXAMPLE_VALUE, self._value())

    def _asked(self, chain: Chain, size: int) -> Drawn:
        """The question for a chain in so many noise lines."""
        lines, ordered = [NOISE] * size, chain.lines
        places = sorted(self.streams.random.sample(range(size), len(ordered)))
        for number, (place, line) in enumerate(zip(places, ordered, strict=True)):
            lines.insert(place + number, line)
        return self.filled("\n".join(lines), chain.names, ordered, query=chain.value, num_v=str(self._n_names))

    def _chain(self) -> Chain:
        return Chain(self._names(LETTERS), self._value())

    @property
    def _n_names(self) -> int:
        return int(self.part.args["num_hops"]) + 1

    def _names(self, letters: int) -> list[str]:
        """Names of a chain. The official script fails where two are alike; here they are drawn again."""
        while True:
            names = [self._name(letters) for _ in range(self._n_names)]
            if len(set(names)) == len(names):
                return names

    def _name(self, letters: int) -> str:
        return "".join(self.streams.random.choices(string.ascii_uppercase, k=letters))

    def _value(self) -> str:
        return str(self.streams.numbers.randint(*VALUES))
