"""The few-shot examples of a task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qwen3_eval.data.reading import Opened, checked
from qwen3_eval.data.sources import at_hand, rows
from qwen3_eval.task.base import Task
from qwen3_eval.types import Doc, UsageError


class Shots:
    """The few-shot examples of a task: the first ``spec.shots`` there, or those of the doc's own subset or language.

    A doc without a subset (a mirror may have lost them) gets the first of all. Read when they are first asked for.
    Raises UsageError when there are too few of them.
    """

    def __init__(self, task: Task, data_dir: Path | None = None, opened: Opened = rows) -> None:
        self._task = task
        self._data_dir = data_dir
        self._opened = opened
        self._found: dict[str, list[Doc]] | None = None

    def of(self, doc: Doc) -> tuple[Doc, ...]:
        """The examples for a doc."""
        spec = self._task.spec
        if not spec.example_sources:
            return ()
        part = self._part(doc)
        found = self.collect().get(part, [])
        if len(found) < spec.shots:
            where = f" of {part!r}" if part else ""
            names = ", ".join(source.mirror for source in spec.example_sources)
            raise UsageError(f"task {spec.name}: {names} has {len(found)} examples{where}, {spec.shots} are needed")
        return tuple(found)

    def _part(self, doc: Doc) -> str:
        """What the examples of a doc must share with it."""
        spec = self._task.spec
        both = f"{doc.language}/{doc.subset}"
        return {"subset": doc.subset, "language": doc.language, "language and subset": both, "": ""}[spec.shots_by]

    def collect(self) -> dict[str, list[Doc]]:
        """The examples by what they share with their docs; read now, unless they were."""
        if self._found is None:
            self._found = self._collected()
        return self._found

    def _collected(self) -> dict[str, list[Doc]]:
        spec = self._task.spec
        found: dict[str, list[Doc]] = {}
        for example in self._examples():
            for part in {self._part(example), ""}:
                kept = found.setdefault(part, [])
                if len(kept) < spec.shots:
                    kept.append(example)
            if not spec.shots_by and len(found[""]) == spec.shots:
                break
        return found

    def _examples(self) -> Iterator[Doc]:
        present, _ = at_hand(self._task.spec.example_sources, self._data_dir)
        for source in present:
            for row in self._opened(source, self._data_dir):
                yield from checked(self._task, source, row, lambda row: list(self._task.examples(row)))
