"""From a generation to a score: what needs no scorer here, everything else in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qwen3_eval.pool import PoolCrash, PoolError, PoolTimeout, WorkerPool
from qwen3_eval.registry import Task, is_conversation, load_tasks
from qwen3_eval.types import Doc, Generation, Prompt, Protocol, Reply, Score

_loaded: dict[Path | None, dict[str, Task]] = {}
Answer = str | tuple[str, ...]


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


def score_answers(
    name: str, tasks_dir: Path | None, protocol: Protocol, answers: Sequence[tuple[Doc, Answer]]
) -> list[Score]:
    """Runs a task's scorer; called in a worker process."""
    task = _task(name, tasks_dir)
    return [_judged(task, protocol, doc, answer) for doc, answer in answers]


def _judged(task: Task, protocol: Protocol, doc: Doc, answer: Answer) -> Score:
    if not isinstance(answer, str):
        return task.score_replies(doc, answer)
    return task.score(doc, answer) if protocol == "chat" else task.base_score(doc, answer)


def next_prompt(name: str, tasks_dir: Path | None, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
    """What a conversation goes on with; called in a worker process."""
    return _task(name, tasks_dir).follow(doc, replies)


def _task(name: str, tasks_dir: Path | None) -> Task:
    """A task in a worker process, which loads them once."""
    if tasks_dir not in _loaded:
        _loaded[tasks_dir] = dict(load_tasks(tasks_dir).tasks)
    return _loaded[tasks_dir][name]


class Scorer:
    """Scores generations in killable worker processes."""

    def __init__(self, pool: WorkerPool, tasks_dir: Path | None) -> None:
        self._pool = pool
        self._tasks_dir = tasks_dir

    async def __call__(self, task: Task, doc: Doc, generation: Generation, protocol: Protocol) -> Score:
        """The verdict. A scorer that hangs, dies or raises is an outcome, never the end of a run."""
        early = without_scorer(task, generation)
        if early is not None:
            return early
        try:
            [score] = await self._judge(task, protocol, [(doc, answer_of(task, generation))])
        except PoolTimeout:
            return Score(0.0, "timeout", detail=f"judging took more than {task.spec.score_seconds:g} s")
        except (PoolCrash, PoolError) as error:
            return Score(0.0, "error", detail=f"the scorer failed: {error}")
        return as_truncated(score) if generation.finish_reason == "length" else score

    async def batch(self, task: Task, pairs: Sequence[tuple[Doc, Generation]], protocol: Protocol) -> list[Score]:
        """The verdicts on whole answers, with one message to a worker for all; one by one where that fails."""
        found = {number: without_scorer(task, generation) for number, (_, generation) in enumerate(pairs)}
        rest = [number for number, score in found.items() if score is None]
        try:
            answers = [(pairs[number][0], answer_of(task, pairs[number][1])) for number in rest]
            judged = await self._judge(task, protocol, answers)
        except (PoolTimeout, PoolCrash, PoolError):
            return [await self(task, doc, generation, protocol) for doc, generation in pairs]
        verdicts = iter(judged)
        return [early or next(verdicts) for early in found.values()]

    async def follow(self, task: Task, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        """The next prompt of a conversation. Raises PoolFailure."""
        job = (task.spec.name, self._tasks_dir, doc, replies)
        return await self._pool.run(next_prompt, *job, cpu_seconds=task.spec.score_seconds)

    async def _judge(self, task: Task, protocol: Protocol, answers: Sequence[tuple[Doc, Answer]]) -> list[Score]:
        spec = task.spec
        job = (spec.name, self._tasks_dir, protocol, answers)
        return await self._pool.run(score_answers, *job, cpu_seconds=spec.score_seconds) if answers else []


def answer_of(task: Task, generation: Generation) -> Answer:
    """What a scorer sees: the answer part, or that of each reply of a conversation."""
    if not is_conversation(task):
        return generation.answer
    return tuple(reply.answer for reply in generation.replies) or (generation.answer,)


def as_truncated(score: Score) -> Score:
    """The same verdict, told apart when the text was cut off before an answer stood in it."""
    if score.outcome != "no_answer":
        return score
    return Score(0.0, "truncated", score.extracted, score.metrics, "cut off before an answer: " + score.detail)
