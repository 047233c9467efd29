"""Whether a tag in a text is meant or quoted, as a reader of Markdown sees it: in code, or as a word of a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection

# Where code begins or ends; what stands before the marks is indentation or a quotation.
FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})(.*)")
# The end of a word or of a sentence: a tag that follows at once is no part of what is said.
GLUED = re.compile(r"[A-Za-z0-9.!?)\]}。！？）]$")
GOES_ON = re.compile(r"[A-Za-z0-9]|\s*$")
SENTENCE_GOES_ON = re.compile(r"[.,;:!?)\"'”’，。；：！？）]")
# Columns that make a line code in Markdown.
CODE_INDENT = 4
# Of a line, so that a model which repeats a tag thousands of times is read in linear time.
LONGEST_LINE = 1_000


class Written:
    """What stands before a tag.

    line: the tag's own line so far, without its middle where it is long.
    """

    def __init__(self, text: str = "") -> None:
        self.line = ""
        self._ticks = 0
        self._number = 0
        self._fence = ""
        self._fences = 0
        self.add(text)

    def add(self, text: str) -> None:
        """Takes what follows."""
        first, *further = text.split("\n")
        self._extend(first)
        for line in further:
            self._end()
            self._extend(line)

    def _extend(self, text: str) -> None:
        self._ticks += text.count("`")
        line = self.line + text
        self.line = line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE // 2] + line[-LONGEST_LINE // 2 :]

    def _end(self) -> None:
        found = FENCE.match(self.line)
        self.line, self._ticks, self._number = "", 0, self._number + 1
        if found is None:
            return
        marks, info = found.groups()
        if self._fence:
            self._fence = "" if marks.startswith(self._fence) and not info.strip() else self._fence
        elif "`" not in info:
            self._fence, self._fences = marks, self._fences + 1

    @property
    def place(self) -> tuple[bool, int]:
        """The line's number, or that of the fenced code around it."""
        return (True, self._fences) if self._fence else (False, self._number)

    @property
    def _indented(self) -> bool:
        return not self.line.strip() and len(self.line.expandtabs()) >= CODE_INDENT

    def in_code(self, after: str) -> bool:
        """In a fenced block, or between backticks. after: the rest of the line."""
        return bool(self._fence) or (self._ticks % 2 == 1 and "`" in after)

    def opens_block(self) -> bool:
        """An opening tag here begins a block, whatever follows it: it begins a line that is no code."""
        return not (self._fence or self._indented or self.line.strip())

    def breaks_off(self, after: str) -> bool:
        """An opening tag here is glued to what was said, and to what follows or to the line's end."""
        return not self._fence and bool(GLUED.search(self.line) and GOES_ON.match(after))

    def names_closing(self, after: str, mentions: Collection[tuple[bool, int]]) -> bool:
        """A closing tag here, before any block, is a quotation: beside a quoted opening tag, or in code.

        One that stands alone on its line ends thinking that a template began, whatever that has named.
        """
        alone = not (self.line + after).strip()
        if self.place in mentions or (mentions and self._indented):
            return True
        named = bool(mentions) and bool(self.line.strip()) and not GLUED.search(self.line)
        return named or bool(SENTENCE_GOES_ON.match(after)) or (self.in_code(after) and not alone)

    def quotes_closing(self, after: str) -> bool:
        """A closing tag here, in an answer, is a quotation: in code, or a word of a sentence."""
        within = bool(self.line.strip() and after.strip()) and not GLUED.search(self.line)
        return within or self.in_code(after)
