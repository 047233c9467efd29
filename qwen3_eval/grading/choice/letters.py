"""Letters as models write them: full-width, mathematical, circled, and the native ones of other scripts."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from qwen3_eval.grading.patterns import regex

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Native letters in the order in which each script counts options. What looks like a Latin letter counts as it.
NATIVE: dict[str, tuple[str, ...]] = {
    "greek": ("Α", "Β", "Γ", "Δ", "Ε"),
    "arabic": ("أ", "ب", "ج", "د", "ه", "و", "ز", "ح", "ط", "ي"),
    "arabic, plain alif": ("ا",),
    "persian": ("الف",),
    "hebrew": ("א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט", "י"),
    "devanagari": ("क", "ख", "ग", "घ", "ङ"),
    "devanagari, alphabet": ("अ", "ब", "स", "द"),
    "devanagari, names": ("ए", "बी", "सी", "डी", "ई"),
    "bengali": ("ক", "খ", "গ", "ঘ", "ঙ"),
    # As openai/simple-evals reads MMMLU.
    "bengali, simple-evals": ("অ", "ব", "ড", "ঢ"),
    "gujarati": ("ક", "ખ", "ગ", "ઘ"),
    "gurmukhi": ("ਕ", "ਖ", "ਗ", "ਘ"),
    "gurmukhi, alphabet": ("ੳ", "ਅ", "ੲ", "ਸ"),
    "odia": ("କ", "ଖ", "ଗ", "ଘ"),
    "odia, names": ("ଏ", "ବି", "ସି", "ଡି"),
    "tamil": ("அ", "ஆ", "இ", "ஈ"),
    "telugu": ("ఎ", "బి", "సి", "డి"),
    "kannada": ("ಎ", "ಬಿ", "ಸಿ", "ಡಿ"),
    "malayalam": ("എ", "ബി", "സി", "ഡി"),
    "sinhala": ("අ", "ආ", "ඇ", "ඈ"),
    "thai": ("ก", "ข", "ค", "ง", "จ"),
    "lao": ("ກ", "ຂ", "ຄ", "ງ"),
    "khmer": ("ក", "ខ", "គ", "ឃ"),
    "burmese": ("က", "ခ", "ဂ", "ဃ"),
    "hangul": ("가", "나", "다", "라", "마"),
    "hangul, consonants": ("ㄱ", "ㄴ", "ㄷ", "ㄹ", "ㅁ"),
    "katakana": ("ア", "イ", "ウ", "エ", "オ"),
    "stems": ("甲", "乙", "丙", "丁", "戊"),
    "georgian": ("ა", "ბ", "გ", "დ", "ე"),
    "armenian": ("Ա", "Բ", "Գ", "Դ", "Ե"),
    "ethiopic": ("ሀ", "ለ", "ሐ", "መ"),
    "tibetan": ("ཀ", "ཁ", "ག", "ང"),
}
# Cyrillic В and С look like the second and third Latin letter and are the third and eighteenth of their own.
# A text that counts А, Б, В, Г means its own alphabet; any other one means the look-alikes.
CYRILLIC_LOOKS = {"А": "A", "В": "B", "С": "C", "Е": "E", "Н": "H", "І": "I", "Ј": "J"}
CYRILLIC_COUNTS = {"А": "A", "Б": "B", "В": "C", "Г": "D", "Д": "E", "Е": "F", "Ж": "G"}
COUNTED = regex(r"(?<!\w)[БГ](?=[).:,;»\"\'*]|\s*(?:\n|\Z)|\s(?:и|или|та|або|чи|і|й)\s)")

# Small letters count only in a text that is written in their alphabet, or numbers its options by it.
CYRILLIC_SMALL = dict(zip("абвгд", "ABCDE", strict=True))
GREEK_SMALL = dict(zip("αβγδε", "ABCDE", strict=True))
NATIVE_SMALL = CYRILLIC_SMALL | GREEK_SMALL
SMALL = frozenset(LATIN.lower()) | NATIVE_SMALL.keys()
COUNTED_SMALL = regex(r"(?<!\w)[бг](?=[).:,;»\"'*]|\s*(?:\n|\Z))")
GREEK_WORD = regex(r"[ά-ώ]{3}")

INVISIBLE = regex("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
VARIANT = regex(
    "[\u00a0\u2000-\u200a\u202f\u205f\u3000\u2018\u2019\uff01-\uff5e\u2102-\u2133\u249c-\u24e9"
    "\ufb50-\ufdff\ufe30-\ufefc\U0001d400-\U0001d7ff\U0001f110-\U0001f189]"
)
SHORT, LONGEST_RUN = 1000, 16
# Scripts without spaces between words: a Latin letter may touch them.
UNSPACED = "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af"


def plain(text: str) -> str:
    """The text composed, with Latin letters and marks in their usual form and without what cannot be seen."""
    if text.isascii():
        return text
    return VARIANT.sub(lambda match: _usual(match[0]), composed(INVISIBLE.sub("", text)))


def composed(text: str) -> str:
    """The text in NFC, with the vowels of Thai and Lao that only NFKC takes apart put together again.

    In a long text no more than ``LONGEST_RUN`` combining marks in a row are kept: to sort them takes quadratic time.
    """
    text = unicodedata.normalize("NFC", text if len(text) < SHORT else _long_runs().sub(r"\1", text))
    return text.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


@cache
def _long_runs() -> re.Pattern[str]:
    """Finds runs of combining marks that are longer than any language has them."""
    marks = [code for code in range(0x300, 0x1E950) if unicodedata.combining(chr(code))]
    ends = [code for code in marks if not unicodedata.combining(chr(code + 1))]
    starts = [code for code in marks if not unicodedata.combining(chr(code - 1))]
    ranges = "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
    return re.compile(f"([{ranges}]{{{LONGEST_RUN}}})[{ranges}]+")


@lru_cache(maxsize=4096)
def _usual(char: str) -> str:
    if char in "\u2018\u2019":
        return "'"
    found = unicodedata.normalize("NFKC", char)
    if re.fullmatch(r"\([A-Za-z]\)", found):
        return found[1]
    return SQUARED.get(char, found)


# Letters in boxes and discs have no compatibility form in Unicode.
SQUARED = {chr(start + index): LATIN[index] for start in (0x1F130, 0x1F150, 0x1F170) for index in range(26)}
SINGLE = {char: LATIN[index] for row in NATIVE.values() for index, char in enumerate(row)}
_NATIVES = "|".join(sorted(map(re.escape, {*SINGLE, *CYRILLIC_LOOKS, *CYRILLIC_COUNTS}), key=len, reverse=True))

# Vowel signs and other marks, which are no word characters for Python.
MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
    "\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b6-\u17d3"
)

_BEFORE = rf"(?<![^\W{UNSPACED}])(?<![{MARKS}])"
_AFTER = rf"(?![^\W{UNSPACED}])(?![{MARKS}])"
# A word that ends the sentence may touch a native letter: 라입니다, アです.
_ALONE = rf"(?:(?![\w{MARKS}])|(?=입니다|이다|이에요|예요|です|だ|である))"
# A small letter is read only where marks close it in: "a" is a word of many languages. Those that are words of none
# may have a comma, a colon or a dash behind them too.
_SMALL = (
    r"(?:(?=[\"'`)\]}*$<.]|\s*(?:\Z|\n|</))|(?<=[bcdfgh])(?=\s?[,:;、。，]|\s[-–—]\s|\s(?:because|since)\b)|(?=입니다|이다|です|である))"
    r"(?<!\w'.)(?<!\w\\.)"
)
ASCII_LETTER = regex(rf"[A-Za-z](?!\w)(?<!\w.)(?:(?<=[A-Z])|{_SMALL})")
ANY_LETTER = regex(
    rf"{_BEFORE}(?:[A-Z]{_AFTER}|[a-zа-дα-ε]{_AFTER}{_SMALL}|(?:{_NATIVES}){_ALONE})|(?<=[{UNSPACED}])(?:{_NATIVES}){_ALONE}"
)
DIGIT = regex(rf"(?<![\w.,])\d(?![\w%])(?![.,]\d)|(?<=[{UNSPACED}])\d(?![\w%])(?![.,]\d)")


def letter_pattern(text: str, labels: str) -> re.Pattern[str]:
    """What finds the letters that may be an answer in a text."""
    if not labels.isalpha():
        return DIGIT
    return ASCII_LETTER if text.isascii() else ANY_LETTER


def small(written: str) -> bool:
    """Whether a letter is a small Latin, Cyrillic or Greek one. (Georgian ones count as small for Python.)"""
    return written in SMALL


def value_of(char: str, text: str) -> str:
    """The Latin letter behind a letter as it was written; empty where it stands for none."""
    if char in SINGLE:
        return SINGLE[char]
    if char in NATIVE_SMALL:
        return NATIVE_SMALL[char] if _small_alphabet(text, char in GREEK_SMALL) else ""
    if char in CYRILLIC_LOOKS or char in CYRILLIC_COUNTS:
        table = CYRILLIC_COUNTS if COUNTED.search(text) else CYRILLIC_LOOKS
        return table.get(char, "")
    return char.upper()


@lru_cache(maxsize=4)
def _small_alphabet(text: str, greek: bool) -> bool:
    """Whether a text is Greek, or numbers its options with small Cyrillic letters."""
    return (GREEK_WORD if greek else COUNTED_SMALL).search(text) is not None
