"""Token ids are those of ``tokenizers``, whether or not the words are found here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qwen_like import ADDED, PATTERN, write_tokenizer

from qwen3_eval.demo import model_path
from qwen3_eval.encoding import Encoder

REAL = os.environ.get("QWEN3_EVAL_QWEN3_TOKENIZER", "")
PIECES = st.sampled_from(
    [
        *ADDED,
        "it's",
        "'LL",
        "'\u017f",
        " \n",
        "\r\n\r\n",
        "  ",
        "\u00a0",
        "e\u0301",
        "\u212a",
        "中文",
        "\u3000",
        "\u09df",
        "\u0958",
        "\u1112\u1161",
    ]
)
TEXTS = st.lists(PIECES | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=12).map("".join)
# Words as prompts have them, with what may stand between them.
BETWEEN = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", " \n", "\n ", "\t", "\r\n", ""])
WRITTEN = st.lists(st.tuples(TEXTS | st.sampled_from(["word.", "It's", "12,345", "(a)"]), BETWEEN), max_size=8).map(
    lambda pairs: "".join(chain.from_iterable(pairs))
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Qwen3's own where it can be had, else one of its form."""
    from tokenizers import Tokenizer

    folder = Path(REAL) if REAL else write_tokenizer(tmp_path_factory.mktemp("tokenizer"), 20_000)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def encoder(tokenizer: Any) -> Encoder:
    return Encoder(tokenizer)


def ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return found


@settings(max_examples=1500)
@given(TEXTS)
def test_any_text(tokenizer: Any, encoder: Encoder, text: str) -> None:
    assert encoder(text) == ids(tokenizer, text)


@settings(max_examples=500)
@given(st.text("aZ09 '\n\t\r.<|_\x0b\x1c\x1f\x85\u00a0é中", max_size=40))
def test_blanks_and_marks(tokenizer: Any, encoder: Encoder, text: str) -> None:
    assert encoder(text) == ids(tokenizer, text)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITTEN)
def test_tokens_are_counted(tokenizer: Any, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Short lines too are counted as long ones are, which no example here would be."""
    monkeypatch.setattr("qwen3_eval.encoding.SHORT_LINE", 0)
    assert encoder.count(text) == len(ids(tokenizer, text))


def test_long_texts_are_counted_by_their_words(tokenizer: Any) -> None:
    """What comes again is not encoded again."""
    counted, lines = Encoder(tokenizer), "Grass is green, it's said.\n" * 300
    essay = " ".join(f"word{number % 7} and -- '{number % 5}'" for number in range(3000))
    for text in (lines, essay, f"{essay}\n{essay}   end", f" {essay} "):
        assert counted.count(text) == len(ids(tokenizer, text))
    known = len(counted._spaced)
    assert counted.count(f"{essay} {essay}") == len(ids(tokenizer, f"{essay} {essay}"))
    assert 0 < known < 30 and len(counted._spaced) <= known + 2


def test_every_character_of_the_first_plane_and_the_pictures(tokenizer: Any, encoder: Encoder) -> None:
    """Between letters, beside a number and a blank, and twice."""
    codes = [*range(0xD800), *range(0xE000, 0x10000), *range(0x1F000, 0x1FC00), 0x20000, 0xE0001, 0x10FFFF]
    for start in range(0, len(codes), 64):
        text = "\u3001".join(f"a{chr(code)}1 {chr(code)}{chr(code)}b" for code in codes[start : start + 64])
        if encoder(text) != ids(tokenizer, text):
            wrong = [code for code in codes[start : start + 64] if encoder(chr(code)) != ids(tokenizer, chr(code))]
            pytest.fail(f"{[hex(code) for code in wrong]} or what stands around them, near {codes[start]:#x}")


def test_words_are_found_here(encoder: Encoder) -> None:
    assert encoder("Words, and more words.") and len(encoder._words) > 3
    assert encoder._ascii is not None and encoder._further is not None


def test_a_long_text_fills_no_memory(tokenizer: Any, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qwen3_eval.encoding.MOST_WORDS", 50)
    text = " ".join(f"w{number:x} {'long' * 40}" for number in range(500))
    assert encoder(text) == ids(tokenizer, text)
    assert len(encoder._words) <= 50
    assert all(len(word) <= 64 for word in encoder._words)


def _pattern(text: str) -> Callable[[dict[str, Any]], None]:
    def change(saved: dict[str, Any]) -> None:
        saved["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = text

    return change


def _normalised(saved: dict[str, Any]) -> None:
    saved["normalizer"] = {"type": "Lowercase"}


def _stripping(saved: dict[str, Any]) -> None:
    saved["added_tokens"][-1]["rstrip"] = True


def _no_split(saved: dict[str, Any]) -> None:
    saved["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}


OTHERS = {
    "three digits": (_pattern(PATTERN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")), True),
    "marks are letters": (_pattern(PATTERN.replace(r"\p{L}+", r"[\p{L}\p{M}]+")), True),
    "gaps": (_pattern(r"\p{L}+"), False),
    "an intersection": (_pattern(r"[\p{L}&&[^a]]+"), False),
    "a script": (_pattern(r"\p{Han}|\p{L}+"), False),
    "no blank in a class": (_pattern(r"[^\S\n]+|\S+"), False),
    "lower case": (_normalised, False),
    "a token that takes blanks": (_stripping, False),
    "no split": (_no_split, False),
}


@pytest.mark.parametrize("name", OTHERS)
def test_tokenizers_of_other_kinds(tmp_path: Path, name: str) -> None:
    """Those that are understood, and those that go through ``tokenizers`` whole."""
    from tokenizers import Tokenizer

    change, here = OTHERS[name]
    saved = json.loads((write_tokenizer(tmp_path, 3000) / "tokenizer.json").read_text("utf-8"))
    change(saved)
    made = Tokenizer.from_str(json.dumps(saved))
    encoder = Encoder(made)
    assert (encoder._marks is not None) == here
    for text in ("It's 12345 and\n\n <think>\n  a_b नमस्ते é e\u0301 </think>  \n x", "中文 12345 ABC", "", " "):
        assert encoder(text) == ids(made, text)
    for text in ("ab, 12\n" * 90, " ".join(f"a{number % 7}b 12_c" for number in range(90)), "a  b" * 90, "a \n b" * 90):
        assert encoder.count(text) == len(ids(made, text))


def test_the_demo_models_tokenizer() -> None:
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(model_path() / "tokenizer.json"))
    text = "<|im_start|>user\n2+2 中文<|im_end|>\n<think>"
    assert Encoder(made)(text) == ids(made, text)
