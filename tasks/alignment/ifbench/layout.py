"""The kind ``format``: brackets, quotes, lines, lists and markup."""

from __future__ import annotations

import re
import string
from itertools import pairwise
from math import isqrt

from qwen3_eval.api import instructions

from .pieces import EDGES, PUNCTUATION, bare, sentences

BRACKETS = {")": "(", "]": "[", "}": "{"}
DEEPEST_BRACKETS, DEEPEST_QUOTES = 5, 3
QUOTES = "\"'"
LETTERS = re.compile(r"\W*[aA]\W*[bB]\W*[cC]\W*")
NO_QUOTE = string.digits + PUNCTUATION.replace('"', "")
TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")


def parentheses(response: str) -> bool:
    """Brackets, five deep, of which the innermost is closed; one that closes no other begins anew."""
    open_: list[str] = []
    deepest = 0
    for mark in response:
        if mark in "([{":
            open_.append(mark)
            deepest = max(deepest, len(open_))
        elif mark in BRACKETS and open_ and open_[-1] == BRACKETS[mark]:
            open_.pop()
            if deepest >= DEEPEST_BRACKETS:
                return True
        elif mark in BRACKETS:
            open_, deepest = [], 0
    return False


def quotes(response: str) -> bool:
    """Straight quotes, of which three that lie in each other are closed; a mark like the last open one closes it."""
    open_: list[str] = []
    deepest = 0
    for mark in filter(QUOTES.__contains__, response):
        if open_ and mark == open_[-1]:
            open_.pop()
            if deepest - len(open_) >= DEEPEST_QUOTES:
                return True
        else:
            open_.append(mark)
            deepest = max(deepest, len(open_))
    return False


def options(response: str, options: str) -> bool:
    """The answer is one of the options and nothing else; letters to choose from must be written as they are."""
    divider = next((mark for mark in ("/", "or") if mark in options), ",")
    chosen = [option.strip() for option in options.split(divider)]
    if LETTERS.match(options):
        return response in chosen
    return response.strip(EDGES).lower() in {option.strip(EDGES).lower() for option in chosen}


def newline(response: str) -> bool:
    """As many lines as words."""
    text = bare(response).strip()
    return sum(map(bool, text.split("\n"))) == len(text.split())


def emoji_ends(response: str) -> bool:
    """An emoji is among the last two characters of each sentence, or is the first one of the next."""
    found = [bare(sentence).strip() for sentence in sentences(response)]
    pairs = zip(found, [*found[1:], ""], strict=True)
    return all(text and (_pictured(text[-2:]) or _pictured(following[:1])) for text, following in pairs)


def _pictured(text: str) -> bool:
    """Whether a character is an emoji by itself."""
    import emoji

    return any(map(emoji.is_emoji, text))


def line_indent(response: str) -> bool:
    """Each line is indented more than the one before it; blank lines are left out as the reference does it."""
    lines = response.split("\n")
    # Lines that grow by a blank each need so much text; at most every second one is blank and left out.
    if len(lines) > 2 * isqrt(2 * len(response)) + 4:
        return False
    for line in lines:
        if not line.strip():
            # While the list is being walked through: the line behind it is passed over, so that some stay.
            lines.remove(line)
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return all(before < after for before, after in pairwise(indents))


def quote_unquote(response: str) -> bool:
    """No two straight double quotes meet, and none ends the text."""
    text = "".join(response.replace("'\"'", "").split())
    return '""' not in text and not text.strip(NO_QUOTE).endswith('"')


def special_list(response: str, sep: str) -> bool:
    """The mark occurs twice, wherever."""
    return response.count(sep) >= 2


def thesis(response: str) -> bool:
    """A text in italics, as HTML, that is not empty, and more behind it."""
    starts = (response.find(tag) for tag in ("<i>", "<em>"))
    start = next((place for place in starts if place >= 0), None)
    if start is None:
        return False
    text = response[start:]
    end = next((place for place in (text.find(tag) for tag in ("</i>", "</em>")) if place >= 0), -1)
    return end >= 0 and bool(text[3:end].strip() and text[end + 4 :].strip())


def sub_bullets(response: str) -> bool:
    """Behind each asterisk a hyphen comes before the next one."""
    return all("-" in part for part in response.split("*")[1:])


def no_bullets_bullets(response: str) -> bool:
    """Lines with at least two sentences, then two or more lines that begin with an asterisk, and no others.

    A line without a sentence, such as a blank one, ends the first part.
    """
    prose, told, bullets = True, 0, 0
    for line in map(str.strip, response.split("\n")):
        if line.startswith("*"):
            prose, bullets = False, bullets + 1
            if told < 2:
                return False
        elif not prose:
            return False
        else:
            found = sum(1 for _ in instructions.sentences(line))
            prose, told = bool(found), told + found
    return bullets >= 2


def title_case(response: str) -> bool:
    """No token of letters is in lower case, or but for its first letter in upper case."""
    tokens = (token for token in instructions.word_tokens(response) if token[0].isalpha() and token[0].islower())
    return not any(len(token) == 1 or token[1:].islower() or token[1:].isupper() for token in tokens)


def output_template(response: str) -> bool:
    """The three headings of the template occur."""
    return all(heading in response for heading in TEMPLATE)


def no_whitespace(response: str) -> bool:
    """No white space at all."""
    return not any(map(str.isspace, response))
