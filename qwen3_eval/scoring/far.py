"""Judging on the nodes of a Ray cluster: one actor a node wraps the worker processes there.

What a node had in hand when it died is judged again on another.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from qwen3_eval.cluster.actors import ActorLost, Seen, awaited, cause, said
from qwen3_eval.cluster.connection import Node
from qwen3_eval.cluster.crew import Crew
from qwen3_eval.cluster.wheels import unpacked
from qwen3_eval.config import SandboxChoice
from qwen3_eval.scoring.grader import Bench, Grader, Wished
from qwen3_eval.scoring.pool import AHEAD, PoolCrash, PoolError, PoolFailure, default_wall_seconds
from qwen3_eval.types import UsageError

T = TypeVar("T")

WAIT_SECONDS = 600.0
LOOK_SECONDS = 2.0
# So long a node may take to be looked at, what travels there included. Others wait for it, and are no orphans by then.
PLACE_SECONDS = 180.0
# The longest pause before a node that could not be looked at is tried again.
PAUSE_SECONDS = 60.0
# So many nodes that died of one job are no accident.
MOST_DEATHS = 3
LEAST_JOBS = 64
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

    def environment(self, modules: Sequence[str]) -> dict[str, Any]:
        """Ray's runtime environment of a grader. modules: what is in the wheels."""
        found: dict[str, Any] = {}
        if self.tasks_dir:
            found["working_dir"] = str(self.tasks_dir.resolve())
        if modules:
            found["py_modules"] = list(modules)
        return found


class NodeGraders(Seen):
    """The grader of one node, as it is seen from here."""

    def __init__(self, actor: Any, node_id: str) -> None:
        super().__init__(actor)
        self.node_id = node_id
        self.bench = Bench("", 1, {})

    def __str__(self) -> str:
        return f"the graders on {self.bench.node}"


class Norm:
    """The toolchains that nodes have to have: those of this machine; what it lacks, as the first node has it."""

    def __init__(self, wished: Wished) -> None:
        self._tasks = wished.tasks
        # By language, a node and the version there.
        self._first: dict[str, tuple[str, str]] = {}

    @property
    def toolchains(self) -> dict[str, str]:
        """Their versions by language, as far as they are known by now."""
        stated = {language: version for rests in self._tasks.values() for language, version in rests.items() if version}
        return {**stated, **{language: version for language, (_, version) in self._first.items()}}

    def held_to(self, bench: Bench) -> Bench:
        """What a node judges beside those before it."""
        able = {name: rests for name, rests in self._tasks.items() if name not in bench.lacking}
        others = {name: why for name, rests in able.items() if (why := self._others(bench, rests))}
        return replace(bench, lacking={**bench.lacking, **others})

    def _others(self, bench: Bench, rests: Mapping[str, str]) -> str:
        """Toolchains that are not those of a node before it, in words; those of one that differs in none are noted."""
        own = {name: (bench.node, bench.toolchains.get(name, "")) for name, version in rests.items() if not version}
        pairs = [(name, here, self._first.get(name, (node, here))) for name, (node, here) in own.items()]
        found = [f"{name} {here}, {there} on {first}" for name, here, (first, there) in pairs if here != there]
        if not found:
            self._first = {**own, **self._first}
        return f"its toolchains are others ({'; '.join(found)})" if found else ""


class FarPool:
    """As ``WorkerPool``, on all nodes of a cluster. The first argument of each job is the name of its task.

    Raises UsageError when it is entered and there is no cluster, or nodes have other versions.
    """

    def __init__(self, cluster: Cluster, wished: Wished) -> None:
        self._cluster, self._wished = cluster, wished
        self._crew: Crew[NodeGraders] = Crew("graders", self._share, cluster.wait_s, self._forget)
        self._norm = Norm(wished)
        self._jobs = itertools.count()
        self._placed: dict[str, NodeGraders] = {}
        self._refused: set[str] = set()
        self._coming: set[str] = set()
        # By node: what went wrong with it so far, while another try is made, and how often.
        self._trouble: dict[str, str] = {}
        self._failures: Counter[str] = Counter()

    @property
    def tasks_dir(self) -> Path | None:
        """The folder with further tasks as a node has it."""
        return self._cluster.there

    @property
    def jobs(self) -> int:
        """Of all nodes that are there, and of some that may come."""
        return max(LEAST_JOBS, AHEAD * sum(graders.bench.workers for graders in self._crew.berths.members))

    @property
    def toolchains(self) -> dict[str, str]:
        """What compiles and runs programs on each node that judges them, by language, where verdicts rest on it."""
        return self._norm.toolchains

    def unable(self) -> dict[str, str]:
        """The tasks that no node can judge, and why, in words that follow the name.

        Raises UsageError where a node that could not be looked at may be able to.
        """
        benches = [graders.bench for graders in self._crew.berths.members]
        found = [name for name in self._wished.tasks if all(name in bench.lacking for bench in benches)]
        reasons = {name: "; ".join(f"{bench.node}: {bench.lacking[name]}" for bench in benches) for name in found}
        if found and self._trouble:
            name, [(node, trouble), *_] = found[0], self._trouble.items()
            raise UsageError(f"{name} is judged on no node, and node {node} was not looked at ({trouble}); see to it")
        return {name: f"can be judged on no node ({why or 'there is none'})" for name, why in reasons.items()}

    async def __aenter__(self) -> FarPool:
        try:
            with unpacked(self._cluster.wheels) as modules:
                nodes = await self._crew.enter(self._cluster.address, self._cluster.environment(modules))
            nodes.sort(key=lambda node: node.name)
            found = await asyncio.gather(*map(self._place, nodes), return_exceptions=True)
            for node, placed in zip(nodes, found, strict=True):
                self._take(node, placed)
        except BaseException:
            await self.close()
            raise
        self._crew.tend(self._look, LOOK_SECONDS)
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
        berths, errors = self._crew.berths, self._crew.ray.exceptions
        for _ in range(MOST_DEATHS):
            async with berths.turn(next(self._jobs), lambda each: task not in each.bench.lacking) as graders:
                reply = graders.actor.run.remote(function, args, limits)
                try:
                    found = await graders.said(awaited(reply))
                except errors.RayTaskError as error:
                    raise _readable(error) from error
                except errors.RayError:
                    self._crew.lose(graders)
                    continue
                except ActorLost:
                    continue
                except asyncio.CancelledError:
                    self._crew.ray.cancel(reply)
                    raise
            if isinstance(found, PoolFailure):
                raise found
            return cast(T, found)
        raise PoolCrash(f"{MOST_DEATHS} nodes died while they judged it")

    def _share(self, graders: NodeGraders) -> int:
        return AHEAD * graders.bench.workers

    async def _place(self, node: Node) -> NodeGraders:
        """A grader on a node, which was looked at."""
        # Graders take no CPUs of Ray's count: replicas without GPUs have taken all of them.
        actor = self._crew.actor(Grader, CALLS, num_cpus=0, **self._crew.on(node))
        graders = NodeGraders(actor.remote(self._cluster.sandbox, self._cluster.there), node.id)
        self._placed[node.id] = graders
        try:
            graders.bench = await asyncio.wait_for(awaited(graders.actor.look.remote(self._wished)), PLACE_SECONDS)
        except BaseException as error:
            self._crew.kill(graders)
            self._forget(graders)
            if isinstance(error, TimeoutError):
                raise PoolCrash(f"it said nothing for {PLACE_SECONDS:g} s") from error
            raise
        return graders

    def _join(self, graders: NodeGraders) -> None:
        """What a node can judge goes there from now on."""
        graders.bench = self._norm.held_to(graders.bench)
        for name, why in graders.bench.lacking.items():
            sys.stderr.write(f"node {graders.bench.node} judges no answers of {name}: {why}\n")
        self._crew.join(graders)

    def _take(self, node: Node, placed: NodeGraders | BaseException) -> None:
        """What came of the first nodes. Raises what a user can mend; what else failed is tried again."""
        if isinstance(placed, NodeGraders):
            self._join(placed)
        elif isinstance(error := _readable(placed), PoolFailure):
            self._note(node, error)
        else:
            raise error

    def _note(self, node: Node, error: PoolFailure) -> None:
        """A node could not be looked at; said once for each reason."""
        self._failures[node.id] += 1
        if self._trouble.get(node.name) != str(error):
            sys.stderr.write(f"node {node.name} does not judge ({error}); it is tried again\n")
        self._trouble[node.name] = str(error)
        self._crew.refused = UsageError(f"node {node.name}: {error}")

    async def _look(self) -> None:
        """Nodes that came get a grader."""
        for node in await self._crew.nodes():
            if node.id not in self._placed and node.id not in self._refused and node.id not in self._coming:
                self._coming.add(node.id)
                self._crew.bring(self._bring_up(node))

    async def _bring_up(self, node: Node) -> None:
        """A node that came later, or again; one that cannot judge is said once."""
        try:
            await asyncio.sleep(min(PAUSE_SECONDS, 2.0 ** min(self._failures[node.id], 9) - 1))
            self._join(await self._place(node))
            self._trouble.pop(node.name, None)
        except Exception as error:  # noqa: BLE001 - whatever Ray or the node makes of it
            if isinstance(readable := _readable(error), PoolFailure):
                self._note(node, readable)
            else:
                self._refused.add(node.id)
                self._crew.refused = UsageError(str(readable))
                sys.stderr.write(f"node {node.name} judges nothing: {readable}\n")
        finally:
            self._coming.discard(node.id)

    def _forget(self, graders: NodeGraders) -> None:
        """A grader is no more: if its node lives, another takes its place."""
        self._placed.pop(graders.node_id, None)

    async def close(self) -> None:
        """Ends the graders, and a cluster that was started here for them."""
        for graders in self._placed.values():
            if graders not in self._crew.berths.members:
                self._crew.kill(graders)
        await self._crew.close()


def _readable(error: BaseException) -> BaseException:
    """What was raised on a node: what a user can mend as it is, all else as the failure of a job."""
    found = cause(error)
    known = isinstance(found, UsageError | PoolFailure)
    return found if known else PoolError(type(found).__name__, said(found), str(error))
