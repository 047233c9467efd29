"""RULER's chains of variables, lists of words, and questions among documents: what is drawn, and how long it is."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import pytest
from task_modules import task_module

from qwen3_eval.types import UsageError

FOLDER = "long_context/ruler"
fitting, supply = task_module(FOLDER, "fitting"), task_module(FOLDER, "supply")
LENGTHS = (1024, 4096)
# The fields are those of the benchmark, the words are ours.
PARTS = {
    "vt": fitting.LongPart(
        "vt",
        "variable_tracking",
        {"num_hops": 4},
        "Follow the names through this text.\n\n{context}\nWhich names have the value {query}?",
        " These {num_v} names have the value {query}: ",
        30,
        "string_match_all",
    ),
    "cwe": fitting.LongPart(
        "cwe",
        "common_words_extraction",
        {"freq_cw": 30, "freq_ucw": 3, "num_cw": 10},
        "Here is a list.\n{context}\nWhich ten words come most often?",
        " These ten:",
        120,
        "string_match_all",
    ),
    "fwe": fitting.LongPart(
        "fwe",
        "freq_words_extraction",
        {"alpha": 2.0},
        "Count the words. {context}\nWhich three come most often, without the dots?",
        " These three:",
        50,
        "string_match_all",
    ),
    "qa_1": fitting.LongPart(
        "qa_1",
        "qa",
        {"dataset": "squad"},
        "Read this.\n\n{context}\n\nAnswer in a word.\n\nQuestion: {query}",
        " Answer:",
        32,
        "string_match_part",
    ),
    "qa_2": fitting.LongPart(
        "qa_2",
        "qa",
        {"dataset": "hotpotqa"},
        "Read this.\n\n{context}\n\nAnswer in a word.\n\nQuestion: {query}",
        " Answer:",
        32,
        "string_match_part",
    ),
}
# Of 4 samples each. The code that drew these drew the very samples of the official scripts, for the benchmark's words.
DIGESTS: Mapping[tuple[str, int], str] = {
    ("vt", 1024): "a531844bcd76cfc9",
    ("vt", 4096): "24460392ac20bd2c",
    ("cwe", 1024): "fc47b28a255ef09d",
    ("cwe", 4096): "352c346bfed770da",
    ("fwe", 1024): "9557216ed4070b6b",
    ("fwe", 4096): "f42d9c82a49f51f9",
    ("qa_1", 1024): "b5ea8726f09706e8",
    ("qa_1", 4096): "2ad11f129580087e",
    ("qa_2", 1024): "b77c6d821c78aa7a",
    ("qa_2", 4096): "f95e83b442906cca",
}


def count(text: str) -> int:
    """A tokenizer of our own: words, digits, marks and line breaks."""
    return len(re.findall(r"[A-Za-z]+|\d|[^\w\s]|\n+", text))


def words_of(syllables: str, number: int) -> list[str]:
    made = ("".join(each) for each in itertools.product(syllables.split(), repeat=3))
    return list(islice(made, number))


@cache
def tables() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    source = random.Random(1)
    text = words_of("ba ki lo mu ne ta ri so vu pe", 600)
    # An article has four paragraphs, and each of these two questions, one of them without an answer.
    squad = [
        {"title": f"Article {number // 4}", "context": _sentences(source, text, 4), "qas": _questions(number)}
        for number in range(120)
    ]
    hotpot = [_hotpot(source, text, number) for number in range(12)]
    words = {"noun": text, "adjective": words_of("gra stu plo fli dre", 90), "verb": words_of("ha ju we", 27)}
    listed = [{"list": name, "words": each} for name, each in words.items()]
    return {"words": listed, "squad": squad, "hotpot": hotpot, "essays": [], "tasks": []}


def _sentences(source: random.Random, text: Sequence[str], number: int) -> str:
    return " ".join(f"{' '.join(source.sample(text, 9)).capitalize()}." for _ in range(number))


def _questions(number: int) -> list[dict[str, Any]]:
    asked = {"question": f"What is said in {number}?", "answers": [f"word {number}", "a word"], "is_impossible": False}
    return [asked, {"question": f"What is not said in {number}?", "answers": [], "is_impossible": True}]


def _hotpot(source: random.Random, text: Sequence[str], number: int) -> dict[str, Any]:
    titles = [f"Title {number}.{place}" for place in range(10)]
    context = [[title, [_sentences(source, text, 1), f" {_sentences(source, text, 1)}"]] for title in titles]
    facts = [[titles[7], 1], [titles[2], 0]]
    return {"question": f"Who {number}?", "answer": f"name {number}", "supporting_facts": facts, "context": context}


def generator(part: str, length: int, *, overhead: int = 8, seed: int = 42) -> Any:
    space = fitting.Space(length, length - overhead, count, seed, overhead)
    return supply.generator(PARTS[part], space, tables())


@cache
def samples(part: str, length: int) -> Sequence[Any]:
    return list(islice(generator(part, length).samples(), 4))


EVERY = list(itertools.product(PARTS, LENGTHS))


@pytest.mark.parametrize(("part", "length"), EVERY)
def test_samples_are_the_same_everywhere(part: str, length: int) -> None:
    told = repr([(each.text, each.prefix, each.answers) for each in samples(part, length)])
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == DIGESTS.get((part, length)), (
        part,
        length,
        hashlib.sha256(told.encode()).hexdigest()[:16],
    )


@pytest.mark.parametrize(("part", "length"), EVERY)
def test_a_sample_fills_its_length_and_never_more(part: str, length: int) -> None:
    for drawn in samples(part, length):
        tokens = count(drawn.text + drawn.prefix) + PARTS[part].limit + 8
        # ``fwe`` goes down by thirty-seconds of the room, where its words are longer than those of the search.
        assert 0.8 * length < tokens <= length
        assert drawn.text.endswith(drawn.question)
        assert all(passage in drawn.text for passage in drawn.evidence)


@pytest.mark.parametrize("part", PARTS)
def test_another_seed_draws_other_samples(part: str) -> None:
    other = next(generator(part, 1024, seed=43).samples())
    assert other.text != samples(part, 1024)[0].text


@pytest.mark.parametrize("part", PARTS)
def test_the_smallest_length_is_one_that_works_and_is_not_far_from_one_that_does_not(part: str) -> None:
    least = generator(part, 1024).smallest() + 8
    drawn = list(islice(generator(part, least).samples(), 3))
    assert all(count(each.text + each.prefix) + PARTS[part].limit + 8 <= least for each in drawn)
    with pytest.raises(UsageError, match=f"{part} does not fit into a length of"):
        list(islice(generator(part, least // 2).samples(), 3))


@pytest.mark.parametrize("length", LENGTHS)
def test_a_chain_leads_from_the_value_through_all_its_names(length: int) -> None:
    for drawn in samples("vt", length):
        example, _, asked = drawn.text.rpartition("Follow the names")
        lines = [line for line in asked.split("\n") if line.startswith("VAR")]
        first, *others = drawn.answers
        value = re.search(r"value (\d{5})\?", drawn.question)
        assert value
        assert lines == [
            f"VAR {first} = {value[1]}",
            *(f"VAR {name} = VAR {before} " for name, before in zip(others, drawn.answers, strict=False)),
        ]
        assert list(drawn.evidence) == lines
        assert drawn.prefix.startswith(f" These 5 names have the value {value[1]}")
        # The example is solved, and by names of its own.
        shown = example.split()[-5:]
        assert all(len(name) == 3 and f"VAR {name} = " in example for name in shown)


def test_an_example_has_other_names_in_each_sample() -> None:
    shown = [tuple(drawn.text.rpartition("Follow the names")[0].split()[-5:]) for drawn in samples("vt", 4096)]
    assert len(set(shown)) == 4


@pytest.mark.parametrize(("length", "often", "seldom"), [(1024, 6, 1), (4096, 30, 3)])
def test_ten_words_come_more_often_than_the_others(length: int, often: int, seldom: int) -> None:
    for drawn in samples("cwe", length):
        listed = drawn.text.rpartition("Here is a list.\n")[2].partition("\n")[0]
        numbers, words = listed.split(" ")[::2], listed.split(" ")[1::2]
        assert numbers == [f"{number}." for number in range(1, len(words) + 1)]
        counts = Counter(words)
        assert {word for word, times in counts.items() if times == often} == set(drawn.answers)
        assert {times for word, times in counts.items() if word not in drawn.answers} == {seldom}


def test_a_list_has_no_more_words_than_there_are() -> None:
    drawn = next(generator("cwe", 65_536).samples())
    listed = drawn.text.rpartition("Here is a list.\n")[2].partition("\n")[0]
    assert len(set(listed.split(" ")[1::2])) == len({word for row in tables()["words"] for word in row["words"]})


@pytest.mark.parametrize("length", LENGTHS)
def test_the_words_that_are_asked_for_come_most_often_behind_the_dots(length: int) -> None:
    for drawn in samples("fwe", length):
        text = drawn.text.removeprefix("Count the words. ").partition("\n")[0]
        ranked = [word for word, _ in Counter(text.split(" ")).most_common(4)]
        assert (ranked[0], tuple(ranked[1:])) == ("...", drawn.answers)


@pytest.mark.parametrize("part", ["qa_1", "qa_2"])
def test_a_question_stands_among_documents_with_those_that_answer_it(part: str) -> None:
    for number, drawn in enumerate(samples(part, 4096)):
        documents = re.findall(r"Document (\d+):\n", drawn.text)
        assert documents == [str(place) for place in range(1, len(documents) + 1)]
        assert len(documents) >= 10
        if part == "qa_1":
            row = tables()["squad"][number]
            article = tables()["squad"][:4]
            assert all(each["context"] in drawn.text for each in article)
            assert (drawn.answers, drawn.evidence) == ((f"word {number}", "a word"), (row["context"],))
        else:
            row = tables()["hotpot"][number]
            facts = {title: row["context"][int(title.rpartition(".")[2])][1] for title, _ in row["supporting_facts"]}
            assert {each.strip() for each in drawn.evidence} == {
                facts[title][place].strip() for title, place in row["supporting_facts"]
            }
            assert all(f"{title}\n{''.join(texts)}" in drawn.text for title, texts in row["context"])
        assert drawn.question.endswith(f"{number}?")


def test_short_lengths_keep_the_documents_that_answer() -> None:
    short = generator("qa_2", 4096).smallest() + 8
    for drawn in islice(generator("qa_2", short).samples(), 3):
        assert drawn.text.count("Document ") < 10
        assert all(passage in drawn.text for passage in drawn.evidence)


def test_where_documents_end_they_come_again() -> None:
    drawn = next(generator("qa_2", 32_768).samples())
    found = Counter(re.findall(r"Document \d+:\n(Title [\d.]+)\n", drawn.text))
    assert len(found) == 120
    assert max(found.values()) > 1


def test_there_are_as_many_samples_as_questions() -> None:
    assert [supply.available(PARTS[part], tables()) for part in ("qa_1", "qa_2", "vt")] == [120, 12, None]
    assert len(list(generator("qa_2", 4096).samples())) == 12
