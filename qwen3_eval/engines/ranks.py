"""Several processes of vLLM's behind one of ours (its ``data_parallel_size``): which of them gets a request."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

# Of so many samples it is known whose cache has their prompts.
REMEMBERED = 4_096


class Ranks:
    """The one with the fewest requests, but for what belongs to one sample the one that had it before.

    vLLM itself looks at the load alone, and an answer that branches off a trace would prefill that anew elsewhere.
    """

    def __init__(self, processes: int) -> None:
        self._busy = [0] * processes
        self._last: dict[Hashable, int] = {}

    @contextmanager
    def turn(self, sample: Hashable) -> Iterator[int | None]:
        """The rank for a request about a sample, as long as it lasts; None where there is one process alone."""
        if len(self._busy) == 1:
            yield None
            return
        rank = self._last.pop(sample, None)
        rank = min(range(len(self._busy)), key=self._busy.__getitem__) if rank is None else rank
        self._last[sample] = rank
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        self._busy[rank] += 1
        try:
            yield rank
        finally:
            self._busy[rank] -= 1
