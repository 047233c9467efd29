"""The tokens of one generation while they arrive: where its thinking begins, where it ends, where a budget cuts it."""

from __future__ import annotations

from collections.abc import Sequence

from qwen3_eval.quoted import Written
from qwen3_eval.thinking import Decode, Tags, first_tag, parts_of


class Trace:
    """The tokens of one generation as they arrive, and where its thinking starts and ends.

    Positions count from the first new token. ``start`` is the first thinking token, ``end`` the closing tag, or what
    ended the block in its place; both are None until they are known. decode: tells tags that are quoted before any
    block; without it the first tag counts.
    """

    def __init__(self, tags: Tags, *, opened: bool, decode: Decode | None = None) -> None:
        self.tags = tags
        self._decode = decode
        self.tokens: list[int] = []
        self.start: int | None = 0 if opened else None
        self.end: int | None = None
        self._mentioned = False
        self._names = tags.names
        # What may have ended a block of which only a closing tag tells that it was open.
        self._early: int | None = None

    def extend(self, tokens: Sequence[int]) -> None:
        """Takes further tokens."""
        base = len(self.tokens)
        self.tokens.extend(tokens)
        if self.end is not None:
            return
        for position, token in enumerate(tokens, base):
            if token in self._names:
                self._take(token, position)
            if self.end is not None:
                return

    def _take(self, token: int, position: int) -> None:
        """Takes one of the tags."""
        if token in self.tags.ends:
            if self.start is not None:
                self.end = position
            elif self._early is None:
                self._early = position
        elif self._quoted(token, position):
            return
        elif token == self.tags.close:
            self.end = position if self.start is not None or self._early is None else self._early
        elif self.start is None:
            self._begin(position)

    def _quoted(self, token: int, position: int) -> bool:
        """Whether a tag is named before any block, as far as that can be told from what stands before it."""
        if self._decode is None or self.start is not None:
            return False
        written = Written(self._decode(self.tokens[:position]))
        if token == self.tags.close:
            return self._mentioned or written.in_code("`")
        self._mentioned = not written.opens_block()
        return self._mentioned

    def _begin(self, position: int) -> None:
        """A block begins here, unless an earlier tag was no quotation, as can be told by what has followed it since."""
        seen = self.tokens[: position + 1]
        places = [at for at, token in enumerate(seen) if token in self._names]
        first = first_tag(parts_of(seen, self.tags, self._decode), self.tags.marks) if self._decode else None
        begin = position if first is None else places[first // 2]
        if seen[begin] == self.tags.open:
            self.start, places = begin + 1, [at for at in places if at > begin]
            self.end = next((at for at in places if seen[at] != self.tags.open), None)
        else:
            self.end = begin

    @property
    def _behind(self) -> int:
        """Where the answer begins, once the block has ended: behind the closing tag, or with what ended it."""
        assert self.end is not None
        return self.end + (self.tokens[self.end] == self.tags.close)

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
        """Tokens of the answer; all of them when the model does not think."""
        if self.end is not None:
            return len(self.tokens) - self._behind
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
        """The tokens of the answer, from the end of the block on; all of them when no block was opened."""
        if self.end is not None:
            return self.tokens[self._behind :]
        return [] if self.open else list(self.tokens)


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
