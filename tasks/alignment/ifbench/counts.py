"""The kinds ``count`` and ``ratio``: how many words, names, numbers and sentences, and in which shares."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qwen3_eval.api import instructions

from .lists import CONJUNCTIONS, NAMES, PRONOUNS, STOP_WORDS
from .pieces import EDGES, bare, sentences

DIGITS = re.compile(r"\d+")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
INTERROBANGS = ("?!", "!?", "‽")
MARKS = frozenset(".,!?;:")
# How often the five keywords occur, in their order.
TIMES = (1, 2, 3, 5, 7)
TOLERANCE = 2


def word_count_range(response: str, min_words: int, max_words: int) -> bool:
    """So many words, runs of letters and digits."""
    return min_words <= sum(1 for _ in instructions.words(response)) <= max_words


def unique_word_count(response: str, N: int) -> bool:  # noqa: N803 - the arguments are named as in the rows
    """At least so many different words; what is punctuation alone counts as one more."""
    return len({word.strip(EDGES) for word in response.lower().split()}) >= N


def conjunctions(response: str, small_n: int) -> bool:
    """At least so many different coordinating conjunctions; ``And`` and ``and,`` differ from ``and``."""
    return len({word for word in response.split() if word.strip(EDGES).lower() in CONJUNCTIONS}) >= small_n


def person_names(response: str, N: int) -> bool:  # noqa: N803
    """At least so many names of the list, each as a word of its own."""
    return sum(1 for name in NAMES if re.search(rf"\b{name}\b", response)) >= N


def numbers(response: str, N: int) -> bool:  # noqa: N803
    """Exactly so many runs of digits, once the punctuation is gone."""
    return len(DIGITS.findall(bare(response))) == N


def punctuation(response: str) -> bool:
    """An interrobang, and each of six marks beside its first one."""
    if not any(mark in response for mark in INTERROBANGS):
        return False
    rest = response.replace("?!", "", 1)
    rest = response.replace("!?", "", 1) if rest == response else rest
    return set(rest) >= MARKS


def words_japanese(response: str, N: int) -> bool:  # noqa: N803
    """Every Nth word has a Japanese character, unless it is a number or punctuation."""
    every = (word.strip(EDGES) for word in response.split()[N - 1 :: N])
    return all(not word or word.isdigit() or JAPANESE.search(word) for word in every)


def pronouns(response: str, N: int) -> bool:  # noqa: N803
    """At least so many pronouns; those between slashes count one by one."""
    found = instructions.word_tokens(response.replace("/", " ").lower())
    return sum(1 for token in found if token in PRONOUNS) >= N


def keywords_multiple(response: str, keyword1: str, keyword2: str, keyword3: str, keyword4: str, keyword5: str) -> bool:
    """Five keywords, once, twice, three, five and seven times, in any case, also inside of words."""
    keywords = (keyword1, keyword2, keyword3, keyword4, keyword5)
    text = response.lower()
    return all(text.count(word.strip().lower()) == count for word, count in zip(keywords, TIMES, strict=True))


def stop_words(response: str, percentage: int) -> bool:
    """At most such a share of the words are stop words."""
    words = list(instructions.words(response))
    stopped = sum(1 for word in words if word.lower() in STOP_WORDS)
    return bool(words) and stopped / len(words) * 100 <= percentage


def overlap(response: str, reference_text: str, percentage: int) -> bool:
    """The share of the response's trigrams that the reference text has; they are of characters, not of words."""
    found = trigrams(response)
    share = len(found & trigrams(reference_text)) / len(found) * 100 if found else -TOLERANCE - 1
    return percentage - TOLERANCE <= share <= percentage + TOLERANCE


def trigrams(text: str) -> set[str]:
    """Every three characters in a row."""
    return {text[start : start + 3] for start in range(len(text) - 2)}


def sentence_type(response: str) -> bool:
    """Twice as many sentences end in a period as in a question mark."""
    statements, questions, _ = endings(sentences(response))
    return statements == 2 * questions


def sentence_balance(response: str) -> bool:
    """As many sentences end in a period as in a question mark and in an exclamation mark."""
    return len(set(endings(sentences(response)))) == 1


def endings(found: Iterable[str]) -> tuple[int, int, int]:
    """How many sentences end in a period, a question mark, an exclamation mark."""
    last = [sentence[-1:] for sentence in found]
    return last.count("."), last.count("?"), last.count("!")


def sentence_words(response: str) -> bool:
    """Three sentences of the same length in characters; that their words differ is not checked."""
    found = sentences(response)
    return len(found) == 3 and len({len(sentence.strip()) for sentence in found}) == 1
