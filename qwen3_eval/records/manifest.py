"""``run.json`` as one typed value: what was asked, with what, and how far it came.

It is checked field by field when it is read. Fields that are not named here pass, so that a file of a later version is
read, and stay in ``raw`` for those who show or hand on all of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import cast

import msgspec

from qwen3_eval.files import read_json
from qwen3_eval.records.formats import MANIFEST, Count, Number, Time, Whole, damaged
from qwen3_eval.records.omissions import Omission, read_omissions
from qwen3_eval.types import MODES, PROTOCOLS, Average, Cell, Ladder, Mode, Protocol, UsageError

# Of the files of a run that are written today, and that are read.
SCHEMA = 1
# Arguments of vLLM, which multiply.
SHARDS = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


@dataclass(frozen=True)
class PlanEntry:
    """What was planned for a task under one protocol in one mode.

    docs: questions of each budget. samples: of each question. together: docs that make one question of the metric.
    rebuilt: the report's questions were never published, and these are others. lengths: in tokens, at which the same is
    asked; they are the outermost subsets. ladder: what a rating is made of, None for other tasks. raw: the
    entry as it stands in the file.
    """

    task: str
    mode: Mode
    budgets: tuple[Count | None, ...]
    docs: Count
    samples: Count
    protocol: Protocol = "chat"
    version: str | None = None
    metric: str = "accuracy"
    unit: str = "percent"
    average: Average = "docs"
    pooled: tuple[str, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)
    together: Count = 1
    benchmark: str = ""
    rebuilt: bool = False
    lengths: tuple[Count, ...] = ()
    prompts: dict[str, str] = field(default_factory=dict)
    sampling: Mapping[str, Number] = field(default_factory=dict)
    max_tokens: Count | None = None
    answer_tokens: Count | None = None
    ladder: Ladder | None = None
    raw: Mapping[str, object] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of planned samples at each budget."""
        return self.docs * self.samples

    def cells(self) -> Iterator[Cell]:
        """The lines of a result table that it plans."""
        return (Cell(self.task, self.mode, budget, self.protocol) for budget in self.budgets or (None,))


def unplanned(cell: Cell, docs: int) -> PlanEntry:
    """For a cell that no plan names: as if what is there had been planned."""
    return PlanEntry(cell.task, cell.mode, (cell.budget,), docs, 1, cell.protocol)


@dataclass(frozen=True)
class EngineAsked:
    """The engine that the configuration names, with its arguments."""

    kind: str = ""
    args: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What the run was asked for, as its configuration says."""

    model: str = ""
    tasks: tuple[str, ...] = ()
    suite: str = ""
    stop_text: str | None = None
    data_dir: str | None = None
    tasks_dir: str | None = None
    limit: Count | None = None
    limit_per_language: Count | None = None
    languages: tuple[str, ...] = ()
    full: bool = False
    seed: Whole = 0
    draw_seed: Whole | None = None
    family: str = ""
    engine: EngineAsked = field(default_factory=EngineAsked)


@dataclass(frozen=True)
class Identity:
    """The named parts of what the outcome depends on; all of it is ``Manifest.identity_json``."""

    languages: tuple[str, ...] = ()
    task_versions: dict[str, str] = field(default_factory=dict)
    texts_sha256: dict[str, dict[str, object]] = field(default_factory=dict)
    tables_sha256: dict[str, dict[str, object]] = field(default_factory=dict)
    examples_sha256: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineUsed:
    """The engine that answered, as it described itself.

    device: name and more of a GPU, where it had one. replicas: on how many of a cluster it was.
    """

    name: str | None = None
    version: object = None
    arguments: dict[str, object] = field(default_factory=dict)
    device: object = None
    replicas: object = None


@dataclass(frozen=True)
class JudgeUsed:
    """The model that judged, and all that its verdicts depend on.

    parse: the rule by which its replies were read, ``official`` or ``lenient``. tasks: by name, how each asked it:
    versions of prompt and rule, decoding parameters, limit. engine: as it described itself.
    """

    model: str
    mode: str = ""
    family: str = ""
    parse: str = "official"
    model_revision: str | None = None
    model_sha256: str | None = None
    tasks: dict[str, dict[str, object]] = field(default_factory=dict)
    engine: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """One call of the command.

    end: None while it goes on, and when it was killed. engine: that it had, and where; None where nothing was left to
    ask.
    """

    start: Time
    end: Time | None = None
    engine: dict[str, object] | None = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it took; 0 while that is not known."""
        return (self.end - self.start).total_seconds() if self.end else 0.0


@dataclass(frozen=True)
class LadderProblem:
    """A problem of a ladder (see ``types.Ladder``)."""

    contest: str
    points: Number | None
    rating: Number | None


@dataclass(frozen=True)
class LadderForm:
    """What a rating is made of (see ``types.Ladder``), as it is checked; what is used is its JSON."""

    problems: dict[str, LadderProblem]
    contests: dict[str, list[tuple[Number, Number, Number]]]


@dataclass(frozen=True)
class Manifest:
    """What ``run.json`` says about a run. raw: all of it, as JSON.

    data: where the rows of each task come from. omissions: all that was left out; the three fields below say it in
    parts, and are what runs of earlier versions have: skipped, the reason for each task that was left out as a whole;
    lacking, what else was, in words; left_out, questions without a prediction.
    """

    plan: tuple[PlanEntry, ...]
    schema: object = None
    model: str = ""
    run_id: str = ""
    identity: Identity = field(default_factory=Identity)
    config: Settings = field(default_factory=Settings)
    deviations: tuple[str, ...] = ()
    data: dict[str, dict[str, object]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    engine: EngineUsed = field(default_factory=EngineUsed)
    judge: JudgeUsed | None = None
    sessions: tuple[Session, ...] = ()
    omissions: tuple[Omission, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    toolchains: dict[str, str] = field(default_factory=dict)
    left_out: Count = 0
    ladders: dict[str, LadderForm] = field(default_factory=dict)
    raw: Mapping[str, object] = field(default_factory=dict)

    @property
    def model_name(self) -> str:
        """The evaluated model as it was asked for."""
        return self.model or self.config.model

    @property
    def identity_json(self) -> Mapping[str, object]:
        """All that the outcome depends on."""
        return part_of(self.raw, "identity")

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Tasks as they were asked for, then whatever else was planned."""
        return tuple(dict.fromkeys([*self.config.tasks, *(entry.task for entry in self.plan)]))

    @cached_property
    def cells(self) -> Mapping[Cell, PlanEntry]:
        """What was planned for each cell."""
        return {cell: entry for entry in self.plan for cell in entry.cells()}

    def entry(self, cell: Cell) -> PlanEntry | None:
        """What was planned for a cell, whatever its budget; None for one that was not."""
        where = (cell.task, cell.mode, cell.protocol)
        return next((each for each in self.plan if (each.task, each.mode, each.protocol) == where), None)

    @property
    def started(self) -> datetime | None:
        """When the first session started."""
        return self.sessions[0].start if self.sessions else None

    @property
    def wall_seconds(self) -> float | None:
        """Seconds that the run's sessions took together; None while one is open or was killed."""
        if not all(each.end for each in self.sessions):
            return None
        return sum(each.seconds for each in self.sessions) or None

    @property
    def engine_seconds(self) -> float | None:
        """Those of the sessions that had the engine; None as ``wall_seconds``, and where they had several."""
        had = [each for each in self.sessions if each.engine is not None]
        said = [each.engine for each in had if each.engine]
        # Earlier versions said less of a session.
        shared = set[str].intersection(*map(set, said)) - {"slots"} if said else set()
        if self.wall_seconds is None or any(each[name] != said[0][name] for each in said for name in shared):
            return None
        return sum(each.seconds for each in had) or None

    @property
    def shards(self) -> int:
        """Over how many devices its arguments spread the engine, all replicas together; 1 unless it says otherwise."""
        told = self.engine.arguments or self.config.engine.args
        one = math.prod(whole_number(told.get(name)) or 1 for name in SHARDS)
        return one * max(1, whole_number(self.engine.replicas))


def whole_number(value: object) -> int:
    """A number of an engine's arguments; 0 for what is none."""
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdecimal() else 0


def part_of(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object in a JSON object; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def rank(cell: Cell, tasks: Sequence[str]) -> tuple[int, str, int, int, float]:
    """Tasks in their order, chat before base, non-thinking before thinking, budgets ascending and none at the end."""
    place = tasks.index(cell.task) if cell.task in tasks else len(tasks)
    budget = float("inf") if cell.budget is None else cell.budget
    return place, cell.task, PROTOCOLS.index(cell.protocol), -MODES.index(cell.mode), budget


def manifest_json(run_dir: Path) -> dict[str, object]:
    """``run.json`` as JSON. Raises UsageError when the folder is not a run, or as ``read_json``."""
    path = run_dir / MANIFEST
    if not path.is_file():
        raise UsageError(f"{run_dir} is not a run directory (no {MANIFEST})")
    found: dict[str, object] = read_json(path)
    return found


def open_manifest(run_dir: Path) -> Manifest:
    """What ``run.json`` says. Raises UsageError as ``manifest_json``, and naming the field where it is damaged."""
    return manifest_of(manifest_json(run_dir), run_dir / MANIFEST)


def manifest_of(value: Mapping[str, object], path: Path) -> Manifest:
    """The JSON of a ``run.json``, typed. Raises UsageError naming file and field where it has another form."""
    try:
        found = msgspec.convert(value, Manifest)
    except msgspec.ValidationError as error:
        raise damaged(path, str(error)) from None
    entries = zip(found.plan, _list(value["plan"]), strict=True)
    ladders = part_of(value, "ladders")
    plan = tuple(_with_json(entry, raw, cast(Ladder | None, ladders.get(entry.task))) for entry, raw in entries)
    return replace(found, plan=plan, omissions=read_omissions(value), raw=value)


def _list(value: object) -> list[Mapping[str, object]]:
    return value if isinstance(value, list) else []


def _with_json(entry: PlanEntry, raw: Mapping[str, object], ladder: Ladder | None) -> PlanEntry:
    """The entry with its JSON. Numbers of the sampling stay whole where they were written so."""
    sampling = {name: value for name, value in part_of(raw, "sampling").items() if isinstance(value, int | float)}
    return replace(entry, sampling=sampling, ladder=ladder, raw=raw)
