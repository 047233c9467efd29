"""What benchmarks measure, kept: figures of several rounds, written to a file, and two such files compared.

A figure moved when its values of one file and of the other do not overlap, and their medians are apart by more than
``LEAST``; with fewer than three rounds on either side nobody can tell.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import qwen3_eval
from qwen3_eval.types import UsageError

LEAST, ROUNDS = 0.05, 3
WIDTH = 64


@dataclass
class Figure:
    """One thing that was measured. values: one a round. bound: what it has to keep to, in words."""

    name: str
    unit: str
    bound: str = ""
    values: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        few = (
            f" ({min(self.values):.4g} to {max(self.values):.4g} in {len(self.values)})" if len(self.values) > 1 else ""
        )
        bound = f", bound {self.bound}" if self.bound else ""
        return f"{self.name}: {statistics.median(self.values):,.4g} {self.unit}{few}{bound}"


@dataclass
class Bench:
    """The figures of one call of ``python -m speed``, by name. loads: of the machine, before each round."""

    version: str
    machine: str
    loads: list[float] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


CURRENT = Bench(
    qwen3_eval.__version__, f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
)


def figure(name: str, value: float, unit: str = "", bound: str = "") -> None:
    """Prints a figure of this round and keeps it."""
    CURRENT.figures.setdefault(name, Figure(name, unit, bound)).values.append(value)
    print(Figure(name, unit, bound, [value]), flush=True)


def read(path: Path) -> Bench:
    """A file that ``Bench.write`` wrote. Raises UsageError where it is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        figures = {name: Figure(**each) for name, each in found.pop("figures").items()}
        return Bench(**found, figures=figures)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{path} is no file of figures ({error}); write one with --out") from error


def compared(old: Bench, new: Bench) -> list[str]:
    """A line for each figure that both have: its medians, their ratio, and whether it moved beyond noise."""
    lines = [f"old: {_about(old)}", f"new: {_about(new)}"]
    for name, before in old.figures.items():
        if after := new.figures.get(name):
            lines.append(_line(before, after))
    lines += [f"only in {which}: {name}" for which, name in _alone(old, new)]
    return lines


def _about(bench: Bench) -> str:
    loads = ", ".join(f"{load:.1f}" for load in bench.loads)
    return f"qwen3_eval {bench.version} on {bench.machine}; load before each round: {loads}"


def _line(before: Figure, after: Figure) -> str:
    old, new = statistics.median(before.values), statistics.median(after.values)
    times = f"{new / old:.2f} times" if old else "-"
    shown = f"{old:,.4g} -> {new:,.4g} {after.unit}".rstrip()
    return f"{before.name:<{WIDTH}}  {shown:<28}  {times:<11}  {moved(before.values, after.values)}"


def moved(old: Sequence[float], new: Sequence[float]) -> str:
    """What can be said of two sets of values of one figure."""
    if min(len(old), len(new)) < ROUNDS:
        return "too few rounds to tell"
    apart = min(new) > max(old) or max(new) < min(old)
    before, after = statistics.median(old), statistics.median(new)
    if not apart or abs(after - before) <= LEAST * abs(before):
        return "within noise"
    return "MOVED up" if after > before else "MOVED down"


def _alone(old: Bench, new: Bench) -> list[tuple[str, str]]:
    return [("old", name) for name in old.figures if name not in new.figures] + [
        ("new", name) for name in new.figures if name not in old.figures
    ]
