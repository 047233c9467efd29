"""Benchmarks whose answers another model judges.

A task says what the judge is asked about an answer (``calls``), what its reply says (``read``), whether it is asked
again (``again``), and what the verdicts of all calls make of the answer (``verdict``). All of them are called in the
main process, so that a reply is read as soon as it is there: they have to take time in proportion to the text, whatever
stands in it. A judge's reply alone is read, never the prompt: an answer in the judge's own form moves nothing.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from qwen3_eval.task.base import Task
from qwen3_eval.task.spec import Duels, Games, JudgeSpec
from qwen3_eval.types import Doc, JsonValue, JudgeCall, Message, Prompt, Score

__all__ = [
    "BATTLES",
    "Duelled",
    "Duels",
    "Games",
    "JudgeCall",
    "JudgeSpec",
    "Judged",
    "Placed",
    "filled",
    "going_on",
    "to_judge",
]

# Under which name a score counts the battles of ``JudgeSpec.games``.
BATTLES = "battles"


class Placed(NamedTuple):
    """How the answer in the first place did: 1 it won, 0.5 it tied, 0 it lost. own: it is the one that is judged."""

    first: float
    own: bool


class Judged(Task, ABC):
    """A benchmark whose answers a model judges; ``spec.judge`` says how."""

    def passes_over(self, doc: Doc, answer: str) -> str:
        """Why an answer that is there is not judged, in words; empty for one that is. It counts as no answer."""
        return ""

    @abstractmethod
    def calls(self, doc: Doc, answer: str) -> Sequence[JudgeCall]:
        """What the judge is asked about an answer; of each call the first prompt."""

    @abstractmethod
    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> JsonValue:
        """What the replies to a call say, by the official parse rule; None where they say nothing that it reads.

        replies: all so far, the last one last. lenient: by the rule that reads more, where there is one.
        """

    def again(self, doc: Doc, call: JudgeCall, replies: Sequence[str]) -> Prompt | None:
        """What the judge is asked after replies that could not be read; None for nothing more.

        The same once more, as often as ``spec.judge`` says.
        """
        assert self.spec.judge is not None
        return call.prompt if len(replies) < self.spec.judge.attempts else None

    @abstractmethod
    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, JsonValue]) -> Score:
        """What the verdicts make of an answer. verdicts: by the name of the call; None where nothing could be read.

        An answer that could not be judged has the outcome ``error`` and the lowest value of the benchmark's scale.
        """

    def opponent(self, doc: Doc) -> str:
        """The answer that the judge compares with, where there are ``JudgeSpec.games``."""
        raise TypeError(f"{type(self).__name__} plays no games")

    def placed(self, call: str, verdict: JsonValue) -> Placed | None:
        """What a verdict says of the places of two answers; None where there are none, or it says nothing of them."""
        return None

    def published(self, row: Mapping[str, Any]) -> tuple[str, Mapping[str, JsonValue]] | None:
        """The id of a doc, and the verdicts about it by call, out of a row of the benchmark's published judgments.

        None for a row of another form. May raise KeyError, IndexError, TypeError and ValueError.
        """
        return None

    @abstractmethod
    def unanswered(self, doc: Doc) -> Score:
        """The lowest value of the benchmark's scale, with metrics and counts, where there is no answer to judge."""

    @abstractmethod
    def marked(self, answer: str) -> bool:
        """Whether an answer holds what the parse rule reads in a reply."""


class Duelled(Judged, ABC):
    """A benchmark of which a model also compares the answers of several models, two at a time; ``duels`` says how."""

    duels: ClassVar[Duels]

    @abstractmethod
    def duel(self, doc: Doc, first: str, second: str) -> Prompt | None:
        """What the judge is asked about two answers in this order; None for a question without comparisons."""

    @abstractmethod
    def read_duel(self, reply: str) -> tuple[float, float] | None:
        """The points of the first and of the second answer; None where the reply says nothing that is read."""


def filled(template: str, fields: Mapping[str, str]) -> str:
    """A template whose braces stand for themselves, but for the names of the fields; each is filled in once."""
    names = "|".join(map(re.escape, fields))
    return re.sub(rf"\{{({names})\}}", lambda found: fields[found[1]], template)


def to_judge(template: str, fields: Mapping[str, str], system: str = "") -> Prompt:
    """A prompt of a judge: a template with its fields, which stand there as they are, whatever braces they hold.

    Doubled braces of the template are single ones. Raises KeyError for a field of the template that is not there.
    """
    return Prompt.user(template.format_map(fields), system=system)


def going_on(prompt: Prompt, reply: str, message: str) -> Prompt:
    """A conversation with a judge after its reply and one more message to it."""
    return Prompt(messages=(*prompt.messages, Message("assistant", reply), Message("user", message)))
