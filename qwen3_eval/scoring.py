"""From a generation to a score: what needs no scorer here, everything else in a worker process."""

from __future__ import annotations

from pathlib import Path

from qwen3_eval.pool import PoolCrash, PoolError, PoolTimeout, WorkerPool
from qwen3_eval.registry import Task, load_tasks
from qwen3_eval.types import Doc, Generation, Protocol, Score

_loaded: dict[Path | None, dict[str, Task]] = {}


def without_scorer(generation: Generation) -> Score | None:
    """The verdict on a generation that holds no answer to judge, else None."""
    if generation.error:
        return Score(0.0, "error", detail=generation.error)
    if not generation.finished:
        return Score(0.0, "unfinished", detail="the thinking was not closed")
    if not generation.answer.strip():
        cut = generation.finish_reason == "length"
        return Score(0.0, "truncated" if cut else "no_answer", detail="the answer is empty")
    return None


def score_answer(name: str, tasks_dir: Path | None, doc: Doc, answer: str, protocol: Protocol) -> Score:
    """Runs a task's scorer; called in a worker process, which loads the tasks once."""
    if tasks_dir not in _loaded:
        _loaded[tasks_dir] = dict(load_tasks(tasks_dir).tasks)
    task = _loaded[tasks_dir][name]
    return task.score(doc, answer) if protocol == "chat" else task.base_score(doc, answer)


class Scorer:
    """Scores generations in killable worker processes."""

    def __init__(self, pool: WorkerPool, tasks_dir: Path | None) -> None:
        self._pool = pool
        self._tasks_dir = tasks_dir

    async def __call__(self, task: Task, doc: Doc, generation: Generation, protocol: Protocol) -> Score:
        """The verdict. A scorer that hangs, dies or raises is an outcome, never the end of a run."""
        early = without_scorer(generation)
        if early is not None:
            return early
        spec = task.spec
        try:
            score = await self._pool.run(
                score_answer,
                spec.name,
                self._tasks_dir,
                doc,
                generation.answer,
                protocol,
                cpu_seconds=spec.score_seconds,
            )
        except PoolTimeout:
            return Score(0.0, "timeout", detail=f"judging took more than {spec.score_seconds:g} s")
        except (PoolCrash, PoolError) as error:
            return Score(0.0, "error", detail=f"the scorer failed: {error}")
        return as_truncated(score) if generation.finish_reason == "length" else score


def as_truncated(score: Score) -> Score:
    """The same verdict, told apart when the text was cut off before an answer stood in it."""
    if score.outcome != "no_answer":
        return score
    return Score(0.0, "truncated", score.extracted, score.metrics, "cut off before an answer: " + score.detail)
