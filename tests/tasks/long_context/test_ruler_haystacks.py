"""RULER's haystacks: pairs of words without their texts, and beginnings of essays."""

from __future__ import annotations

import random
import re
import uuid

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruler_parts import FOLDER, count, generator, part, tables
from task_modules import task_module

from qwen3_eval.api import instructions

haystacks, needles = task_module(FOLDER, "haystacks"), task_module(FOLDER, "needles")
NAMES = [row["task"] for row in tables()["tasks"] if row["kind"] == "niah"]
WORDS = st.lists(st.text("ab-", max_size=4), min_size=1, max_size=8)


@settings(max_examples=40)
@given(WORDS, WORDS)
def test_pairs_are_those_of_the_sorted_list(adjectives: list[str], nouns: list[str]) -> None:
    wanted = sorted({f"{adjective}-{noun}" for adjective in adjectives for noun in nouns})
    found = haystacks.Pairs(adjectives, nouns)
    assert [found[place] for place in range(len(found))] == wanted
    assert random.Random(7).choice(found) == random.Random(7).choice(wanted)


def test_depths_are_forty_even_places() -> None:
    assert list(haystacks.DEPTHS) == [int(depth) for depth in numpy.round(numpy.linspace(0, 100, num=40))]


@pytest.mark.parametrize(
    "texts", [[row["text"] for row in tables()["essays"]], ["One. Two! ", "Three? Mr. X.  "], ["a"]]
)
def test_a_beginning_is_divided_as_if_it_were_all(texts: list[str]) -> None:
    """Also where the essays begin again, and whatever was asked for before."""
    words = re.sub(r"\s+", " ", "".join(texts)).split(" ")
    essays = haystacks.Essays(texts)
    sizes = [*range(1, 40), *range(len(words) - 3, len(words) + 9), 2 * len(words), 5 * len(words) + 7]
    for size in random.Random(1).sample(sizes, len(sizes)):
        text = " ".join((words * (size // len(words) + 1))[:size]).strip()
        assert essays.sentences(size) == [text[a:b] for a, b in instructions.sentences(text)], size


def test_uuids_are_those_of_the_standard_library() -> None:
    for bits in (0, 2**128 - 1, random.Random(3).getrandbits(128)):
        assert needles.uuid_text(bits) == str(uuid.UUID(int=bits, version=4))


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from([700, 1500, 4096]), st.integers(0, 99))
def test_a_sample_holds_its_needles_and_asks_for_them(name: str, length: int, seed: int) -> None:
    args = part(name).args
    made = generator(name, length, seed)
    for _, drawn in zip(range(2), made.samples(), strict=False):
        lines = re.findall(r"One of the special magic \w+ for [\w-]+ is: [\w-]+\.", drawn.text)
        assert drawn.whole == drawn.text + drawn.prefix and count(drawn.whole) + 128 <= length - 12
        assert len(drawn.answers) == len(drawn.evidence) == args["num_needle_v"] * args["num_needle_q"]
        assert [line for line in lines if line in drawn.evidence] == list(drawn.evidence)
        assert {line.split()[-1].strip(".") for line in drawn.evidence} == set(drawn.answers)
        wanted = max(args["num_needle_k"], args["num_needle_q"]) * args["num_needle_v"]
        assert len(lines) == wanted or args["type_haystack"] == "needle"
        assert drawn.text.endswith(drawn.question) and "{" not in drawn.prefix
        assert all(
            key in drawn.question for key in {line.split(" for ")[1].split(" is:")[0] for line in drawn.evidence}
        )


def test_one_needle_is_asked_for_in_the_singular() -> None:
    one, many = (next(generator(name, 1500).samples()) for name in ("niah_single_2", "niah_multiquery"))
    assert one.text.startswith("A special magic number stand in") and one.prefix.endswith(" is")
    assert many.text.startswith("Some special magic numbers stand in") and many.prefix.endswith(" are")
    assert many.question.count(",") == 3 and ", and " in many.question
