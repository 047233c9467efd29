r"""One spelling for answers that differ in typography alone: spacing, ``\dfrac``, ``\left``, dollars, units."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from qwen3_eval.grading.math.characters import latex

COMMANDS = (
    "[dtc]?frac|sqrt|text|mathrm|mbox|pi|theta|infty|circ|cdot|times|pm|cup|cap|left|right|displaystyle|"
    "begin|end|sin|cos|tan|log|ln|binom|le|ge|in"
)
DOUBLED = re.compile(rf"\\\\(?=(?:{COMMANDS})(?![A-Za-z]))")
NAMED = re.compile(r"(?<![\\A-Za-z])(?:(sqrt)(?=\s*[({])|(pi|infty|infinity)(?![A-Za-z]))")
ROOT = re.compile(r"(\\sqrt)\s*\(([^()]*)\)")
ENCLOSED = re.compile(r"\$+([^$]*)\$+|\\\((.*)\\\)|\\\[(.*)\\\]", re.DOTALL)
SPACING = re.compile(r"(?<!\\)\\(?:[!,;: ]|quad(?![a-z])|qquad(?![a-z])|displaystyle(?![a-z]))|~|\s+")
SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])")
FRACTIONS = re.compile(r"\\[dtc]frac(?![A-Za-z])")
TEXTS = re.compile(r"\\(?:mbox|text(?:bf|it|rm|normal)?|math(?:rm|bf|it)|operatorname)\s*\{")
THOUSANDS = re.compile(r"(?<=\d)(?:,\s?\\!\s?|\{,\}\s?)(?=\d{3}(?!\d))")
BARE_THOUSANDS = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.\d+)?")
DEGREES = re.compile(r"\s?(?:\^\s?(?:\{\s?\\circ\s?\}|\\circ)|°|\\degree(?![a-z]))")
ANGLES = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)")
AND = re.compile(r"(?<=[\d})]),?\s?(?:\\text\{\s?(?:and|or)\s?\}|\b(?:and|or)\b)\s?(?=[-+\d\\(.])")
MIXED = re.compile(r"(-?\d+) (\d+)/(\d+)")
STOP = re.compile(r"(?:(?<!\.)\.|,)$")
UNIT = re.compile(r"(?<=[^\s{(\[])\s*\\text\{([^{}]*)\}(\s*\^\s*(?:\{\d\}|\d))?$")
PLAIN_UNIT = re.compile(
    r"(?<=[\d})])\s*((?:sq(?:uare)?|cubic)?\s*(?:cm|mm|km|kg|ft|inch(?:es)?|feet|foot|met(?:er|re)s?|miles?|units?|"
    r"degrees?|dollars?|cents?|hours?|minutes?|seconds?|days?|weeks?|years?|mph|km/h)"
    r"(?: per (?:hour|minute|second|day))?)(\s*\^\s*(?:\{\d\}|\d))?$"
)
PERCENT = re.compile(r"\s*\\?%$")


@dataclass(frozen=True)
class Normal:
    """An answer in its one spelling, and what was taken off its end."""

    text: str
    unit: str = ""
    percent: bool = False


@functools.lru_cache(maxsize=4096)
def normal(text: str) -> Normal:
    """The answer without typography. Linear in its length."""
    text = STOP.sub("", _enclosed(STOP.sub("", commands(latex(text)).strip())))
    text = FRACTIONS.sub(r"\\frac", SIZES.sub("", THOUSANDS.sub("", " ".join(text.split()))))
    text = (
        SPACING.sub(" ", TEXTS.sub(r"\\text{", text))
        .replace("\\$", "")
        .replace("$", "")
        .replace("\\varnothing", "\\emptyset")
        .strip()
    )
    text = MIXED.sub(r"\1\\frac{\2}{\3}", text) if MIXED.fullmatch(text) else AND.sub(",", text)
    if BARE_THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace(" ", "")
    bare = PERCENT.sub("", text)
    percent, text = bare != text, bare if ANGLES.search(bare) else DEGREES.sub("", bare)
    unit = UNIT.search(text) or PLAIN_UNIT.search(text)
    text, named = (text[: unit.start()], unit[1] + (unit[2] or "")) if unit else (text, "")
    return Normal(_tight(text), re.sub(r"\s", "", named), percent)


def commands(text: str) -> str:
    r"""Commands as LaTeX has them, where they were escaped twice or stem from a program: ``sqrt(2)``, ``x**2``."""
    if "\\begin" not in text:
        text = DOUBLED.sub(r"\\", text)
    elif "\\\\begin" in text:
        text = text.replace("\\\\", "\\")
    text = NAMED.sub(lambda found: "\\" + (found[1] or found[2].replace("infinity", "infty")), text)
    return ROOT.sub(r"\1{\2}", text).replace("**", "^")


def _enclosed(text: str) -> str:
    inside = ENCLOSED.fullmatch(text)
    return next(group for group in inside.groups() if group is not None).strip() if inside else text


def _tight(text: str) -> str:
    r"""Without spaces, except where they part two words, two numbers, or a command from a letter."""
    return re.sub(r"(?<![\w\\]) | (?!\w)", "", text.strip())
