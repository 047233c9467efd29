"""Judging on a node of a cluster: the worker processes of that node, and what can be judged there.

This module is what runs there. Nothing of Ray is imported: the class becomes an actor where it is used.
"""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import qwen3_eval
from qwen3_eval import sandbox
from qwen3_eval.config import SandboxChoice
from qwen3_eval.sandbox import toolchains
from qwen3_eval.scoring.pool import PoolFailure, WorkerPool
from qwen3_eval.scoring.scorer import load_of_tasks
from qwen3_eval.task.needs import first_lacking, takes_toolchains
from qwen3_eval.task.registry import ENTRY_POINTS, Registry, load_tasks
from qwen3_eval.types import UsageError

PRELOAD = ("qwen3_eval.scoring.scorer",)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a node says of itself. lacking: why it cannot judge tasks, by name."""

    node: str
    workers: int
    lacking: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wished:
    """What is wanted of a node: versions of packages, and tasks by name, each with the toolchains that it rests on."""

    versions: Mapping[str, str]
    tasks: Mapping[str, Mapping[str, str]]


def versions() -> dict[str, str]:
    """Of the package, of Python, and of the packages that offer tasks."""
    offered = {point.dist.name: point.dist.version for point in entry_points(group=ENTRY_POINTS) if point.dist}
    return {**offered, "qwen3_eval": qwen3_eval.__version__, "python": platform.python_version()}


def wanted(names: list[str], tasks_dir: Path | None) -> Wished:
    """What nodes have to have to judge these tasks as this machine would."""
    registry = load_tasks(tasks_dir)
    takes = {name: takes_toolchains(registry.get(name).spec.needs) for name in names}
    here = toolchains.versions() if any(takes.values()) else {}
    return Wished(versions(), {name: here if takes[name] else {} for name in names})


class Grader:
    """The worker pool of a node.

    choice: what isolates programs. tasks_dir: further tasks, where that is on the node.
    """

    def __init__(self, choice: SandboxChoice, tasks_dir: Path | None) -> None:
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
        registry = load_tasks(self._tasks_dir)
        here = toolchains.versions() if any(wished.tasks.values()) else {}
        reasons = {name: _lacking(registry, name, _others(here, rests)) for name, rests in wished.tasks.items()}
        self._pool = WorkerPool(preload=PRELOAD, loads=(load_of_tasks(self._tasks_dir),))
        return Bench(node, self._pool.workers, {name: why for name, why in reasons.items() if why})

    async def alive(self) -> bool:
        """Answers."""
        return True

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


def _others(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Toolchains that are not those of the machine where the run was begun, in words."""
    found = [f"{name} {here.get(name, 'nowhere')}, {version} there" for name, version in there.items()]
    return "; ".join(text for text, name in zip(found, there, strict=True) if here.get(name) != there[name])


def _lacking(registry: Registry, name: str, others: str) -> str:
    """Why a task cannot be judged here as it is where the run was begun; empty where it can."""
    if name not in registry.tasks:
        return "there is no such task"
    why = first_lacking(registry.get(name).spec.needs)
    return why or (f"its toolchains are others ({others})" if others else "")
