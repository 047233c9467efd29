"""What a run measured of each sample, out of its journals: no texts, some 0.5 KB a sample, whatever was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from qwen3_eval.records.store import read_lines
from qwen3_eval.types import Mode, Protocol

TOKEN_KINDS = ("prompt", "thinking", "answer")


class Cell(NamedTuple):
    """What one line of a result table is about."""

    task: str
    mode: Mode
    budget: int | None
    protocol: Protocol = "chat"


class Question(NamedTuple):
    """A doc as the statistics see it."""

    id: str
    language: str | None
    group: str
    subset: str = ""


class Scored(NamedTuple):
    """A line of ``scores.jsonl`` without its texts.

    metrics: pairs of name and value; weights, counts: likewise.
    """

    cell: Cell
    question: Question
    value: float
    outcome: str
    metrics: tuple[tuple[str, float], ...]
    weights: tuple[tuple[str, float], ...] = ()
    sample: int = 0
    counts: tuple[tuple[str, tuple[float, ...]], ...] = ()


class Spent(NamedTuple):
    """What a line of ``generations.jsonl`` cost, in tokens and seconds; None where the server did not say."""

    prompt: int | None
    thinking: int | None
    answer: int | None
    cached: int | None
    decoded: int | None
    latency_s: float


@dataclass(slots=True)
class Intern:
    """Hands out one object for equal values."""

    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Any:
        """The first value that was equal to this one."""
        return self.known.setdefault(value, value)


def read_scores(path: Path) -> dict[bytes, Scored]:
    """The latest score of each key. Raises UsageError naming file and line where one is no score."""
    same = Intern()
    return dict(read_lines(path, lambda line: read_score(line, same)))


def read_score(line: Mapping[str, Any], same: Intern) -> tuple[bytes, Scored]:
    """Key and content of a line of ``scores.jsonl``."""
    cell = same(Cell(line["task"], line["mode"], line["budget"], line.get("protocol", "chat")))
    group, subset = line.get("group") or line["id"], line.get("subset") or ""
    question = same(Question(line["id"], line.get("language"), group, subset))
    metrics, weights = _pairs(line["metrics"], same), _pairs(line.get("weights"), same)
    counts = tuple((same(name), tuple(each)) for name, each in _pairs(line.get("counts")))
    outcome = same(line["outcome"])
    scored = Scored(cell, question, line["score"], outcome, metrics, weights, line["sample"], counts)
    return bytes.fromhex(line["key"]), scored


def _pairs(values: Mapping[str, Any] | None, same: Callable[[Any], Any] = tuple) -> tuple[tuple[str, Any], ...]:
    found: tuple[tuple[str, Any], ...] = same(tuple(sorted(values.items()))) if values else ()
    return found


def read_spent(path: Path) -> dict[bytes, Spent]:
    """The cost of the latest generation of each key. Raises UsageError naming file and line where one is none."""
    return dict(read_lines(path, read_cost))


def read_cost(line: Mapping[str, Any]) -> tuple[bytes, Spent]:
    """Key and cost of a line of ``generations.jsonl``."""
    prompt, thinking, answer = (line["tokens"].get(kind) for kind in TOKEN_KINDS)
    seconds = line.get("latency_s") or 0.0
    spent = Spent(prompt, thinking, answer, line.get("cached"), line.get("decoded"), seconds)
    return bytes.fromhex(line["key"]), spent
