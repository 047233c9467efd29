"""What a table takes to measure: tasks, modes, budgets, protocol, languages."""

from __future__ import annotations

from dataclasses import dataclass

from qwen3_eval.config import ProtocolChoice
from qwen3_eval.reference import FAMILY
from qwen3_eval.reproduce.runs import tasks_for
from qwen3_eval.reproduce.tables import LABELS, Layout, TableLine
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import MODES, Mode, UsageError


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run must measure. lacking: benchmarks of the table, as it calls them, that have no task."""

    tasks: tuple[str, ...]
    modes: tuple[Mode, ...]
    budgets: tuple[int, ...]
    protocol: ProtocolChoice
    languages: tuple[str, ...]
    lacking: tuple[str, ...]


def needs(layout: Layout, registry: Registry) -> Needs:
    """What is needed for all lines of a table. Raises UsageError when none of them has a task."""
    lines = [line for block in layout.blocks for line in block.lines if _is_measured(line)]
    protocol: ProtocolChoice = "base" if any(block.mode == "base" for block in layout.blocks) else "chat"
    benchmarks = dict.fromkeys(line.benchmark for line in lines)
    tasks = {benchmark: tasks_for(registry, benchmark) for benchmark in benchmarks}
    lacking = tuple(LABELS.get(benchmark, benchmark) for benchmark, found in tasks.items() if not found)
    if len(lacking) == len(tasks):
        raise UsageError(f"{layout.name} cannot be measured: there is no task yet for {', '.join(lacking)}")
    printed = {block.mode for block in layout.blocks}
    return Needs(
        tasks=tuple(found[0].spec.name for found in tasks.values() if found),
        modes=MODES[1:] if protocol == "base" else tuple(mode for mode in MODES if mode in printed),
        budgets=tuple(sorted({line.budget for line in lines if line.budget is not None})),
        protocol=protocol,
        languages=tuple(dict.fromkeys(line.language for line in lines if line.language and not _is_family(line))),
        lacking=lacking,
    )


def _is_family(line: TableLine) -> bool:
    return line.language.startswith(FAMILY)


def _is_measured(line: TableLine) -> bool:
    """Whether a line is neither a mean of others nor what training cost."""
    return not line.averages and line.unit != "gpu_hours"
