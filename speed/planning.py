"""The report on two models, on paper: when it would end on 1 to 1,024 replicas, and how long it takes to find out.

    python -m speed.planning [DATA_DIR]

As ``qwen3-eval reproduce TABLE --dry-run --replicas 1024`` does it, for each table that the others do not contain, one
run after the other; docs/cluster.md has the outcome. Rows that are not in the mirror are counted as far as their number
is known. Then a million traces, more than all of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qwen3_eval.config import RunConfig
from qwen3_eval.reproduce.makespan import Makespan, OnPaper, doubled, drawn, makespan
from qwen3_eval.reproduce.needs import needs
from qwen3_eval.reproduce.price import Price, prices
from qwen3_eval.reproduce.tables import layout
from qwen3_eval.task.registry import load_tasks
from speed.figures import figure

MOST = 1_024
MILLION = 1_000_000


@dataclass(frozen=True)
class Planned:
    """A model, the tables that it takes, and on what. The speeds are assumptions: docs/cluster.md says where from."""

    model: str
    tables: tuple[str, ...]
    paper: OnPaper


PLANS = (
    Planned("Qwen/Qwen3-8B", ("table17", "table18", "table23"), OnPaper(MOST, 4_000.0)),
    Planned("Qwen/Qwen3-235B-A22B", ("table11", "table12", "table23", "figure2"), OnPaper(MOST, 873.0, gpus=8)),
)


def priced(model: str, table: str, data_dir: Path | None) -> list[Price]:
    """What a table takes."""
    registry = load_tasks()
    found = needs(layout(table), registry)
    return list(prices(found.asked_by(RunConfig(model, found.tasks, data_dir=data_dir)), registry, []))


def spans(found: Sequence[Price], paper: OnPaper) -> list[Makespan]:
    """One run on 1, 2, 4, … replicas."""
    tokens = drawn(found, paper.seed).tokens
    full = paper.pace(1).full
    print(
        f"  {len(tokens):,} traces of {tokens.mean():,.0f} tokens, {tokens.sum() / 1e6:,.1f} M in all: a full replica "
        f"ends {full / tokens.mean():.2f} traces a second"
    )
    return [makespan(tokens, each, paper.pace(each)) for each in doubled(paper.replicas)]


def lines(runs: Sequence[Sequence[Makespan]], gpus: int) -> Iterator[str]:
    """All runs one after the other, as rows of a Markdown table."""
    for same in zip(*runs, strict=True):
        hours, held = sum(each.seconds for each in same) / 3600, sum(each.gpu_hours for each in same)
        idle = sum(each.idle * each.gpu_hours for each in same) / held
        replicas = same[0].replicas
        yield f"| {replicas:,} | {replicas * gpus:,} | {hours:,.2f} h | {held:,.1f} | {idle:.1%} |"


def main() -> None:
    """Both models, then what a million traces take."""
    data_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for plan in PLANS:
        runs = []
        for table in plan.tables:
            print(f"{plan.model}, {table}")
            found, began = priced(plan.model, table, data_dir), time.process_time()
            runs.append(spans(found, plan.paper))
            print(f"  {len(runs[-1])} numbers of replicas in {time.process_time() - began:.1f} CPU-seconds")
        print("\n".join(lines(runs, plan.paper.gpus)))
    tokens, began = np.random.default_rng(0).integers(1, 32_768, MILLION), time.process_time()
    for each in doubled(MOST):
        makespan(tokens, each, PLANS[0].paper.pace(each))
    figure(f"planning: a million traces on 1 to {MOST:,} replicas", time.process_time() - began, "s of CPU")


if __name__ == "__main__":
    main()
