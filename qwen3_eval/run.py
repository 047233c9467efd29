"""The loop: plan, generate, score, record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from qwen3_eval import data, reference, sandbox
from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.engines import create_engine
from qwen3_eval.engines.arguments import stated_context
from qwen3_eval.engines.base import Engine
from qwen3_eval.generate.ask import Ask, Asker
from qwen3_eval.generate.conversation import converse
from qwen3_eval.languages import pick_languages
from qwen3_eval.prepare import manifest
from qwen3_eval.prepare.plan import (
    Group,
    Plan,
    Work,
    deviations,
    docs_of,
    lacking_data,
    ladders,
    make_plan,
    protocols_of,
)
from qwen3_eval.progress import Progress, show
from qwen3_eval.prompts import Rendered, Renderer, build_prompt, describe_prompt
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.store import Store, read_manifest
from qwen3_eval.scoring.pool import WorkerPool
from qwen3_eval.scoring.scorer import Scorer
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.task.needs import first_lacking
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import (
    Doc,
    Generation,
    IncompleteError,
    Mode,
    Prompt,
    Record,
    Reply,
    ScoreRecord,
    Unit,
    UsageError,
)

SCORING_BACKLOG = 1024


@dataclass
class Run:
    """A run that has been checked and planned, but has asked nothing yet."""

    config: RunConfig
    run_dir: Path
    tasks: dict[str, Task]
    engine: Engine
    renderer: Renderer | None
    plan: Plan
    manifest: dict[str, Any]
    progress: Progress = field(default_factory=Progress)

    @property
    def resumed(self) -> bool:
        """Whether the folder holds this run already, as far as it came."""
        return (self.run_dir / MANIFEST).is_file()


def prepare(config: RunConfig, run_dir: Path, engine: Engine | None = None) -> Run:
    """Checks the request as a whole and plans it; writes nothing. Raises UsageError.

    engine: given by tests; else made from the config.
    """
    location = _location(config)
    config = settle_protocol(config, location)
    tasks, unfit = choose_tasks(config, load_tasks(config.tasks_dir))
    tasks, unspoken = split_by_language(config, tasks)
    tasks, unread = split_by_data(config, tasks)
    tasks, unjudged = split_by_needs(config, tasks)
    config = narrow_protocol(replace(config, tasks=tuple(task.spec.name for task in tasks)), tasks)
    engine = engine or create_engine(config)
    renderer = None if engine.renders else _renderer(config, location)
    _check_budgets(config, engine, renderer)
    _check_stated(config)
    sources = {task.spec.name: data.provenance(task, config.data_dir, protocols_of(config, task)) for task in tasks}
    identity = manifest.identity(config, tasks, sources, renderer)
    Store.check(run_dir, {"identity": identity})
    plan = make_plan(config, tasks, identity)
    content = manifest.build(config, identity, plan.describe(), sources, deviations(config, tasks))
    content["skipped"] = unfit | unspoken | unread | unjudged
    content["lacking"] = list(lacking_data(config, tasks))
    content["toolchains"] = manifest.toolchains_of(tasks)
    content["ladders"] = ladders(config, tasks)
    return Run(config, run_dir, {task.spec.name: task for task in tasks}, engine, renderer, plan, content)


def _location(config: RunConfig) -> str:
    """Folder or hub id of the model, or the name that a running server or a recorded run has for it."""
    if config.engine.kind not in ("vllm", "server"):
        return config.model
    try:
        return model_location(config.model)
    except UsageError:
        if config.engine.kind == "vllm" or not config.engine.base_url:
            raise
        return config.model


def _renderer(config: RunConfig, location: str) -> Renderer:
    if not config.engine.tokenizer and config.engine.base_url and not (Path(location).is_dir() or "/" in location):
        raise UsageError(
            f"{location!r} is a name of the server, and prompts are rendered here: name its tokenizer with --tokenizer "
            "(a folder or owner/name), or use --rendering server"
        )
    return Renderer(config.engine.tokenizer or location)


def settle_protocol(config: RunConfig, location: str) -> RunConfig:
    """Protocol ``auto`` becomes ``base`` for a model without a chat template, one that calls itself a base model, and
    a suite of base models (``report-base``).

    The Qwen3 base models come with the chat template of their siblings. What a server or a recorded
    run answers from is not known here: it is taken to have a template.
    """
    if config.protocol != "auto":
        return config
    if location.lower().rstrip("/").endswith("-base") or config.suite.endswith("-base"):
        return replace(config, protocol="base")
    local = config.engine.kind == "vllm" or (config.engine.kind == "server" and not config.engine.base_url)
    if not (local or config.engine.tokenizer):
        return config
    has_template = bool(Renderer(config.engine.tokenizer or location).template_source)
    return config if has_template else replace(config, protocol="base")


def narrow_protocol(config: RunConfig, tasks: list[Task]) -> RunConfig:
    """The config with the one protocol that all of its tasks are asked under, where there is only one."""
    used = {protocol for task in tasks for protocol in protocols_of(config, task)}
    return replace(config, protocol=used.pop()) if len(used) == 1 else config


def choose_tasks(config: RunConfig, registry: Registry) -> tuple[list[Task], dict[str, str]]:
    """The tasks of a run that offer its protocol, and why not, by name, those of a suite that do not.

    Raises UsageError for an unknown task, and for an unfit one that was asked for by name.
    """
    tasks = [registry.get(name) for name in config.tasks]
    if not tasks:
        raise UsageError("there are no tasks to ask; name some with --tasks, or a --suite")
    unfit = {
        task.spec.name: f"has no {config.protocol} protocol, only {' and '.join(task.spec.protocols)}"
        for task in tasks
        if not protocols_of(config, task)
    }
    if unfit and (not config.suite or len(unfit) == len(tasks)):
        name, reason = next(iter(unfit.items()))
        raise UsageError(f"task {name!r} {reason}")
    return [task for task in tasks if task.spec.name not in unfit], unfit


def split_by_language(config: RunConfig, tasks: list[Task]) -> tuple[list[Task], dict[str, str]]:
    """The tasks that ask in one of the run's languages, and why not, by name, those of a suite that do not.

    Raises UsageError for a language that no task of the run has, and for a task without any that was asked for by
    name; the line lists the languages that there are.
    """
    for term in config.languages:
        wanted = {language.tag for language in pick_languages(term)}
        if not any(wanted & {*task.spec.languages} for task in tasks):
            raise UsageError(_has_no(term, tasks))
    speaking = [task for task in tasks if not config.languages or config.language_tags & {*task.spec.languages}]
    silent = {task.spec.name: _has_no(", ".join(config.languages), [task]) for task in tasks if task not in speaking}
    if silent and not config.suite:
        raise UsageError(next(iter(silent.values())))
    return speaking, silent


def _has_no(term: str, tasks: list[Task]) -> str:
    names = ", ".join(task.spec.name for task in tasks)
    there = sorted({tag for task in tasks for tag in task.spec.languages})
    return f"{names} {'has' if len(tasks) == 1 else 'have'} no questions in {term}; there are {', '.join(there)}"


def split_by_data(config: RunConfig, tasks: list[Task]) -> tuple[list[Task], dict[str, str]]:
    """The tasks whose rows and examples the mirror has, and, by name, what it lacks for others of a suite.

    Raises UsageError when the mirror lacks a task that was asked for by name, or a whole suite.
    """
    lacking = {
        task.spec.name: reason
        for task in tasks
        if (reason := data.lacks(task, config.data_dir, protocols_of(config, task)) or _nothing_to_judge(config, task))
    }
    if lacking and (not config.suite or len(lacking) == len(tasks)):
        raise UsageError(next(iter(lacking.values())))
    return [task for task in tasks if task.spec.name not in lacking], lacking


def _nothing_to_judge(config: RunConfig, task: Task) -> str:
    """What every question of a task cannot be judged without, in a sentence; empty when there is one that can."""
    found = data.unjudged(task, config.data_dir)
    if not found or next(docs_of(task, config), None) is not None:
        return ""
    return f"no question of {task.spec.name} can be judged here: there is no {', no '.join(found)}"


def split_by_needs(config: RunConfig, tasks: list[Task]) -> tuple[list[Task], dict[str, str]]:
    """The tasks that this machine can judge, and why not, by name, those of a suite that it cannot.

    Raises UsageError when a task that was asked for by name, or a whole suite, cannot be judged here.
    """
    sandbox.use(config.sandbox)
    unmet = {task.spec.name: reason for task in tasks if (reason := first_lacking(task.spec.needs))}
    if unmet and (not config.suite or len(unmet) == len(tasks)):
        name, reason = next(iter(unmet.items()))
        raise UsageError(f"{name} {reason}")
    return [task for task in tasks if task.spec.name not in unmet], unmet


def _check_budgets(config: RunConfig, engine: Engine, renderer: Renderer | None) -> None:
    if not config.budgets or config.engine.kind in ("replay", "mock"):
        return
    if "thinking" not in config.modes:
        raise UsageError("--budgets limits thinking; use --mode thinking or both")
    if engine.renders:
        raise UsageError("--budgets needs token ids, which this server does not give; use --rendering client")
    if renderer is not None and renderer.tags is None:
        raise UsageError(f"{config.model} has no single-token thinking tags, so its thinking cannot be budgeted")


def _check_context(config: RunConfig, context: int | None) -> None:
    """Raises UsageError for a budget beyond a context of so many tokens."""
    if context is not None and config.budgets and config.budgets[-1] >= context:
        raise _beyond(f"--budgets {config.budgets[-1]}", context, "budgets")


def _check_stated(config: RunConfig) -> None:
    """Raises UsageError for a budget, or a limit that was asked for, that the model's own files rule out."""
    context = stated_context(config)
    _check_context(config, context)
    if context is not None and config.max_tokens is not None and config.max_tokens > context:
        raise _beyond(f"--max-tokens {config.max_tokens}", context, "limits")


def _beyond(what: str, context: int, plural: str) -> UsageError:
    return UsageError(
        f"{what} does not fit the context of {context} tokens; "
        f"use smaller {plural}, or a longer context (--engine-arg max_model_len=...)"
    )


def _note_room(run: Run) -> None:
    """Puts into the manifest that answers had less room than was asked for, as far as the engine knows."""
    limits = [group.limits.total for group in run.plan.groups if None in group.budgets]
    most, context = max(limits, default=0), run.engine.max_context
    found = [*run.engine.describe().get("deviations", ())]
    if context is not None and most >= context:
        found.append(f"max_tokens {most} does not fit the context of {context} tokens; answers end where that is full")
    known = run.manifest["deviations"]
    run.manifest["deviations"] = [*known, *(text for text in found if text not in known)]


async def execute(run: Run, output: TextIO | None = None) -> None:
    """Does what remains of a run. Raises UsageError, and IncompleteError when something failed."""
    store = Store(run.run_dir)
    try:
        asked = await _begin(run, store)
        async with _shown(run.progress, output), _pool() as pool:
            await _Loop(run, store, Scorer(pool, run.config.tasks_dir)).run()
        if asked:
            _note_room(run)
        store.sync()
        store.write_manifest(manifest.ended(run.manifest))
    except BaseExceptionGroup as group:
        raise first_cause(group) from group
    finally:
        store.close()
        await run.engine.close()
    if run.progress.failed:
        raise IncompleteError(
            f"{run.progress.failed} generations failed; run the same command with --run-dir {run.run_dir} to try again"
        )


async def _begin(run: Run, store: Store) -> bool:
    """Opens the store, and starts the engine unless there is nothing to ask; returns whether there is.

    A new run has no folder before its engine answers; one that goes on is locked while the engine loads.
    """
    resumed = run.resumed
    if resumed:
        store.open(run.manifest)
        run.manifest["engine"] = read_manifest(run.run_dir).get("engine", {})
    asks = not resumed or run.plan.asks(store.generated.__contains__)
    if asks:
        await run.engine.start()
        _check_context(run.config, run.engine.max_context)
        run.manifest["engine"] = dict(run.engine.describe())
        _note_room(run)
    if not resumed:
        store.open(run.manifest)
    run.manifest = manifest.started(run.manifest, run.run_dir)
    store.write_manifest(run.manifest)
    return asks


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception in a group that is no group itself."""
    first = group.exceptions[0]
    return first_cause(first) if isinstance(first, BaseExceptionGroup) else first


@contextlib.asynccontextmanager
async def _pool() -> Any:
    pool = WorkerPool(preload=("qwen3_eval.scoring.scorer",))
    try:
        yield pool
    finally:
        await pool.close()


@contextlib.asynccontextmanager
async def _shown(progress: Progress, output: TextIO | None) -> Any:
    shower = asyncio.create_task(show(progress, output))
    try:
        yield
    finally:
        shower.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await shower


class _Loop:
    """Generates with as many units in flight as the engine has slots, and scores beside it."""

    def __init__(self, run: Run, store: Store, scorer: Scorer) -> None:
        self._run = run
        self._store = store
        self._scorer = scorer
        self._ask = Asker(
            run.engine,
            run.renderer,
            reference.stop_text(run.config.stop_text),
            native=run.config.native_budget,
        )
        self._backlog: asyncio.Queue[tuple[Work, Record]] = asyncio.Queue(SCORING_BACKLOG)
        self._shots = {name: data.Shots(task, run.config.data_dir) for name, task in run.tasks.items()}
        self._last: tuple[Group, Doc, Prompt, Rendered] | None = None

    async def run(self) -> None:
        """Works until nothing is left."""
        self._count()
        self._run.progress.start()
        work = self._run.plan.work(self._store.generated.__contains__, self._store.scored.__contains__)
        async with asyncio.TaskGroup() as scorers:
            scoring = [scorers.create_task(self._score_all()) for _ in range(SCORING_BACKLOG // 16)]
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._run.engine.slots):
                    slots.create_task(self._work_all(work))
            await self._backlog.join()
            for task in scoring:
                task.cancel()

    def _count(self) -> None:
        progress = self._run.progress
        for group in self._run.plan.groups:
            progress.expect(group.task.spec.name, group.units)
        if not self._store.generated:
            return
        for name, units in self._run.plan.done(self._store.generated.__contains__).items():
            progress.already(name, units)

    async def _work_all(self, work: Iterator[Work]) -> None:
        for item in work:
            if item.missing:
                await self._generate(item)
            for unit in item.unscored:
                await self._backlog.put((item, self._store.generation(item.group.key(unit))))

    async def _generate(self, work: Work) -> None:
        ask = self._make_ask(work)
        self._run.progress.begin(ask.task, len(work.missing))
        if is_conversation(work.group.task):
            await self._converse(work, ask)
            return

        async def emit(unit: Unit, generation: Generation) -> None:
            await self._record(work, ask, unit, generation)

        await self._ask(ask, emit)

    async def _converse(self, work: Work, ask: Ask) -> None:
        """Each budget of a conversation by itself, from the step that it had come to."""
        group, doc = work.group, work.doc

        async def follow(replies: Sequence[Reply]) -> Prompt | None:
            return await self._scorer.follow(group.task, doc, replies)

        def render(prompt: Prompt) -> Rendered:
            return self._rendered(prompt, group.mode)

        for unit in work.missing:
            key = group.key(unit)

            def keep(asked: Ask, step: Generation, unit: Unit = unit, key: bytes = key) -> None:
                self._store.add_step(Record(key.hex(), unit, asked.seed(), asked.rendered.sha256, step))

            first = replace(ask, budgets=(unit.budget,))
            asked, generation = await converse(self._ask, first, self._store.steps(key), follow, render, keep)
            await self._record(work, asked, unit, generation)

    def _make_ask(self, work: Work) -> Ask:
        group, doc = work.group, work.doc
        prompt, rendered = self._render(group, doc)
        return Ask(
            task=group.task.spec.name,
            id=doc.id,
            sample=work.sample,
            mode=group.mode,
            protocol=group.protocol,
            budgets=tuple(unit.budget for unit in work.missing),
            prompt=prompt,
            rendered=rendered,
            sampling=group.sampling,
            limits=group.limits,
            run_seed=self._run.config.seed,
        )

    def _render(self, group: Group, doc: Doc) -> tuple[Prompt, Rendered]:
        """The prompt of a doc; the samples of one doc follow each other, so the last one is kept."""
        if self._last is None or self._last[0] is not group or self._last[1] is not doc:
            shots = self._shots[group.task.spec.name].of(doc) if group.protocol == "base" else ()
            prompt = build_prompt(group.task, doc, group.protocol, shots, group.mode)
            self._last = (group, doc, prompt, self._rendered(prompt, group.mode))
        return self._last[2], self._last[3]

    def _rendered(self, prompt: Prompt, mode: Mode) -> Rendered:
        renderer = self._run.renderer
        return renderer.render(prompt, mode) if renderer else describe_prompt(prompt, mode)

    async def _record(self, work: Work, ask: Ask, unit: Unit, generation: Generation) -> None:
        key = work.group.key(unit).hex()
        record = Record(key, unit, ask.seed(), ask.rendered.sha256, generation)
        self._store.add_prompt(ask.rendered.sha256, ask.rendered.text, unit, work.doc.target)
        self._store.add_generation(record)
        self._run.progress.end(
            unit.task, tokens=generation.tokens.decoded or 0, failed=bool(generation.error) and generation.retryable
        )
        await self._backlog.put((work, record))

    async def _score_all(self) -> None:
        while True:
            work, record = await self._backlog.get()
            try:
                await self._score(work, record)
            finally:
                self._backlog.task_done()

    async def _score(self, work: Work, record: Record) -> None:
        task = work.group.task
        score = await self._scorer(task, work.doc, record.generation, record.unit.protocol)
        scorer = f"{task.spec.name}-{task.spec.version}"
        self._store.add_score(ScoreRecord(record.key, record.unit, score, scorer), work.doc)
