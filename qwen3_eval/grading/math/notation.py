r"""Other notations for the same mathematics, in the one that the other modules read.

Bases in words (``52 (base 8)``), repeating decimals (``0.8\overline{6}``), marks in braces (``0{,}15``, ``2{:}30``),
French and angle brackets, semicolons between coordinates, ``\lor``, ``\nicefrac``, rows of matrices with their
distance. Linear in the length of the text.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex

FUNCTIONS = "sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|sinh|cosh|tanh|log|ln|exp|gcd|lcm|max|min"
NAMED = regex(rf"\\(?:operatorname|text|mathrm)\s*\{{\s*({FUNCTIONS})\s*\}}")
# Names of commands that have a usual one, and what else stands for another text wherever it is.
USUAL = {
    **dict.fromkeys(("lor", "vee"), "\\text{ or }"),
    **dict.fromkeys(("land", "wedge"), "\\text{ and }"),
    **dict.fromkeys(("nicefrac", "sfrac", "xfrac"), "\\frac"),
    "bigcup": "\\cup",
    "bigcap": "\\cap",
    "colon": ":",
    "langle": "(",
    "rangle": ")",
    "lbrace": "\\{",
    "rbrace": "\\}",
    "lbrack": "[",
    "rbrack": "]",
    "lparen": "(",
    "rparen": ")",
    "cr": "\\\\",
}
COMMAND = regex(rf"(?<!\\)\\({'|'.join(USUAL)})(?![A-Za-z]) ?")
AMPERSAND = regex(r"\s*\\&\s*")
ROW = regex(r"\\\\\s*\[-?[\d.]+\s*[a-z]{2}\]")
ANGLE = regex(r"\\ang\{([\d.]+)\}")
MARK = regex(r"(?<=\d)\{([.:])\}(?=\d)")
DECIMAL_COMMA = regex(r"(?<![\d.,}])(?:(\d+)\{,\}(\d{1,2}|\d{4,})|(0)\{,\}(\d+))(?![\d.,{])")
COUNT_IN_BRACES = regex(r"^(-?)\{(\d+)\}(?=\\[dt]?frac|_)")
THOUSANDS_IN_BRACES = regex(r"(?<!\\)\{(\d{1,3}(?:,\d{3})+)\}")
ALIGNED = regex(r"\s*\\begin\{(aligned|gathered|split|align\*?)\}([^&]*)\\end\{\1\}\s*")
BETWEEN = r"(?:[\s~_{}()]|\\[ ,;]|\\(?:text|mathrm|textbf)\s*\{)*"
BASE = regex(rf"\(?(-?[\dA-F]+)\)?{BETWEEN}\b(?:in )?base{BETWEEN}(\d+|[a-z]{{3,7}}){BETWEEN}")
DOTS = regex(r"\\dot\s*\{?(\d)\}?(\d{0,20})\\dot\s*\{?(\d)\}?")
REPEATING = regex(r"(\d{0,20})\.(\d{0,20})\\(?:overline|bar|dot)\s*(?:\{(\d{1,20})\}|(\d))")
FRENCH = regex(r"(^|\\cup\s*|\\in\s*)\]|\[(?=\s*(?:$|\\cup))")
COORDINATES = regex(r"([\[(])([^,;]*(?:;[^,;]*)+)([\])])")


def usual(text: str) -> str:
    """The text in the usual notation."""
    if "base" in text and (based := BASE.fullmatch(text)):
        return f"{based[1]}_{{{based[2]}}}"
    if "\\" in text:
        text = _commands(text)
    if "{" in text:
        text = COUNT_IN_BRACES.sub(r"\1\2", DECIMAL_COMMA.sub(_decimal, MARK.sub(r"\1", text)))
        text = THOUSANDS_IN_BRACES.sub(lambda found: "{" + found[1].replace(",", "") + "}", text)
    if text.startswith("]") or text.endswith("["):
        text = FRENCH.sub(lambda found: ")" if found[1] is None else f"{found[1]}(", text)
    if ";" in text and (found := COORDINATES.fullmatch(text)):
        text = found[1] + found[2].replace(";", ",") + found[3]
    return text


def _commands(text: str) -> str:
    text = COMMAND.sub(lambda found: USUAL[found[1]], text)
    if "\\begin" in text:
        text = ALIGNED.sub(r"\2", ROW.sub(r"\\\\", text))
    elif "\\&" in text:
        text = AMPERSAND.sub(r"\\text{ and }", text)
    if "\\ang" in text:
        text = ANGLE.sub(r"\1^\\circ", text)
    if "{" in text:
        text = NAMED.sub(r"\\\1 ", text)
    return REPEATING.sub(_fraction, DOTS.sub(r"\\overline{\1\2\3}", text)) if "." in text else text


def _decimal(found: re.Match[str]) -> str:
    return f"{found[1] or found[3]}.{found[2] or found[4]}"


def _fraction(found: re.Match[str]) -> str:
    """The fraction that a repeating decimal stands for."""
    before, period = found[1] + found[2], found[3] or found[4]
    scale = 10 ** len(found[2])
    return f"\\frac{{{int(before + period) - int(before or '0')}}}{{{(10 ** len(period) - 1) * scale}}}"
