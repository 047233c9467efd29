"""Judging: what is judged again alone, and that every sample has all metrics of its task."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from call_templates import written
from opened import summary_of
from places import FIXTURES, TOYS

from qwen3_eval import data
from qwen3_eval.grading import tools
from qwen3_eval.scoring.pool import PoolError, PoolTimeout, WorkerPool
from qwen3_eval.scoring.scorer import Home, Scorer, _Turns, next_prompt, score_answers
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, Generation, Outcome, Reply, Score

T = TypeVar("T")
NO_ANSWER: dict[Outcome, Generation] = {
    "error": Generation(error="gone", retryable=True, finished=False, finish_reason="error"),
    "refused": Generation(error="content_filter", finished=False, finish_reason="refused"),
    "unfinished": Generation("on and on", finished=False, finish_reason="length"),
    "truncated": Generation("hm", finish_reason="length"),
    "no_answer": Generation("hm"),
}


class Pool:
    """Runs jobs here, and says how many ran beside each; ``late`` says which of them time out."""

    def __init__(self, late: Callable[[int, int], bool] = lambda number, beside: False) -> None:
        self.late = late
        self.running = 0
        self.jobs: list[tuple[Any, int, float]] = []

    async def run(self, function: Callable[..., T], *job: Any, cpu_seconds: float, wall_seconds: float) -> T:
        number, most = len(self.jobs), 0
        self.jobs.append((function, 0, cpu_seconds))
        self.running += 1
        try:
            for _ in range(4):
                await asyncio.sleep(0)
                most = max(most, self.running - 1)
            self.jobs[number] = (function, most, cpu_seconds)
            if self.late(number, most):
                raise PoolTimeout("too late")
            return function(*job)
        finally:
            self.running -= 1


def toys(name: str = "toy_sum") -> tuple[Task, list[Doc]]:
    task = load_tasks(TOYS).get(name)
    return task, list(data.docs(task))


def right(doc: Doc) -> Generation:
    return Generation(answer=str(doc.target))


def grade(pool: Any, task: Task, pairs: list[tuple[Doc, Generation]], tasks_dir: Path | None = TOYS) -> list[Score]:
    """All at once, as a run does."""

    async def every() -> list[Score]:
        scorer = Scorer(pool, tasks_dir)
        return list(await asyncio.gather(*(scorer(task, doc, said, "chat") for doc, said in pairs)))

    return asyncio.run(every())


def wait(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_an_answer_that_is_slow_only_beside_others_is_judged_again_alone() -> None:
    task, docs = toys()
    pool = Pool(late=lambda number, beside: beside > 0)
    scores = grade(pool, task, [(doc, right(doc)) for doc in docs])
    assert [(score.value, score.outcome) for score in scores] == [(1.0, "ok")] * len(docs)
    alone = [job for job in pool.jobs if job[2] == 2 * task.spec.score_seconds]
    assert len(alone) == len(docs)
    assert {beside for _, beside, _ in alone} == {0}


def test_those_that_time_out_wait_for_each_other_and_nothing_else_is_late() -> None:
    task, docs = toys()
    pool = Pool(late=lambda number, beside: number in (3, 4) and beside > 0)
    scores = grade(pool, task, [(doc, right(doc)) for doc in docs])
    assert {score.outcome for score in scores} == {"ok"}
    assert sorted(cpu for _, _, cpu in pool.jobs)[-2:] == [10.0, 10.0] and len(pool.jobs) == len(docs) + 2


def test_an_answer_that_times_out_alone_too_is_a_timeout() -> None:
    task, [doc, *_] = toys()
    pool = Pool(late=lambda number, beside: True)
    [score] = grade(pool, task, [(doc, right(doc))])
    assert (score.value, score.outcome, len(pool.jobs)) == (0, "timeout", 2)
    assert score.detail == "judging took more than 5 s, and more than 10 s alone"


def test_a_scorer_that_fails_is_not_tried_again() -> None:
    task, docs = toys("toy_broken")
    pool = Pool()
    pool.run = fails  # type: ignore[method-assign,assignment]
    assert [score.outcome for score in grade(pool, task, [(docs[0], right(docs[0]))])] == ["error"]


async def fails(*job: Any, **limits: float) -> Any:
    raise PoolError("ValueError", "a bug", "")


def test_a_program_of_the_scorers_own_that_is_late_is_tried_again() -> None:
    task, [doc, *_] = toys("toy_late_program")
    pool = Pool()
    assert [score.outcome for score in grade(pool, task, [(doc, right(doc))])] == ["timeout"]
    assert [cpu for _, _, cpu in pool.jobs] == [5.0, 10.0]


@pytest.mark.parametrize("late", [{0}, {0, 2}])
def test_a_batch_that_times_out_goes_one_by_one_and_alone(late: set[int]) -> None:
    task, docs = toys()
    pool = Pool(late=lambda number, beside: number in late)
    pairs = [(doc, right(doc)) for doc in docs[:5]]
    scores = wait(Scorer(pool, TOYS).batch(task, pairs, "chat"))  # type: ignore[arg-type]
    assert [score.outcome for score in scores] == ["ok"] * 5
    assert len(pool.jobs) == 1 + 5 + len(late - {0})


def test_what_goes_on_with_a_conversation_is_asked_again_alone() -> None:
    task, [doc, *_] = toys("toy_dialogue")
    pool = Pool(late=lambda number, beside: number == 0)
    replies = [Reply("", str(2 * int(doc.id)))]
    prompt = wait(Scorer(pool, TOYS).follow(task, doc, replies))  # type: ignore[arg-type]
    assert prompt == task.follow(doc, replies)
    assert [(function, cpu) for function, _, cpu in pool.jobs] == [(next_prompt, 5.0), (next_prompt, 10.0)]
    with pytest.raises(PoolTimeout):
        wait(Scorer(Pool(lambda number, beside: True), TOYS).follow(task, doc, replies))  # type: ignore[arg-type]


def test_what_waits_to_run_alone_goes_before_what_comes_later() -> None:
    async def order() -> list[str]:
        turns, done = _Turns(), []

        async def job(name: str, *, alone: bool = False) -> None:
            async with turns.alone() if alone else turns.take():
                for _ in range(5):
                    await asyncio.sleep(0)
                done.append(name)

        async def later(name: str, steps: int, *, alone: bool = False) -> None:
            for _ in range(steps):
                await asyncio.sleep(0)
            await job(name, alone=alone)

        await asyncio.gather(
            job("first"), later("alone", 1, alone=True), *(later(f"later {n}", 2 + n) for n in range(3))
        )
        return done

    assert asyncio.run(order()) == ["first", "alone", "later 0", "later 1", "later 2"]


def test_a_cancelled_judging_gives_its_turn_back() -> None:
    task, docs = toys()

    async def cancel() -> Score:
        pool = Pool(late=lambda number, beside: number < 2)
        scorer = Scorer(pool, TOYS)  # type: ignore[arg-type]
        first = [asyncio.create_task(scorer(task, doc, right(doc), "chat")) for doc in docs[:2]]
        for _ in range(7):
            await asyncio.sleep(0)
        for each in first:
            each.cancel()
        await asyncio.gather(*first, return_exceptions=True)
        return await asyncio.wait_for(scorer(task, docs[2], right(docs[2]), "chat"), 10)

    assert asyncio.run(cancel()).outcome == "ok"


METRICS = (
    "ifeval",
    "zebralogic",
    "tooluse",
    "lengthctrl",
    "language_fidelity",
    "humaneval",
    "humaneval_plus",
    "evalplus",
)


@pytest.mark.parametrize("name", METRICS)
def test_a_sample_without_an_answer_has_every_metric_of_its_task(name: str) -> None:
    task = load_tasks().get(name)
    doc = next(iter(data.docs(task, FIXTURES)))
    names = set(task.metric_names(doc))
    assert names
    pool = Pool(late=lambda number, beside: True)
    for outcome, said in {**NO_ANSWER, "timeout": Generation(answer="4", replies=(Reply("", "4"),))}.items():
        [score] = grade(pool, task, [(doc, said)], None)
        assert (score.outcome, score.value) == (outcome, 0)
        assert score.metrics == dict.fromkeys(names, 0.0)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ifeval", "Hello"),
        ("zebralogic", '{"solution": {}}'),
        ("zebralogic", "?"),
        ("tooluse", "Hello"),
        ("tooluse", ""),
    ],
)
def test_a_scorer_gives_the_metrics_that_its_task_names(name: str, answer: str) -> None:
    task = load_tasks().get(name)
    doc = next(iter(data.docs(task, FIXTURES)))
    [score] = grade(Pool(), task, [(doc, Generation(answer=answer, replies=(Reply("", answer),)))], None)
    assert set(score.metrics) == set(task.metric_names(doc))


def lines_of(scores: list[Score], docs: list[Doc], task: str) -> list[dict[str, Any]]:
    about = {"task": task, "sample": 0, "mode": "thinking", "budget": None, "detail": "", "scorer": "x-1"}
    return [
        {"key": f"{number:032x}", **about, "id": doc.id, "score": score.value, "outcome": score.outcome}
        | {"extracted": None, "metrics": dict(score.metrics)}
        for number, (score, doc) in enumerate(zip(scores, docs, strict=True))
    ]


@pytest.mark.parametrize("graded", [0, 1, 5])
def test_the_means_of_all_metrics_have_the_denominator_of_the_score(tmp_path: Path, graded: int) -> None:
    """With a run in which no sample has a verdict among them."""
    task, docs = toys("toy_metrics")
    said = [right(doc) for doc in docs[:graded]]
    said += itertools.islice(itertools.cycle(NO_ANSWER.values()), len(docs) - graded)
    scores = grade(Pool(), task, list(zip(docs, said, strict=True)))
    plan = [{"task": "toy_metrics", "mode": "thinking", "budgets": [None], "docs": len(docs), "samples": 1}]
    (tmp_path / "run.json").write_text(json.dumps({"model": "m", "plan": plan}))
    rows = lines_of(scores, docs, "toy_metrics")
    (tmp_path / "scores.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = {row["metric"]: row for row in summary_of(tmp_path)["results"]}
    for name in ("accuracy", "loose"):
        assert (found[name]["n_docs"], found[name]["score"]) == (len(docs), pytest.approx(100 * graded / len(docs)))
        assert found[name]["score"] == pytest.approx(100 * sum(row["metrics"]["loose"] for row in rows) / len(rows))
    thought = [row for row in rows if "thinking_words" in row["metrics"]]
    assert {row["outcome"] for row in thought} == {"unfinished", "truncated", "no_answer"}
    assert found["thinking_words"]["n_docs"] == len(thought)


def test_thinking_is_judged_whether_it_ended_or_not() -> None:
    async def score() -> Score:
        pool = WorkerPool(preload=("qwen3_eval.scoring.scorer",), workers=1)
        task, [doc, *_] = toys("toy_metrics")
        try:
            return await Scorer(pool, TOYS)(task, doc, replace(NO_ANSWER["unfinished"], thinking="a b"), "chat")
        finally:
            await pool.close()

    found = asyncio.run(score())
    assert (found.outcome, dict(found.metrics)) == ("unfinished", {"loose": 0.0, "thinking_words": 0.2})


def test_the_thinking_of_a_failed_generation_is_not_judged() -> None:
    task, [doc, *_] = toys("toy_metrics")
    pool = Pool()
    [score] = grade(pool, task, [(doc, Generation("long", error="over the budget", finished=False))])
    assert (score.outcome, dict(score.metrics), pool.jobs) == ("error", {"loose": 0.0}, [])


def test_a_worker_judges_what_it_is_given() -> None:
    task, [doc, *_] = toys("toy_metrics")
    scores = score_answers("toy_metrics", Home(TOYS), "chat", [(doc, str(doc.target), "a"), (doc, None, "a b c")])
    assert [(score.value, dict(score.metrics)) for score in scores] == [
        (1.0, {"loose": 1.0, "thinking_words": 0.1}),
        (0.0, {"thinking_words": 0.3}),
    ]
    assert task.metric_names(doc) == ("loose",)


def test_calls_are_read_in_the_format_of_the_job_and_of_no_later_one() -> None:
    task = load_tasks(None).tasks["demo_tools"]
    doc = next(iter(data.docs(task)))
    text = written("glm", [(call["name"], call["arguments"]) for call in doc.target])
    asked = [(doc, text, "")]
    for own, outcome in (("glm", "ok"), ("kimi", "other_format"), (None, "other_format")):
        (score,) = score_answers("demo_tools", Home(None, own), "chat", asked)  # type: ignore[arg-type]
        assert (score.value, score.outcome) == (float(outcome == "ok"), outcome)
        assert tools.expected() is None


def test_a_conversation_goes_on_in_the_format_of_the_job() -> None:
    task = load_tasks(None).tasks["tooluse"]
    doc = next(each for each in data.docs(task) if each.subset == "multi_step")
    name = next(name for name in doc.meta["tools"] if name.startswith(("get", "list", "find", "search")))
    replies = [Reply("", written("glm", [(name, {})]))]
    read, unread = (next_prompt("tooluse", Home(None, own), doc, replies) for own in ("glm", None))
    assert read is not None and read.messages[-2].tool_calls
    assert unread is not None and not unread.messages[-2].tool_calls
