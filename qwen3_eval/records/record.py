"""The one reader of a run: its manifest, and its journals without their texts, each opened once and read when needed.

What is kept of a sample is some 0.5 KB, whatever the model wrote; texts are read where they stand when their turn
comes, and forgotten after it. A run that goes on, or that was broken off, is read as far as it came.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from qwen3_eval.files import read_json
from qwen3_eval.records.formats import (
    GENERATIONS,
    PROMPTS,
    SCORES,
    STEPS,
    SUMMARY,
    GenerationLine,
    PromptLine,
    ScoreLine,
    Summary,
    damaged,
    fault,
)
from qwen3_eval.records.manifest import Manifest, open_manifest
from qwen3_eval.records.omissions import Omission
from qwen3_eval.records.samples import Answered, AskedPrompt, Intern, read_answer, read_prompt, read_score
from qwen3_eval.records.store import lines_in, opened
from qwen3_eval.types import Scored


@dataclass
class JournalFile:
    """A journal of a run, opened when it is first read and closed when it is forgotten. A missing one is empty."""

    path: Path
    _file: IO[bytes] | None = None

    def lines(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Byte offset and content of each line, from the beginning; no other line may be read meanwhile.

        Raises UsageError as ``store.lines``.
        """
        file = self._opened()
        if file is not None:
            file.seek(0)
            yield from lines_in(file, self.path)

    def at(self, offset: int) -> dict[str, object]:
        """The line that begins at an offset which ``lines`` gave."""
        file = self._opened()
        assert file is not None, "an offset comes out of the file"
        file.seek(offset)
        line: dict[str, object] = json.loads(file.readline())
        return line

    def count(self, block: int = 1 << 20) -> int:
        """How many whole lines there are."""
        file = self._opened()
        if file is None:
            return 0
        file.seek(0)
        return sum(part.count(b"\n") for part in iter(lambda: file.read(block), b""))

    def changed_ns(self) -> int:
        """When it was last written, in nanoseconds; 0 where there is none."""
        return self.path.stat().st_mtime_ns if self.path.is_file() else 0

    def _opened(self) -> IO[bytes] | None:
        if self._file is None:
            self._file = opened(self.path)
            if self._file is not None:
                weakref.finalize(self, self._file.close)
        return self._file


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run directory, read. Every property that reads a journal raises UsageError naming file and line of damage."""

    folder: Path
    manifest: Manifest
    _files: Mapping[str, JournalFile] = field(repr=False)

    @property
    def run_id(self) -> str:
        """Its name, else that of its folder."""
        return self.manifest.run_id or self.folder.resolve().name

    @property
    def model(self) -> str:
        """The evaluated model as it was asked for."""
        return self.manifest.model_name

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What it left out."""
        return self.manifest.omissions

    @cached_property
    def scored(self) -> Mapping[bytes, Scored]:
        """The latest score of each key."""
        same = Intern()
        found = cast(Iterator[tuple[int, ScoreLine]], self._files[SCORES].lines())
        return dict(read_score(line, offset, same) for offset, line in found)

    @cached_property
    def answered(self) -> Mapping[bytes, Answered]:
        """The latest generation of each key. Its file is by far the longest: what can do without does not ask."""
        same = Intern()
        found = cast(Iterator[tuple[int, GenerationLine]], self._files[GENERATIONS].lines())
        return dict(read_answer(line, offset, same) for offset, line in found)

    @cached_property
    def prompts(self) -> Sequence[AskedPrompt]:
        """The prompts that it kept."""
        same = Intern()
        return [read_prompt(line, offset, same) for offset, line in self.prompt_lines()]

    def forget(self) -> None:
        """Drops what was kept of the samples, where that is no longer needed; who asks again has it read again."""
        for name in ("scored", "answered", "prompts"):
            self.__dict__.pop(name, None)

    def prompt_lines(self) -> Iterator[tuple[int, PromptLine]]:
        """The prompts with their texts, one in memory at a time; nothing else of the file may be read meanwhile."""
        return cast(Iterator[tuple[int, PromptLine]], self._files[PROMPTS].lines())

    def generation(self, answered: Answered) -> GenerationLine:
        """A generation with its texts."""
        return cast(GenerationLine, self._files[GENERATIONS].at(answered.offset))

    def score(self, scored: Scored) -> ScoreLine:
        """A score with its texts."""
        return cast(ScoreLine, self._files[SCORES].at(scored.offset))

    def prompt(self, asked: AskedPrompt) -> PromptLine:
        """A prompt with its text."""
        return cast(PromptLine, self._files[PROMPTS].at(asked.offset))

    @property
    def summary_path(self) -> Path:
        """Where its summary stands, or would."""
        return self.folder / SUMMARY

    def summary(self) -> Summary | None:
        """``summary.json`` as it was written; None where there is none. Raises UsageError naming a damaged field."""
        if not self.summary_path.is_file():
            return None
        found = read_json(self.summary_path)
        if why := fault(found, Summary):
            raise damaged(self.summary_path, why)
        return cast(Summary, found)

    def summary_is_current(self) -> bool:
        """Whether there is a summary that is no older than the journals."""
        changed = max(self._files[name].changed_ns() for name in (GENERATIONS, SCORES, STEPS))
        return self.summary_path.is_file() and self.summary_path.stat().st_mtime_ns >= changed

    def count_scores(self) -> int:
        """Lines of ``scores.jsonl``, counted without being read."""
        return self._files[SCORES].count()


def open_run(folder: Path) -> RunRecord:
    """Reads a run, finished or not.

    Raises UsageError when the folder is no run, and naming the field of a damaged ``run.json``.
    """
    files = {name: JournalFile(folder / name) for name in (GENERATIONS, SCORES, PROMPTS, STEPS)}
    return RunRecord(folder, open_manifest(folder), files)
