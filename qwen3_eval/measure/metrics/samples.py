"""What a metric reads of a sample. ``records.samples`` has it out of a journal."""

from __future__ import annotations

from typing import Protocol


class DocAsked(Protocol):
    """The doc of a sample."""

    @property
    def id(self) -> str:
        """Name of the doc in its benchmark."""

    @property
    def language(self) -> str | None:
        """What it is in, where that is known."""

    @property
    def group(self) -> str:
        """What moves together with it, such as its translations."""

    @property
    def subset(self) -> str:
        """The part that it belongs to, a path such as ``math/olympiad``."""


class SampleScored(Protocol):
    """A sample with its score."""

    @property
    def question(self) -> DocAsked:
        """What was asked."""

    @property
    def value(self) -> float:
        """The score, 0 to 1."""

    @property
    def outcome(self) -> str:
        """``ok``, or why there is no verdict."""

    @property
    def metrics(self) -> tuple[tuple[str, float], ...]:
        """What the scorer added, by name."""

    @property
    def weights(self) -> tuple[tuple[str, float], ...]:
        """What the doc counts in the mean of a metric, by name."""

    @property
    def sample(self) -> int:
        """Which attempt it is."""

    @property
    def counts(self) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """Parts of sums, by the figure's name."""
