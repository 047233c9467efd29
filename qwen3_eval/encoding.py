"""A text as token ids: those that ``tokenizers`` gives, several times faster for the tokenizers of today's models.

``tokenizers`` spends most of its time on keeping offsets through normalisation and splitting; its merges are fast. So
for byte-level tokenizers a text is split here, with the tokenizer's own pattern, and each word is asked for once.
Whatever is not understood for certain, a tokenizer of another kind or a text with characters that this Python does not
know, goes through ``tokenizers`` whole.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_WORDS = 1 << 16
LONGEST_WORD = 64
# Questions come again in the other mode, and what stands before them with each.
MOST_SEGMENTS = 4096
LONGEST_SEGMENT = 2048
ESCAPE = re.compile(r"\\p\{(\w+)\}|\\([sS])|\\.|[\[\]]", re.DOTALL)
# What case folding takes for ASCII letters: s and k.
FOLDED = "\u017f\u212a"
PICTURES = range(0x1F000, 0x1FB00)
# Members of the classes that splitting knows: letters, numbers, marks, blanks.
ASCII = {"L": "A-Za-z", "N": "0-9", "M": "", "s": r"\t-\r\x20"}
# Words, numbers, marks, blanks and contractions, as far as one line can have them.
PROBE = "It's  12345 O'NEIL'S x+y=<z>;\t\tdef f(a_b):\r\n\r\n    return\x0b'' \x1f#~ end\n"
# What may stand before a blank, before a line break, and behind either.
WORD_ENDS = ("a", "é", "中", "1", ".", "...", ".'", "'", "=", "_", "\u0301", "🙂", "\na", "\n.")
LINE_ENDS = ("", *WORD_ENDS, " ", "a ", ". ", "\t", "\r", "\n", " \n")
STARTS = ("a", "Z", "é", "中", "7", ".", "...", "'s", "'", "=", "_", "\u0301", "🙂", ".\n", "a\n")
LINES = re.compile(r"[^\n]*\n+|[^\n]+")
# What is behind a break may go together with it where it is blank.
INDENTED = re.compile(r"\n[^\S\n]")
# Between two signs that can be seen.
SINGLE_BLANK = re.compile(r"(?<=\S) (?=\S)")
SHORT_LINE = 256
FURTHER_PROBE = "Ünï’s 中文。١٢３ ½ᾳ नमस्ते\u00a0\u2003ไทย 🙂! é\u3000ꙮ"


def token_array(tokens: Iterable[int]) -> array[int]:
    """Token ids of four bytes each: a prompt of 131,072 tokens has half a megabyte."""
    return array("I", tokens)


class Encoder:
    """Token ids of texts, without the tokens that a tokenizer may put around them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._words = _Words(tokenizer)
        self._pattern = _split_pattern(tokenizer)
        self._composes = tokenizer.normalizer is not None
        self._added = _added_tokens(tokenizer)
        self._segment = lru_cache(MOST_SEGMENTS)(self._of_segment)
        self._of_line = lru_cache(MOST_SEGMENTS)(self._line_tokens)
        self._spaced = _Spaced(self)
        self._parted: dict[str, bool] = {}

    def __call__(self, text: str) -> list[int]:
        """The ids. Raises what ``tokenizers`` raises for a text with half a surrogate pair."""
        marks = self._marks
        if marks is None:
            return self._plainly(text)
        ids: list[int] = []
        added = self._added or {}
        for part in marks.split(text):
            if part in added:
                ids.append(added[part])
            elif part:
                ids.extend(self._segment(part) if len(part) <= LONGEST_SEGMENT else self._of_segment(part))
        return ids

    def count(self, text: str) -> int:
        """How many ids a text has, without making them where what it is made of comes again, in it or in the next."""
        if not self._parts_at("\n", LINE_ENDS) or INDENTED.search(text):
            return self._line_tokens(text)
        once, total = [], 0
        for line, times in Counter(LINES.findall(text)).items():
            if times == 1 and len(line) <= SHORT_LINE:
                once.append(line)
            else:
                total += times * (self._of_line if len(line) <= LONGEST_SEGMENT else self._line_tokens)(line)
        return total + len(self("".join(once)))

    def _line_tokens(self, line: str) -> int:
        """By what stands between blanks, where each blank goes together with what is behind it."""
        if len(line) <= SHORT_LINE or not self._parts_at(" ", WORD_ENDS):
            return len(self(line))
        try:
            return self._of_words(line.split(" "))
        except _BlankError:
            return self._of_words(SINGLE_BLANK.split(line))

    def _of_words(self, words: Sequence[str]) -> int:
        """Of a line that was split at blanks. Raises _BlankError where one of them stands beside another."""
        first, *inner = words
        if not inner:
            return len(self(first))
        last = inner.pop()
        if first[-1:].isspace() or last[:1].isspace() or not last:
            raise _BlankError
        return len(self(first)) + sum(map(self._spaced.__getitem__, inner)) + len(self(f" {last}"))

    def _parts_at(self, mark: str, ends: Sequence[str]) -> bool:
        """Whether nothing goes on across a line break or blank before something that can be seen."""
        if mark not in self._parted:
            self._parted[mark] = self._tried(mark, ends)
        return self._parted[mark]

    def _tried(self, mark: str, ends: Sequence[str]) -> bool:
        splits = self._splits
        if splits is None or any(mark in token for token in self._added or ()):
            return False
        pairs = [(end, start) for end in ends for start in STARTS]
        # A break goes with what is before it, a blank with what is behind it.
        parted = [(end + mark, start) if mark == "\n" else (end, mark + start) for end, start in pairs]
        return all(
            [*split(before), *split(behind)] == [*split(before + behind)]
            for split in splits
            for before, behind in parted
        )

    @property
    def _splits(self) -> Sequence[Callable[[str], Iterable[str]]] | None:
        """What splits texts into the words of which each has its own ids; None where that is not known."""
        if self._marks is not None:
            return [pattern.findall for pattern in (self._ascii, self._further) if pattern]
        return None if self._added is None or not _is_bytewise(self._tokenizer) else [self._pieces]

    def _pieces(self, text: str) -> Iterable[str]:
        return (piece for piece, _ in self._tokenizer.pre_tokenizer.pre_tokenize_str(text))

    def _plainly(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    @cached_property
    def _marks(self) -> re.Pattern[str] | None:
        """Splits a text at the added tokens; None where the splitting here is not that of the tokenizer."""
        if self._ascii is None or self._added is None:
            return None
        # The longest of those that begin at one place wins, as in the tokenizer.
        longest_first = sorted(self._added, key=len, reverse=True)
        return re.compile(f"({'|'.join(map(re.escape, longest_first)) or '(?!)'})")

    @cached_property
    def _ascii(self) -> re.Pattern[str] | None:
        return self._checked(ASCII, PROBE)

    @cached_property
    def _further(self) -> re.Pattern[str] | None:
        return self._checked(_classes(), PROBE + FURTHER_PROBE)

    def _checked(self, classes: Mapping[str, str], probe: str) -> re.Pattern[str] | None:
        """The words' pattern with these classes, where it splits a probe as the tokenizer does."""
        if self._pattern is None:
            return None
        translated = _translated(self._pattern, classes)
        if translated is None:
            return None
        try:
            found = re.compile(translated)
        except re.error:
            return None
        return found if list(self._by_words(found, probe) or ()) == self._plainly(probe) else None

    def _of_segment(self, text: str) -> Sequence[int]:
        """Ids of a text without added tokens."""
        pattern, words = self._ascii, text
        if not text.isascii():
            # For characters that Python knows, every version of Unicode composes alike.
            pattern = None if _uncertain().search(text) else self._further
            words = unicodedata.normalize("NFC", text) if self._composes else text
        ids = self._by_words(pattern, words) if pattern else None
        return self._plainly(text) if ids is None else ids

    def _by_words(self, pattern: re.Pattern[str], text: str) -> Sequence[int] | None:
        words = pattern.findall(text)
        if sum(map(len, words)) != len(text):
            return None
        return tuple(chain.from_iterable(map(self._words.__getitem__, words)))


class _Words(dict[str, tuple[int, ...]]):
    """Ids of words, by word; asked for where they are not known yet."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._model = tokenizer.model
        self._letters = _byte_letters()

    def __missing__(self, word: str) -> tuple[int, ...]:
        spelled = (word if word.isascii() else word.encode().decode("latin-1")).translate(self._letters)
        ids = tuple(token.id for token in self._model.tokenize(spelled))
        if len(word) <= LONGEST_WORD:
            if len(self) >= MOST_WORDS:
                self.clear()
            self[word] = ids
        return ids


class _BlankError(Exception):
    """A blank beside another one: they may go together."""


class _Spaced(dict[str, int]):
    """How many ids a blank and what stands up to the next one have. Raises _BlankError where that cannot be said."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder

    def __missing__(self, word: str) -> int:
        if word.strip() != word or not word:
            raise _BlankError
        found = len(self._encoder(f" {word}"))
        if len(word) <= LONGEST_WORD:
            if len(self) >= MOST_WORDS:
                self.clear()
            self[word] = found
        return found


@cache
def _byte_letters() -> Mapping[int, str]:
    """The letter that stands for each byte in a byte-level vocabulary (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + at) for at, byte in enumerate(others)}


def _split_pattern(tokenizer: Tokenizer) -> str | None:
    """The pattern by which a byte-level tokenizer splits texts into words; None for a tokenizer of another kind."""
    if type(tokenizer.model).__name__ != "BPE" or _state(tokenizer.normalizer).get("type", "NFC") != "NFC":
        return None
    parts = _state(tokenizer.pre_tokenizer).get("pretokenizers", [])
    if [part.get("type") for part in parts] != ["Split", "ByteLevel"]:
        return None
    split, letters = parts
    if split["behavior"] != "Isolated" or split["invert"] or letters["add_prefix_space"] or letters["use_regex"]:
        return None
    pattern: str | None = split["pattern"].get("Regex")
    return pattern


def _is_bytewise(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer splits texts into words of bytes, with nothing added to them."""
    if _state(tokenizer.normalizer).get("type", "NFC") != "NFC":
        return False
    found = _state(tokenizer.pre_tokenizer)
    parts = found.get("pretokenizers", [found])
    letters = [part for part in parts if part.get("type") == "ByteLevel"]
    return len(letters) == 1 and not letters[0]["add_prefix_space"]


def _state(part: Any) -> dict[str, Any]:
    """The settings of a part of a tokenizer, as its file has them."""
    found: dict[str, Any] = json.loads(part.__getstate__()) if part is not None else {}
    return found


def _added_tokens(tokenizer: Tokenizer) -> dict[str, int] | None:
    """Ids of the tokens that are found before all splitting; None where one of them is found in another way."""
    listed = tokenizer.get_added_tokens_decoder().items()
    if any(token.normalized or token.lstrip or token.rstrip or token.single_word for _, token in listed):
        return None
    return {token.content: number for number, token in listed if token.content}


def _translated(pattern: str, classes: Mapping[str, str]) -> str | None:
    """A pattern of the tokenizer's language in Python's; None where something in it may mean another thing here."""
    inside, known = False, "&&" not in pattern

    def put(found: re.Match[str]) -> str:
        nonlocal inside, known
        whole, name, blank = found.group(0, 1, 2)
        if whole in "[]":
            known = known and inside == (whole == "]")
            inside = whole == "["
            return whole
        if name is None and blank is None:
            known = known and (whole[1] in "rnt" or not whole[1].isalnum())
            return whole
        known = known and (name or "s") in classes and not (inside and blank == "S")
        members = classes.get(name or "s", "")
        if inside:
            return members
        return f"[^{members}]" if blank == "S" else f"[{members}]" if members else "(?!)"

    translated = ESCAPE.sub(put, pattern)
    return translated if known else None


@cache
def _uncertain() -> re.Pattern[str]:
    """Characters that this Python and the tokenizer might take for different ones."""
    plane = (code for code in range(0x10000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co"))
    pictures = (code for code in PICTURES if unicodedata.category(chr(code))[0] == "S")
    return re.compile(f"[^{_ranges(code for code in chain(plane, pictures) if chr(code) not in FOLDED)}]")


@cache
def _classes() -> Mapping[str, str]:
    """Letters, numbers, marks and blanks of the Basic Multilingual Plane, as members of classes."""
    kinds: dict[str, list[int]] = {"L": [], "N": [], "M": []}
    for code in range(0x10000):
        kinds.get(unicodedata.category(chr(code))[0], []).append(code)
    blanks = [code for code in range(0x10000) if chr(code).isspace() and code not in range(0x1C, 0x20)]
    return {name: _ranges(codes) for name, codes in {**kinds, "s": blanks}.items()}


def _ranges(codes: Iterable[int]) -> str:
    """Ascending code points as ranges of a class."""
    found: list[list[int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)
