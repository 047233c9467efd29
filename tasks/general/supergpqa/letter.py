r"""The letter that an answer to SuperGPQA gives, by the rules of its authors.

SuperGPQA/SuperGPQA@03a3e2789c50e335c83be8b62cb7334dd92bd78a eval/eval.py: ``calculate_accuracy`` (modes five-shot and
zero-shot), ``extract_option_labels``, ``extract_option_content``. A letter is looked for in the last line, then in the
whole text; failing that, the text of an option. Of a completion the first block comes first, then all of it with
whatever questions it went on to. A lower-case letter is found and is wrong, as there.

The authors' expressions take exponential time on runs of brackets and are given up after five seconds. These find the
same answers in linear time: ``OPENING`` is their ``(?:[*${([\\]*?(?:\\boxed{)?)*`` and ``END`` their ``(?:\\?}?...)*``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WRAPPER = r"\\(?:boxed|mathbf|mathrm|text)\{"
# All that may stand before a letter. No letter follows a part of it, so nothing is ever given back.
OPENING = rf"(?:[*${{(\[]++|{WRAPPER}|\\)*+"
LETTER = r"\s*+([A-J])"
# After an answer: closing signs, then a space, a colon, a full stop, an asterisk or the end; a ")" will do.
END = r"(?=[\\}$\]]{0,200}+\)|[\\}$\]]{0,200}+(?:[\s:.*]|$))"
# "the final answer is", "The option chosen  is": a word that clings to "answer" needs two spaces after it.
SUBJECT = r"[Tt]he\s++(?:\w++\s++)?(?:answer|option)(?:\w++\s{2,}+|\s++)"
LABELS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{SUBJECT}is?:?\s*+{OPENING}{LETTER}{END}",
        rf"Answer[*\s]*+:\s*+{OPENING}{LETTER}{END}",
        rf"^(?:[^\w\r\n\\]++|(?!{WRAPPER})\\)*+{OPENING}{LETTER}{END}",
    )
)
# Before an option the shortest opening comes first, except that a wrapper is entered: options may begin with brackets.
MORE = rf"[*${{(\[\\](?:{WRAPPER})*"
# The limits keep the time linear; the reference gives up on such texts.
SPACE = r"\s{0,2000}"


def completed_letter(response: str, options: Sequence[str]) -> str | None:
    """The letter chosen by a completion, as ``stated_letter``."""
    first_block = response.split("Question:")[0]
    return stated_letter(first_block, options) or stated_letter(response, options)


def stated_letter(text: str, options: Sequence[str]) -> str | None:
    """The letter chosen by an answer; ``options`` are the texts of A, B, ... None when there is none."""
    text = text.rstrip()
    last_line = text.split("\n")[-1]
    letter = _first(LABELS, last_line, text)
    if letter:
        return letter
    content = _first(_content_forms(options), last_line, text)
    return chr(65 + _index(content, options)) if content else None


def _first(forms: Sequence[re.Pattern[str]], *texts: str) -> str | None:
    for text in texts:
        for form in forms:
            if found := form.search(text):
                return found[1]
    return None


def _content_forms(options: Sequence[str]) -> list[re.Pattern[str]]:
    content = f"({'|'.join(re.escape(option) for option in options)})"
    forms = (
        rf"{SUBJECT}is:?\s*{_before_option()}{content}{END}",
        rf"(?i:Answer)\s*{_before_option()}{content}{END}",
        rf"^[^\w\r\n]{{0,300}}{_before_option(SPACE)}{content}{END}",
    )
    return [re.compile(form) for form in forms]


def _before_option(space: str = "") -> str:
    """What may stand before the text of an option; ``space`` is for a place that did not skip spaces yet."""
    return rf"(?:(?:{WRAPPER})+(?:{MORE}){{0,200}}?{SPACE}|{space}|(?:{MORE}){{1,200}}?{SPACE})"


def _index(content: str, options: Sequence[str]) -> int:
    """The option that a text names; one whose escaped form it is comes first, as in the reference."""
    escaped = [re.escape(option) for option in options]
    return escaped.index(content) if content in escaped else options.index(content)
