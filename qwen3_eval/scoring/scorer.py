"""From a generation to a score: what needs no scorer here, everything else in a worker process."""

from __future__ import annotations

import asyncio
import math
import pickle
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypedDict, TypeVar, cast

from qwen3_eval.loading import once
from qwen3_eval.sandbox.fairness import PATIENCE_SECONDS
from qwen3_eval.scoring.pool import Pool, PoolCrash, PoolError, PoolTimeout, default_wall_seconds
from qwen3_eval.task.base import Task, is_conversation, judges_turns
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.toolcalls import CallFormat, expecting
from qwen3_eval.types import OF_THINKING, TOO_LONG, Doc, Generation, Outcome, Prompt, Protocol, Reply, Score

T = TypeVar("T")
# How much longer an answer that timed out may take when it is judged again, alone.
PATIENCE_ALONE = 2.0
Answer = str | tuple[str, ...] | tuple[Reply, ...]
# A doc, what was answered (None: the thinking alone is judged), and the thinking, for a task that judges that.
Asked = tuple[Doc, Answer | None, str]


def _failure(generation: Generation) -> Outcome:
    """The outcome of a request that got no answer."""
    if generation.finish_reason == TOO_LONG:
        return TOO_LONG
    return "refused" if generation.refused else "error"


def without_scorer(task: Task, generation: Generation) -> Score | None:
    """The verdict on a generation that holds no answer to judge, else None."""
    if generation.error:
        return Score(0.0, _failure(generation), detail=generation.error)
    if not (generation.finished or judges_turns(task)):
        return Score(0.0, "unfinished", detail="the thinking was not closed")
    cut = generation.finish_reason == "length"
    if cut and task.whole_answers:
        return Score(0.0, "truncated", detail="cut off before its end")
    if not (generation.answer.strip() or generation.replies or task.silence_counts):
        return Score(0.0, "truncated" if cut else "no_answer", detail="the answer is empty")
    return None


class Home(NamedTuple):
    """What a worker has to know of a run: where its tasks are, and in which format the model's family writes calls."""

    tasks_dir: Path | None
    calls: CallFormat | None = None


def score_answers(name: str, home: Home, protocol: Protocol, answers: Sequence[Asked]) -> list[Score]:
    """Runs a task's scorer; called in a worker process."""
    task = _task(name, home)
    with expecting(home.calls):
        return [_graded(task, protocol, *asked) for asked in answers]


def _graded(task: Task, protocol: Protocol, doc: Doc, answer: Answer | None, thinking: str) -> Score:
    score = Score(0.0) if answer is None else _verdict(task, protocol, doc, answer)
    if not math.isfinite(score.value):
        raise ValueError(f"the score is {score.value}")
    return replace(score, metrics={**score.metrics, **task.score_thinking(doc, thinking)}) if thinking else score


def _verdict(task: Task, protocol: Protocol, doc: Doc, answer: Answer) -> Score:
    if judges_turns(task):
        return task.score_turns(doc, cast("tuple[Reply, ...]", answer))
    if not isinstance(answer, str):
        return task.score_replies(doc, cast("tuple[str, ...]", answer))
    return task.score(doc, answer) if protocol == "chat" else task.base_score(doc, answer)


def next_prompt(name: str, home: Home, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
    """What a conversation goes on with; called in a worker process."""
    task = _task(name, home)
    with expecting(home.calls):
        return task.follow(doc, replies)


def _task(name: str, home: Home) -> Task:
    return _tasks(home.tasks_dir)[name]


def load_of_tasks(tasks_dir: Path | None) -> bytes:
    """What every job needs, for a pool to have it done once for all workers."""
    return pickle.dumps((_tasks, (tasks_dir,)), protocol=5)


@once
def _tasks(tasks_dir: Path | None) -> dict[str, Task]:
    """The tasks in a worker process."""
    return dict(load_tasks(tasks_dir).tasks)


class Scorer:
    """Scores generations in killable worker processes.

    What times out is judged again with nothing beside it and twice the time, before it counts: a loaded
    machine is not the model's fault.

    calls: the format in which the model's family writes calls; None where nothing is known of it.
    """

    def __init__(self, pool: Pool, tasks_dir: Path | None, calls: CallFormat | None = None) -> None:
        self._pool = pool
        self._home = Home(tasks_dir, calls)
        self._turns = _Turns()

    async def __call__(self, task: Task, doc: Doc, generation: Generation, protocol: Protocol) -> Score:
        """The verdict. A scorer that hangs, dies or raises is an outcome, never the end of a run."""
        early = without_scorer(task, generation)
        asked = _asked(task, doc, generation, early)
        if asked is None:
            return _settled(task, doc, generation, early, Score(0.0))
        try:
            score = await self._grade_patiently(task, protocol, asked)
        except PoolTimeout:
            seconds = task.spec.score_seconds
            score = Score(
                0.0,
                "timeout",
                detail=f"judging took more than {seconds:g} s, and more than {PATIENCE_ALONE * seconds:g} s alone",
            )
        except (PoolCrash, PoolError) as error:
            score = Score(0.0, "error", detail=f"the scorer failed: {error}")
        return _settled(task, doc, generation, early, score)

    async def batch(self, task: Task, pairs: Sequence[tuple[Doc, Generation]], protocol: Protocol) -> list[Score]:
        """The verdicts on whole answers, with one message to a worker for all; one by one where that fails."""
        if len(pairs) == 1:
            return [await self(task, *pairs[0], protocol)]
        early = [without_scorer(task, generation) for _, generation in pairs]
        asked = [_asked(task, *pair, verdict) for pair, verdict in zip(pairs, early, strict=True)]
        try:
            graded = iter(await self._grade(task, protocol, [each for each in asked if each is not None]))
        except (PoolTimeout, PoolCrash, PoolError):
            return [await self(task, doc, generation, protocol) for doc, generation in pairs]
        verdicts = [Score(0.0) if each is None else next(graded) for each in asked]
        return [
            await self(task, *pair, protocol) if _may_be_load(task, verdict) else _settled(task, *pair, first, verdict)
            for pair, first, verdict in zip(pairs, early, verdicts, strict=True)
        ]

    async def follow(self, task: Task, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        """The next prompt of a conversation. Raises PoolFailure."""
        job = (task.spec.name, self._home, doc, replies)
        try:
            return await self._run(task, next_prompt, *job)
        except PoolTimeout:
            return await self._run(task, next_prompt, *job, alone=True)

    async def _grade_patiently(self, task: Task, protocol: Protocol, asked: Asked) -> Score:
        """Judges again, alone, where that, or what the scorer itself runs, timed out. Raises PoolFailure."""
        with suppress(PoolTimeout):
            [score] = await self._grade(task, protocol, [asked])
            if not _may_be_load(task, score):
                return score
        [score] = await self._grade(task, protocol, [asked], alone=True)
        return score

    async def _grade(
        self, task: Task, protocol: Protocol, answers: Sequence[Asked], *, alone: bool = False
    ) -> list[Score]:
        job = (task.spec.name, self._home, protocol, answers)
        return await self._run(task, score_answers, *job, alone=alone) if answers else []

    async def _run(self, task: Task, function: Callable[..., T], *job: object, alone: bool = False) -> T:
        async with self._turns.alone() if alone else self._turns.take():
            return await self._pool.run(function, *job, **limits_of(task, PATIENCE_ALONE if alone else 1.0))


class _Turns:
    """Lets jobs run side by side, but for those that are to run alone."""

    def __init__(self) -> None:
        self._running = 0
        self._idle, self._open = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._one_alone = asyncio.Lock()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Holds a turn beside others."""
        while not self._open.is_set():
            await self._open.wait()
        self._running += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Holds a turn that begins when nothing runs; nothing else begins as long as it waits or lasts."""
        async with self._one_alone:
            self._open.clear()
            try:
                while self._running:
                    await self._idle.wait()
                yield
            finally:
                self._open.set()


class ScoreLimits(TypedDict):
    """What ``WorkerPool.run`` takes."""

    cpu_seconds: float
    wall_seconds: float


def limits_of(task: Task, times: float = 1.0) -> ScoreLimits:
    """The limits of a scorer. One with a sandbox may have to wait until a program that runs alone has ended."""
    seconds = times * task.spec.score_seconds
    patience = PATIENCE_SECONDS if SANDBOX in task.spec.needs else 0.0
    return {"cpu_seconds": seconds, "wall_seconds": default_wall_seconds(seconds) + patience}


def _may_be_load(task: Task, score: Score) -> bool:
    """Whether a program that the scorer ran was too slow, perhaps because of others; a sandbox runs those alone."""
    return score.outcome == "timeout" and SANDBOX not in task.spec.needs


def _asked(task: Task, doc: Doc, generation: Generation, early: Score | None) -> Asked | None:
    """What a scorer is asked; without an answer to judge, what silence adds to the sums of a figure. None: nothing."""
    grades_thinking = type(task).score_thinking is not Task.score_thinking
    thinking = thinking_of(generation) if grades_thinking and not generation.error else ""
    if early is None:
        return doc, answer_of(task, generation), thinking
    silence: Answer | None = (() if is_conversation(task) else "") if task.spec.metric.counts else None
    return (doc, silence, thinking) if thinking or silence is not None else None


def _settled(task: Task, doc: Doc, generation: Generation, early: Score | None, score: Score) -> Score:
    """The verdict, early or not, with the sums that the scorer counted and a value for each metric of the task."""
    if early is not None:
        thoughts = {name: value for name, value in score.metrics.items() if name.startswith(OF_THINKING)}
        score = replace(early, counts=score.counts, metrics=thoughts)
    elif generation.finish_reason == "length":
        score = as_truncated(score)
    names = task.metric_names(doc)
    return replace(score, metrics={**dict.fromkeys(names, 0.0), **score.metrics}) if names else score


def thinking_of(generation: Generation) -> str:
    """The thinking, or that of all replies of a conversation, one below the other."""
    replies = generation.replies
    return "\n\n".join(filter(None, (reply.thinking for reply in replies))) if replies else generation.thinking


def answer_of(task: Task, generation: Generation) -> Answer:
    """What a scorer sees: the answer part, or that of each reply of a conversation; thinking never gets there."""
    if judges_turns(task):
        return tuple(replace(reply, thinking="") for reply in generation.replies)
    if not is_conversation(task):
        return generation.answer
    return tuple(reply.answer for reply in generation.replies) or (generation.answer,)


def as_truncated(score: Score) -> Score:
    """The same verdict, told apart when the text was cut off before an answer stood in it."""
    if score.outcome != "no_answer":
        return score
    return replace(score, value=0.0, outcome="truncated", detail="cut off before an answer: " + score.detail)
