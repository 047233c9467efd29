"""The one reader of a run: its manifest, and its journals without their texts, each opened once and read when needed.

What is kept of a sample is some 0.5 KB, whatever the model wrote; texts are read where they stand when their turn
comes, and forgotten after it. A run that goes on, or that was broken off, is read as far as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from msgspec import Struct

from qwen3_eval.files import read_json
from qwen3_eval.records.formats import (
    GENERATIONS,
    JOURNALS,
    JUDGMENTS,
    PROMPTS,
    SCORES,
    STEPS,
    SUMMARY,
    TEXTS,
    GenerationLine,
    JudgmentLine,
    KeptPromptLine,
    PromptLine,
    ScoreLine,
    Summary,
    damaged,
    fault,
)
from qwen3_eval.records.journal import JournalFile
from qwen3_eval.records.manifest import Manifest, open_manifest
from qwen3_eval.records.omissions import Omission
from qwen3_eval.records.samples import (
    Answered,
    AskedPrompt,
    Intern,
    JudgedCall,
    read_answer,
    read_call,
    read_prompt,
    read_score,
)
from qwen3_eval.records.texts import KeptTexts
from qwen3_eval.types import PromptFacts, Scored

S = TypeVar("S", bound=Struct)


class Rows(Generic[S]):
    """What the lines of a journal say without their texts: of each key the latest."""

    def __init__(self, file: JournalFile, read: Callable[[Any, int, Intern], tuple[bytes, S]]) -> None:
        self._file, self._read, self._same = file, read, Intern()
        self._found: dict[bytes, S] = {}

    def __call__(self) -> dict[bytes, S]:
        """All of them; what was read before is not read again."""
        read, same = self._read, self._same
        lines = self._file.further() if self._found else self._file.lines()
        self._found.update(read(line, offset, same) for offset, line in lines)
        return self._found

    def forget(self) -> None:
        """Drops them; they are read again when they are asked for again."""
        self._found, self._same = {}, Intern()


class JournalSet:
    """The journals of a run, each opened once, when it is first wanted."""

    def __init__(self, folder: Path) -> None:
        self.files = {name: JournalFile(folder / name) for name in JOURNALS}
        self.scored = Rows(self.files[SCORES], read_score)
        self.answered = Rows(self.files[GENERATIONS], read_answer)
        self.calls = Rows(self.files[JUDGMENTS], read_call)
        self.texts = KeptTexts(self.files[TEXTS])


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run directory, read. Every property that reads a journal raises UsageError naming file and line of damage."""

    folder: Path
    manifest: Manifest
    _journals: JournalSet = field(repr=False)

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
        return self._journals.scored()

    @cached_property
    def answered(self) -> Mapping[bytes, Answered]:
        """The latest generation of each key. Its file is by far the longest: what can do without does not ask."""
        return self._journals.answered()

    @cached_property
    def prompts(self) -> Sequence[AskedPrompt]:
        """The prompts that it kept."""
        same = Intern()
        return [read_prompt(line, offset, same) for offset, line in self.kept_prompts()]

    @cached_property
    def judgments(self) -> Mapping[bytes, Sequence[JudgedCall]]:
        """The calls of the judge by the key of the answer that they are about, the latest of each.

        In the order in which they were first made; of what was asked again, every attempt. An attempt that is older
        than the one before it is about an answer that was lost and made again.
        """
        found: dict[bytes, list[JudgedCall]] = {}
        calls = self._journals.calls()
        places = {(call.answer_key, call.call, call.attempt): call.offset for call in calls.values()}
        for call in calls.values():
            if places.get((call.answer_key, call.call, call.attempt - 1), -1) < call.offset:
                found.setdefault(call.answer_key, []).append(call)
        return found

    def forget(self) -> None:
        """Drops what was kept of the samples, where that is no longer needed; who asks again has it read again."""
        for name in ("scored", "answered", "judgments", "prompts"):
            self.__dict__.pop(name, None)
        for rows in (self._journals.scored, self._journals.answered, self._journals.calls):
            rows.forget()

    def prompt_lines(self) -> Iterator[tuple[int, PromptLine]]:
        """The prompts with their texts, one in memory at a time; nothing else of the file may be read meanwhile."""
        return ((offset, self._with_text(line)) for offset, line in self.kept_prompts())

    def kept_prompts(self) -> Iterator[tuple[int, KeptPromptLine]]:
        """As ``prompt_lines``, but long texts are only named."""
        return cast(Iterator[tuple[int, KeptPromptLine]], self._journals.files[PROMPTS].lines())

    def _with_text(self, line: KeptPromptLine) -> PromptLine:
        return cast(PromptLine, {**line, "text": "".join(self._journals.texts.whole(line["text"]))})

    def generation(self, answered: Answered) -> GenerationLine:
        """A generation with its texts."""
        return cast(GenerationLine, self._journals.files[GENERATIONS].at(answered.offset))

    def score(self, scored: Scored) -> ScoreLine:
        """A score with its texts."""
        return cast(ScoreLine, self._journals.files[SCORES].at(scored.offset))

    def prompt(self, asked: AskedPrompt) -> PromptLine:
        """A prompt with its text."""
        return self._with_text(cast(KeptPromptLine, self._journals.files[PROMPTS].at(asked.offset)))

    def as_asked(self, asked: AskedPrompt) -> tuple[str, PromptFacts]:
        """The text of a prompt, and what is known of it, for a run that asks the same."""
        line = cast(KeptPromptLine, self._journals.files[PROMPTS].at(asked.offset))
        parts = self._journals.texts.whole(line["text"])
        text = "".join(parts)
        evidence = [text[start:end] for start, end in line.get("marks", ())]
        return text, PromptFacts(line.get("tokens"), parts, evidence)

    def judgment(self, offset: int) -> JudgmentLine:
        """A call of a judge with its texts, by where its line begins."""
        return cast(JudgmentLine, self._journals.files[JUDGMENTS].at(offset))

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
        changed = max(self._journals.files[name].changed_ns() for name in (GENERATIONS, SCORES, STEPS, JUDGMENTS))
        return self.summary_path.is_file() and self.summary_path.stat().st_mtime_ns >= changed

    def count_scores(self) -> int:
        """Lines of ``scores.jsonl``, counted without being read."""
        return self._journals.files[SCORES].count()


def open_run(folder: Path) -> RunRecord:
    """Reads a run, finished or not.

    Raises UsageError when the folder is no run, and naming the field of a damaged ``run.json``.
    """
    return RunRecord(folder, open_manifest(folder), JournalSet(folder))
