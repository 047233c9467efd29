"""From a generation to a score: what needs no scorer here, everything else in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from qwen3_eval.loading import once
from qwen3_eval.pool import PoolCrash, PoolError, PoolTimeout, WorkerPool, default_wall_seconds
from qwen3_eval.registry import Task, is_conversation, load_tasks
from qwen3_eval.sandbox.fairness import PATIENCE_SECONDS
from qwen3_eval.types import Doc, Generation, Prompt, Protocol, Reply, Score

Answer = str | tuple[str, ...]
# A doc, what was answered, and the thinking, for a task that judges that too.
Asked = tuple[Doc, Answer, str]


def without_scorer(task: Task, generation: Generation) -> Score | None:
    """The verdict on a generation that holds no answer to judge, else None."""
    if generation.error:
        return Score(0.0, "error", detail=generation.error)
    if not generation.finished:
        return Score(0.0, "unfinished", detail="the thinking was not closed")
    if not (generation.answer.strip() or generation.replies or task.spec.judges_silence):
        cut = generation.finish_reason == "length"
        return Score(0.0, "truncated" if cut else "no_answer", detail="the answer is empty")
    return None


def score_answers(name: str, tasks_dir: Path | None, protocol: Protocol, answers: Sequence[Asked]) -> list[Score]:
    """Runs a task's scorer; called in a worker process."""
    task = _task(name, tasks_dir)
    return [_judged(task, protocol, *asked) for asked in answers]


def _judged(task: Task, protocol: Protocol, doc: Doc, answer: Answer, thinking: str) -> Score:
    score = _verdict(task, protocol, doc, answer)
    return replace(score, metrics={**score.metrics, **task.score_thinking(doc, thinking)}) if thinking else score


def _verdict(task: Task, protocol: Protocol, doc: Doc, answer: Answer) -> Score:
    if not isinstance(answer, str):
        return task.score_replies(doc, answer)
    return task.score(doc, answer) if protocol == "chat" else task.base_score(doc, answer)


def next_prompt(name: str, tasks_dir: Path | None, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
    """What a conversation goes on with; called in a worker process."""
    return _task(name, tasks_dir).follow(doc, replies)


def _task(name: str, tasks_dir: Path | None) -> Task:
    return _tasks(tasks_dir)[name]


@once
def _tasks(tasks_dir: Path | None) -> dict[str, Task]:
    """The tasks in a worker process."""
    return dict(load_tasks(tasks_dir).tasks)


class Scorer:
    """Scores generations in killable worker processes."""

    def __init__(self, pool: WorkerPool, tasks_dir: Path | None) -> None:
        self._pool = pool
        self._tasks_dir = tasks_dir

    async def __call__(self, task: Task, doc: Doc, generation: Generation, protocol: Protocol) -> Score:
        """The verdict. A scorer that hangs, dies or raises is an outcome, never the end of a run."""
        early = without_scorer(task, generation)
        if early is not None and not task.spec.figures:
            return early
        try:
            [score] = await self._judge(task, protocol, [_asked(task, doc, generation, early)])
        except PoolTimeout:
            return early or Score(0.0, "timeout", detail=f"judging took more than {task.spec.score_seconds:g} s")
        except (PoolCrash, PoolError) as error:
            return early or Score(0.0, "error", detail=f"the scorer failed: {error}")
        return _settled(early, score, generation)

    async def batch(self, task: Task, pairs: Sequence[tuple[Doc, Generation]], protocol: Protocol) -> list[Score]:
        """The verdicts on whole answers, with one message to a worker for all; one by one where that fails."""
        found = [without_scorer(task, generation) for _, generation in pairs]
        rest = [number for number, early in enumerate(found) if early is None or task.spec.figures]
        try:
            judged = await self._judge(task, protocol, [_asked(task, *pairs[number], found[number]) for number in rest])
        except (PoolTimeout, PoolCrash, PoolError):
            return [await self(task, doc, generation, protocol) for doc, generation in pairs]
        verdicts = dict(zip(rest, judged, strict=True))
        return [
            early if number not in verdicts and early else _settled(early, verdicts[number], pairs[number][1])
            for number, early in enumerate(found)
        ]

    async def follow(self, task: Task, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        """The next prompt of a conversation. Raises PoolFailure."""
        job = (task.spec.name, self._tasks_dir, doc, replies)
        return await self._pool.run(next_prompt, *job, **limits_of(task))

    async def _judge(self, task: Task, protocol: Protocol, answers: Sequence[Asked]) -> list[Score]:
        job = (task.spec.name, self._tasks_dir, protocol, answers)
        return await self._pool.run(score_answers, *job, **limits_of(task)) if answers else []


class ScoreLimits(TypedDict):
    """What ``WorkerPool.run`` takes."""

    cpu_seconds: float
    wall_seconds: float


def limits_of(task: Task) -> ScoreLimits:
    """The limits of a scorer. One with a sandbox may have to wait until a program that runs alone has ended."""
    seconds = task.spec.score_seconds
    patience = PATIENCE_SECONDS if "sandbox" in task.spec.needs else 0.0
    return {"cpu_seconds": seconds, "wall_seconds": default_wall_seconds(seconds) + patience}


def _asked(task: Task, doc: Doc, generation: Generation, early: Score | None) -> Asked:
    """What a scorer is asked; without an answer to judge, what silence adds to the sums of a figure."""
    if early is not None:
        return doc, () if is_conversation(task) else "", ""
    judges_thinking = type(task).score_thinking is not Task.score_thinking
    return doc, answer_of(task, generation), thinking_of(generation) if judges_thinking else ""


def _settled(early: Score | None, score: Score, generation: Generation) -> Score:
    """The verdict, early or not, with the sums that the scorer counted."""
    if early is not None:
        return replace(early, counts=score.counts)
    return as_truncated(score) if generation.finish_reason == "length" else score


def thinking_of(generation: Generation) -> str:
    """The thinking, or that of all replies of a conversation, one below the other."""
    replies = generation.replies
    return "\n\n".join(filter(None, (reply.thinking for reply in replies))) if replies else generation.thinking


def answer_of(task: Task, generation: Generation) -> Answer:
    """What a scorer sees: the answer part, or that of each reply of a conversation."""
    if not is_conversation(task):
        return generation.answer
    return tuple(reply.answer for reply in generation.replies) or (generation.answer,)


def as_truncated(score: Score) -> Score:
    """The same verdict, told apart when the text was cut off before an answer stood in it."""
    if score.outcome != "no_answer":
        return score
    return replace(score, value=0.0, outcome="truncated", detail="cut off before an answer: " + score.detail)
