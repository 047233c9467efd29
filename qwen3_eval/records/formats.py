"""The forms of a run's files, field by field: what every reader may rely on once ``store`` has read a file.

They are checked by msgspec. Fields that are not named here pass: a file of a later version is read. Numbers are finite
and within what can be squared and added up.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from qwen3_eval.types import Block, Mode, Outcome, Protocol, Unread, UsageError

MANIFEST = "run.json"
PROMPTS = "prompts.jsonl"
TEXTS = "texts.jsonl"
GENERATIONS = "generations.jsonl"
SCORES = "scores.jsonl"
STEPS = "steps.jsonl"
JUDGMENTS = "judgments.jsonl"
SUMMARY = "summary.json"

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Number = Annotated[float, Meta(gt=-1e15, lt=1e15)]
Duration = Annotated[float, Meta(ge=0, lt=1e15)]
Share = Annotated[float, Meta(ge=0, le=1)]
Hex = Annotated[str, Meta(pattern="^([0-9a-fA-F]{2})+$")]
Time = Annotated[datetime, Meta(tz=True)]


class AboutLine(TypedDict):
    """What a line is about."""

    task: str
    id: str
    sample: Count
    mode: Mode
    budget: Count | None
    protocol: NotRequired[Protocol]


class ReplyLine(TypedDict):
    """A reply of a conversation."""

    thinking: str
    answer: str
    block: NotRequired[Block]
    tagged: NotRequired[bool]
    cut: NotRequired[bool]


class AnsweredLine(AboutLine):
    """Of ``generations.jsonl``, without texts. characters: of thinking and answer; later versions write it."""

    key: Hex
    tokens: dict[str, Count | None]
    latency_s: Duration | None
    error: str
    characters: Count
    cached: NotRequired[Count | None]
    decoded: NotRequired[Count | None]
    retryable: NotRequired[bool]


class GenerationLine(AboutLine):
    """Of ``generations.jsonl`` and ``steps.jsonl``."""

    key: Hex
    seed: Whole
    prompt_sha256: str
    thinking: str
    answer: str
    finished: bool
    forced_stop: bool
    finish_reason: str | None
    tokens: dict[str, Count | None]
    latency_s: Duration | None
    error: str
    characters: NotRequired[Count]
    cached: NotRequired[Count | None]
    decoded: NotRequired[Count | None]
    retryable: NotRequired[bool]
    replies: NotRequired[list[ReplyLine]]
    block: NotRequired[Block]
    tagged: NotRequired[bool]


class ScoreLine(AboutLine):
    """Of ``scores.jsonl``."""

    key: Hex
    score: Share
    outcome: Outcome
    extracted: str | None
    metrics: dict[str, Number]
    detail: str | None
    scorer: str
    given_id: NotRequired[str]
    language: NotRequired[str | None]
    subset: NotRequired[str | None]
    group: NotRequired[str | None]
    weights: NotRequired[dict[str, Duration]]
    counts: NotRequired[dict[str, list[Number]]]


class ApartLine(TypedDict):
    """A long text in a prompt: it stands in ``texts.jsonl``. characters: how many it has."""

    text_sha256: Hex
    characters: Count


class AboutPrompt(TypedDict):
    """A prompt without its text.

    tokens: of a long one, where they were counted. marks: ranges of characters on which the answer rests.
    """

    prompt_sha256: Hex
    task: str
    id: str
    mode: Mode
    target: object
    protocol: NotRequired[Protocol]
    tokens: NotRequired[Count | None]
    marks: NotRequired[list[tuple[Count, Count]]]


class KeptPromptLine(AboutPrompt):
    """Of ``prompts.jsonl``. text: in parts where some of it is kept apart."""

    text: str | list[str | ApartLine]


class PromptLine(AboutPrompt):
    """A prompt with its whole text, as readers get it."""

    text: str


class TextLine(TypedDict):
    """Of ``texts.jsonl``: a text in UTF-8, compressed with zlib, in base64; and its SHA-256."""

    text_sha256: Hex
    deflated: str


class JudgmentLine(AboutLine):
    """Of ``judgments.jsonl``."""

    key: Hex
    answer_key: Hex
    call: str
    attempt: Count
    judge: str
    seed: Whole
    prompt_sha256: Hex
    reply: str
    thinking: str
    finished: bool
    finish_reason: str | None
    verdict: object
    lenient: object
    tokens: dict[str, Count | None]
    latency_s: Duration | None
    error: str
    retryable: bool
    unread: NotRequired[Unread | Literal[""]]
    decoded: NotRequired[Count | None]


# The lines of each journal.
JOURNALS: dict[str, object] = {
    STEPS: GenerationLine,
    GENERATIONS: GenerationLine,
    SCORES: ScoreLine,
    PROMPTS: KeptPromptLine,
    TEXTS: TextLine,
    JUDGMENTS: JudgmentLine,
}

# What is read of a line first, where that is less than all of it.
BRIEF: dict[str, object] = {GENERATIONS: AnsweredLine}


class ReportedLine(TypedDict):
    """A number of the report, or of a card, in ``summary.json``."""

    value: Number
    table: Count
    model: str
    card: NotRequired[str]
    unit: NotRequired[str]


class ResultLine(TypedDict):
    """A result in ``summary.json``."""

    task: str
    mode: Mode
    budget: Count | None
    language: str | None
    metric: str
    unit: str
    score: Number
    stderr: Number
    ci95: tuple[Number, Number]
    n_docs: Count
    n_samples: Count
    health: dict[str, Count]
    valid: bool
    tokens: dict[str, Number]
    protocol: NotRequired[Protocol]
    subset: NotRequired[str | None]
    stderr_samples: NotRequired[Number | None]
    ci95_samples: NotRequired[tuple[Number, Number] | None]
    reported: NotRequired[ReportedLine | None]
    health_reason: NotRequired[str]


class Summary(TypedDict):
    """``summary.json``."""

    results: list[ResultLine]
    model: NotRequired[str]
    run_id: NotRequired[str]


def damaged(path: Path, why: str) -> UsageError:
    """What to say about a JSON file of another form."""
    return UsageError(f"{path} is damaged: {why}; bring the file back from a copy")


def fault(value: object, form: object) -> str:
    """Why a JSON value is not of a form, and where: ``Expected `int`, got `str` - at `$.sample```; empty when it is."""
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        return str(error)
    except UnicodeEncodeError:
        return "half of a surrogate pair stands where no text is free"
    return ""


@cache
def decoder(form: object) -> msgspec.json.Decoder[object]:
    """Reads JSON texts of a form. Raises ``MsgspecError`` for another, and for what only Python takes for JSON."""
    return msgspec.json.Decoder(form)
