"""Judging on a node of a cluster: the worker processes of that node, and what can be judged there.

This module is what runs there. Nothing of Ray is imported: the class becomes an actor where it is used.
"""

from __future__ import annotations

import asyncio
import platform
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

import qwen3_eval
from qwen3_eval import sandbox
from qwen3_eval.cluster.tended import Tended
from qwen3_eval.config import SandboxChoice
from qwen3_eval.sandbox import toolchains
from qwen3_eval.scoring.pool import PoolFailure, WorkerPool
from qwen3_eval.scoring.scorer import load_of_tasks
from qwen3_eval.task.needs import first_lacking, rests_on, takes_toolchains
from qwen3_eval.task.registry import ENTRY_POINTS, Registry, load_tasks
from qwen3_eval.types import UsageError

PRELOAD = ("qwen3_eval.scoring.scorer",)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a node says of itself.

    lacking: why it cannot judge tasks, by name. toolchains: their versions by language, where a task rests on them.
    """

    node: str
    workers: int
    lacking: Mapping[str, str]
    toolchains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wished:
    """What is wanted of a node: versions of packages, and tasks by name, each with the toolchains that it rests on.

    These are by language; the version is empty where the machine that asks for it does not know it.
    """

    versions: Mapping[str, str]
    tasks: Mapping[str, Mapping[str, str]]


def versions() -> dict[str, str]:
    """Of the package, of Python, and of the packages that offer tasks."""
    offered = {point.dist.name: point.dist.version for point in entry_points(group=ENTRY_POINTS) if point.dist}
    return {**offered, "qwen3_eval": qwen3_eval.__version__, "python": platform.python_version()}


def wanted(names: list[str], tasks_dir: Path | None) -> Wished:
    """What nodes have to have to judge these tasks as this machine would; it need not be able to. Runs programs."""
    registry = load_tasks(tasks_dir)
    needs = {name: registry.get(name).spec.needs for name in names}
    here = toolchains.versions() if any(map(takes_toolchains, needs.values())) else {}
    rests = {name: rests_on(each, here) for name, each in needs.items()}
    return Wished(versions(), {name: {each: here.get(each, "") for each in rests[name]} for name in names})


class Grader(Tended):
    """The worker pool of a node.

    choice: what isolates programs. tasks_dir: further tasks, where that is on the node.
    """

    def __init__(self, choice: SandboxChoice, tasks_dir: Path | None) -> None:
        super().__init__()
        sandbox.use(choice)
        self._tasks_dir = tasks_dir
        self._pool: WorkerPool | None = None

    async def look(self, wished: Wished) -> Bench:
        """Whether work may come. Raises UsageError where the node has other versions."""
        found, node = versions(), socket.gethostname()
        for name, version in wished.versions.items():
            if found.get(name) != version:
                raise UsageError(
                    f"node {node} has {name} {found.get(name, 'nowhere')}, this machine {version}; install the same"
                )
        lacking, here = await asyncio.to_thread(_looked_at, wished, self._tasks_dir)
        self._pool = WorkerPool(preload=PRELOAD, loads=(load_of_tasks(self._tasks_dir),))
        self.expect_questions()
        return Bench(node, self._pool.workers, lacking, here)

    async def run(
        self, function: Callable[..., object], args: tuple[object, ...], limits: Mapping[str, float]
    ) -> object:
        """What a job gives, or the ``PoolFailure`` that it came to."""
        assert self._pool is not None, "a node is looked at first"
        try:
            return await self._pool.run(function, *args, **limits)
        except PoolFailure as failure:
            return failure

    async def close(self) -> None:
        """Ends the workers."""
        if self._pool is not None:
            await self._pool.close()


def _looked_at(wished: Wished, tasks_dir: Path | None) -> tuple[dict[str, str], dict[str, str]]:
    """Why tasks cannot be judged here, by name, and the toolchains that are here. Runs programs."""
    registry = load_tasks(tasks_dir)
    here = toolchains.versions() if any(wished.tasks.values()) else {}
    reasons = {name: _lacking(registry, name, _others(here, rests)) for name, rests in wished.tasks.items()}
    return {name: why for name, why in reasons.items() if why}, here


def _others(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Toolchains that are not those of the machine where the run was begun, in words; any will do where it has none."""
    found = []
    for name, version in there.items():
        if name not in here or version not in ("", here[name]):
            found.append(f"{name} {here.get(name, 'nowhere')}" + (f", {version} there" if version else ""))
    return "; ".join(found)


def _lacking(registry: Registry, name: str, others: str) -> str:
    """Why a task cannot be judged here as it is where the run was begun; empty where it can."""
    if name not in registry.tasks:
        return "there is no such task"
    why = first_lacking(registry.get(name).spec.needs)
    return why or (f"its toolchains are others ({others})" if others else "")
