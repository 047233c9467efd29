"""The battles of runs: what each model won, tied and lost against the one that a benchmark compares all answers with.

They stand in ``scores.jsonl``, as the task counts them (``judged.BATTLES``); which model they are against, and how
published ratings are made of them, stands in the plan of the run (``Games``). No benchmark is known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import msgspec

from qwen3_eval.records.manifest import PlanEntry
from qwen3_eval.records.record import RunRecord
from qwen3_eval.records.store import differences
from qwen3_eval.stats.bradley_terry import Battles
from qwen3_eval.task.judged import BATTLES, Games
from qwen3_eval.types import Cell, Scored, UsageError

OF_JUDGE = ("model", "model_revision", "model_sha256", "mode", "parse")


@dataclass(frozen=True, eq=False)
class Player:
    """A model as it was asked in one way. name: unique among those that are rated together."""

    name: str
    record: RunRecord
    entry: PlanEntry
    cell: Cell
    games: Games

    @cached_property
    def scored(self) -> Mapping[bytes, tuple[Scored, Battles]]:
        """Each score that counts battles, with them, by key."""
        rows = ((key, row, dict(row.counts)) for key, row in self.record.scored.items() if row.cell == self.cell)
        return {key: (row, Battles(*counts[BATTLES])) for key, row, counts in rows if BATTLES in counts}

    @cached_property
    def by_question(self) -> Mapping[str, Battles]:
        """The battles about each question, all samples together."""
        found: dict[str, Battles] = {}
        for row, battles in self.scored.values():
            found[row.question.id] = found.get(row.question.id, Battles()).plus(battles)
        return found

    @property
    def battles(self) -> Battles:
        """All of them."""
        return reduce(Battles.plus, self.by_question.values(), Battles())

    @property
    def unread(self) -> int:
        """Questions without any battle, since there was no answer or no verdict."""
        return sum(not battles.total for battles in self.by_question.values())

    @property
    def settings(self) -> Mapping[str, object]:
        """What must be the same for models to be rated together: questions, judge, and how it is asked and read."""
        manifest, task = self.record.manifest, self.cell.task
        judge = manifest.judge
        asked = {name: getattr(judge, name) for name in OF_JUDGE} | {"asked": judge.tasks.get(task)} if judge else None
        return {
            "task": task,
            "version": self.entry.version,
            "games": self.entry.raw["games"],
            "dataset_sha256": manifest.data.get(task, {}).get("sha256"),
            "tables_sha256": manifest.identity.tables_sha256.get(task),
            "judge": asked,
        }


def players(records: Sequence[RunRecord], task: str = "") -> list[Player]:
    """The models of some runs in one benchmark. task: its name, where the runs have several.

    Raises UsageError where there is none with games or more than one, and where two were not judged alike.
    """
    entries = [(record, entry) for record in records for entry in record.manifest.plan if "games" in entry.raw]
    found = sorted({entry.task for _, entry in entries})
    if task and task not in found:
        raise UsageError(f"no run has games of {task!r}; they have games of {', '.join(found) or 'no task'}")
    if not found:
        raise UsageError("no run has a benchmark in which a judge compares answers with those of one model")
    if not task and len(found) > 1:
        raise UsageError(f"the runs have games of {', '.join(found)}; name one with --task")
    task = task or found[0]
    asked = [(record, entry, cell) for record, entry in entries if entry.task == task for cell in entry.cells()]
    names = names_of([(record, cell) for record, _, cell in asked])
    made = (
        Player(name, record, entry, cell, _games(record, entry))
        for name, (record, entry, cell) in zip(names, asked, strict=True)
    )
    played = [player for player in made if player.scored]
    if not played:
        raise UsageError(f"no run has scores of {task} yet")
    _check_alike(played)
    return played


def _games(record: RunRecord, entry: PlanEntry) -> Games:
    try:
        return msgspec.convert(entry.raw["games"], Games)
    except msgspec.ValidationError as error:
        raise UsageError(f"run.json of {record.folder}: the games of {entry.task}: {error}") from None


def _check_alike(found: Sequence[Player]) -> None:
    first, *others = found
    for player in others:
        if differing := differences(first.settings, player.settings):
            runs = f"{first.record.run_id} and {player.record.run_id}"
            raise UsageError(f"{runs} cannot be rated together: {'; '.join(differing)}")


def names_of(found: Sequence[tuple[RunRecord, Cell]]) -> Iterator[str]:
    """The model of each; with the way in which it was asked, and then with its run, where that names several."""
    plain = [record.model for record, _ in found]
    asked = [f"{record.model}, {_condition(cell)}" for record, cell in found]
    for place, (record, _) in enumerate(found):
        if plain.count(plain[place]) == 1:
            yield plain[place]
        elif asked.count(asked[place]) == 1:
            yield asked[place]
        else:
            yield f"{asked[place]} ({record.run_id})"


def _condition(cell: Cell) -> str:
    return cell.condition if cell.budget is None else f"{cell.condition} at {cell.budget:,}"
