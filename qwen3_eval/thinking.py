"""The only place that knows ``<think>``: split, finished or not, count, cut.

The rules, for text and for token ids alike:

- thinking ends at the first closing tag; that is where a thinking budget is counted and cut;
- the answer is what follows the last closing tag, as in Qwen's own parsing code
  (QwenLM/Qwen3 docs/source/getting_started/quickstart.md);
- a block that is open at the end is unfinished, and unfinished thinking has no answer;
- no tag at all means that the model did not think: everything is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OPEN = "<think>"
CLOSE = "</think>"


@dataclass(frozen=True, slots=True)
class Split:
    """Thinking and answer as text, without tags and the newlines beside them; a text without tags stays as it is."""

    thinking: str
    answer: str
    finished: bool


def split_text(text: str, *, opened: bool = False) -> Split:
    """Splits what a model wrote. ``opened``: the prompt already ended inside a block."""
    head, closed, rest = text.partition(CLOSE)
    before, found, after = head.partition(OPEN)
    if not closed:
        if found or opened:
            return Split(_bare(after if found else head), "", finished=False)
        return Split("", text, finished=True)
    thinking = after if found and not before.strip() else head.replace(OPEN, "")
    answer = rest.rpartition(CLOSE)[2]
    if OPEN in answer:
        return Split(_bare(thinking), "", finished=False)
    return Split(_bare(thinking), _bare(answer), finished=True)


def _bare(text: str) -> str:
    return text.strip("\n")


def opened_by(prompt: str) -> bool:
    """Whether a rendered prompt ends inside a thinking block that it opened itself."""
    return prompt.rstrip().endswith(OPEN)


@dataclass(frozen=True, slots=True)
class Tags:
    """Token ids of the two tags in one tokenizer."""

    open: int
    close: int


class Trace:
    """The tokens of one generation as they arrive, and where its thinking starts and ends.

    Positions count from the first new token. ``start`` is the first thinking token, ``end`` the
    closing tag; both are None until they are known.
    """

    def __init__(self, tags: Tags, *, opened: bool) -> None:
        self.tags = tags
        self.tokens: list[int] = []
        self.start: int | None = 0 if opened else None
        self.end: int | None = None

    def extend(self, tokens: Sequence[int]) -> None:
        """Takes further tokens."""
        base = len(self.tokens)
        self.tokens.extend(tokens)
        if self.end is not None:
            return
        for position, token in enumerate(tokens, base):
            if token == self.tags.open and self.start is None:
                self.start = position + 1
            elif token == self.tags.close:
                self.end = position
                return

    @property
    def open(self) -> bool:
        """Inside a thinking block that has not been closed."""
        return self.start is not None and self.end is None

    @property
    def thinking_tokens(self) -> int:
        """Tokens between the tags so far (0 when no block was opened or closed)."""
        if self.end is not None:
            return self.end - (self.start or 0)
        return len(self.tokens) - self.start if self.start is not None else 0

    @property
    def answer_tokens(self) -> int:
        """Tokens after the closing tag; all of them when the model does not think."""
        if self.end is not None:
            return len(self.tokens) - self.end - 1
        return 0 if self.open else len(self.tokens)

    def reaches(self, budget: int) -> bool:
        """The block is still open after ``budget`` thinking tokens: it has to be cut there."""
        if self.start is None:
            return False
        known = len(self.tokens) if self.end is None else self.end
        return known - self.start >= budget

    def cut(self, budget: int) -> list[int]:
        """All tokens up to the end of the budget, opening tag included."""
        if self.start is None:
            raise ValueError("there is no thinking to cut")
        return self.tokens[: self.start + budget]

    def thinking(self) -> list[int]:
        """The tokens between the tags."""
        if self.start is None and self.end is None:
            return []
        return self.tokens[self.start or 0 : self.end]

    def rest(self) -> list[int]:
        """The tokens after the first closing tag; all of them when no block was opened."""
        if self.end is not None:
            return self.tokens[self.end + 1 :]
        return [] if self.open else list(self.tokens)

    def answer(self) -> list[int] | None:
        """The tokens after the last closing tag; None when a block is open at the end."""
        return None if self.open else after_last_close(self.rest(), self.tags)


def after_last_close(tokens: Sequence[int], tags: Tags) -> list[int] | None:
    """The answer in tokens that follow a closed block; None when they open another and leave it open."""
    rest = list(tokens)
    if tags.close in rest:
        rest = rest[len(rest) - rest[::-1].index(tags.close) :]
    return None if tags.open in rest else rest


def find_forced_stop(trace: Trace, stop: Sequence[int]) -> int | None:
    """Number of thinking tokens before a stop text that the engine itself put in, or None."""
    if trace.start is None or trace.end is None:
        return None
    at = trace.end - stop.index(trace.tags.close)
    return at - trace.start if at >= trace.start and _stands_at(trace.tokens, stop, at) else None


def cut_exactly(trace: Trace, stop: Sequence[int], budget: int) -> bool:
    """Whether an engine that enforced a budget did what cutting by hand would have done.

    It did not when it cut elsewhere, or when it put the stop text where no open block was.
    """
    forced = find_forced_stop(trace, stop)
    stops = sum(_stands_at(trace.tokens, stop, at) for at in range(len(trace.tokens)))
    if forced is None:
        return stops == 0 and not trace.reaches(budget)
    return stops == 1 and forced == budget


def _stands_at(tokens: Sequence[int], wanted: Sequence[int], at: int) -> bool:
    return tokens[at] == wanted[0] and list(tokens[at : at + len(wanted)]) == list(wanted)
