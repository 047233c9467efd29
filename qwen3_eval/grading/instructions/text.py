"""Words, sentences, capitals and the language of a text, as the reference counts and detects them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

from qwen3_eval.grading.instructions.punctuation import sentences
from qwen3_eval.grading.instructions.treebank import tokens
from qwen3_eval.loading import once

WORD = re.compile(r"\w+")
# langdetect reads 10,000 characters, once it has taken out addresses; it looks for those in the whole text.
LANGUAGE_CHARACTERS = 100_000


def words(text: str) -> Iterator[str]:
    r"""Runs of letters, digits and underscores: NLTK's ``RegexpTokenizer(r"\w+")``, by Python's own ``re``."""
    return (match[0] for match in WORD.finditer(text))


def word_tokens(text: str) -> Iterator[str]:
    """Words, numbers and marks, sentence by sentence, as ``nltk.word_tokenize`` gives them."""
    return (token for start, end in sentences(text) for token in tokens(text[start:end]))


def capital_words(text: str) -> Iterator[str]:
    """Tokens with an upper-case letter and none in lower case."""
    for start, end in sentences(text):
        if any(map(str.isupper, text[start:end])):
            yield from filter(str.isupper, tokens(text[start:end]))


def language(text: str) -> str | None:
    """Code of the language that langdetect finds; None where it finds none (no letters at all).

    langdetect draws random numbers and the reference leaves it unseeded; here a text always has one language.
    """
    langdetect = _langdetect()
    try:
        return str(langdetect.detect(text[:LANGUAGE_CHARACTERS]))
    except langdetect.LangDetectException:
        return None


@once
def _langdetect() -> Any:
    """The library with its profiles, which it reads when it first detects something."""
    langdetect = importlib.import_module("langdetect")
    langdetect.DetectorFactory.seed = 0
    langdetect.detect("Any text will do.")
    return langdetect
