"""What a run measured of each sample, out of its journals: no texts, some 0.5 KB a sample, whatever was written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar, cast

from qwen3_eval.records.formats import AboutLine, GenerationLine, PromptLine, ScoreLine
from qwen3_eval.types import AskedDoc, Cell, Mode, Protocol, Scored

TOKEN_KINDS = ("prompt", "thinking", "answer")


class Spent(NamedTuple):
    """What a line of ``generations.jsonl`` cost, in tokens and seconds; None where the server did not say."""

    prompt: int | None
    thinking: int | None
    answer: int | None
    cached: int | None
    decoded: int | None
    latency_s: float


class Answered(NamedTuple):
    """A line of ``generations.jsonl`` without its texts. characters: of thinking and answer. offset: of the line."""

    cell: Cell
    id: str
    sample: int
    spent: Spent
    characters: int
    offset: int


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

    def __call__(self, value: T) -> T:
        """The first value that was equal to this one."""
        return cast(T, self.known.setdefault(value, value))


def about(line: AboutLine) -> Cell:
    """What a line of a journal of samples is about."""
    return Cell(line["task"], line["mode"], line["budget"], line.get("protocol", "chat"))


def read_score(line: ScoreLine, offset: int, same: Intern) -> tuple[bytes, Scored]:
    """Key and content of a line of ``scores.jsonl``."""
    group, subset = line.get("group") or line["id"], line.get("subset") or ""
    question = same(AskedDoc(line["id"], line.get("language"), group, subset))
    metrics, weights = _pairs(line["metrics"], same), _pairs(line.get("weights"), same)
    counts = tuple((same(name), tuple(each)) for name, each in sorted((line.get("counts") or {}).items()))
    cell, outcome = same(about(line)), same(str(line["outcome"]))
    scored = Scored(cell, question, line["score"], outcome, metrics, weights, line["sample"], counts, offset)
    return bytes.fromhex(line["key"]), scored


def _pairs(values: Mapping[str, float] | None, same: Intern) -> tuple[tuple[str, float], ...]:
    return same(tuple(sorted(values.items()))) if values else ()


def read_answer(line: GenerationLine, offset: int, same: Intern) -> tuple[bytes, Answered]:
    """Key and content of a line of ``generations.jsonl``."""
    prompt, thinking, answer = (line["tokens"].get(kind) for kind in TOKEN_KINDS)
    seconds = line.get("latency_s") or 0.0
    spent = Spent(prompt, thinking, answer, line.get("cached"), line.get("decoded"), seconds)
    characters = len(line["thinking"]) + len(line["answer"])
    answered = Answered(same(about(line)), same(line["id"]), line["sample"], spent, characters, offset)
    return bytes.fromhex(line["key"]), answered


def read_prompt(line: PromptLine, offset: int, same: Intern) -> AskedPrompt:
    """A line of ``prompts.jsonl``."""
    protocol = line.get("protocol", "chat")
    return AskedPrompt(
        same(line["task"]), same(line["id"]), same(line["mode"]), protocol, line["prompt_sha256"], offset
    )
