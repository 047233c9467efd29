"""The forms of a run's files, field by field: what every reader may rely on once ``store`` has read a file.

They are checked by msgspec. Fields that are not named here pass: a file of a later version is read. Numbers are finite
and within what can be squared and added up.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from qwen3_eval.records.omissions import Omission
from qwen3_eval.task.spec import Average
from qwen3_eval.types import Mode, Outcome, Protocol

MANIFEST = "run.json"
PROMPTS = "prompts.jsonl"
GENERATIONS = "generations.jsonl"
SCORES = "scores.jsonl"
STEPS = "steps.jsonl"
SUMMARY = "summary.json"

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Number = Annotated[float, Meta(gt=-1e15, lt=1e15)]
Duration = Annotated[float, Meta(ge=0, lt=1e15)]
Share = Annotated[float, Meta(ge=0, le=1)]
Hex = Annotated[str, Meta(pattern="^([0-9a-fA-F]{2})+$")]
Time = Annotated[datetime, Meta(tz=True)]


class _About(TypedDict):
    """What a line is about."""

    task: str
    id: str
    sample: Count
    mode: Mode
    budget: Count | None
    protocol: NotRequired[Protocol]


class _Reply(TypedDict):
    thinking: str
    answer: str


class GenerationLine(_About):
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
    cached: NotRequired[Count | None]
    decoded: NotRequired[Count | None]
    retryable: NotRequired[bool]
    replies: NotRequired[list[_Reply]]


class ScoreLine(_About):
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


class PromptLine(TypedDict):
    """Of ``prompts.jsonl``."""

    prompt_sha256: Hex
    task: str
    id: str
    mode: Mode
    text: str
    target: Any
    protocol: NotRequired[Protocol]


# The lines of each journal.
JOURNALS: dict[str, Any] = {
    STEPS: GenerationLine,
    GENERATIONS: GenerationLine,
    SCORES: ScoreLine,
    PROMPTS: PromptLine,
}


class _Planned(TypedDict):
    task: str
    mode: Mode
    budgets: list[Count | None]
    docs: Count
    samples: Count
    protocol: NotRequired[Protocol]
    version: NotRequired[str]
    metric: NotRequired[str]
    unit: NotRequired[str]
    average: NotRequired[Average]
    pooled: NotRequired[list[str]]
    figures: NotRequired[dict[str, str]]
    benchmark: NotRequired[str]
    prompts: NotRequired[dict[str, str]]
    sampling: NotRequired[dict[str, Number]]
    max_tokens: NotRequired[Count]
    answer_tokens: NotRequired[Count]


class _EngineConfig(TypedDict, total=False):
    kind: str
    args: dict[str, Any]


class _Config(TypedDict, total=False):
    model: str
    tasks: list[str]
    suite: str
    stop_text: str
    tasks_dir: str | None
    engine: _EngineConfig


class _Problem(TypedDict):
    contest: str
    points: Number | None
    rating: Number | None


class _Ladder(TypedDict):
    problems: dict[str, _Problem]
    contests: dict[str, list[tuple[Number, Number, Number]]]


class _Identity(TypedDict, total=False):
    languages: list[str]
    task_versions: dict[str, str]
    texts_sha256: dict[str, dict[str, Any]]
    tables_sha256: dict[str, dict[str, Any]]
    examples_sha256: dict[str, str]


class _Engine(TypedDict, total=False):
    name: str
    arguments: dict[str, Any]


class _Session(TypedDict):
    start: Time
    end: NotRequired[Time | None]


class Run(TypedDict):
    """``run.json``."""

    plan: list[_Planned]
    model: NotRequired[str]
    run_id: NotRequired[str]
    identity: NotRequired[_Identity]
    config: NotRequired[_Config]
    deviations: NotRequired[list[str]]
    data: NotRequired[dict[str, dict[str, Any]]]
    versions: NotRequired[dict[str, str]]
    git_commit: NotRequired[str | None]
    engine: NotRequired[_Engine]
    sessions: NotRequired[list[_Session]]
    skipped: NotRequired[dict[str, str]]
    lacking: NotRequired[list[str]]
    omissions: NotRequired[list[Omission]]
    toolchains: NotRequired[dict[str, str]]
    left_out: NotRequired[Count]
    ladders: NotRequired[dict[str, _Ladder]]


class _Reported(TypedDict):
    value: Number
    table: Count
    model: str


class _Result(TypedDict):
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
    reported: NotRequired[_Reported | None]
    health_reason: NotRequired[str]


class Summary(TypedDict):
    """``summary.json``."""

    results: list[_Result]
    model: NotRequired[str]
    run_id: NotRequired[str]


def fault(value: Any, form: Any) -> str:
    """Why a JSON value is not of a form, and where: ``Expected `int`, got `str` - at `$.sample```; empty when it is."""
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def decoded(line: bytes, form: Any) -> Any:
    """A JSON text of a form. Raises ``msgspec.MsgspecError`` for another, and for what only Python takes for JSON."""
    return _decoder(form).decode(line)


@cache
def _decoder(form: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)
