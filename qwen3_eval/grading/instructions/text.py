"""Words, sentences, capitals and the language of a text, as the reference counts and detects them."""

from __future__ import annotations

import re

from qwen3_eval.grading.instructions.sentences import sentences
from qwen3_eval.grading.instructions.tokens import tokens

WORD = re.compile(r"\w+")


def count_words(text: str) -> int:
    r"""Runs of letters, digits and underscores: NLTK's ``RegexpTokenizer(r"\w+")``, by Python's own ``re``."""
    return sum(1 for _ in WORD.finditer(text))


def count_sentences(text: str) -> int:
    """Sentences by Punkt's English model, whatever the language of the text."""
    return sum(1 for _ in sentences(text))


def count_capital_words(text: str) -> int:
    """Tokens without a lower-case letter and with an upper-case one."""
    return sum(1 for token in tokens(text) if token.isupper())


def language(text: str) -> str | None:
    """Code of the language that langdetect finds; None where it finds none (no letters at all).

    langdetect draws random numbers and the reference leaves it unseeded; here a text always has one language.
    """
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text))
    except LangDetectException:
        return None
