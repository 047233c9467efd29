"""Who judged what: the verdicts of each judge out of run directories, by the answers that they are about."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from qwen3_eval.config import digest
from qwen3_eval.records.formats import MANIFEST
from qwen3_eval.records.manifest import part_of
from qwen3_eval.records.record import RunRecord, open_run
from qwen3_eval.records.samples import Answered, JudgedCall
from qwen3_eval.types import Unit, UsageError

# Where judges of the same answers are kept, below a run (``prepare.again``).
JUDGES = "judges"
KEPT_BYTES = 16


class JudgedAnswer(NamedTuple):
    """What is judged. sha: of its text, so that judges are compared on the same one."""

    model: str
    unit: Unit
    sha: bytes


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge made of an answer.

    group: the cluster of its question. characters: of the answer. verdicts: by call; None where nothing was read.
    score: of the answer, 0 to 1; None where it could not be judged, or nobody made one.
    """

    group: str
    characters: int
    verdicts: Mapping[str, object]
    score: float | None = None


@dataclass
class Rater:
    """A judge with all that it made of answers.

    name: of its model; empty for verdicts out of a file. label: what it is called here. folders: of its runs.
    settings: what its verdicts depend on, but for what is of one task; tasks: that, by task.
    """

    name: str
    label: str = ""
    folders: list[Path] = field(default_factory=list)
    settings: str = ""
    tasks: dict[str, str] = field(default_factory=dict)
    opinions: dict[JudgedAnswer, Opinion] = field(default_factory=dict)

    def is_same(self, other: Rater) -> bool:
        """Whether both are one judge, asked and read in one way."""
        both = self.tasks.keys() & other.tasks.keys()
        return self.settings == other.settings and all(self.tasks[name] == other.tasks[name] for name in both)

    def take(self, other: Rater) -> None:
        """Adds what the same judge made of other answers."""
        self.folders += other.folders
        self.tasks |= other.tasks
        self.opinions = {**other.opinions, **self.opinions}

    def of_task(self, task: str) -> dict[JudgedAnswer, Opinion]:
        """What it made of the answers of one task."""
        return {answer: opinion for answer, opinion in self.opinions.items() if answer.unit.task == task}


def all_raters(folders: Sequence[Path]) -> list[Rater]:
    """The judges of runs and of what is kept below them, in this order, each once.

    Raises UsageError for a folder that is no run, and for one that holds no judgment.
    """
    found: list[Rater] = []
    for folder in folders:
        here = [rater for record in _records(folder) if (rater := _rater(record)).opinions]
        if not here:
            raise UsageError(f"{folder} holds no judgments: none of its answers was judged by a model")
        for rater in here:
            same = next((each for each in found if each.is_same(rater)), None)
            if same is None:
                found.append(rater)
            else:
                same.take(rater)
    _label(found)
    return found


def _records(folder: Path) -> Iterator[RunRecord]:
    yield open_run(folder)
    beside = folder / JUDGES
    inner = sorted(path for path in beside.iterdir() if (path / MANIFEST).is_file()) if beside.is_dir() else []
    yield from map(open_run, inner)


def _label(raters: Iterable[Rater]) -> None:
    """Names that tell them apart: of the model, and where that is not enough of the folder, or with a number."""
    taken: set[str] = set()
    for rater in raters:
        placed = f"{rater.name} ({rater.folders[0].name})"
        numbered = (f"{placed} {number}" for number in itertools.count(2))
        rater.label = next(label for label in itertools.chain([rater.name, placed], numbered) if label not in taken)
        taken.add(rater.label)


def _rater(record: RunRecord) -> Rater:
    """The judge of a run, and what it made of its answers."""
    judge = record.manifest.judge
    if judge is None:
        return Rater("")
    told = part_of(record.manifest.identity_json, "judge") or part_of(record.manifest.raw, "judge")
    settings = digest({name: value for name, value in told.items() if name != "tasks"})
    tasks = {name: digest(value) for name, value in part_of(told, "tasks").items()}
    opinions = dict(_opinions(record, lenient=judge.parse == "lenient"))
    record.forget()
    return Rater(judge.model, "", [record.folder], settings, tasks, opinions)


def _opinions(record: RunRecord, *, lenient: bool) -> Iterator[tuple[JudgedAnswer, Opinion]]:
    for key, calls in record.judgments.items():
        answered, verdicts = record.answered.get(key), _verdicts(calls, lenient=lenient)
        if answered is None or not verdicts:
            continue
        text, scored = record.generation(answered)["answer"], record.scored.get(key)
        score = scored.value if scored is not None and scored.outcome == "ok" else None
        group = scored.question.group if scored is not None else answered.id
        yield JudgedAnswer(record.model, unit_of(answered), _sha(text)), Opinion(group, len(text), verdicts, score)


def _verdicts(calls: Iterable[JudgedCall], *, lenient: bool) -> dict[str, object]:
    """What was read of each call at last, by the rule that counted."""
    last: dict[str, JudgedCall] = {}
    for call in calls:
        if not call.failed and (call.call not in last or last[call.call].attempt < call.attempt):
            last[call.call] = call
    return {name: call.lenient if lenient else call.verdict for name, call in last.items()}


def unit_of(answered: Answered) -> Unit:
    """What an answer is to."""
    cell = answered.cell
    return Unit(cell.task, answered.id, answered.sample, cell.mode, cell.budget, cell.protocol)


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:KEPT_BYTES]


def kinship(judge: str, model: str) -> str:
    """What a judge is to a model, by their names alone: the model itself, of its family, or nothing."""
    names = [re.sub(r"[\s._]+", "-", each.rstrip("/").rpartition("/")[2].lower()) for each in (judge, model)]
    if names[0] == names[1]:
        return "the model itself"
    families = [re.match(r"[a-z]*[0-9]*", each) for each in names]
    first, second = (each[0] if each else "" for each in families)
    return "of its family by its name" if first and first == second else ""
