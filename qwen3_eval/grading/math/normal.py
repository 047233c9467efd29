r"""One spelling for answers that differ in typography alone: spacing, ``\dfrac``, ``\left``, dollars, units."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from qwen3_eval.grading.math.characters import latex
from qwen3_eval.grading.math.notation import usual
from qwen3_eval.grading.math.style import NAMES, plain
from qwen3_eval.grading.patterns import regex

COMMANDS = (
    "[dtc]?frac|sqrt|text|mathrm|mbox|pi|theta|infty|circ|cdot|times|pm|cup|cap|left|right|displaystyle|"
    "begin|end|sin|cos|tan|log|ln|binom|le|ge|in"
)
DOUBLED = regex(rf"\\\\(?=(?:{COMMANDS}|{NAMES})(?![A-Za-z]))")
NAMED = regex(r"(?<![\\A-Za-z])(?:(sqrt)(?=\s*[({])|(pi|(?<!\\text\{)inf(?:ty|inity))(?![A-Za-z]))")
ROOT = regex(r"(\\sqrt)\s*\(([^()]*)\)")
POWER = regex(r"(?<=[\w)}\]])\s?\*\*\s?(?=[\w({-]|\\[A-Za-z])")
# Emphasis and no power: nothing before the first sign, or nothing behind the last, that could be raised.
BOLD = regex(r"(?:(?<![\w)}\]])\*\*([^*]+)\*\*|\*\*([^*]+)\*\*(?=\s*(?:$|[})\].,;$]|\\[^A-Za-z])))")
ENCLOSED = regex(r"\$+([^$]*)\$+|\\\((.*)\\\)|\\\[(.*)\\\]", re.DOTALL)
SPACING = regex(r"(?<!\\)\\(?:[!,;: ]|quad(?![a-z])|qquad(?![a-z])|displaystyle(?![a-z]))|~|\s+")
SIZES = regex(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])")
FRACTIONS = regex(r"\\[dtc]frac(?![A-Za-z])")
TEXTS = regex(r"\\(?:mbox|text(?:bf|it|rm|normal)?|math(?:rm|bf|it)|operatorname)\s*\{")
THOUSANDS = regex(r"(?<=\d)(?:,\s?\\!\s?|\{,\}\s?)(?=\d{3}(?!\d))")
GAPS = ("\\,", "\\;", "\\:", "\\!", "\\ ", "~", "\\quad", "\\qquad")
BARE_THOUSANDS = regex(r"-?\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.\d+)?")
SEPARATOR = regex(r"\{,\}|\\[!,;: ]|~|'|\\text\{,\}|\{\\,\}")
SEPARATED = regex(r"(?<![\d.,])\d{1,3}(\{,\}|,\\!|\\[,;: ]|~|'|\\text\{,\}|\{\\,\})\d{2,3}(?:\1\d{2,3})*(?!\d)")
LABEL = regex(r"^\\text\{[^{}]*(?:[:=]|\b(?:is|so|thus|hence|therefore|equals),?)\s*\}\s*(?=\S)", re.IGNORECASE)
QED = regex(r"(?<=.)\s*\\(?:square|Box)$")
CURRENCY = regex(
    r"^(-?)(?:[₹€£¥]|\\text\{ ?[₹€£¥] ?\}|\\(?:pounds|euro|yen)(?![a-z])|\\text\{ ?(?:Rs\.?|INR|USD|US|EUR|GBP) ?\}|"
    r"Rs\.?|USD?|INR|EUR|GBP|\\text\{\}) ?(?=-?[\d.])"
)
DEGREES = regex(r"\s?(?:\^\s?(?:\{\s?\\circ\s?\}|\\circ)|°|\\degree(?![a-z]))")
ANGLES = regex(r"\\(?:sin|cos|tan|cot|sec|csc)")
AND = regex(r"(?<=[\d})]),?\s?(?:\\text\{\s?(?:and|or)\s?\}|\b(?:and|or)\b)\s?(?=[-+\d\\(.])")
MIXED = regex(r"(-?\d+) (\d+)/(\d+)")
STOP = regex(r"(?:(?<!\.)(?<!\\right)\.|(?<!\\),)$")
UNIT = regex(r"(?<=[^\s{(\[])\s*\\text\{([^{}]*)\}(\s*\^\s*(?:\{\d\}|\d))?$")
PLAIN_UNIT = regex(
    r"(?<=[\d})])\s*((?:sq(?:uare)?|cubic)?\s*(?:cm|mm|km|kg|ft|in(?=\s*\^)|inch(?:es)?|feet|foot|met(?:er|re)s?|miles?|units?|"
    r"degrees?|dollars?|cents?|rupees?|euros?|pounds?|USD|EUR|INR|GBP|hours?|minutes?|seconds?|days?|weeks?|years?|mph|km/h)"
    r"(?: per (?:hour|minute|second|day))?)(\s*\^\s*(?:\{\d\}|\d))?$"
)
# What encloses may itself be enclosed: dollars in a box in dollars.
PASSES = 4
PERCENT = regex(r"\s*\\?%$")


@dataclass(frozen=True)
class Normal:
    """An answer in its one spelling, and what was taken off its end."""

    text: str
    unit: str = ""
    percent: bool = False


@functools.lru_cache(maxsize=4096)
def normal(text: str) -> Normal:
    """The answer without typography. Linear in its length."""
    text = STOP.sub("", spelled(text))
    text = FRACTIONS.sub(r"\\frac", SIZES.sub("", THOUSANDS.sub("", " ".join(text.split()))))
    text = (
        SPACING.sub(" ", TEXTS.sub(r"\\text{", text))
        .replace("\\$", "")
        .replace("$", "")
        .replace("\\varnothing", "\\emptyset")
        .strip()
    )
    text = MIXED.sub(r"\1\\frac{\2}{\3}", text) if MIXED.fullmatch(text) else AND.sub(",", text)
    bare = PERCENT.sub("", text)
    percent, text = bare != text, bare if ANGLES.search(bare) else DEGREES.sub("", bare)
    unit = UNIT.search(text) or PLAIN_UNIT.search(text)
    text, named = (text[: unit.start()], unit[1] + (unit[2] or "")) if unit else (text, "")
    text = QED.sub("", LABEL.sub("", text.strip())) if "\\" in text else text
    text = CURRENCY.sub(r"\1", text.strip())
    if BARE_THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace(" ", "")
    return Normal(_tight(text), _unit(named), percent)


def _unit(named: str) -> str:
    """A unit in one spelling: without spaces and braces, inches by their sign."""
    return re.sub(r"inch(?:es)?", "in", re.sub(r"[\s{}]", "", named)) if named else ""


def spelled(text: str) -> str:
    """The answer in ASCII and LaTeX, without what encloses or emphasises it. Linear in its length."""
    text = _unwrapped(commands(latex(text)))
    for _ in range(PASSES):
        text, last = _unwrapped(plain(text)), text
        if text == last:
            break
    text = POWER.sub("^", BOLD.sub(r"\1\2", text)) if "**" in text else text
    return usual(SEPARATED.sub(_ungrouped, text) if SEPARATOR.search(text) else text)


def _ungrouped(found: re.Match[str]) -> str:
    """A number in one piece, where its digits are grouped by threes, or as in India."""
    parts = found[0].split(found[1])
    inner = {len(part) for part in parts[1:-1]}
    grouped = len(parts[-1]) == 3 and (inner <= {3} or (inner <= {2} and len(parts[0]) < 3))
    return "".join(parts) if grouped else found[0]


def _unwrapped(text: str) -> str:
    """Without what ends a sentence, encloses a formula or makes room around it."""
    while text.endswith(GAPS):
        text = text[: -len(next(filter(text.endswith, GAPS)))]
    while text.startswith(GAPS):
        text = text[len(next(filter(text.startswith, GAPS))) :]
    return _enclosed(STOP.sub("", text.strip()))


def commands(text: str) -> str:
    r"""Commands as LaTeX has them, where they were escaped twice or stem from a program: ``sqrt(2)``."""
    if "\\begin" not in text:
        text = DOUBLED.sub(r"\\", text)
    elif "\\\\begin" in text:
        text = text.replace("\\\\", "\\")
    text = NAMED.sub(lambda found: "\\" + (found[1] or found[2].replace("infinity", "infty")), text)
    return ROOT.sub(r"\1{\2}", text)


def _enclosed(text: str) -> str:
    inside = ENCLOSED.fullmatch(text)
    return next(group for group in inside.groups() if group is not None).strip() if inside else text


def _tight(text: str) -> str:
    r"""Without spaces, except where they part two words, two numbers, or a command from a letter."""
    return re.sub(r"(?<![\w\\]) | (?!\w)", "", text.strip())
