"""Replicas of a model on a Ray cluster as one engine.

Whole jobs travel, not requests: what asks for all the budgets of a sample runs beside the model, and its generations
come back. Retrying is done here: Ray 2.60 splices a stream whose actor it restarted, without a word. So an actor is
never restarted; a new one takes the place of a dead one, and joins as one that came late.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from qwen3_eval.cluster.actors import ActorLost, Seen, awaited, headless, while_the_head_answers
from qwen3_eval.cluster.berths import Berths, anyone
from qwen3_eval.cluster.connection import Node, connected, largest_share, leave, nodes_of
from qwen3_eval.config import EngineConfig, RunConfig, absolute
from qwen3_eval.engines.arguments import on_cpu
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.context import foretold_context, stated_context
from qwen3_eval.engines.patience import Away
from qwen3_eval.engines.replica import GENERATE, STREAM, Facts, Replica, Teacher, cause, look, versions
from qwen3_eval.types import IncompleteError, Json, Mode, Unit, UsageError

WAIT_SECONDS = 600.0
# So many replicas that fail to start one after the other are no accident.
MOST_FAILURES = 3
# The longest pause before a replica that did not start is tried again while others answer.
PAUSE_SECONDS = 60.0
LOOK_SECONDS, WORD_SECONDS = 60.0, 60.0
# Where replicas may join, there are units for them at once.
SPARE = 2
# Calls that an actor may have in hand; Ray's own limit is 1,000.
CALLS = 1_000
# Arguments of vLLM that say how many GPUs one replica takes.
SPREAD = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


class Far(Seen):
    """One replica, as it is seen from here."""

    def __init__(self, actor: Any, number: int) -> None:
        super().__init__(actor)
        self.number = number
        self.facts: Facts | None = None

    def __str__(self) -> str:
        return f"replica {self.number}" + (f" on {self.facts.node}" if self.facts else "")


class RayEngine(Engine):
    """Replicas of the engine that would run here, each an actor.

    make: the engine of a replica; by default vLLM. slots: units in flight on all replicas together, or by default as
    many on each as it says.
    """

    @classmethod
    def needs_model(cls, settings: EngineConfig) -> bool:
        """Always: prompts are rendered here."""
        return True

    @classmethod
    def stated_context(cls, config: RunConfig) -> int | None:
        """What was asked for, else what the model's ``config.json`` says."""
        return stated_context(config)

    def __init__(self, config: RunConfig, make: Callable[[RunConfig], Engine] | None = None) -> None:
        engine = replace(config.engine, tokenizer=absolute(config.engine.tokenizer))
        self._config, self._make = replace(config, model=absolute(config.model), engine=engine), make or vllm_engine
        self._wait_s = config.engine.wait_s or WAIT_SECONDS
        self._berths: Berths[Far] = Berths(self._share, self._wait_s, self._gone)
        self._starting: set[asyncio.Task[None]] = set()
        self._teachers: dict[str, Any] = {}
        self._ray: Any = None
        self._actor: Any = None
        self._beating: asyncio.Task[None] | None = None
        self._first: Facts | None = None
        self._failures = 0
        self._refused: UsageError | None = None
        self.slots = config.engine.slots or 0
        self._numbers = itertools.count(1)
        self._wanted = self._at_first = 0
        # What of a node one replica takes: GPUs, or CPUs where there are none.
        self._each, self._on_gpus = 1, False
        # Samples whose replica died while it had them.
        self._struck: set[tuple[str, str, int, Mode]] = set()
        self._headless = False

    def check(self) -> None:
        """As the engine of a replica does it, here."""
        self._make(self._config).check()

    def foretold_context(self) -> int | None:
        """By the arguments and the model's ``config.json``."""
        return foretold_context(self._config)

    async def start(self) -> None:
        """Joins the cluster and waits for the first replica. Raises UsageError where there is no cluster or no room."""
        self._ray = await asyncio.to_thread(connected, self._config.engine.ray_address)
        nodes = await asyncio.to_thread(nodes_of, self._ray)
        self._actor = self._placed(nodes)
        await asyncio.gather(*(self._look(node) for node in nodes if self._room([node])))
        self._at_first = self._wanted
        for _ in range(self._wanted):
            self._launch()
        waited: float | None = WORD_SECONDS
        while self._first is None:
            done, _ = await asyncio.wait(self._starting, timeout=waited, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                sys.stderr.write("no replica is up yet: the model loads, or there is no room (`ray status`)\n")
                waited = None
            self._check()
        self._beating = asyncio.create_task(self._tend())

    def _room(self, nodes: Sequence[Node]) -> int:
        """For how many replicas there is room."""
        return sum((node.gpus if self._on_gpus else node.cpus) // self._each for node in nodes)

    def _placed(self, nodes: Sequence[Node]) -> Any:
        """The actor, how many there are to be, what of a node one takes. Raises UsageError where they do not fit."""
        asked, group = self._config.engine.replicas, gpus_of(self._config.engine)
        cpus, gpus = sum(node.cpus for node in nodes), sum(node.gpus for node in nodes)
        self._on_gpus = bool(gpus) and not on_cpu()
        if self._on_gpus:
            self._each, need = group, {"num_gpus": group, "num_cpus": 1}
            self._wanted = asked or self._room(nodes)
            has = f"{gpus} GPUs, and a replica takes {f'{group}, all of one node' if group > 1 else 'one'}"
        else:
            self._wanted = asked or sum(node.cpus > 0 for node in nodes)
            self._each = largest_share([node.cpus for node in nodes], self._wanted) or 1
            need, has = {"num_cpus": self._each}, f"{cpus} CPUs, and a replica takes one at least"
        if not 0 < self._wanted <= self._room(nodes):
            raise UsageError(f"--replicas {asked or 'auto'}: the cluster has {has}")
        actor = self._ray.remote(Replica)
        return actor.options(max_restarts=0, max_task_retries=0, max_concurrency=CALLS, **need)

    async def _look(self, node: Node) -> None:
        """Raises UsageError where a node cannot have a replica; one that does not answer shows that later."""
        there = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node.id, soft=False)
        task = self._ray.remote(look).options(num_cpus=0, max_retries=0, scheduling_strategy=there)
        try:
            await asyncio.wait_for(awaited(task.remote(self._config, versions())), LOOK_SECONDS)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(found := cause(error), UsageError):
                raise found from error
            why = f"node {node.name} cannot run qwen3_eval ({said(error)}); install there what is installed here"
            raise UsageError(why) from error
        except (self._ray.exceptions.RayError, TimeoutError):
            return

    def _launch(self) -> None:
        task = asyncio.create_task(self._bring_up())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _bring_up(self) -> None:
        """One replica more; one that fails is tried again, unless several did before any was there."""
        far = Far(self._actor.remote(self._config, self.family, self._make), next(self._numbers))
        try:
            facts: Facts = await far.actor.start.remote(versions())
            far.facts = facts
            self._match(facts)
            learnt: set[str] = set()
            while missing := self._teachers.keys() - learnt:
                await far.actor.learn.remote(name := min(missing), self._teachers[name])
                learnt.add(name)
        except Exception as error:  # noqa: BLE001 - whatever Ray or the node makes of it
            await self._failed(far, error)
            return
        self._failures = 0
        far.watch(partial(self._lose, far))
        self._berths.join(far)
        if far.number > self._at_first:
            sys.stderr.write(f"{far} joined; {len(self._berths.members)} answer\n")

    def _match(self, facts: Facts) -> None:
        """The first says what all are like."""
        if self._first is None:
            self._take_first(facts)
            return
        for name, value in self._first.shared.items():
            if facts.shared.get(name) != value:
                differ = f"{name} {facts.shared.get(name)!r} on {facts.node}, {value!r} on {self._first.node}"
                raise UsageError(f"the replicas differ: {differ}; make the nodes alike")

    def _take_first(self, facts: Facts) -> None:
        self._first = facts
        self.max_context, self.native_budget = facts.max_context, facts.native_budget
        joining = 1 if self._config.engine.replicas else SPARE
        self.slots = self.slots or facts.slots * self._wanted * joining
        self.holds = facts.holds * self._wanted if facts.holds else None

    async def _failed(self, far: Far, error: Exception) -> None:
        """A replica did not start."""
        self._kill(far)
        found = cause(error)
        self._failures += 1
        refused = isinstance(found, UsageError)
        if not refused and self._failures < MOST_FAILURES:
            sys.stderr.write(f"{far} did not start ({said(error)}); it is tried again\n")
        if refused or self._failures >= MOST_FAILURES:
            told = found if isinstance(found, UsageError) else UsageError(f"no replica starts: {said(error)}")
            known, self._refused = str(self._refused), told
            self._berths.wake()
            if self._first is None:
                return
            if str(told) != known:
                sys.stderr.write(f"{far} does not join: {told}\n")
        if self._first is not None:
            # Its node may be mended, or leave and another come.
            await asyncio.sleep(PAUSE_SECONDS if refused else min(PAUSE_SECONDS, 2.0 ** min(self._failures - 1, 9)))
        self._launch()

    def _check(self) -> None:
        if self._first is None and self._refused is not None and not self._starting:
            raise self._refused

    def _share(self, _: Far) -> int:
        """Of what is in flight, as much as one replica takes."""
        if self._config.engine.slots or self._first is None:
            return -(-self.slots // max(1, self._wanted))
        return self._first.slots

    def _gone(self) -> IncompleteError:
        if self._headless:
            return IncompleteError(headless())
        why = f" ({self._refused})" if self._refused else ""
        waited = f"all replicas are gone, and none came up within {self._wait_s:g} s{why}"
        return IncompleteError(f"{waited}; run the same command again to go on")

    async def teach(self, name: str, teacher: Teacher) -> None:
        """All replicas, and those that come, learn to do jobs of a kind. Raises what one raises that cannot."""
        self._teachers[name] = teacher
        for far in list(self._berths.members):
            try:
                await far.said(awaited(far.actor.learn.remote(name, teacher)))
            except self._ray.exceptions.RayTaskError as error:
                raise cause(error) from error
            except (self._ray.exceptions.RayError, ActorLost):
                self._lose(far)

    async def do(self, unit: Unit, skill: str, job: Any, *, whole: bool = False) -> AsyncGenerator[Any, None]:
        """What a replica makes of a job. Raises Away when it died, and what the job raises.

        whole: all of it at its end. A stream of one answer takes twice the CPU here (Ray 2.60).
        """
        fits = self._berths.steadiest if unit.trace in self._struck else anyone
        async with self._berths.turn(unit.trace, fits) as far:
            made = (far.actor.whole if whole else far.actor.do.options(num_returns="streaming")).remote(skill, job)
            ended = False
            try:
                if whole:
                    for item in await far.said(awaited(made)):
                        yield item
                else:
                    while (item := await far.said(_next(made))) is not made:
                        yield item
                ended = True
                self._berths.answered[far] += 1
                self._struck.discard(unit.trace)
            except self._ray.exceptions.RayTaskError as error:
                raise cause(error) from error
            except self._ray.exceptions.RayError as error:
                ended = True
                self._lose(far)
                raise Away(f"{far} died") from error
            except ActorLost as error:
                raise Away(str(error)) from error
            finally:
                if far.since:
                    self._struck.add(unit.trace)
                if not ended:
                    with suppress(Exception):
                        self._ray.cancel(made)

    def _lose(self, far: Far) -> None:
        """A replica is dead: another takes its place."""
        if not far.is_lost():
            return
        self._berths.leave(far)
        if self._headless:
            return
        self._kill(far)
        left = len(self._berths.members)
        rest = f"{left} left" if left else f"none is left, the run waits up to {self._wait_s:g} s (--wait-for-replicas)"
        sys.stderr.write(f"{far} died; {rest}\n")
        self._launch()

    def _kill(self, far: Far) -> None:
        with suppress(Exception):
            self._ray.kill(far.actor)

    async def _tend(self) -> None:
        """Looks after the head; where as many are wanted as there is room for, and a node joins, starts more."""
        await while_the_head_answers(self._ray, self._grow)
        self._headless = True
        self._berths.give_up()
        for far in list(self._berths.members):
            self._lose(far)

    async def _grow(self) -> None:
        if self._config.engine.replicas is not None:
            return
        room = self._room(await asyncio.to_thread(nodes_of, self._ray))
        for _ in range(self._wanted, room):
            self._launch()
        self._wanted = max(self._wanted, room)

    async def generate(self, request: Request) -> Completion:
        """One completion. Raises EngineError when its replica died, and IncompleteError when all are gone."""
        [completion] = [part async for part in self._parts(GENERATE, request)]
        return completion

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """Growing completions. Raises as ``generate``."""
        async with aclosing(self._parts(STREAM, request)) as parts:
            async for part in parts:
                yield part

    async def _parts(self, skill: str, request: Request) -> AsyncGenerator[Completion, None]:
        try:
            async with aclosing(self.do(request.unit, skill, request, whole=skill == GENERATE)) as made:
                async for part in made:
                    yield part
        except Away as error:
            raise EngineError(str(error)) from error

    def describe(self) -> Json:
        """What the first of its replicas said, which holds for all, and where they are."""
        own: Json = self._first.described if self._first else {}
        address = self._config.engine.ray_address
        return {**own, "ray_address": address, "replicas": self._wanted, "slots": self.slots}

    async def close(self) -> None:
        """Ends the replicas, and a cluster that was started here."""
        tasks = [*self._starting, *([self._beating] if self._beating else [])]
        self._beating = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for far in list(self._berths.members):
            await far.close()
            self._kill(far)
            self._berths.leave(far)
        if self._ray is not None:
            self._ray = None
            await asyncio.to_thread(leave, there=not self._headless)


def vllm_engine(config: RunConfig) -> Engine:
    """What answers in a replica."""
    from qwen3_eval.engines.vllm import VllmEngine

    return VllmEngine(config)


def gpus_of(settings: EngineConfig) -> int:
    """GPUs that one replica takes."""
    found = 1
    for name in SPREAD:
        text = str(settings.args.get(name, 1))
        found *= max(1, int(text)) if text.isdecimal() else 1
    return found


def said(error: BaseException) -> str:
    """An error of Ray in a line: what it holds of a traceback ends with what was raised."""
    lines = [line.strip() for line in str(cause(error)).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__


async def _next(stream: AsyncIterator[Awaitable[Any]]) -> Any:
    """What a stream of references brings next; the stream itself at its end."""
    reference = await anext(stream, None)
    return stream if reference is None else await reference
