"""Thinking and answer by the tags of a model's family; where that is unknown, by tags that cannot be mistaken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qwen3_eval.families.evidence import Recognised
from qwen3_eval.families.shelf import profiles
from qwen3_eval.thinking import QWEN, Marks, Split, answer_in_text, only_named, split_text, written_with


class Reader:
    """Splits the texts of one model.

    own: the tags of its family. others: those of further families that its texts may turn out to be written with, by
    the family's name; none where the family is known.
    """

    def __init__(self, own: Marks = QWEN, others: Mapping[str, Marks] | None = None) -> None:
        self.own = own
        self._others = dict(others or {})
        self._found: dict[str, None] = {}

    @property
    def special(self) -> bool:
        """Whether the tags are others than Qwen's, and may be special tokens, which a server leaves out of a text."""
        return self.own != QWEN

    @property
    def marks(self) -> Sequence[Marks]:
        """All tags that are looked for."""
        return (self.own, *self._others.values())

    @property
    def guesses(self) -> bool:
        """The family is unknown, and tags of others are looked for."""
        return bool(self._others)

    def split(self, text: str, *, opened: bool = False, cut: bool = False) -> Split:
        """As ``thinking.split_text``."""
        marks = self.marks_of(text)
        return split_text(text, opened=opened and marks is self.own, cut=cut, marks=marks)

    def answer(self, text: str) -> str | None:
        """As ``thinking.answer_in_text``."""
        return answer_in_text(text, self.marks_of(text))

    def marks_of(self, text: str) -> Marks:
        """The tags that a text is written with; those of another family are remembered for ``notes``."""
        if self._others and not written_with(text, self.own):
            for name, marks in self._others.items():
                if written_with(text, marks):
                    self._found[name] = None
                    return marks
        return self.own

    def describe(self) -> dict[str, object]:
        """What the manifest says; nothing where the tags are Qwen's."""
        return {} if self.own == QWEN else {"tags": {"open": self.own.open, "close": self.own.close}}

    def notes(self) -> list[str]:
        """In words, which tags were found that nobody had said."""
        return [
            f"answers hold the tags {self._others[name].open} and {self._others[name].close}, and were split by them; "
            f"say which family the model is of (--family {name}, if it is that)"
            for name in self._found
        ]


class VerdictReader(Reader):
    """Splits what a judge says, which may be of tags: an answer that it read may have left some.

    A closing tag within a sentence ends no thinking here, though no opening one stands before it: a verdict is lost
    with what comes before such a tag.
    """

    def split(self, text: str, *, opened: bool = False, cut: bool = False) -> Split:
        """As any reader, but for tags that are named and nothing more."""
        marks = self.marks_of(text)
        named = not (opened or cut or marks.channels) and only_named(text, marks)
        return Split("", text, finished=True) if named else super().split(text, opened=opened, cut=cut)


def reader_of(found: Recognised | None, kind: type[Reader] = Reader) -> Reader:
    """What splits the texts of a model; None: nothing is known of it."""
    if found is not None and found.known:
        return kind(found.profile.marks)
    own = found.profile.marks if found is not None else QWEN
    return kind(own, _others(own))


def _others(own: Marks) -> Mapping[str, Marks]:
    """The tags of all families, one name for each pair."""
    seen = {(own.open, own.close), (QWEN.open, QWEN.close)}
    found: dict[str, Marks] = {}
    for name, profile in profiles().items():
        pair = (profile.marks.open, profile.marks.close)
        if pair not in seen:
            seen.add(pair)
            found[name] = profile.marks
    return found
