"""How a part of the benchmark is drawn to a length: its random numbers, the search for its size, its samples.

A part is one of the thirteen tasks of RULER. What it draws has a size (words of an essay, lines, needles, documents);
the size that fills a length is searched once with the tokenizer of the model, then sample follows sample. Every draw
of the search takes random numbers too, so samples are those of the official scripts where every draw is.
"""

from __future__ import annotations

import random
import struct
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from qwen3_eval.api import fitted

if TYPE_CHECKING:
    from numpy.random import RandomState

Item = TypeVar("Item")
# The numbers of a Mersenne Twister and the place among them.
TWISTER = struct.Struct("<625I")
# Rows by the name of their table: ``tasks``, ``words`` (``list``, ``words``), ``squad`` (a row a paragraph: ``title``,
# ``context``, ``qas``), ``hotpot`` (the official rows, or those in their place) and ``essays`` (``text``).
Tables = Mapping[str, Sequence[Mapping[str, Any]]]
# Below this length the official scripts take smaller steps and fewer words.
SHORT = 4096
# Draws at the smallest official size before it is left; the official loop would go on with it for ever.
PATIENCE = 20
# Where a template takes the long text.
CONTEXT = "{context}"


@dataclass(frozen=True, slots=True)
class LongPart:
    """One of the thirteen tasks, as a row of the table ``tasks`` states it.

    template, prefix: with their fields in braces; the prefix begins the answer. limit: tokens of the answer
    (``tokens_to_generate``). args: of the official script, by name.
    """

    name: str
    kind: str
    args: Mapping[str, Any]
    template: str
    prefix: str
    limit: int
    metric: str

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> LongPart:
        """A row of the table. Raises KeyError where a column is lacking."""
        texts = row["template"], row["answer_prefix"]
        return cls(row["task"], row["kind"], row["args"], *texts, row["tokens_to_generate"], row["metric"])


@dataclass(frozen=True, slots=True)
class Space:
    """What a sample has to fit into.

    length: tokens, as they are named. room: those that prompt and answer may fill, chat template taken off.
    count: tokens of a text, without special ones. seed: of all random numbers. overhead: tokens of the chat template.
    """

    length: int
    room: int
    count: Callable[[str], int] = field(repr=False)
    seed: int = 42
    overhead: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample. text: what the user says; prefix: how the answer begins, with its blank in front.

    question: the end of the text that asks. evidence: sentences of the text that the answers rest on, in its order.
    """

    text: str
    prefix: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """All that is counted."""
        return self.text + self.prefix


class Streams:
    """Random numbers of one part at one length: those that a script draws which has seeded Python and NumPy."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.random = random.Random(seed)

    @cached_property
    def numbers(self) -> RandomState:
        """What ``numpy.random`` is after ``numpy.random.seed``."""
        from numpy.random import RandomState

        return RandomState(self._seed)

    @property
    def state(self) -> bytes:
        """All that the next random numbers depend on; NumPy's only where they were wanted."""
        _, python, _ = self.random.getstate()
        states = [TWISTER.pack(*python)]
        if "numbers" in self.__dict__:
            _, keys, place, *_ = self.numbers.get_state(legacy=True)
            states.append(TWISTER.pack(*map(int, keys), int(place)))
        return b"".join(states)

    def go_on(self, state: bytes) -> None:
        """Goes on behind a state. Raises ValueError for what is none."""
        if len(state) not in (TWISTER.size, 2 * TWISTER.size):
            raise ValueError(f"{len(state)} bytes are no state of random numbers")
        version, _, gauss = self.random.getstate()
        python, *numpy = TWISTER.iter_unpack(state)
        self.random.setstate((version, python, gauss))
        for *keys, place in numpy:
            self.numbers.set_state({"bit_generator": "MT19937", "state": {"key": keys, "pos": place}})

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """In place, the same way each time: official scripts shuffle with a fresh ``Random(seed)``."""
        items[:] = self.shuffled(items)

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """As ``shuffle``, as a list of its own."""
        return [items[place] for place in _order(self._seed, len(items))]


@lru_cache(maxsize=16)
def _order(seed: int, length: int) -> Sequence[int]:
    """The places that a shuffle takes items from; they depend on nothing but how many there are."""
    order = list(range(length))
    random.Random(seed).shuffle(order)
    return array("I", order)


class Generator(ABC):
    """One part at one length. It draws once: its random numbers go on from sample to sample."""

    def __init__(self, part: LongPart, space: Space, tables: Tables) -> None:
        self.part, self.space, self.tables = part, space, tables
        self.streams = Streams(space.seed)

    @classmethod
    def available(cls, part: LongPart, tables: Tables) -> int | None:
        """How many samples there are at most; None for any number."""
        return None

    @abstractmethod
    def sampler(self) -> Callable[[int], Drawn]:
        """What draws the sample of a number, once all that goes before the first one has been drawn.

        A sample is not longer than the room with its answer. Raises UsageError where none can be, as it does then.
        """

    def samples(self, first: int = 0, state: bytes = b"") -> Iterator[Drawn]:
        """The samples from number ``first`` on. state: of the random numbers behind the sample before it."""
        sample, most = self._sampler, self.available(self.part, self.tables)
        if state:
            self.streams.go_on(state)
        for number in count(first) if most is None else range(first, most):
            yield sample(number)

    @cached_property
    def _sampler(self) -> Callable[[int], Drawn]:
        return self.sampler()

    def too_short(self) -> fitted.UsageError:
        """What a length gets that not even the smallest sample fits into."""
        return fitted.UsageError(f"{self.part.name} does not fit into a length of {self.space.length:,} tokens")

    def filled(self, context: str, answers: Sequence[str], evidence: Sequence[str] = (), **fields: str) -> Drawn:
        """The template around a context, and the prefix. fields: what else they name."""
        texts = self.part.template, self.part.prefix
        text, prefix = (each.format(context=context, **fields) for each in texts)
        question = self.part.template.partition(CONTEXT)[2].format(**fields).strip()
        return Drawn(text, prefix, question, tuple(answers), tuple(evidence))

    @abstractmethod
    def smallest(self) -> int:
        """Tokens of room that samples of the smallest size need, answer included.

        Takes random numbers: asked of a generator that draws no samples.
        """


class Sized(Generator):
    """A part whose size is searched: all but ``fwe``.

    increment: the least size of the official search, and by how much a sample that is too long is drawn smaller.
    floor: the least size that makes sense at all; between it and the increment the samples are our own.
    """

    factor: ClassVar[int] = 3

    @property
    @abstractmethod
    def increment(self) -> int: ...

    @property
    @abstractmethod
    def floor(self) -> int: ...

    @abstractmethod
    def draw(self, size: int, index: int) -> Drawn:
        """Sample number ``index`` at this size, as the official script draws it, random number by random number."""

    def trial(self, size: int) -> int:
        """Tokens of the prompt that the search draws at this size. Not those of a sample in ``vt``."""
        return self.space.count(self.draw(size, 0).whole)

    def estimate(self) -> int:
        """The largest size that the search tries, by the official probe: a draw at ``increment``."""
        tokens_a_unit = self.trial(self.increment) / self.increment
        return int((self.space.room / tokens_a_unit) * self.factor)

    def smallest(self) -> int:
        drawn = [self.space.count(self.draw(self.floor, 0).whole) for _ in range(PATIENCE)]
        return max(drawn) + self.part.limit

    def fits(self, tokens: int) -> bool:
        """Whether a prompt of so many tokens leaves room for its answer."""
        return tokens + self.part.limit <= self.space.room

    def search(self) -> int:
        """The size of samples: the largest that fits, by halving as the official scripts do."""
        high = max(self.estimate(), self.increment * 2)
        found = halved(self.increment, high, lambda size: self.fits(self.trial(size)))
        if found is None:
            # Here the official scripts would never end.
            found = halved(self.floor, self.increment - 1, lambda size: self.fits(self.trial(size)))
        return self.floor if found is None else found

    def sampler(self) -> Callable[[int], Drawn]:
        return partial(self._sample, self.search())

    def _sample(self, size: int, index: int) -> Drawn:
        tried = 0
        while True:
            drawn = self._drawn(size, index)
            if drawn is not None and self.fits(self.space.count(drawn.whole)):
                return drawn
            if size > self.increment:
                size = max(size - self.increment, self.floor)
                continue
            tried += 1
            if tried >= PATIENCE:
                size -= 1
            if size < self.floor:
                raise self.too_short()

    def _drawn(self, size: int, index: int) -> Drawn | None:
        """None for a size at which the official script fails inside a draw (and draws again)."""
        try:
            return self.draw(size, index)
        except ValueError:
            return None


def halved(low: int, high: int, fits: Callable[[int], bool]) -> int | None:
    """The largest size from ``low`` to ``high`` that fits, by halving as the official scripts do; None for none."""
    found = None
    while low <= high:
        middle = (low + high) // 2
        if fits(middle):
            found, low = middle, middle + 1
        else:
            high = middle - 1
    return found
