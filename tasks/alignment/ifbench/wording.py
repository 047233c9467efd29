"""The kinds ``words`` and ``sentence``: which words, in which order and place."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from qwen3_eval.api import instructions

from .pieces import EDGES, PUNCTUATION, bare, bare_words, sentences
from .syllables import count
from .verbs import begins_with_verb

CLUSTER = re.compile("[bcdfghjklmnpqrstvwxyz]{2}")
PRIMES = frozenset((2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97))
MOST_VOWELS = 3
PALINDROMES, SHORTEST_PALINDROME = 10, 5


def alphabet(response: str) -> bool:
    """Each word begins with the next letter of the alphabet, with ``a`` after ``z``."""
    initials = [word[0] for word in bare(response).lower().split()]
    places = [string.ascii_lowercase.find(initial) for initial in initials]
    return bool(places) and min(places) >= 0 and all((a + 1) % 26 == b for a, b in pairwise(places))


def vowel(response: str) -> bool:
    """One line with at most three of the five vowels."""
    text = response.strip().lower()
    return "\n" not in text and len({*"aeiou"} & {*text}) <= MOST_VOWELS


def consonants(response: str) -> bool:
    """Each word has two consonants in a row."""
    return all(CLUSTER.search(word) for word in response.lower().split())


def palindrome(response: str) -> bool:
    """At least ten words of five letters or more read the same backwards; one word may stand ten times."""
    long = (word for word in bare_words(response) if len(word) >= SHORTEST_PALINDROME)
    return sum(1 for word in long if word == word[::-1]) >= PALINDROMES


def prime_lengths(response: str) -> bool:
    """Each word has a prime number of letters."""
    return all(len(word) in PRIMES for word in bare(response).split())


def start_verb(response: str) -> bool:
    """The first word is a verb."""
    return begins_with_verb(response)


def repeats(response: str, small_n: int) -> bool:
    """No word occurs more often."""
    return max(Counter(bare_words(response)).values(), default=0) <= small_n


def odd_even_syllables(response: str) -> bool:
    """Words with an odd and with an even number of syllables take turns."""
    parities = [count(word) % 2 for word in bare_words(response)]
    return all(a != b for a, b in pairwise(parities))


def last_first(response: str) -> bool:
    """The last word of each sentence is the first one of the next, in any case."""
    return all(
        (last := before.rstrip(EDGES).lower().split()[-1:]) and last == after.lstrip(EDGES).lower().split()[:1]
        for before, after in pairwise(sentences(response))
    )


def paragraph_last_first(response: str) -> bool:
    """Each line ends with the word that it begins with, in any case."""
    lines = (line.strip().lower().strip(EDGES).split() for line in response.split("\n"))
    return all(words[0] == words[-1] for words in lines if words)


def no_consecutive(response: str) -> bool:
    """No two words in a row begin with the same letter."""
    return all(a[0] != b[0] for a, b in pairwise(bare_words(response)))


def keywords_specific_position(response: str, keyword: str, n: int, m: int) -> bool:
    """The mth token of the nth sentence is the keyword, in any case; punctuation is not counted."""
    found = sentences(response)
    if len(found) < n:
        return False
    tokens = [token for token in instructions.word_tokens(found[n - 1]) if any(map(str.isalnum, token))]
    return tokens[m - 1 : m] != [] and tokens[m - 1].lower() == keyword.strip().lower()


def words_position(response: str, keyword: str) -> bool:
    """The second token and the last but one are the keyword, in any case; a final mark is not counted."""
    tokens = [token.lower() for token in instructions.word_tokens(response)]
    last = -3 if tokens[-1:] and tokens[-1] in PUNCTUATION else -2
    return len(tokens) >= -last and tokens[1] == tokens[last] == keyword.strip().lower()


# sentences


def keyword(response: str, word: str, N: int) -> bool:  # noqa: N803 - the arguments are named as in the rows
    """The Nth sentence has the keyword as a word of its own, in any case."""
    found = sentences(response)
    return len(found) >= N and re.search(rf"\b{re.escape(word)}\b", found[N - 1], re.IGNORECASE) is not None


def increment(response: str, small_n: int) -> bool:
    """Each sentence has so many words more than the one before it."""
    lengths = [len(bare(sentence).split()) for sentence in sentences(response)]
    return all(after == before + small_n for before, after in pairwise(lengths))


def alliteration_increment(response: str) -> bool:
    """Each sentence has more words than the one before it that share their first letter with a neighbour."""
    alike = [alliterative([word.lstrip(EDGES) for word in each.lower().split()]) for each in sentences(response)]
    return all(after > before for before, after in pairwise(alike))


def alliterative(words: Sequence[str]) -> int:
    """How many words stand in runs with the same first letter."""
    runs = (sum(1 for _ in run) for _, run in groupby(word[0] for word in words if word))
    return sum(run for run in runs if run > 1)
