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
from typing import Any

from qwen3_eval.cluster.actors import ActorLost, Seen, awaited, cause, said
from qwen3_eval.cluster.berths import anyone
from qwen3_eval.cluster.connection import Node, largest_share
from qwen3_eval.cluster.crew import Crew
from qwen3_eval.config import EngineConfig, RunConfig, absolute
from qwen3_eval.engines.arguments import on_cpu
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.context import LoadingEngine
from qwen3_eval.engines.jobs import FarSide, Teacher
from qwen3_eval.engines.patience import Away
from qwen3_eval.engines.replica import GENERATE, STREAM, Facts, Replica, look, versions
from qwen3_eval.types import Json, Mode, Unit, UsageError

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


class RayEngine(LoadingEngine):
    """Replicas of the engine that would run here, each an actor.

    make: the engine of a replica; by default vLLM. slots: units in flight on all replicas together, or by default as
    many on each as it says.
    """

    def __init__(self, config: RunConfig, make: Callable[[RunConfig], Engine] | None = None) -> None:
        engine = replace(config.engine, tokenizer=absolute(config.engine.tokenizer))
        self._config, self._make = replace(config, model=absolute(config.model), engine=engine), make or vllm_engine
        wait_s = config.engine.wait_s or WAIT_SECONDS
        self._crew: Crew[Far] = Crew("replicas", self._share, wait_s, lambda _: self._launch())
        self._teachers: dict[str, Any] = {}
        self._actor: Any = None
        self._first: Facts | None = None
        self._failures = 0
        self.slots = config.engine.slots or 0
        self._numbers = itertools.count(1)
        self._wanted = self._at_first = 0
        # What of a node one replica takes: GPUs, or CPUs where there are none.
        self._each, self._on_gpus = 1, False
        # Samples whose replica died while it had them.
        self._struck: set[tuple[str, str, int, Mode]] = set()

    def check(self) -> None:
        """As the engine of a replica does it, here."""
        self._make(self._config).check()

    def far_side(self) -> FarSide:
        """Itself: whole jobs are done beside its replicas."""
        return self

    async def start(self) -> None:
        """Joins the cluster and waits for the first replica. Raises UsageError where there is no cluster or no room."""
        nodes = await self._crew.enter(self._config.engine.ray_address)
        self._actor = self._placed(nodes)
        await asyncio.gather(*(self._look(node) for node in nodes if self._room([node])))
        self._at_first = self._wanted
        for _ in range(self._wanted):
            self._launch()
        waited: float | None = WORD_SECONDS
        while self._first is None:
            done, _ = await asyncio.wait(self._crew.coming, timeout=waited, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                sys.stderr.write("no replica is up yet: the model loads, or there is no room (`ray status`)\n")
                waited = None
            self._check()
        self._crew.tend(self._grow)

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
        return self._crew.actor(Replica, CALLS, **need)

    async def _look(self, node: Node) -> None:
        """Raises UsageError where a node cannot have a replica; one that does not answer shows that later."""
        ray = self._crew.ray
        task = ray.remote(look).options(num_cpus=0, max_retries=0, **self._crew.on(node))
        try:
            await asyncio.wait_for(awaited(task.remote(self._config, versions())), LOOK_SECONDS)
        except ray.exceptions.RayTaskError as error:
            if isinstance(found := cause(error), UsageError):
                raise found from error
            why = f"node {node.name} cannot run qwen3_eval ({said(error)}); install there what is installed here"
            raise UsageError(why) from error
        except (ray.exceptions.RayError, TimeoutError):
            return

    def _launch(self) -> None:
        self._crew.bring(self._bring_up())

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
        except BaseException:
            self._crew.kill(far)
            raise
        self._failures = 0
        self._crew.join(far)
        if far.number > self._at_first:
            sys.stderr.write(f"{far} joined; {len(self._crew.berths.members)} answer\n")

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
        self._crew.kill(far)
        found = cause(error)
        self._failures += 1
        refused = isinstance(found, UsageError)
        if not refused and self._failures < MOST_FAILURES:
            sys.stderr.write(f"{far} did not start ({said(error)}); it is tried again\n")
        if refused or self._failures >= MOST_FAILURES:
            told = found if isinstance(found, UsageError) else UsageError(f"no replica starts: {said(error)}")
            known, self._crew.refused = str(self._crew.refused), told
            self._crew.berths.wake()
            if self._first is None:
                return
            if str(told) != known:
                sys.stderr.write(f"{far} does not join: {told}\n")
        if self._first is not None:
            # Its node may be mended, or leave and another come.
            await asyncio.sleep(PAUSE_SECONDS if refused else min(PAUSE_SECONDS, 2.0 ** min(self._failures - 1, 9)))
        self._launch()

    def _check(self) -> None:
        if self._first is None and self._crew.refused is not None and not self._crew.coming:
            raise self._crew.refused

    def _share(self, _: Far) -> int:
        """Of what is in flight, as much as one replica takes."""
        if self._config.engine.slots or self._first is None:
            return -(-self.slots // max(1, self._wanted))
        return self._first.slots

    async def teach(self, name: str, teacher: Teacher) -> None:
        """All replicas, and those that come, learn to do jobs of a kind. Raises what one raises that cannot."""
        self._teachers[name] = teacher
        errors = self._crew.ray.exceptions
        for far in list(self._crew.berths.members):
            try:
                await far.said(awaited(far.actor.learn.remote(name, teacher)))
            except errors.RayTaskError as error:
                raise cause(error) from error
            except (errors.RayError, ActorLost):
                self._crew.lose(far)

    async def do(self, unit: Unit, skill: str, job: Any, *, whole: bool = False) -> AsyncGenerator[Any, None]:
        """What a replica makes of a job. Raises Away when it died, and what the job raises.

        whole: all of it at its end. A stream of one answer takes twice the CPU here (Ray 2.60).
        """
        berths, errors = self._crew.berths, self._crew.ray.exceptions
        async with berths.turn(unit.trace, berths.steadiest if unit.trace in self._struck else anyone) as far:
            made = (far.actor.whole if whole else far.actor.do.options(num_returns="streaming")).remote(skill, job)
            ended = False
            try:
                if whole:
                    for item in await far.said(awaited(made)):
                        yield item
                else:
                    while (items := await far.said(_next(made))) is not made:
                        for item in items:
                            yield item
                ended = True
                berths.answered[far] += 1
                self._struck.discard(unit.trace)
            except errors.RayTaskError as error:
                raise cause(error) from error
            except errors.RayError as error:
                ended = True
                self._crew.lose(far)
                raise Away(f"{far} died") from error
            except ActorLost as error:
                raise Away(str(error)) from error
            finally:
                if far.since:
                    self._struck.add(unit.trace)
                if not ended:
                    with suppress(Exception):
                        self._crew.ray.cancel(made)

    async def _grow(self) -> None:
        """Where as many are wanted as there is room for, and a node joined, starts more."""
        if self._config.engine.replicas is not None:
            return
        room = self._room(await self._crew.nodes())
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
        await self._crew.close()


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


async def _next(stream: AsyncIterator[Awaitable[Any]]) -> Any:
    """What a stream of references brings next; the stream itself at its end."""
    reference = await anext(stream, None)
    return stream if reference is None else await reference
