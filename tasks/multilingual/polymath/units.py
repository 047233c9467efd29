"""A number and the one word behind it that says what is counted: ``50 Euro``, ``36 rupiah``, ``18元``, ``7 บาท``."""

from __future__ import annotations

import re
import unicodedata

COUNTED = re.compile(
    r"(?P<number>-?\d[\d.,]*(?:[ \u00a0\u202f]\d{3})*)(?:\s|\\[,;:! ]|~|\{\}|\$)*"
    r"(?:\\(?:text|textrm|textbf|mbox|mathrm|operatorname)\{\s*)?(?P<word>[^\s\d\\{}]+?)\s*\}?\.?\$?"
)
SHORTEST = 3
LONGEST = 200
# Words that multiply, and names of functions, in the languages of PolyMath.
SCALES = (
    "hundred thousand million billion dozen hundert tausend million milliarde dutzend mille milliard douzaine "
    "cien ciento mil miles millón millones docena mila milione milioni miliardo dozzina milhão milhões dúzia ratus "
    "ribu juta lusin сто тысяча миллион дюжина mia elfu milioni trăm nghìn ngàn triệu tỷ مئة ألف آلاف مليون শত হাজার "
    "লাখ লক্ষ কোটি 百 千 万 億 亿 兆 백 천 만 억 వంద వేల వేలు లక్ష లక్షల కోటి ร้อย พัน หมื่น แสน ล้าน lakh crore"
).split()
NAMES = "sin cos tan cot log exp max min gcd lcm mod sqrt inf infty factorial".split()
ENDINGS = ("s", "en", "n", "e", "и", "ов", "а", "ч")


def without_unit(text: str) -> str:
    """The number alone, where one word of any language stands behind it; else the text as it is.

    A word in ASCII has at least three letters, so that ``5xy`` stays a product. ``3 million`` stays as it is.
    """
    text = text.strip()
    if text and unicodedata.category(text[0]) == "Sc" and text[0] != "$":
        text = text[1:].strip()
    found = COUNTED.fullmatch(text) if len(text) <= LONGEST else None
    return found["number"].rstrip(".,") if found and _counts(found["word"]) else text


def scaled(text: str) -> bool:
    """Whether a word behind the number multiplies it."""
    found = COUNTED.fullmatch(text.strip()) if len(text) <= LONGEST else None
    return found is not None and _multiplies(found["word"].casefold())


def _counts(word: str) -> bool:
    """Whether a word can name what is counted."""
    if len(word) == 1 and unicodedata.category(word) == "Sc":
        return True
    if not all(unicodedata.category(sign)[0] in "LM" for sign in word) or "GREEK" in unicodedata.name(word[0], ""):
        return False
    name = word.casefold()
    return (not word.isascii() or len(word) >= SHORTEST) and name not in NAMES and not _multiplies(name)


def _multiplies(name: str) -> bool:
    return any(name == scale or name.removesuffix(ending) == scale for scale in SCALES for ending in ENDINGS)
