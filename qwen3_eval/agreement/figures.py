"""All that can be said of the judges of some runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qwen3_eval.agreement.alone import AloneFigures, OwnFigures, alone_on, lengths_beside, on_own_answers
from qwen3_eval.agreement.given import rater_of_file
from qwen3_eval.agreement.pairs import PairFigures, of_pair
from qwen3_eval.agreement.raters import Rater, all_raters
from qwen3_eval.records.manifest import open_manifest
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import UsageError


@dataclass(frozen=True)
class Agreement:
    """All that can be said of the judges of some runs."""

    raters: Sequence[Rater]
    pairs: Sequence[PairFigures]
    alone: Sequence[AloneFigures]
    own: Sequence[OwnFigures]


def agreement(
    folders: Sequence[Path], against: Path | None = None, data_dir: Path | None = None, tasks_dir: Path | None = None
) -> Agreement:
    """The judges of runs, of what is kept below them, and of a file, on the same answers.

    Raises UsageError as ``all_raters`` and ``rater_of_file``, and where no two judges judged one answer.
    """
    raters = all_raters(folders)
    tasks = _tasks(raters, folders[0], tasks_dir)
    if against is not None:
        known = {name: task for name, task in tasks.items() if task is not None}
        raters.append(rater_of_file(against, raters[0], known))
    pairs = [found for pair in itertools.combinations(raters, 2) for found in of_pair(*pair, tasks)]
    if not pairs and len(raters) > 1:
        names = " and ".join(f"{each.label} ({each.folders[0]})" for each in raters[:2])
        raise UsageError(f"no two judges have an answer in common: {names} judged other answers")
    judges = [each for each in raters if each.name]
    lengths = {name: lengths_beside(task, data_dir) for name, task in tasks.items()}
    alone = [
        alone_on(each, name, tasks[name], lengths[name]) for each in judges for name in tasks if each.of_task(name)
    ]
    return Agreement(raters, pairs, alone, [found for one in judges for found in on_own_answers(one, judges, tasks)])


def _tasks(raters: Iterable[Rater], folder: Path, tasks_dir: Path | None) -> dict[str, Judged | None]:
    """The tasks that were judged, by name; None for one that is not here."""
    stated = open_manifest(folder).config.tasks_dir
    registry = load_tasks(tasks_dir or (Path(stated) if stated and Path(stated).is_dir() else None))
    names = dict.fromkeys(answer.unit.task for rater in raters for answer in rater.opinions)
    found = {name: registry.tasks.get(name) for name in names}
    return {name: task if isinstance(task, Judged) else None for name, task in found.items()}
