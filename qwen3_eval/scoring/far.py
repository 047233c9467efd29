"""Judging on the nodes of a Ray cluster: one actor a node wraps the worker processes there.

What a node had in hand when it died is judged again on another.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from qwen3_eval.cluster.actors import ActorLost, Seen, awaited, headless, while_the_head_answers
from qwen3_eval.cluster.berths import Berths
from qwen3_eval.cluster.connection import Node, connected, leave, nodes_of
from qwen3_eval.config import SandboxChoice
from qwen3_eval.scoring.grader import Bench, Grader, Wished
from qwen3_eval.scoring.pool import PoolCrash, PoolError, PoolFailure, default_wall_seconds
from qwen3_eval.types import IncompleteError, UsageError

T = TypeVar("T")

WAIT_SECONDS = 600.0
LOOK_SECONDS = 2.0
# So many nodes that died of one job are no accident.
MOST_DEATHS = 3
# Jobs that a node has in hand, by worker: so that none of them waits for the way.
AHEAD = 2
CALLS = 10_000


@dataclass(frozen=True)
class Cluster:
    """Where there is judged, and what travels there.

    address: of the Ray cluster. sandbox: what isolates programs. tasks_dir, wheels: of the user; they reach the nodes
    through Ray's runtime environment. wait_s: how long the run waits when all nodes are gone.
    """

    address: str
    sandbox: SandboxChoice
    tasks_dir: Path | None = None
    wheels: tuple[Path, ...] = ()
    wait_s: float = WAIT_SECONDS

    @property
    def there(self) -> Path | None:
        """The folder with further tasks as a node has it: its working directory."""
        return Path() if self.tasks_dir else None

    def environment(self) -> dict[str, Any]:
        """Ray's runtime environment of a grader."""
        found: dict[str, Any] = {}
        if self.tasks_dir:
            found["working_dir"] = str(self.tasks_dir.resolve())
        if self.wheels:
            found["py_modules"] = [str(wheel.resolve()) for wheel in self.wheels]
        return found


class NodeGraders(Seen):
    """The grader of one node, as it is seen from here."""

    def __init__(self, actor: Any, node_id: str) -> None:
        super().__init__(actor)
        self.node_id = node_id
        self.bench = Bench("", 1, {})

    def __str__(self) -> str:
        return f"the graders on {self.bench.node}"


class FarPool:
    """As ``WorkerPool``, on all nodes of a cluster. The first argument of each job is the name of its task.

    Raises UsageError when it is entered and there is no cluster, nodes have other versions, or no node can judge one of
    the tasks.
    """

    def __init__(self, cluster: Cluster, wished: Wished) -> None:
        self._cluster, self._wished = cluster, wished
        self._berths: Berths[NodeGraders] = Berths(self._share, cluster.wait_s, self._gone)
        self._jobs = itertools.count()
        self._ray: Any = None
        self._placed: dict[str, NodeGraders] = {}
        self._refused: set[str] = set()
        self._joining: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None
        self._headless = False

    @property
    def tasks_dir(self) -> Path | None:
        """The folder with further tasks as a node has it."""
        return self._cluster.there

    @property
    def workers(self) -> int:
        """Of all nodes that are there."""
        return sum(graders.bench.workers for graders in self._berths.members)

    async def __aenter__(self) -> FarPool:
        self._ray = await asyncio.to_thread(connected, self._cluster.address, self._cluster.environment())
        try:
            nodes = await asyncio.to_thread(nodes_of, self._ray)
            found = await asyncio.gather(*map(self._place, nodes), return_exceptions=True)
            failed = [(node, _readable(error)) for node, error in zip(nodes, found, strict=True) if error is not None]
            for _, error in failed:
                if not isinstance(error, PoolFailure):
                    raise error
            for node, error in failed:
                sys.stderr.write(f"node {node.name} does not judge ({error}); it is tried again\n")
            self._check()
        except BaseException:
            await self.close()
            raise
        self._tending = asyncio.create_task(self._tend())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def run(
        self,
        function: Callable[..., T],
        *args: object,
        cpu_seconds: float = 5.0,
        wall_seconds: float | None = None,
    ) -> T:
        """As ``WorkerPool.run``, on the node with the least to do for its size, of those that can judge the task.

        Raises PoolCrash also for what several nodes died of, and IncompleteError when all nodes are gone.
        """
        wall = default_wall_seconds(cpu_seconds) if wall_seconds is None else wall_seconds
        limits, task = {"cpu_seconds": cpu_seconds, "wall_seconds": wall}, str(args[0])
        for _ in range(MOST_DEATHS):
            async with self._berths.turn(next(self._jobs), lambda each: task not in each.bench.lacking) as graders:
                reply = graders.actor.run.remote(function, args, limits)
                try:
                    found = await graders.said(awaited(reply))
                except self._ray.exceptions.RayTaskError as error:
                    raise _readable(error) from error
                except self._ray.exceptions.RayError:
                    self._lose(graders)
                    continue
                except ActorLost:
                    continue
                except asyncio.CancelledError:
                    self._ray.cancel(reply)
                    raise
            if isinstance(found, PoolFailure):
                raise found
            return cast(T, found)
        raise PoolCrash(f"{MOST_DEATHS} nodes died while they judged it")

    def _share(self, graders: NodeGraders) -> int:
        return AHEAD * graders.bench.workers

    async def _place(self, node: Node) -> None:
        """A grader on a node, which joins when it was looked at."""
        strategies = self._ray.util.scheduling_strategies
        here = strategies.NodeAffinitySchedulingStrategy(node_id=node.id, soft=False)
        # Graders take no CPUs of Ray's count: replicas without GPUs have taken all of them.
        options = {"num_cpus": 0, "max_restarts": 0, "max_task_retries": 0, "max_concurrency": CALLS}
        actor = self._ray.remote(Grader).options(scheduling_strategy=here, **options)
        graders = NodeGraders(actor.remote(self._cluster.sandbox, self._cluster.there), node.id)
        self._placed[node.id] = graders
        try:
            graders.bench = await graders.actor.look.remote(self._wished)
        except BaseException:
            self._kill(graders)
            raise
        for name, why in graders.bench.lacking.items():
            sys.stderr.write(f"node {graders.bench.node} judges no answers of {name}: {why}\n")
        graders.watch(partial(self._lose, graders))
        self._berths.join(graders)

    def _check(self) -> None:
        """Raises UsageError for a task that no node can judge."""
        for name in self._wished.tasks:
            if all(name in graders.bench.lacking for graders in self._berths.members):
                reasons = {graders.bench.node: graders.bench.lacking[name] for graders in self._berths.members}
                said = "; ".join(f"{node}: {why}" for node, why in reasons.items()) or "there are no nodes"
                raise UsageError(f"no node can judge {name} ({said})")

    async def _tend(self) -> None:
        """Looks after the head; nodes that come get a grader."""
        await while_the_head_answers(self._ray, self._look, LOOK_SECONDS)
        self._headless = True
        self._berths.give_up()
        for graders in list(self._berths.members):
            self._lose(graders)

    async def _look(self) -> None:
        for node in await asyncio.to_thread(nodes_of, self._ray):
            if node.id not in self._placed and node.id not in self._refused:
                joining = asyncio.create_task(self._join(node))
                self._joining.add(joining)
                joining.add_done_callback(self._joining.discard)

    async def _join(self, node: Node) -> None:
        """A node that came later; one that cannot judge is said once."""
        try:
            await self._place(node)
        except Exception as error:  # noqa: BLE001 - whatever Ray or the node makes of it
            if isinstance(readable := _readable(error), UsageError):
                self._refused.add(node.id)
                sys.stderr.write(f"node {node.name} judges nothing: {readable}\n")

    def _lose(self, graders: NodeGraders) -> None:
        """A grader is dead: if its node lives, another takes its place."""
        if not graders.is_lost():
            return
        self._berths.leave(graders)
        if self._headless:
            return
        self._kill(graders)
        left = len(self._berths.members)
        waits = f"none is left, the run waits up to {self._cluster.wait_s:g} s (--wait-for-replicas)"
        sys.stderr.write(f"{graders} died; {f'{left} nodes left' if left else waits}\n")

    def _kill(self, graders: NodeGraders) -> None:
        self._placed.pop(graders.node_id, None)
        with suppress(Exception):
            self._ray.kill(graders.actor)

    def _gone(self) -> IncompleteError:
        if self._headless:
            return IncompleteError(headless())
        waited = f"all graders are gone, and none came up within {self._cluster.wait_s:g} s"
        return IncompleteError(f"{waited}; run the same command again to go on")

    async def close(self) -> None:
        """Ends the graders, and a cluster that was started here for them."""
        tasks = [*self._joining, *([self._tending] if self._tending else [])]
        self._tending = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for graders in list(self._berths.members):
            await graders.close()
            self._berths.leave(graders)
        for graders in list(self._placed.values()):
            self._kill(graders)
        if self._ray is not None:
            self._ray = None
            await asyncio.to_thread(leave, there=not self._headless)


def _readable(error: BaseException) -> BaseException:
    """What was raised on a node: what a user can mend as it is, all else as the failure of a job."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, UsageError | PoolFailure):
        return cause
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return PoolError(type(cause).__name__, lines[-1][:300] if lines else "", str(error))
