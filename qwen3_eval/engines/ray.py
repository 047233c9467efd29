"""Replicas of a model on a Ray cluster as one engine.

Whole jobs travel, not requests: what asks for all the budgets of a sample runs beside the model, and its generations
come back. Retrying is done here: Ray 2.60 splices a stream whose actor it restarted, without a word. So an actor is
never restarted; a new one takes the place of a dead one, and joins as one that came late.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from qwen3_eval.cluster.berths import Berths
from qwen3_eval.cluster.connection import connected, leave
from qwen3_eval.config import EngineConfig, RunConfig, absolute
from qwen3_eval.engines.arguments import on_cpu
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request
from qwen3_eval.engines.context import foretold_context, stated_context
from qwen3_eval.engines.patience import Away
from qwen3_eval.engines.replica import GENERATE, STREAM, Facts, Replica, Teacher, cause, versions
from qwen3_eval.types import IncompleteError, Json, Unit, UsageError

WAIT_SECONDS = 600.0
# So many replicas that fail to start one after the other are no accident.
MOST_FAILURES = 3
BEAT_SECONDS, DEAD_SECONDS = 10.0, 60.0
# Calls that an actor may have in hand; Ray's own limit is 1,000.
CALLS = 1_000
# Arguments of vLLM that say how many GPUs one replica takes.
SPREAD = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


class Far:
    """One replica, as it is seen from here."""

    _numbers = itertools.count(1)

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.number = next(self._numbers)
        self.facts: Facts | None = None
        self.since = 0.0

    def admits(self) -> bool:
        """Whether it is there; one that is lost does not come back."""
        return not self.since

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
        self._wanted = 0

    def check(self) -> None:
        """As the engine of a replica does it, here."""
        self._make(self._config).check()

    def foretold_context(self) -> int | None:
        """By the arguments and the model's ``config.json``."""
        return foretold_context(self._config)

    async def start(self) -> None:
        """Joins the cluster and waits for the first replica. Raises UsageError where there is no cluster or no room."""
        self._ray = await asyncio.to_thread(connected, self._config.engine.ray_address)
        self._actor = self._placed(self._ray.remote(Replica))
        for _ in range(self._wanted):
            self._launch()
        while self._first is None:
            await asyncio.wait(self._starting, return_when=asyncio.FIRST_COMPLETED)
            self._check()
        self._beating = asyncio.create_task(self._beat())

    def _placed(self, actor: Any) -> Any:
        """How many replicas there are to be, and what of a node one takes. Raises UsageError where there is no room."""
        resources, asked = self._ray.cluster_resources(), self._config.engine.replicas
        cpus, gpus = int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
        nodes = sum(node["Alive"] for node in self._ray.nodes())
        group = gpus_of(self._config.engine)
        if on_cpu() or not gpus:
            self._wanted = asked or nodes
            need = {"num_cpus": max(1, cpus // self._wanted)}
            if self._wanted > max(cpus, 1):
                raise UsageError(f"--replicas {asked}: the cluster has {cpus} CPUs, and a replica takes one at least")
        else:
            self._wanted = asked or gpus // group
            need = {"num_gpus": group, "num_cpus": 1}
            if not self._wanted or self._wanted * group > gpus:
                each = f"a replica takes {group}" if group > 1 else "a replica takes one"
                raise UsageError(f"--replicas {asked or 'auto'}: the cluster has {gpus} GPUs, and {each}")
        return actor.options(max_restarts=0, max_task_retries=0, max_concurrency=CALLS, **need)

    def _launch(self) -> None:
        task = asyncio.create_task(self._bring_up())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _bring_up(self) -> None:
        """One replica more; one that fails is tried again, unless several did."""
        far = Far(self._actor.remote(self._config, self.family, self._make))
        try:
            facts: Facts = await far.actor.start.remote(versions())
            far.facts = facts
            self._match(facts)
            learnt: set[str] = set()
            while missing := self._teachers.keys() - learnt:
                await far.actor.learn.remote(name := min(missing), self._teachers[name])
                learnt.add(name)
        except Exception as error:  # noqa: BLE001 - whatever Ray or the node makes of it
            self._failed(far, error)
            return
        self._failures = 0
        self._berths.join(far)

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
        self.slots = self.slots or facts.slots * self._wanted
        self.holds = facts.holds * self._wanted if facts.holds else None

    def _failed(self, far: Far, error: Exception) -> None:
        """A replica did not start."""
        self._kill(far)
        found = cause(error)
        self._failures += 1
        if isinstance(found, UsageError) or self._failures >= MOST_FAILURES:
            self._refused = found if isinstance(found, UsageError) else UsageError(f"no replica starts: {said(error)}")
            self._berths.wake()
            if self._first is not None:
                sys.stderr.write(f"{far} does not join: {self._refused}\n")
            return
        self._launch()

    def _check(self) -> None:
        if self._first is None and self._refused is not None and not self._starting:
            raise self._refused

    def _share(self, _: Far) -> int:
        return -(-self.slots // max(1, self._wanted))

    def _gone(self) -> IncompleteError:
        why = f" ({self._refused})" if self._refused else ""
        waited = f"all replicas are gone, and none came up within {self._wait_s:g} s{why}"
        return IncompleteError(f"{waited}; run the same command again to go on")

    async def teach(self, name: str, teacher: Teacher) -> None:
        """All replicas, and those that come, learn to do jobs of a kind. Raises what one raises that cannot."""
        self._teachers[name] = teacher
        for far in list(self._berths.members):
            try:
                await far.actor.learn.remote(name, teacher)
            except self._ray.exceptions.RayTaskError as error:
                raise cause(error) from error
            except self._ray.exceptions.RayError:
                self._lose(far)

    async def do(self, unit: Unit, skill: str, job: Any) -> AsyncGenerator[Any, None]:
        """What a replica makes of a job. Raises Away when it died, and what the job raises."""
        async with self._berths.turn(unit.trace) as far:
            stream = far.actor.do.options(num_returns="streaming").remote(skill, job)
            ended = False
            try:
                async for reference in stream:
                    yield await reference
                ended = True
                self._berths.answered[far] += 1
            except self._ray.exceptions.RayTaskError as error:
                raise cause(error) from error
            except self._ray.exceptions.RayError as error:
                ended = True
                self._lose(far)
                raise Away(f"{far} died") from error
            finally:
                if not ended:
                    with suppress(Exception):
                        self._ray.cancel(stream)

    def _lose(self, far: Far) -> None:
        """A replica is dead: another takes its place."""
        if far.since:
            return
        far.since = time.monotonic()
        self._berths.leave(far)
        self._kill(far)
        left = len(self._berths.members)
        rest = f"{left} left" if left else f"none is left, the run waits up to {self._wait_s:g} s (--wait-for-replicas)"
        sys.stderr.write(f"{far} died; {rest}\n")
        self._launch()

    def _kill(self, far: Far) -> None:
        with suppress(Exception):
            self._ray.kill(far.actor)

    async def _beat(self) -> None:
        """A replica that does not answer is dead to us: its node may be cut off, or its process hang."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for far in list(self._berths.members):
                try:
                    await asyncio.wait_for(_awaited(far.actor.alive.remote()), DEAD_SECONDS)
                except Exception:  # noqa: BLE001 - no answer is the answer
                    self._lose(far)

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
            async with aclosing(self.do(request.unit, skill, request)) as made:
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
            with suppress(Exception):
                await asyncio.wait_for(_awaited(far.actor.close.remote()), 10)
            self._kill(far)
            self._berths.leave(far)
        if self._ray is not None:
            self._ray = None
            await asyncio.to_thread(leave)


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


async def _awaited(reference: Awaitable[Any]) -> Any:
    return await reference
