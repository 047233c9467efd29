"""The loop: generate, score, record."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO, TypeAlias

from qwen3_eval.generate import flight
from qwen3_eval.generate.ask import Ask, Beyond
from qwen3_eval.generate.work import Generating, facts_of
from qwen3_eval.judging import Judging, JudgmentFailed
from qwen3_eval.prepare import manifest, moving, room, rooms
from qwen3_eval.prepare.judge import Judge
from qwen3_eval.prepare.plan import Survey, Work
from qwen3_eval.prepare.prepared import Prepared
from qwen3_eval.progress import Progress, shown
from qwen3_eval.records.store import Store, read_manifest
from qwen3_eval.scoring.backlog import MOST, Backlog, Portions
from qwen3_eval.scoring.far import WAIT_SECONDS, Cluster, FarPool
from qwen3_eval.scoring.grader import PRELOAD, wanted
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer, load_of_tasks, without_scorer
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.types import (
    NO_FACTS,
    AskedBefore,
    Generation,
    IncompleteError,
    Judgment,
    Record,
    Score,
    ScoreRecord,
    Unit,
)

Answered: TypeAlias = tuple[Work, Record]
BACKLOG = 1024
# Where answers come faster than they are scored, scoring is not to wait for many of them.
NEAR = BACKLOG // 8


async def execute(prepared: Prepared, output: TextIO | None = None) -> None:
    """Does what remains of a run. Raises UsageError, and IncompleteError when something failed."""
    store, progress, engine = prepared.store, Progress(), prepared.engine
    try:
        prepared, before, left = _taken_up(prepared, store)
        async with await _graders(prepared, left) as pool:
            tasks_dir = prepared.config.tasks_dir
            if isinstance(pool, FarPool):
                prepared, tasks_dir = prepared.on_nodes(pool.unable(), pool.toolchains), pool.tasks_dir
            prepared, told = await _begin(prepared, store, before, left)
            progress.plan(((group.asked.name, group.units) for group in prepared.plan.groups), left.generated)
            judged = {group.asked.name: 0 for group in prepared.plan.groups if group.judged}
            progress.judges(judged | left.judged)
            # What was answered elsewhere is scored in no time, unless a judge is asked.
            async with contextlib.nullcontext() if engine.elsewhere and not judged else shown(progress, output):
                if left.asks or left.scores:
                    scorer = Scorer(pool, tasks_dir, prepared.call_format)
                    loop = _Loop(prepared, store, scorer, progress, pool.jobs)
                    told = await _noting(loop, prepared, told)
        if left.asks:
            told = manifest.with_deviations(told, room.noted(prepared.plan, engine))
        store.sync()
        store.write_manifest(manifest.ended(told))
    except BaseExceptionGroup as group:
        raise first_cause(group) from group
    finally:
        store.close()
        await engine.close()
        if prepared.judge is not None:
            await prepared.judge.engine.close()
    failed = [f"{progress.failed} generations failed"] if progress.failed and not engine.elsewhere else []
    failed += [f"{progress.unjudged} answers got no judgment ({progress.why})"] if progress.unjudged else []
    if failed:
        again = f"run the same command with --run-dir {prepared.run_dir} to try again"
        raise IncompleteError(f"{' and '.join(failed)}; {again}")


def _taken_up(prepared: Prepared, store: Store) -> tuple[Prepared, Mapping[str, Any], Survey]:
    """Locks a run that goes on; a new one has no folder before its engine answers.

    Returns the run as it was left, its manifest so far, and what there is to do.
    """
    if not prepared.resumed:
        return prepared, {}, prepared.plan.untouched()
    store.open(prepared.manifest)
    before = read_manifest(prepared.run_dir)
    prepared = prepared.as_before(before)
    left = prepared.plan.survey(store.generated, store.scored)
    return prepared if left.grades else prepared.as_judged(before), before, left


async def _graders(prepared: Prepared, left: Survey) -> WorkerPool | FarPool:
    """What judges answers: processes here, which start when they are needed, or on the nodes of a cluster."""
    config, names = prepared.config, [each.name for each in prepared.asked if each.name in left.grades]
    if config.graders == "driver" or not left.grades:
        return WorkerPool(preload=PRELOAD, loads=(load_of_tasks(config.tasks_dir),))
    wait_s = config.engine.wait_s or WAIT_SECONDS
    cluster = Cluster(config.engine.ray_address, config.sandbox, config.tasks_dir, config.node_wheels, wait_s)
    return FarPool(cluster, await asyncio.to_thread(wanted, names, config.tasks_dir))


async def _begin(
    prepared: Prepared, store: Store, before: Mapping[str, Any], left: Survey
) -> tuple[Prepared, Mapping[str, Any]]:
    """Starts the engine unless there is nothing to ask; a new run has its folder from then on.

    Returns the run as its engine can be asked, and the manifest.
    """
    engine, resumed = prepared.engine, prepared.resumed
    told, session = prepared.manifest, None
    judge = prepared.judge if left.judges else None
    if judge is not None and judge.engine is not engine:
        await _judge_first(judge, prepared)
    if left.asks:
        await engine.start()
        room.check_context(prepared.config, engine.max_context)
        rooms.check_started(prepared.asked, engine.max_context)
        prepared = await prepared.with_engine()
        there = _described(prepared)
        session = None if engine.elsewhere else moving.session_of(there, prepared.changes)
        differs = moving.accepted(before, prepared.changes, there, prepared.config.engine)
        told = manifest.with_deviations({**prepared.manifest, "engine": there}, differs)
    if judge is not None and judge.engine is engine:
        await judge.start(prepared.asked, running=left.asks)
    told = _with_judge(told, judge if judge is None or not judge.after else None, before)
    told = manifest.with_deviations(told, moving.other_toolchains(before, told) if left.grades else [])
    if left.asks:
        told = manifest.with_deviations(told, room.noted(prepared.plan, engine))
    if not resumed:
        store.open(told)
    told = manifest.started(told, before, prepared.run_dir.name, session)
    store.write_manifest(told)
    return prepared, told


def _described(prepared: Prepared) -> dict[str, Any]:
    """What an engine that has started says of itself, and how it differs from what the run was begun with."""
    changes = {"changes": list(prepared.changes)} if prepared.changes else {}
    return {**flight.described(prepared.config.engine, prepared.engine), **changes}


async def _judge_first(judge: Judge, prepared: Prepared) -> None:
    """A judge is there before anything is asked; one that has to wait for room is looked at."""
    if judge.after:
        judge.check()
    else:
        await judge.start(prepared.asked)


def _with_judge(told: Mapping[str, Any], judge: Judge | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with what a judge that was started says of itself; else with what it said before."""
    if told.get("judge") is None:
        return dict(told)
    if judge is None:
        return {**told, "judge": {**told["judge"], "engine": (before.get("judge") or {}).get("engine", {})}}
    described = dict(judge.engine.describe())
    notes = described.get("deviations")
    told = manifest.with_deviations(told, [f"the judge: {each}" for each in notes] if isinstance(notes, list) else [])
    return {**told, "judge": {**told["judge"], "engine": described}}


async def _noting(loop: _Loop, prepared: Prepared, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Runs the loop; returns the manifest with what deviated in the answers, which is written however the loop ends.

    Whose answers they are is written with the first of them.
    """

    def answered() -> None:
        nonlocal told
        told = manifest.answered(told, _described(prepared))
        prepared.store.write_manifest(told)

    try:
        await loop.run(answered)
    finally:
        before = told
        if found := prepared.engine.reader.notes():
            told = manifest.with_deviations(told, found)
        if (beyond := loop.beyond).prompts:
            told = manifest.with_too_long(told, beyond.prompts, beyond.largest, beyond.context)
        if loop.judged:
            told = _with_judge(told, prepared.judge, told)
        if told is not before:
            prepared.store.write_manifest(told)
    return told


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception in a group that is no group itself."""
    first = group.exceptions[0]
    return first_cause(first) if isinstance(first, BaseExceptionGroup) else first


class _Loop:
    """Generates with as many units in flight as the engine has slots, and scores beside it.

    scorers: jobs of judging at a time; meanwhile answers gather to the next ones.
    """

    def __init__(self, prepared: Prepared, store: Store, scorer: Scorer, progress: Progress, scorers: int) -> None:
        self._scorers = scorers
        self._plan, self._engine = prepared.plan, prepared.engine
        # What was answered elsewhere waits all at once.
        self._portions = Portions(MOST if self._engine.elsewhere else 1)
        self._store, self._scorer, self._progress = store, scorer, progress
        self._generate = Generating(prepared, store, scorer, self._record)
        self._backlog: Backlog[Answered] = Backlog(BACKLOG if self._engine.real else NEAR)
        self._judge, self._tasks = prepared.judge, prepared.asked
        self._judging = Judging(prepared, store, self._heard) if prepared.judge else None
        # Answers that wait for the judge; None as long as it is not there.
        self._docket: asyncio.Queue[Answered] | None = None
        # Whether the judge was there.
        self.judged = False
        self._answered: Callable[[], None] | None = None

    @property
    def beyond(self) -> Beyond:
        """The prompts that were longer than the context."""
        return self._generate.beyond

    async def run(self, answered: Callable[[], None]) -> None:
        """Works until nothing is left. A judge that waits for the model to make room starts when that is done.

        answered: called before the first answer is recorded; one that failed and may be made again is none.
        """
        self._answered = answered
        self._progress.start()
        if self._judge is None or not self._judge.after:
            await self._pass(self._judge)
            return
        await self._pass(None)
        if self._plan.survey(self._store.generated, self._store.scored).judges:
            await self._engine.close()
            await self._judge.start(self._tasks)
            await self._pass(self._judge, answers=False)

    async def _pass(self, judge: Judge | None, *, answers: bool = True) -> None:
        """All that is left, but for answers to be judged where there is no judge, and answers where none are made."""
        work = self._plan.work(self._store.generated, self._store.scored)
        self._docket = asyncio.Queue(BACKLOG) if judge else None
        self.judged = judge is not None
        self._progress.start_judging()
        async with asyncio.TaskGroup() as scorers:
            scoring = [scorers.create_task(self._score_all()) for _ in range(self._scorers)]
            if judge and self._docket is not None:
                scoring += [scorers.create_task(self._judge_all(self._docket)) for _ in range(judge.slots)]
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._engine.slots if answers else 1):
                    slots.create_task(self._work_all(work, answers=answers))
            await self._backlog.join()
            if self._docket is not None:
                await self._docket.join()
            for task in scoring:
                task.cancel()

    async def _work_all(self, work: Iterator[Work], *, answers: bool) -> None:
        for item in map(Work.filled, work):
            if item.missing and answers:
                self._progress.begin(item.group.asked.name, len(item.missing))
                await self._generate(item)
            for unit in item.unscored:
                if self._queue(item) is not None:
                    await self._put(item, self._store.generation(item.group.key(unit)))

    def _queue(self, work: Work) -> asyncio.Queue[Answered] | None:
        """Where an answer waits for its score; None where it waits for a judge that is not there yet."""
        return self._docket if work.group.judged else self._backlog

    async def _put(self, work: Work, record: Record) -> None:
        if (queue := self._queue(work)) is not None:
            await queue.put((work, record))

    async def _record(self, work: Work, ask: Ask, unit: Unit, generation: Generation) -> None:
        asked = self._engine.asked_before(unit) or self._told(ask)
        record = Record(work.group.key(unit).hex(), unit, asked.seed, asked.prompt_sha256, generation)
        if asked.text:
            self._store.add_prompt(asked.prompt_sha256, asked.text, unit, work.doc.target, asked.facts)
        failed = bool(generation.error) and generation.retryable
        if self._answered and not failed:
            self._answered()
            self._answered = None
        self._store.add_generation(record)
        self._progress.end(unit.task, tokens=generation.tokens.decoded or 0, failed=failed)
        await self._put(work, record)

    def _told(self, ask: Ask) -> AskedBefore:
        seed, rendered = 0 if self._engine.elsewhere else ask.seed(), ask.rendered
        facts = facts_of(ask.prompt, rendered) if rendered.text else NO_FACTS
        return AskedBefore(seed, rendered.sha256, rendered.text, facts)

    async def _score_all(self) -> None:
        while True:
            found = await self._backlog.alike(lambda answered: answered[0].group, self._together)
            try:
                await self._score(found)
            finally:
                self._backlog.done(found)

    def _together(self, answered: Answered) -> int:
        """How many answers go to a worker at once."""
        group = answered[0].group
        return 1 if SANDBOX in group.task.spec.needs else self._portions.size(group.key_prefix)

    async def _score(self, found: Sequence[Answered]) -> None:
        group, began = found[0][0].group, time.monotonic()
        pairs = [(work.doc, record.generation) for work, record in found]
        scores = await self._scorer.batch(group.task, pairs, group.condition.protocol)
        if sent := sum(without_scorer(group.task, generation) is None for _, generation in pairs):
            self._portions.took(group.key_prefix, sent, time.monotonic() - began)
        self._keep([(*answered, score) for answered, score in zip(found, scores, strict=True)])

    def _keep(self, scored: Sequence[tuple[Work, Record, Score]]) -> None:
        lines = []
        for work, record, score in scored:
            scorer = f"{work.group.task.spec.name}-{work.group.task.spec.version}"
            given = self._engine.given_id(record.unit)
            lines.append((ScoreRecord(record.key, record.unit, score, scorer, given), work.doc))
        self._store.add_scores(lines)

    async def _judge_all(self, docket: asyncio.Queue[Answered]) -> None:
        while True:
            work, record = await docket.get()
            try:
                await self._judge_one(work, record)
            finally:
                docket.task_done()

    async def _judge_one(self, work: Work, record: Record) -> None:
        task = work.group.task
        assert self._judging is not None
        assert isinstance(task, Judged)
        try:
            score = await self._judging(task, work.doc, record)
        except JudgmentFailed as failure:
            self._progress.not_judged(str(failure))
        else:
            self._keep([(work, record, score)])
            self._progress.judged(record.unit.task)

    def _heard(self, judgment: Judgment, unread: bool) -> None:
        self._progress.called(judgment.unit.task, unread=unread)
