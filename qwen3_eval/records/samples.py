"""What a run measured of each sample, out of its journals: no texts, some 0.5 KB a sample, whatever was written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar, cast

from msgspec import Struct

from qwen3_eval.records.formats import AboutLine, GenerationLine, PromptLine, ScoreLine
from qwen3_eval.types import AskedDoc, Cell, Mode, Protocol, Scored

TOKEN_KINDS = ("prompt", "thinking", "answer")


class Spent(Struct, frozen=True, gc=False):
    """What a line of ``generations.jsonl`` cost, in tokens and seconds; None where the server did not say."""

    prompt: int | None
    thinking: int | None
    answer: int | None
    cached: int | None
    decoded: int | None
    latency_s: float


class Answered(Struct, frozen=True, gc=False):
    """A line of ``generations.jsonl`` without its texts.

    characters: of thinking and answer. offset: of the line. failed: the request is made again on resume.
    """

    cell: Cell
    id: str
    sample: int
    spent: Spent
    characters: int
    offset: int
    failed: bool = False


class AskedPrompt(NamedTuple):
    """A line of ``prompts.jsonl`` without its text. sha256: of the prompt. offset: of the line."""

    task: str
    id: str
    mode: Mode
    protocol: Protocol
    sha256: str
    offset: int


T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class Intern:
    """Hands out one object for equal values."""

    known: dict[Hashable, Hashable] = field(default_factory=dict)
    cells: dict[tuple[object, ...], Cell] = field(default_factory=dict)
    docs: dict[tuple[object, ...], AskedDoc] = field(default_factory=dict)

    def __call__(self, value: T) -> T:
        """The first value that was equal to this one."""
        return cast(T, self.known.setdefault(value, value))

    def cell(self, line: AboutLine) -> Cell:
        """What a line of a journal of samples is about."""
        where = (line["task"], line["mode"], line["budget"], line.get("protocol", "chat"))
        return self.cells.get(where) or self.cells.setdefault(where, Cell(*where))

    def doc(self, line: ScoreLine) -> AskedDoc:
        """The doc that a line of ``scores.jsonl`` is about."""
        where = (line["id"], line.get("language"), line.get("group") or line["id"], line.get("subset") or "")
        return self.docs.get(where) or self._new_doc(AskedDoc(*where))

    def _new_doc(self, doc: AskedDoc) -> AskedDoc:
        return self.docs.setdefault(doc, doc)


def read_score(line: ScoreLine, offset: int, same: Intern) -> tuple[bytes, Scored]:
    """Key and content of a line of ``scores.jsonl``."""
    metrics, weights = _pairs(line["metrics"], same), _pairs(line.get("weights"), same)
    found = line.get("counts")
    counts = tuple((same(name), tuple(each)) for name, each in sorted(found.items())) if found else ()
    outcome = same(str(line["outcome"]))
    scored = Scored(
        same.cell(line), same.doc(line), line["score"], outcome, metrics, weights, line["sample"], counts, offset
    )
    return bytes.fromhex(line["key"]), scored


def _pairs(values: Mapping[str, float] | None, same: Intern) -> tuple[tuple[str, float], ...]:
    return same(tuple(sorted(values.items()))) if values else ()


def read_answer(line: GenerationLine, offset: int, same: Intern) -> tuple[bytes, Answered]:
    """Key and content of a line of ``generations.jsonl``."""
    of, seconds = line["tokens"].get, line.get("latency_s") or 0.0
    counts = map(same, (of("prompt"), of("thinking"), of("answer"), line.get("cached"), line.get("decoded")))
    spent = Spent(*counts, latency_s=seconds)
    characters = same(len(line["thinking"]) + len(line["answer"]))
    failed = bool(line["error"]) and line.get("retryable", False)
    answered = Answered(same.cell(line), same(line["id"]), line["sample"], spent, characters, offset, failed)
    return bytes.fromhex(line["key"]), answered


def read_prompt(line: PromptLine, offset: int, same: Intern) -> AskedPrompt:
    """A line of ``prompts.jsonl``."""
    protocol = line.get("protocol", "chat")
    return AskedPrompt(
        same(line["task"]), same(line["id"]), same(line["mode"]), protocol, line["prompt_sha256"], offset
    )
