r"""Mathematics that is written in Unicode, in the ASCII and LaTeX that the other modules read.

Digits of every script, full-width forms, ``½``, ``√``, ``²``, ``₅``, ``π``, ``≤`` and their like. Text that is
ASCII already is returned as it is. Linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\ufeff"
LETTERS = "π pi θ theta α alpha β beta γ gamma δ delta ε epsilon λ lambda μ mu ρ rho σ sigma φ phi ω omega".split()
SIGNS = "∞ infty ∪ cup ∩ cap ∈ in ± pm ∅ emptyset ≤ le ≥ ge ≠ ne".split()
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
    | {"ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "⟨": "(", "⟩": ")", "∛": "\\sqrt[3]√", "∜": "\\sqrt[4]√", "′": "'"}
)
SUPERSCRIPTS = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣ]+")
SUBSCRIPTS = re.compile(r"[₀₁₂₃₄₅₆₇₈₉₊₋ₙ]+")
VULGAR = re.compile(r"[¼½¾⅐-⅞↉]")
SLASHED = re.compile(r"(\d+)⁄(\d+)")
ROOT = re.compile(r"(\\sqrt\[[34]\])?√\s*(?:(\d+(?:\.\d+)?|[A-Za-z])|\(([^()]*)\)|(?=\{)|)")


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


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-")


def _ratio(sign: str) -> list[str]:
    return unicodedata.normalize("NFKC", sign).split("⁄")


def _root(found: re.Match[str]) -> str:
    inside = found[2] or found[3]
    return (found[1] or "\\sqrt") + (f"{{{inside}}}" if inside else "")
