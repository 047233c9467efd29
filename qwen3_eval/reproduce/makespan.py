"""When a run on replicas would end: its queue simulated, with lengths drawn by a seed; asks no model.

The queue is that of ``cluster/berths.py``: whole traces, in the order of the plan, each to the replica with the fewest
in hand, so many at once on each. While traces wait all places are taken, so whoever ends one takes the next; when none
waits, each replica ends what it has. That is exact, and needs one step a trace.

A step of decoding takes a fixed time, in which the weights are read, and as much again for every ``HALF`` traces, whose
caches are read. So one trace alone is decoded ``(FULL + HALF) / (1 + HALF)`` times as fast as one among ``FULL``. An
answer that branches off a trace at a budget counts as if it came after it. Not counted: reading prompts, judging.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, TypeAlias

from qwen3_eval.aligned import columns
from qwen3_eval.engines.arguments import GPU_SLOTS
from qwen3_eval.reproduce.price import Price

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]

# So many traces make a replica as fast as it is stated to be, and are all that it takes at once.
FULL, HALF = GPU_SLOTS, GPU_SLOTS // 4
START_S = 180.0
SPREAD = 0.8
# Between which logarithms a median is sought, and by how many halvings.
WIDEST, HALVINGS = 20.0, 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a replica is. full: tokens a second of ``FULL`` traces together. slots: traces at once.

    start_s: seconds until it is up.
    """

    full: float
    slots: int = FULL
    gpus: int = 1
    start_s: float = START_S

    def of_each(self, together: Any) -> Any:
        """Tokens a second of each of so many traces."""
        return self.full * (1 + HALF / FULL) / (together + HALF)


@dataclass(frozen=True, slots=True)
class OnPaper:
    """What is planned. replicas: at most. speed: decoded tokens a second and GPU. gpus: that one replica takes.

    slots: traces at once on all replicas together; None for as many as each can take. seed: of the lengths.
    """

    replicas: int
    speed: float
    gpus: int = 1
    slots: int | None = None
    seed: int = 0

    def pace(self, replicas: int) -> Pace:
        """Of one of so many replicas; slots are shared as ``RayEngine`` does it."""
        slots = min(FULL, -(-self.slots // replicas)) if self.slots else FULL
        return Pace(self.speed * self.gpus, slots, self.gpus)


@dataclass(frozen=True, slots=True)
class Traces:
    """What waits, in the order of the queue. tokens: of each. owners: the place in ``prices`` of what it belongs to."""

    prices: Sequence[Price]
    tokens: Array
    owners: Array


@dataclass(frozen=True, slots=True)
class Makespan:
    """A run on so many replicas. gpu_hours: that they are held. idle: share of these in which more could be decoded.

    last: place of the trace that ends last.
    """

    replicas: int
    seconds: float
    gpu_hours: float
    idle: float
    last: int


def drawn(prices: Sequence[Price], seed: int) -> Traces:
    """The traces of a run with a length each. What one task draws does not depend on the others."""
    import numpy as np

    queue = sorted((price for price in prices if price.traces), key=lambda price: -price.queued)
    lengths = [_lengths(price, seed) for price in queue]
    owners = np.repeat(np.arange(len(queue)), [len(each) for each in lengths])
    return Traces(queue, np.concatenate(lengths or [np.empty(0, np.int64)]), owners)


def _lengths(price: Price, seed: int) -> Array:
    """Tokens of each trace: those of measured ones, drawn with replacement, else log-normal with the expected mean."""
    import numpy as np

    rng = np.random.default_rng([seed % 2**64, zlib.crc32(f"{price.task} {price.asked}".encode())])
    if len(price.lengths):
        found = rng.choice(np.asarray(price.lengths), price.traces)
    else:
        scale = median(price.expected, price.most)
        found = np.minimum(scale * np.exp(SPREAD * rng.standard_normal(price.traces)), price.most)
    whole: Array = np.maximum(1, np.rint(found)).astype(np.int64)
    return whole


def median(mean: float, most: float) -> float:
    """The median of a log-normal variable that has this mean when it is cut at ``most``."""
    low, high = -WIDEST, WIDEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _cut_mean(middle) < mean / most else (low, middle)
    return most * math.exp(low)


def _cut_mean(mu: float) -> float:
    """Mean of ``min(1, exp(X))`` for a normal X of mean mu and deviation ``SPREAD``."""
    below = NormalDist().cdf
    return math.exp(mu + SPREAD**2 / 2) * below(-mu / SPREAD - SPREAD) + below(mu / SPREAD)


def makespan(tokens: Array, replicas: int, pace: Pace) -> Makespan:
    """When all traces have ended. tokens: of each, at least one of them, in the order of the queue."""
    clock, left, last = _while_they_wait(tokens.tolist(), replicas * pace.slots)
    seconds, place = _at_the_end(left, replicas, pace)
    seconds += pace.start_s + clock / pace.of_each(pace.slots)
    held = seconds * replicas * pace.gpus
    could = seconds * replicas * pace.full
    return Makespan(replicas, seconds, held / 3600, 1 - float(tokens.sum()) / could, last[place])


def _while_they_wait(tokens: Sequence[int], places: int) -> tuple[int, list[int], Sequence[int]]:
    """What has been decoded of a trace that lasts all the time until the last one begins.

    Then for each place: tokens that its trace still needs, and which trace it is. All go at the same pace meanwhile.
    """
    if len(tokens) <= places:
        return 0, list(tokens), range(len(tokens))
    ends = [(count, place) for place, count in enumerate(tokens[:places])]
    heapq.heapify(ends)
    traces, clock = list(range(places)), 0
    for trace in range(places, len(tokens)):
        clock, place = ends[0]
        traces[place] = trace
        heapq.heapreplace(ends, (clock + tokens[trace], place))
    left = [0] * places
    for end, place in ends:
        left[place] = end - clock
    return clock, left, traces


def _at_the_end(left: Sequence[int], replicas: int, pace: Pace) -> tuple[float, int]:
    """Seconds until the last trace has ended, and its place. Places go round the replicas.

    Those of one replica end one after the other, the rest faster each time.
    """
    import numpy as np

    rows = -(-len(left) // replicas)
    by_replica = np.zeros((rows, replicas))
    by_replica.ravel()[: len(left)] = left
    # What is missing counts as ended before all others.
    steps = np.diff(np.sort(by_replica, axis=0), axis=0, prepend=0)
    seconds = (steps / pace.of_each(np.arange(rows, 0, -1))[:, None]).sum(axis=0)
    slowest = int(seconds.argmax())
    return float(seconds[slowest]), int(by_replica[:, slowest].argmax()) * replicas + slowest


def doubled(replicas: int) -> list[int]:
    """Powers of two from 1, and the number itself."""
    return sorted({2**power for power in range(replicas.bit_length())} | {replicas})


def plan_text(found: Sequence[Price], paper: OnPaper | None) -> Iterator[str]:
    """When a run would end, as lines for a terminal; none where nothing is planned."""
    if paper is None:
        return
    traces = drawn(found, paper.seed)
    if not len(traces.tokens):
        yield "makespan: unknown, for nothing can be counted"
        return
    spans = [makespan(traces.tokens, each, paper.pace(each)) for each in doubled(paper.replicas)]
    yield ""
    head = ("replicas", "GPUs", "makespan", "GPU hours", "idle", "ends with")
    yield from columns([head, *(_span_row(each, traces, paper.gpus) for each in spans)], left=[5])
    asks, tokens = len(traces.tokens) / spans[-1].seconds, float(traces.tokens.sum()) / spans[-1].seconds
    yield f"on {paper.replicas:,} replicas {asks:,.1f} traces and {tokens:,.0f} tokens a second come back, on average"
    yield from _assumptions(traces, paper)


def _span_row(span: Makespan, traces: Traces, gpus: int) -> tuple[str, ...]:
    owner, tokens = traces.prices[traces.owners[span.last]], traces.tokens[span.last]
    return (
        f"{span.replicas:,}",
        f"{span.replicas * gpus:,}",
        f"{span.seconds / 3600:,.2f} h",
        f"{span.gpu_hours:,.1f}",
        f"{span.idle:.1%}",
        f"{owner.task} {owner.asked}, {tokens:,} tokens",
    )


def _assumptions(traces: Traces, paper: OnPaper) -> Iterator[str]:
    pace = paper.pace(paper.replicas)
    yield f"assumed: replicas are up after {pace.start_s:.0f} s, with {pace.slots} traces at once on each"
    yield (
        f"assumed: a step of decoding takes a fixed time, and as much again for every {HALF} traces; "
        f"{FULL} traces are decoded as fast as stated; reading prompts takes no time"
    )
    if any(not len(price.lengths) for price in traces.prices):
        yield f"assumed: lengths are log-normal with sigma {SPREAD}, cut at the limit, of the expected mean"
    yield f"drawn with seed {paper.seed}"
