"""A letter that is a line of its own, and an answer that gives an option's text instead of its letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qwen3_eval.grading.choice.before import NEGATED
from qwen3_eval.grading.choice.letters import letter_pattern, small, value_of
from qwen3_eval.grading.patterns import regex

LONGEST_LINE = 300
FENCE = "```"
OPEN = r"[\s\"'`*_~#>$\\({\[<【「《\u2190-\u21ff\u2600-\u2bff\U0001f300-\U0001faff-]*(?:\\[a-z]{2,8}\s*\{)?"
CLOSE = r"[\s\"'`*_~)}\]>$\\】」》]*"
LEAD = (
    r"(?:(?:\b(?:so|thus|therefore|hence|the|final|correct|answer|option|choice|letter)\b|∴|因此|所以|综上|故|选项|選項|选|選)"
    r"[\s:,，]*)*"
)
# The letter, and perhaps its text behind a mark. "A:" opens a speech, not an option.
TEXT = rf"(?:(?:[.)、\]]|(?<!A):)(?:\s.*|{CLOSE}|(?=[^\w]|[^\x00-\x7f]).*)|(?<![AI])\s[-–—]\s(?=[^\W\d]{{2}}).*)"
LINE = regex(rf"{OPEN}{LEAD}{OPEN}(?P<letter>\S{{1,3}}?){CLOSE}(?P<text>{TEXT})?[\s.。!*]*", re.IGNORECASE)
OPTION_LINE = regex(r"^[\s*(\-]{0,4}([A-Za-z])[*]{0,2}[.):、]", re.MULTILINE)
# What may follow a small letter and its mark: a text, and not the rest of an abbreviation ("a. m.", "d. h. lawrence").
SMALL_TEXT = regex(r"[.):、\]*\s–—-]*(?![^\W\d]\b[.)])(?=[\w\\$(\[\"'“«「『《【-])")
NEXT_OPTION = regex(r"[.;!,]\s+\(?([A-Z])[.)]\s")
OPTIONS_BELOW = regex(r"(?:options?|choices?|statements?|one by one|选项)[^.\n]{0,30}[:：]\W*\Z", re.IGNORECASE)
EXPLANATION = regex(
    r"[\s*#]*(?:explanation|reason|reasoning|justification|rationale|because|this is|解析|解释|理由|原因|说明|"
    r"Begründung|explicación|explication|объяснение)",
    re.IGNORECASE,
)
LEADING_UP = regex(
    r"(?:\A|[:,→∴]|\b(?:so|thus|therefore|hence|answer|option|choice|(?:it|this|that|which) is|it's))\s*\Z", re.I
)
BOLD_END = regex(r"(?:\*\*|__)\(?(\S{1,3}?)(?:\)|\.|:)?(?:\s[^*\n]{0,100})?(?:\*\*|__)[\s.!。]*\Z")
NAMED_END = regex(
    r"(?:matches|corresponds to|aligns with|which is|therefore|thus|hence|so|→|∴)[,:]?\s+(?:the\s+)?(?:answer\s+)?"
    r"(?:option|choice|letter)\s+[*\"'(\[]*(\S{1,3}?)[*\"')\]]*[\s.!]*\Z",
    re.IGNORECASE,
)
BOXED = regex(r"\\(?:boxed|fbox)\s*\{\s*(?:\\text(?:bf)?\s*\{)?([^{}\n]{1,400})\}")
VALUE = regex(r"[\"'](?:answer|final_answer|choice)[\"']\s*:\s*[\"']([^\"\n]{1,400})[\"']", re.IGNORECASE)
SAID = regex(r"\banswer(?:\s+is\b\s*:?|\s*:)[\s*\"'`]*([^\n]{1,400})", re.IGNORECASE)


def alone_in_line(text: str, labels: str) -> str | None:
    """The letter that is the last line, or the first one above an explanation; None for a line that says more."""
    every = [line.strip() for line in text.strip().splitlines() if not line.lstrip().startswith(FENCE)]
    lines = [line for line in every if line]
    if not lines or lines[-1].rstrip("* ").endswith((":", "：")):
        return None
    above = lines[-2] if len(lines) > 1 else ""
    found = _letter_line(lines[-1], text, labels)
    apart = len(lines) == 1 or not every[-2]
    if found and not _lists_options(lines[-1], found, above) and (apart or not _small_with_text(lines[-1])):
        return found
    if len(lines) > 1 and _stands_first(lines, apart=not every[1]):
        return _letter_line(lines[0], text, labels)
    return _letter_at_end(lines[-1], text, labels)


def _letter_line(line: str, text: str, labels: str) -> str | None:
    match = LINE.fullmatch(line[:LONGEST_LINE]) if len(line) <= LONGEST_LINE else None
    if match is None:
        return None
    found = _label(match["letter"], text, labels)
    said = match["text"] or ""
    if found and said and (_goes_on(said, found) or (small(match["letter"]) and not _only_option(said, text))):
        return None
    return found


def _goes_on(said: str, found: str) -> bool:
    """Whether a line goes through the options one by one: "(A) is too cold. (B) would do"."""
    return any(ord(letter) == ord(found) + 1 for letter in NEXT_OPTION.findall(said))


def _only_option(said: str, text: str) -> bool:
    """Whether what follows a small letter can be the text of an option, and no other line begins with such a letter."""
    heads = [head for head in OPTION_LINE.findall(text) if small(head)]
    return len(heads) <= 1 and (not said.strip(" .)*:") or SMALL_TEXT.match(said) is not None)


def _small_with_text(line: str) -> bool:
    """Whether a line is a small letter and the text of its option: an item of a list, unless it stands apart."""
    return small(_option_of(line)) and len(line.strip(" .)*(")) > 1


def _label(written: str, text: str, labels: str) -> str | None:
    """The label that a letter stands for, if it is one."""
    if not letter_pattern(text, labels).fullmatch(written):
        return None
    value = value_of(written, text)
    return value if value in labels else None


def _lists_options(line: str, label: str, above: str) -> bool:
    """Whether a line belongs to a list of options."""
    if line == label and len(above) == 1 and ord(above) + 1 == ord(label):
        return True
    if not _option_of(line):
        return False
    first, previous = label == "A" and OPTIONS_BELOW.search(above) is not None, _option_of(above).upper()
    return first or (previous != "" and ord(previous) + 1 == ord(label))


def _option_of(line: str) -> str:
    match = OPTION_LINE.match(line)
    return match[1] if match else ""


def _stands_first(lines: list[str], apart: bool) -> bool:
    """Whether the first line may be an answer with its reasons below.

    Then they are announced, or a blank line sets it apart and it is bold or says nothing else.
    """
    first = lines[0]
    if {_option_of(line).upper() for line in lines[1:]} - {"", _option_of(first).upper()}:
        return False
    bold = first.startswith("**") and first.rstrip(". ").endswith("**")
    return EXPLANATION.match(lines[1]) is not None or (apart and (bold or len(first.strip("*()[]. ")) <= 3))


def _letter_at_end(line: str, text: str, labels: str) -> str | None:
    """A letter in bold, or named an option, that ends the last line and is the only one in it."""
    if len(line) > LONGEST_LINE or NEGATED.search(line):
        return None
    bold = BOLD_END.search(line)
    match = bold if bold and LEADING_UP.search(line[: bold.start()]) else NAMED_END.search(line)
    if match is None:
        return None
    others = {value_of(other[0], text) for other in letter_pattern(line, labels).finditer(line)} & set(labels)
    found = _label(match[1], text, labels)
    return found if others <= {found, "A"} else None


def option_named(text: str, labels: str, options: Sequence[str]) -> str | None:
    """The label of the one option whose text is announced: in a box, as a JSON value, behind "answer:", or alone."""
    lines = [line for line in text.splitlines() if line.strip()]
    said = [found[-1] for pattern in (BOXED, VALUE, SAID) if (found := pattern.findall(text))]
    known = [_core(option) for option in options]
    for each in (*said, *lines[-1:]):
        core = _core(each)
        if core and known.count(core) == 1:
            return labels[known.index(core)]
    return None


def _core(text: str) -> str:
    """A text without case, marks around it and a full stop."""
    return " ".join(re.sub(r"[\s*_`$\\{}\"']+", " ", text).split()).strip(" .。,;:()").casefold()
