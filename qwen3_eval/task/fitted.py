"""Benchmarks of long prompts, which are made to a length in tokens of the model that is asked.

A run plans with outlines: docs that have an id and a subset, and neither a target nor a text. A doc is filled when it
is asked or scored, and its text is made when its prompt is: so a run begins at once, and no more texts lie in memory
than prompts are in flight.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qwen3_eval.task.base import Task
from qwen3_eval.task.source import Fitted
from qwen3_eval.types import Doc, Json, UsageError

__all__ = ["Fitted", "FittedTask", "Fitting", "UsageError"]


@dataclass(frozen=True)
class Fitting:
    """What prompts are fitted to.

    lengths: in tokens, ascending. samples: of each part at each length. seed: of the draws.
    count: tokens of a text, without those that a tokenizer puts around it. tokenizer: its digest.
    overhead: tokens of the chat template around one message of the user, in the mode that has more of them.
    room: by length, how many tokens prompt and answer may have, the template's among them; the length itself where
    nothing is said. begun: answers begin with the words that the benchmark states, where the model does not think.
    cache: folder for what was made, which other runs may use too.
    """

    lengths: tuple[int, ...]
    samples: int
    seed: int
    count: Callable[[str], int]
    tokenizer: str
    overhead: int
    cache: Path
    room: Mapping[int, int] = field(default_factory=dict)
    begun: bool = True

    def facts(self) -> Json:
        """All that the prompts depend on, beside the task."""
        return {
            "lengths": list(self.lengths),
            "samples": self.samples,
            "seed": self.seed,
            "tokenizer": self.tokenizer,
            "overhead": self.overhead,
            "room": {str(length): self.room.get(length, length) for length in self.lengths},
            "begun": self.begun,
        }


class FittedTask(Task, ABC):
    """A benchmark whose ``spec.source`` is ``Fitted``.

    fitting: what its prompts are fitted to, once the model is known; before that it has no docs.
    """

    fitting: Fitting

    @abstractmethod
    def least(self, length: int) -> int:
        """How many tokens every part needs at least, by what is asked at this length; more than it has are too many."""

    @abstractmethod
    def outlines(self) -> Iterator[Doc]:
        """Its docs with id, subset (``<length>/<part>``) and language alone, in their order."""

    @abstractmethod
    def filled(self, doc: Doc) -> Doc:
        """The doc with its target and a short question. Raises UsageError where none can be made."""

    def left_out(self) -> Mapping[str, str]:
        """The parts that cannot be made here, each with the reason in words."""
        return {}
