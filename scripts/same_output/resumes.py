"""Runs of an older recording, read and gone on with: finished ones, where nothing is left to do, and a killed one."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from scripts.same_output.normal import JOURNALS
from scripts.same_output.recorder import Recorder, own_tasks
from scripts.same_output.views import compare, index, reproduce, view

# Of the many runs of a part, one in so many is looked at; all are resumed.
LOOKED_AT = {"score": 12}
# What a run refers to, beside the data.
BESIDE = ("runs", "predictions", "argv")


def resume(recorder: Recorder, older: Path, part: str) -> None:
    """Looks at the runs of a part of an older recording, then runs the commands that made them once more, on copies.

    Raises FileNotFoundError when the older recording does not have that part.
    """
    if not (older / "scratch" / part / "argv").is_dir():
        raise FileNotFoundError(f"{older} has no recording of the part {part}, of which runs could be resumed")
    for folder in BESIDE:
        if (source := older / "scratch" / part / folder).is_dir():
            shutil.copytree(source, recorder.scratch / folder)
    if (older / "scratch" / part / "tasks").is_dir():
        own_tasks(recorder)
    names = [path.stem for path in sorted((recorder.scratch / "argv").glob("*.json"))]
    runs = [f"runs/{name}" for name in names if (recorder.scratch / "runs" / name / "run.json").is_file()]
    looked_at = runs[:: LOOKED_AT.get(part, 1)]
    recorder.each(lambda run: view(recorder, run), looked_at)
    compare(recorder, "first", *([looked_at[-1]] * 2))
    reproduce(recorder, "demo", [run for run in runs if "killed" not in run], ("table11", "table24", "figure2"))
    index(recorder, "runs")
    recorder.each(lambda name: _again(recorder, name), names)


def _again(recorder: Recorder, name: str) -> None:
    """Resumes a run; says of each journal whether it is as it was."""
    run = recorder.scratch / "runs" / name
    before = {journal: _digest(run / journal) for journal in JOURNALS}
    [*argv, _, _] = json.loads((recorder.scratch / "argv" / f"{name}.json").read_text("utf-8"))
    recorder.run(name, *argv)
    lines = (
        f"{journal} {'unchanged' if _digest(run / journal) == old else 'changed'}\n" for journal, old in before.items()
    )
    recorder.keep(f"runs/{name}/journals", "".join(lines))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
