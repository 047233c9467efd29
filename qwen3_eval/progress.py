"""Progress of a run: one live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.table import Table

LIVE_SECONDS = 0.5
PLAIN_SECONDS = 15.0


@dataclass
class JudgingProgress:
    """Counts of one task whose answers a model judges.

    answers: that have their score. calls: of the judge, in this session, and how many of them said nothing that the
    parse rule reads.
    """

    answers: int = 0
    calls: int = 0
    unread: int = 0


@dataclass
class TaskProgress:
    """Counts of one task; units are generations. judging: None where no model judges."""

    planned: int = 0
    done: int = 0
    running: int = 0
    failed: int = 0
    tokens: int = 0
    started_with: int = 0
    judging: JudgingProgress | None = None

    @property
    def waiting(self) -> int:
        """Answers that are there and not yet judged."""
        return max(0, self.done - self.failed - self.judging.answers) if self.judging else 0


@dataclass
class Progress:
    """Counts by task, with the time since the first request.

    unjudged: answers that a judge gave no reply about. why: of the last of them.
    judged_since: when the judge was first asked; it may be started when all answers are there.
    """

    tasks: dict[str, TaskProgress] = field(default_factory=dict)
    unjudged: int = 0
    why: str = ""
    started: float = field(default_factory=time.monotonic)
    judged_since: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """The engine is up: rates and times count from now."""
        self.started = time.monotonic()

    def not_judged(self, why: str) -> None:
        """A judge gave no reply about an answer."""
        self.unjudged += 1
        self.why = why

    def start_judging(self) -> None:
        """The judge is up."""
        self.judged_since = time.monotonic()

    def expect(self, task: str, units: int) -> None:
        """Adds planned units to a task."""
        self.tasks.setdefault(task, TaskProgress()).planned += units

    def already(self, task: str, units: int) -> None:
        """Counts units that an earlier session has done."""
        entry = self.tasks[task]
        entry.done += units
        entry.started_with += units

    def plan(self, units: Iterable[tuple[str, int]], done: Mapping[str, int]) -> None:
        """Counts what there is to do, by task, and what earlier sessions have done of it."""
        for task, planned in units:
            self.expect(task, planned)
        for task, finished in done.items():
            self.already(task, finished)

    def judges(self, judged: Mapping[str, int]) -> None:
        """Takes tasks as judged ones; with the answers that earlier sessions have judged."""
        for task, answers in judged.items():
            self.tasks[task].judging = JudgingProgress(answers)

    def called(self, task: str, *, unread: bool) -> None:
        """Counts a call of the judge."""
        entry = self._judging(task)
        entry.calls += 1
        entry.unread += unread

    def judged(self, task: str) -> None:
        """Counts an answer that has its score by the judge."""
        self._judging(task).answers += 1

    def _judging(self, task: str) -> JudgingProgress:
        found = self.tasks[task].judging
        assert found is not None
        return found

    def begin(self, task: str, units: int) -> None:
        """Counts units that have been sent."""
        self.tasks[task].running += units

    def end(self, task: str, *, tokens: int, failed: bool) -> None:
        """Counts a unit whose generation is there."""
        entry = self.tasks[task]
        entry.running -= 1
        entry.done += 1
        entry.failed += failed
        entry.tokens += tokens

    @property
    def failed(self) -> int:
        """Units without a generation."""
        return sum(entry.failed for entry in self.tasks.values())

    def rate(self, entry: TaskProgress) -> float:
        """Tokens a second since the start."""
        return entry.tokens / max(time.monotonic() - self.started, 1e-9)

    def call_rate(self, entry: JudgingProgress) -> float:
        """Calls of the judge a second since it is there."""
        return entry.calls / max(time.monotonic() - self.judged_since, 1e-9)

    def eta(self, entry: TaskProgress) -> str:
        """Time left at the pace so far, as m:ss; a dash before anything is done."""
        made = entry.done - entry.started_with
        left = entry.planned - entry.done
        if left <= 0:
            return "0:00"
        if made <= 0:
            return "-"
        seconds = int(left * (time.monotonic() - self.started) / made)
        return f"{seconds // 60}:{seconds % 60:02d}"


COLUMNS = ("task", "done", "running", "failed", "tokens/s", "ETA")
JUDGING = ("judged", "waiting", "calls", "unread", "calls/s")


def rows(progress: Progress) -> Iterable[tuple[str, ...]]:
    """One row of text a task, in the order of ``COLUMNS``."""
    for name, entry in progress.tasks.items():
        done = f"{entry.done}/{entry.planned}"
        yield name, done, str(entry.running), str(entry.failed), f"{progress.rate(entry):.0f}", progress.eta(entry)


def judging_row(progress: Progress, task: str) -> tuple[str, ...]:
    """Of one task, in the order of ``JUDGING``; empty cells where no model judges."""
    entry = progress.tasks[task]
    if entry.judging is None:
        return ("",) * len(JUDGING)
    made, rate = entry.judging, progress.call_rate(entry.judging)
    judged = f"{made.answers}/{entry.planned}"
    return judged, str(entry.waiting), str(made.calls), str(made.unread), f"{rate:.1f}"


@contextlib.asynccontextmanager
async def shown(progress: Progress, stream: TextIO | None = None) -> AsyncIterator[None]:
    """Shows progress beside what is done meanwhile, and how it stands at the end even where nothing is left to do."""
    shower = asyncio.create_task(show(progress, stream))
    # A task that is cancelled before it begins shows nothing.
    await asyncio.sleep(0)
    try:
        yield
    finally:
        shower.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await shower


async def show(progress: Progress, stream: TextIO | None = None) -> None:
    """Shows the progress until it is cancelled; a last time then."""
    stream = stream or sys.stderr
    if stream.isatty():
        await _show_live(progress, stream)
    else:
        await _show_plain(progress, stream)


async def _show_plain(progress: Progress, stream: TextIO) -> None:
    def line() -> None:
        parts = [
            f"{name} {done} ({failed} failed, {rate} tok/s, ETA {eta})" + _judged_words(progress, name)
            for name, done, _, failed, rate, eta in rows(progress)
        ]
        if parts:
            print("progress: " + "; ".join(parts), file=stream, flush=True)

    await _repeat(line, PLAIN_SECONDS)


def _judged_words(progress: Progress, task: str) -> str:
    judged, waiting, calls, unread, rate = judging_row(progress, task)
    return f", judged {judged} ({waiting} waiting, {calls} calls, {unread} unread, {rate} calls/s)" if judged else ""


async def _show_live(progress: Progress, stream: TextIO) -> None:
    from rich.console import Console
    from rich.live import Live

    with Live(_table(progress), console=Console(file=stream), auto_refresh=False) as live:
        await _repeat(lambda: live.update(_table(progress), refresh=True), LIVE_SECONDS)


async def _repeat(draw: Callable[[], None], seconds: float) -> None:
    try:
        while True:
            await asyncio.sleep(seconds)
            draw()
    finally:
        draw()


def _table(progress: Progress) -> Table:
    from rich.table import Table

    judges = any(entry.judging for entry in progress.tasks.values())
    table = Table(*COLUMNS, *(JUDGING if judges else ()), box=None, pad_edge=False, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows(progress):
        table.add_row(*row, *(judging_row(progress, row[0]) if judges else ()))
    return table
