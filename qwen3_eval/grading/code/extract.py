"""Code in an answer: fenced blocks, and text up to a stop string."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qwen3_eval.grading.patterns import regex

FENCE = regex(r"([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """What stands between two fences.

    language: the word after the opening fence, in lower case; empty where there is none.
    closed: there is a closing fence; a text that was cut off has none for its last block.
    """

    language: str
    code: str
    closed: bool


def code_blocks(text: str) -> list[CodeBlock]:
    """The fenced blocks of a Markdown text, in its order; linear in its length.

    A block ends at a line that holds nothing but at least as many of the same marks, and its lines lose the indentation
    that the opening fence has (CommonMark 0.31, 4.5). Other than there, a fence may be indented at will, as in a list.
    """
    found: list[CodeBlock] = []
    indent, mark, language, inside = "", "", "", list[str]()
    for line in text.split("\n"):
        if mark and line.strip().startswith(mark) and not line.strip().strip(mark[0]):
            found.append(CodeBlock(language, "\n".join(inside), closed=True))
            mark = ""
        elif mark:
            inside.append(line[min(len(indent), len(line) - len(line.lstrip())) :])
        elif fence := FENCE.fullmatch(line):
            indent, mark, language, inside = fence[1], fence[2], fence[3].lower(), []
    return [*found, CodeBlock(language, "\n".join(inside), closed=False)] if mark else found


def before_stop(text: str, stops: Iterable[str]) -> str:
    """The text up to the first of the stop strings, as an engine that was given them would have ended it."""
    return text[: min((place for stop in stops if (place := text.find(stop)) >= 0), default=len(text))]
