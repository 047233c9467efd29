"""What a table takes to measure: tasks, modes, budgets, protocol, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qwen3_eval.config import ProtocolChoice, RunConfig
from qwen3_eval.reference import FAMILY
from qwen3_eval.reproduce.runs import tasks_for
from qwen3_eval.reproduce.tables import Layout, TableLine
from qwen3_eval.task.base import Task
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import MODES, Mode, UsageError


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run must measure. lacking: benchmarks of the table, as it calls them, that have no task.

    task_modes: of a card, the modes of each task that it prints in fewer than all. lengths: of the context in tokens.
    """

    tasks: tuple[str, ...]
    modes: tuple[Mode, ...]
    budgets: tuple[int, ...]
    protocol: ProtocolChoice
    languages: tuple[str, ...]
    lacking: tuple[str, ...]
    task_modes: Mapping[str, tuple[Mode, ...]]
    lengths: tuple[int, ...]

    def asked_by(self, config: RunConfig) -> RunConfig:
        """A run that measures it, in all else as another: lengths that this one names are kept."""
        return replace(
            config,
            tasks=self.tasks,
            long=replace(config.long, lengths=config.long.lengths or self.lengths),
            modes=self.modes,
            budgets=self.budgets,
            protocol=self.protocol,
            languages=self.languages,
            task_modes=self.task_modes,
        )


def needs(layout: Layout, registry: Registry) -> Needs:
    """What is needed for all lines of a table. Raises UsageError when none of them has a task."""
    placed = [(line, block.mode) for block in layout.blocks for line in block.lines if _is_measured(line)]
    lines = [line for line, _ in placed]
    protocol: ProtocolChoice = "base" if any(block.mode == "base" for block in layout.blocks) else "chat"
    tasks = {line.benchmark: tasks_for(registry, line.benchmark, mode) for line, mode in placed}
    without = [(line, mode) for line, mode in placed if not tasks[line.benchmark]]
    lacking = tuple(dict.fromkeys(_lacking(line, mode, registry) for line, mode in without))
    if not any(tasks.values()):
        raise UsageError(f"{layout.name} cannot be measured: there is no task yet for {', '.join(lacking)}")
    printed = {block.mode for block in layout.blocks}
    modes = MODES[1:] if protocol == "base" else tuple(mode for mode in MODES if mode in printed)
    return Needs(
        tasks=tuple(found[0].spec.name for found in tasks.values() if found),
        modes=modes,
        budgets=tuple(sorted({line.budget for line in lines if line.budget is not None})),
        protocol=protocol,
        languages=tuple(dict.fromkeys(line.language for line in lines if line.language and not _is_family(line))),
        lacking=lacking,
        task_modes=_task_modes(placed, tasks, modes) if layout.is_card and protocol == "chat" else {},
        lengths=tuple(sorted({int(line.length) for line in lines if line.length})),
    )


def _task_modes(
    placed: Sequence[tuple[TableLine, str]], tasks: Mapping[str, Sequence[Task]], modes: Sequence[Mode]
) -> dict[str, tuple[Mode, ...]]:
    """In which of the modes each task is printed, for those that are not printed in all."""
    found = {}
    for benchmark, known in tasks.items():
        asked = tuple(mode for mode in modes if any((line.benchmark, at) == (benchmark, mode) for line, at in placed))
        if known and asked != tuple(modes):
            found[known[0].spec.name] = asked
    return found


def _lacking(line: TableLine, mode: str, registry: Registry) -> str:
    """A benchmark without a task; one that has a task for the other kind of models says so."""
    if not tasks_for(registry, line.benchmark):
        return line.name
    return f"{line.name} {'of base models' if mode == 'base' else 'in chat'}"


def _is_family(line: TableLine) -> bool:
    return line.language.startswith(FAMILY)


def _is_measured(line: TableLine) -> bool:
    """Whether a line is neither a mean of others nor what training cost."""
    return not line.averages and line.unit != "gpu_hours"
