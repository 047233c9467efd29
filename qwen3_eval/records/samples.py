"""What a run measured of each sample, out of its journals: no texts, some 0.5 KB a sample, whatever was written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from qwen3_eval.records.formats import (
    AboutLine,
    AnsweredLine,
    ApartLine,
    GenerationLine,
    JudgmentLine,
    KeptPromptLine,
    ScoreLine,
)
from qwen3_eval.types import AskedDoc, Cell, Mode, Protocol, Scored

TOKEN_KINDS = ("prompt", "thinking", "answer")


class Answered(Struct, frozen=True, gc=False):
    """A line of ``generations.jsonl`` without its texts.

    prompt, thinking, answer, cached, decoded: tokens, None where the server did not count. characters: of thinking and
    answer. offset: where the line begins in its file. failed: the request is made again on resume. One object and no
    more, for there are as many as samples.
    """

    cell: Cell
    id: str
    sample: int
    prompt: int | None
    thinking: int | None
    answer: int | None
    cached: int | None
    decoded: int | None
    latency_s: float
    characters: int
    offset: int
    failed: bool = False


class JudgedCall(Struct, frozen=True, gc=False):
    """A line of ``judgments.jsonl`` without its texts.

    call, attempt: which one of the calls about an answer, and how often it was asked before. verdict, lenient: what the
    two parse rules read, None for nothing. prompt, thinking, answer, latency_s: as those of ``Answered``, of the
    judge's reply; the answer with the thinking where a server counts them together. offset: where the line begins.
    error: there is no reply. failed: the call is made again on resume. unread: why nothing was read, else empty.
    """

    cell: Cell
    id: str
    sample: int
    answer_key: bytes
    judge: str
    call: str
    attempt: int
    verdict: object
    lenient: object
    prompt: int | None
    thinking: int | None
    answer: int | None
    latency_s: float
    offset: int
    error: bool = False
    failed: bool = False
    unread: str = ""


class AskedPrompt(NamedTuple):
    """A line of ``prompts.jsonl`` without its text, which has so many ``characters``.

    sha256: of the prompt. offset: of the line.
    """

    task: str
    id: str
    mode: Mode
    protocol: Protocol
    sha256: str
    offset: int
    characters: int


T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class Intern:
    """Hands out one object for equal values."""

    known: dict[Hashable, Any] = field(default_factory=dict)
    cells: dict[tuple[object, ...], Cell] = field(default_factory=dict)
    docs: dict[tuple[object, ...], AskedDoc] = field(default_factory=dict)

    def __call__(self, value: T) -> T:
        """The first value that was equal to this one."""
        found: T = self.known.setdefault(value, value)
        return found

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
    counts = _counts(line["counts"], same) if "counts" in line else ()
    value, outcome = same(line["score"]), same(line["outcome"])
    scored = Scored(same.cell(line), same.doc(line), value, outcome, metrics, weights, line["sample"], counts, offset)
    return bytes.fromhex(line["key"]), scored


def _pairs(values: Mapping[str, float] | None, same: Intern) -> tuple[tuple[str, float], ...]:
    return same(tuple(sorted(values.items()))) if values else ()


def _counts(values: Mapping[str, Sequence[float]], same: Intern) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple((same(name), tuple(each)) for name, each in sorted(values.items()))


def read_answer(line: AnsweredLine | GenerationLine, offset: int, same: Intern) -> tuple[bytes, Answered]:
    """Key and content of a line of ``generations.jsonl``."""
    of = line["tokens"].get
    answered = Answered(
        same.cell(line),
        same(line["id"]),
        line["sample"],
        of("prompt"),
        of("thinking"),
        of("answer"),
        line.get("cached"),
        line.get("decoded"),
        line.get("latency_s") or 0.0,
        _spoken_characters(line),
        offset,
        bool(line["error"]) and line.get("retryable", False),
    )
    return bytes.fromhex(line["key"]), answered


def _spoken_characters(line: AnsweredLine | GenerationLine) -> int:
    """Of thinking and answer; where the line does not say it, it was read with its texts."""
    found = line.get("characters")
    return len(line["thinking"]) + len(line["answer"]) if found is None else found  # type: ignore[typeddict-item]


def read_call(line: JudgmentLine, offset: int, same: Intern) -> tuple[bytes, JudgedCall]:
    """Key and content of a line of ``judgments.jsonl``."""
    of = line["tokens"].get
    call = JudgedCall(
        same.cell(line),
        same(line["id"]),
        line["sample"],
        same(bytes.fromhex(line["answer_key"])),
        same(line["judge"]),
        same(line["call"]),
        line["attempt"],
        line["verdict"],
        line["lenient"],
        of("prompt"),
        of("thinking"),
        of("answer") if of("answer") is not None else line.get("decoded"),
        line["latency_s"] or 0.0,
        offset,
        bool(line["error"]),
        line["retryable"],
        same(line.get("unread", "")),
    )
    return bytes.fromhex(line["key"]), call


def read_prompt(line: KeptPromptLine, offset: int, same: Intern) -> AskedPrompt:
    """A line of ``prompts.jsonl``."""
    text, where = line["text"], (same(line["task"]), same(line["id"]), same(line["mode"]))
    size = len(text) if isinstance(text, str) else sum(map(_characters, text))
    return AskedPrompt(*where, line.get("protocol", "chat"), line["prompt_sha256"], offset, size)


def _characters(part: str | ApartLine) -> int:
    return len(part) if isinstance(part, str) else part["characters"]
