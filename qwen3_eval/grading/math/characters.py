r"""Mathematics that is written in Unicode, in the ASCII and LaTeX that the other modules read.

Digits of every script, full-width forms, ``½``, ``√``, ``²``, ``₅``, ``π``, ``≤`` and their like. Text that is
ASCII already is returned as it is. Linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

from qwen3_eval.grading.patterns import regex

SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\ufeff"
LETTERS = "π pi θ theta α alpha β beta γ gamma δ delta ε epsilon λ lambda μ mu ρ rho σ sigma φ phi ω omega".split()
SIGNS = "∞ infty ∪ cup ∩ cap ∈ in ± pm ∅ emptyset ≤ le ≥ ge ≠ ne ≈ approx".split()
SYMBOLS = str.maketrans(
    dict.fromkeys("−–—‒‐‑﹣－", "-")
    | dict.fromkeys("×✕⨯", "\\times ")
    | dict.fromkeys("·⋅∙•", "\\cdot ")
    | dict.fromkeys("÷∕", "/")
    | dict.fromkeys("،、，٬", ",")
    | dict.fromkeys("٫．", ".")
    | dict.fromkeys("٪％﹪", "%")
    | dict.fromkeys("°º˚", "^\\circ")
    | dict.fromkeys(SPACES, " ")
    | dict.fromkeys(INVISIBLE, "")
    | {sign: f"\\{name} " for names in (LETTERS, SIGNS) for sign, name in zip(names[::2], names[1::2], strict=True)}
    | {
        "ℝ": "\\mathbb{R}",
        "ℤ": "\\mathbb{Z}",
        "⟨": "(",
        "⟩": ")",
        "∛": "\\sqrt[3]√",
        "∜": "\\sqrt[4]√",
        "′": "'",
        "’": "'",
    }
)
SUPERSCRIPTS = regex(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣ]+")
SUBSCRIPTS = regex(r"[₀₁₂₃₄₅₆₇₈₉₊₋ₙ]+")
VULGAR = regex(r"[¼½¾⅐-⅞↉]")
SLASHED = regex(r"(\d+)⁄(\d+)")
# Languages that group thousands with points or spaces and put a comma before decimals (Unicode CLDR, number symbols).
POINTED = frozenset(
    "af az be bg bs ca cs da de el es et eu fi fo fr gl hr hu hy id is it jv ka kk lb lt lv mk nb nl nn pl pt ro ru "
    "sk sl sq sr sv tr tt uk uz vi".split()
)
# Languages that group by two digits above the thousands: 12,34,567 (the same).
LAKHS = frozenset("as bn gu hi kn ml mr ne or pa ta te ur".split())
POINTED_GROUPS = regex(r"(?<![\d.,])\d{1,3}(?:([. \u00a0\u202f])\d{3}(?:\1\d{3})*)(?!\d|[.\u00a0\u202f]\d)(?:,\d+)?")
DECIMAL_COMMA = regex(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d.,]\d|\d)")
LAKH_GROUPS = regex(r"(?<![\d.,])\d{1,2}(?:,\d{2})+,\d{3}(?!\d)")
ROOT = regex(r"(\\sqrt\[[34]\])?√\s*(?:(\d+(?:\.\d+)?|[A-Za-z])|\(([^()]*)\)|(?=\{)|)")


def latex(text: str) -> str:
    """The text in ASCII and LaTeX, as far as it is mathematics; other writing is left alone."""
    if text.isascii():
        return text
    text = VULGAR.sub(lambda found: "\\frac{{{}}}{{{}}}".format(*_ratio(found[0])), text.translate(SYMBOLS))
    text = SUPERSCRIPTS.sub(lambda found: f"^{{{_plain(found[0])}}}", text)
    text = SUBSCRIPTS.sub(lambda found: f"_{{{_plain(found[0])}}}", text)
    text = SLASHED.sub(r"\\frac{\1}{\2}", digits(unicodedata.normalize("NFKC", text)))
    return ROOT.sub(_root, text)


def digits(text: str) -> str:
    """The text with the digits of every script as ASCII digits, and Arabic separators as point and comma."""
    if text.isascii():
        return text
    signs = {ord("٫"): ".", ord("٬"): ","}
    return text.translate(signs | {ord(sign): str(unicodedata.decimal(sign)) for sign in set(text) if sign.isdecimal()})


def plain_numbers(text: str, language: str) -> str:
    """Numbers as a language writes them, with ASCII digits, without separators and with a point before decimals.

    language: IETF tag. What can be read in one way only is changed: in German 1.000 and 1.000,5 are, 1,000 is not.
    """
    text = digits(text)
    if language in POINTED:
        text = POINTED_GROUPS.sub(lambda found: re.sub(r"[^\d,]", "", found[0]).replace(",", "."), text)
        text = DECIMAL_COMMA.sub(r"\1.\2", text)
    elif language in LAKHS:
        text = LAKH_GROUPS.sub(lambda found: found[0].replace(",", ""), text)
    return text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-")


def _ratio(sign: str) -> list[str]:
    return unicodedata.normalize("NFKC", sign).split("⁄")


def _root(found: re.Match[str]) -> str:
    inside = found[2] or found[3]
    return (found[1] or "\\sqrt") + (f"{{{inside}}}" if inside else "")
