"""RULER's sizes are searched as the official scripts do, and what they would never end with ends."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any

import pytest
from ruler_parts import fitting, generator, part, supply, tables

from qwen3_eval.types import UsageError

NAMES = [row["task"] for row in tables()["tasks"]]


class Rows(fitting.Sized):  # type: ignore[misc,name-defined]
    """A unit is ten tokens, and a sample up to three more; those of numbers in ``long`` are thirty longer."""

    increment, floor = 25, 2
    long: tuple[int, ...] = ()

    def draw(self, size: int, index: int) -> Any:
        self.sizes = [*getattr(self, "sizes", ()), size]
        more = 30 * (index in self.long)
        return fitting.Drawn("x" * (10 * size + self.streams.random.randint(0, 3) + more), "", "", ())


def rows(room: int) -> Rows:
    return Rows(part("qa_1"), fitting.Space(room, room, len), {"squad": [{"qas": [{"is_impossible": False}] * 9}]})


def test_the_search_is_the_official_one() -> None:
    """The probe, then halving between the step and three times what the probe promises."""
    made = rows(1032)
    low, high, wanted, source = 25, int(1032 / ((250 + 2) / 25) * 3), 0, fitting.Streams(42).random
    tried = [25]
    high = int(1032 / ((250 + source.randint(0, 3)) / 25) * 3)
    while low <= high:
        tried.append(middle := (low + high) // 2)
        if 10 * middle + source.randint(0, 3) + 32 <= 1032:
            wanted, low = middle, middle + 1
        else:
            high = middle - 1
    assert made.search() == wanted and made.sizes == tried


def test_a_sample_that_is_too_long_is_drawn_a_step_smaller() -> None:
    made = rows(1035)
    made.long = (1,)
    first, second, third = (len(drawn.text) // 10 for drawn in islice(made.samples(), 3))
    assert first == third == 100 and second == 75 + 3


def test_below_the_official_sizes_smaller_ones_are_drawn() -> None:
    made = rows(32 + 107)
    assert {len(drawn.text) // 10 for drawn in islice(made.samples(), 5)} == {10}
    assert made.smallest() <= 32 + 23 and len(next(rows(made.smallest()).samples()).text) <= 23


def test_what_fits_in_no_size_ends() -> None:
    with pytest.raises(UsageError, match="qa_1 does not fit into a length of 45 tokens"):
        next(rows(45).samples())


@pytest.mark.parametrize("name", NAMES)
def test_samples_go_on_behind_any_of_them(name: str) -> None:
    """Random numbers are all that passes from one to the next."""
    straight = generator(name, 2500)
    made = [(drawn, straight.streams.state) for drawn in islice(straight.samples(), 4)]
    again = generator(name, 2500)
    assert list(islice(again.samples(2, made[1][1]), 2)) == [drawn for drawn, _ in made[2:]]
    assert list(islice(again.samples(1, made[0][1]), 1)) == [made[1][0]]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_of_the_smallest_size_fits(name: str) -> None:
    needed = generator(name, 2000).smallest()
    made = generator(name, needed + 12)
    drawn = next(made.samples())
    assert made.space.count(drawn.whole) + part(name).limit <= needed
    with pytest.raises(UsageError):
        next(generator(name, needed // 2).samples())


def digest(name: str) -> str:
    texts = [drawn.whole for length in (1500, 4500) for drawn in islice(generator(name, length).samples(), 2)]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:12]


def test_the_same_on_every_machine() -> None:
    """Two samples of each part at two lengths, as this machine and any other draws them."""
    assert {name: digest(name) for name in NAMES} == DIGESTS


def test_a_state_that_is_none() -> None:
    with pytest.raises(ValueError, match="7 bytes"):
        fitting.Streams(1).go_on(b"1234567")


def test_files_are_named_by_all_that_decides() -> None:
    space, digests = fitting.Space(4096, 4000, len), dict.fromkeys(tables(), "d")
    name = supply.file_name(part("niah_single_2"), space, "t", digests)
    assert name.startswith("niah_single_2-4096-") and name == supply.file_name(
        part("niah_single_2"), fitting.Space(4096, 4000, str.__len__), "t", {**digests, "squad": "other"}
    )
    others = [
        supply.file_name(part("niah_single_3"), space, "t", digests),
        supply.file_name(part("niah_single_2"), fitting.Space(4096, 3999, len), "t", digests),
        supply.file_name(part("niah_single_2"), fitting.Space(4096, 4000, len, 43), "t", digests),
        supply.file_name(part("niah_single_2"), fitting.Space(4096, 4000, len, 42, 9), "t", digests),
        supply.file_name(part("niah_single_2"), space, "u", digests),
        supply.file_name(part("niah_single_2"), space, "t", {**digests, "essays": "other"}),
    ]
    assert len({name, *others}) == 7


DIGESTS = {
    "niah_single_1": "79b07bbbfac6",
    "niah_single_2": "691fe9709c80",
    "niah_single_3": "548f163c5fd9",
    "niah_multikey_1": "2608393c00ef",
    "niah_multikey_2": "4248375d2ca3",
    "niah_multikey_3": "7231ff24f97d",
    "niah_multivalue": "35bc33e4c3cc",
    "niah_multiquery": "131e0fdde131",
    "vt": "40e6409263b9",
    "cwe": "67cc678177d0",
    "fwe": "e21f5902aa14",
    "qa_1": "fc047fafe1d4",
    "qa_2": "78d2ab960e19",
}
