"""What a run leaves out: as data, in words, and read again from the words of an old run."""

from __future__ import annotations

import json

import pytest

from qwen3_eval.records.omissions import Omission, from_sentence, read_omissions, sentences, skipped

MANY = tuple(f"rust/{number}" for number in range(101))
ALL = {
    "t: nothing of toy/more.jsonl was asked, because the mirror lacks it": Omission("t", "source", "toy/more.jsonl"),
    "t: the rows of toy/20 of 99.jsonl alone were asked, because the mirror has no others": Omission(
        "t", "part", "toy/20 of 99.jsonl"
    ),
    "t: the prompt is without the text of its rules, because the mirror lacks it": Omission("t", "text", "rules"),
    "t: 2 left out, because there is no mono here: a/1, b: 2": Omission("t", "doc", "mono", ("a/1", "b: 2")),
    "t: xCOMET is not here, so spBLEU alone is measured": Omission(
        "t", "figure", "xCOMET is not here, so spBLEU alone is measured"
    ),
}


@pytest.mark.parametrize("text", ALL)
def test_words_and_data_say_the_same(text: str) -> None:
    assert ALL[text].sentence() == text
    assert from_sentence(text) == ALL[text]


def test_of_many_docs_the_first_and_the_last_are_named() -> None:
    text = "t: 101 left out, because there is no rustc here: rust/0 to rust/100"
    assert Omission("t", "doc", "rustc", MANY).sentence() == text
    assert from_sentence(text).sentence() == text


def test_a_manifest_gives_back_what_it_was_given() -> None:
    found = (*ALL.values(), Omission("s", "task", "runs programs"), Omission("t", "prediction", "4"))
    told = json.loads(json.dumps({"omissions": [each.as_json() for each in found]}))
    assert read_omissions(told) == found
    assert sentences(found) == list(ALL)
    assert skipped(found) == {"s": "runs programs"}


def test_an_old_manifest_has_sentences_alone() -> None:
    old = {"config": {"tasks": ["t"]}, "skipped": {"s": "runs programs"}, "lacking": list(ALL), "left_out": 4}
    expected = (Omission("s", "task", "runs programs"), *ALL.values(), Omission("t", "prediction", "4"))
    assert read_omissions(old) == expected
    assert read_omissions({}) == ()
