"""Text that strangers wrote, put where it can do nothing: in a cell of a spreadsheet, in Markdown, on a line.

A model's answers, names of models, tasks and ids are such text. LaTeX, HTML and XML have their own escapes.
"""

from __future__ import annotations

import re

# What a spreadsheet takes for the start of a formula, also in the full width of East Asian fonts.
FORMULA = tuple("=+-@＝＋－＠")
BREAKS = tuple("\t\r\n")
# Blanks, controls and characters without a width, which a spreadsheet may skip before a formula.
SKIPPED = re.compile("^[\\s\x00-\x1f\x7f-\xa0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*")
MARK = "'"
# Words in which Markdown, GitHub and GitLab find nothing to act on,
HARMLESS = re.compile(r"[^\W_](?:[^\W_]|[ ,.:;'\"()%/–_-])*")
# but for these: addresses, GH-12, short codes of emojis, milestones, commits, emphasis, numbers of a list.
ACTED_ON = re.compile(
    r"www\.|//|[^\W\d]-\d|:\S+:|%[^\W]|%\"|\b[0-9a-f]{7,}\b|(?<![^\W_])_|_(?![^\W_])|^\d+[.)](?: |$)|\b\w+:[^ ]",
    re.IGNORECASE,
)


def plain(text: str, limit: int) -> str:
    """One printable line of at most ``limit`` characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit])
    line = " ".join(line.split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def markdown(text: str, limit: int = 400) -> str:
    """One line that stands for itself in Markdown, in a table too: nobody is mentioned and nothing is linked.

    Words stay as they are. All else becomes ``<code>``, where GitHub and GitLab look for no mention, number or commit,
    with every mark as an entity, so that no syntax is left; the comment keeps an address from becoming a link.
    """
    line = plain(text, limit)
    if not line or (HARMLESS.fullmatch(line) and not ACTED_ON.search(line)):
        return line
    return f"<code>{''.join(map(_entity, line))}</code>"


def _entity(letter: str) -> str:
    if letter.isalnum() or letter == " ":
        return letter
    return f"&#{ord(letter)};" + ("<!-- -->" if letter == "@" else "")


def csv_cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: with an apostrophe before it where it could be one.

    ``csv_text`` takes it off again, from any text.
    """
    if text[:1].isalnum():
        return text
    return MARK + text if _is_formula(text.lstrip(MARK)) else text


def csv_text(cell: str) -> str:
    """The text of a cell that ``csv_cell`` made."""
    return cell[1:] if cell.startswith(MARK) and _is_formula(cell.lstrip(MARK)) else cell


def _is_formula(text: str) -> bool:
    return text.startswith(BREAKS) or text.startswith(FORMULA, SKIPPED.match(text).end())  # type: ignore[union-attr]
