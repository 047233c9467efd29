"""The forms of a run's files, field by field: what every reader may rely on once ``store`` has read a file."""

from __future__ import annotations

from typing import get_args

from qwen3_eval.shapes import (
    ANYTHING,
    COUNT,
    DURATION,
    HEX,
    NUMBER,
    OBJECT,
    SHARE,
    TEXT,
    TIME,
    TRUTH,
    WHOLE,
    Each,
    Fields,
    Is,
    Named,
    OrNull,
    Shape,
    one_of,
    or_null,
    rows_of,
)
from qwen3_eval.types import MODES, OUTCOMES, PROTOCOLS, Average

MANIFEST = "run.json"
PROMPTS = "prompts.jsonl"
GENERATIONS = "generations.jsonl"
SCORES = "scores.jsonl"
STEPS = "steps.jsonl"
SUMMARY = "summary.json"

_PROTOCOL: dict[str, Shape] = {"protocol": one_of(PROTOCOLS)}
_ABOUT: dict[str, Shape] = {"task": TEXT, "id": TEXT, "sample": COUNT, "mode": one_of(MODES), "budget": or_null(COUNT)}
_TOKENS = Is(
    "counts by kind",
    frozenset({dict}),
    lambda value: all(each is None or (type(each) is int and each >= 0) for each in value.values()),
)
_GENERATION = Fields(
    {
        "key": HEX,
        **_ABOUT,
        "seed": WHOLE,
        "prompt_sha256": TEXT,
        "thinking": TEXT,
        "answer": TEXT,
        "finished": TRUTH,
        "forced_stop": TRUTH,
        "finish_reason": or_null(TEXT),
        "tokens": _TOKENS,
        "latency_s": or_null(DURATION),
        "error": TEXT,
    },
    {
        **_PROTOCOL,
        "cached": or_null(COUNT),
        "decoded": or_null(COUNT),
        "retryable": TRUTH,
        "replies": Each(Fields({"thinking": TEXT, "answer": TEXT})),
    },
)
_SCORE = Fields(
    {
        "key": HEX,
        **_ABOUT,
        "score": SHARE,
        "outcome": one_of(OUTCOMES),
        "extracted": or_null(TEXT),
        "metrics": Named(NUMBER),
        "detail": or_null(TEXT),
        "scorer": TEXT,
    },
    {
        **_PROTOCOL,
        "language": or_null(TEXT),
        "subset": or_null(TEXT),
        "group": or_null(TEXT),
        "weights": Named(DURATION),
        "counts": Named(Each(NUMBER)),
    },
)
_PROMPT = Fields(
    {"prompt_sha256": HEX, "task": TEXT, "id": TEXT, "mode": one_of(MODES), "text": TEXT, "target": ANYTHING}, _PROTOCOL
)
# The lines of each journal.
JOURNALS = {STEPS: _GENERATION, GENERATIONS: _GENERATION, SCORES: _SCORE, PROMPTS: _PROMPT}

_PLANNED = Fields(
    {"task": TEXT, "mode": one_of(MODES), "budgets": Each(or_null(COUNT)), "docs": COUNT, "samples": COUNT},
    {
        **_PROTOCOL,
        "version": TEXT,
        "metric": TEXT,
        "unit": TEXT,
        "average": one_of(get_args(Average)),
        "pooled": Each(TEXT),
        "figures": Named(TEXT),
        "benchmark": TEXT,
        "prompts": Named(TEXT),
        "sampling": Named(NUMBER),
        "max_tokens": COUNT,
        "answer_tokens": COUNT,
    },
)
_CONFIG = Fields(
    {},
    {
        "model": TEXT,
        "tasks": Each(TEXT),
        "suite": TEXT,
        "stop_text": TEXT,
        "tasks_dir": or_null(TEXT),
        "engine": Fields({}, {"kind": TEXT, "args": OBJECT}),
    },
)
_PROBLEM = Fields({"contest": TEXT, "points": or_null(NUMBER), "rating": or_null(NUMBER)})
_LADDER = Fields({"problems": Named(_PROBLEM), "contests": Named(Each(rows_of(3)))})
_DIGESTS = Named(OBJECT)
_IDENTITY = Fields(
    {},
    {
        "languages": Each(TEXT),
        "task_versions": Named(TEXT),
        "texts_sha256": _DIGESTS,
        "tables_sha256": _DIGESTS,
        "examples_sha256": Named(TEXT),
    },
)
RUN = Fields(
    {"plan": Each(_PLANNED)},
    {
        "model": TEXT,
        "run_id": TEXT,
        "identity": _IDENTITY,
        "config": _CONFIG,
        "deviations": Each(TEXT),
        "data": Named(OBJECT),
        "versions": Named(TEXT),
        "git_commit": or_null(TEXT),
        "engine": Fields({}, {"name": TEXT, "arguments": OBJECT}),
        "sessions": Each(Fields({"start": TIME}, {"end": or_null(TIME)})),
        "skipped": Named(TEXT),
        "lacking": Each(TEXT),
        "toolchains": Named(TEXT),
        "left_out": COUNT,
        "ladders": Named(_LADDER),
    },
)

_REPORTED = Fields({"value": NUMBER, "table": COUNT, "model": TEXT})
_RESULT = Fields(
    {
        "task": TEXT,
        "mode": one_of(MODES),
        "budget": or_null(COUNT),
        "language": or_null(TEXT),
        "metric": TEXT,
        "unit": TEXT,
        "score": NUMBER,
        "stderr": NUMBER,
        "ci95": rows_of(2),
        "n_docs": COUNT,
        "n_samples": COUNT,
        "health": Named(COUNT),
        "valid": TRUTH,
        "tokens": Named(NUMBER),
    },
    {
        **_PROTOCOL,
        "subset": or_null(TEXT),
        "stderr_samples": or_null(NUMBER),
        "ci95_samples": OrNull(rows_of(2)),
        "reported": OrNull(_REPORTED),
        "health_reason": TEXT,
    },
)
RESULTS = Fields({"results": Each(_RESULT)}, {"model": TEXT, "run_id": TEXT})
