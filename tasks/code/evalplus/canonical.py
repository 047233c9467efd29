"""Answers of canonical solutions: computed once, and kept below the user's cache folder.

A file there is named by all that its content depends on, so that it never grows old.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from qwen3_eval.api import code, sandbox

SECONDS = 600.0
OUTPUT_BYTES = 2**26
KEPT = 64


@lru_cache(maxsize=KEPT)
def canonical_answers(program: str, name: str, calls: str, unroll: bool) -> list[list[code.StepReply]]:
    """What a function answers to the calls, part by part.

    calls: JSON, for each part the encoded arguments of each call. Raises SandboxUnavailable, and ValueError for a
    canonical solution that fails.
    """
    sources = [program, name, calls, unroll, code.program_source(), sys.version, _packages(), sandbox.backend().name]
    path = _cache() / f"{hashlib.sha256(json.dumps(sources).encode()).hexdigest()}.json"
    if kept := _kept(path):
        return kept
    inputs = json.loads(calls)
    unlimited: list[list[None]] = [[None] * len(each) for each in inputs]
    found = code.run_steps(
        code.calling(program, name, inputs, unlimited), SECONDS, unroll=unroll, output_bytes=OUTPUT_BYTES
    )
    for replies in found:
        if replies[-1].error:
            raise ValueError(f"the canonical solution of {name} fails: {replies[-1].error}")
    answers = [replies[1:] for replies in found]
    _keep(path, answers)
    return answers


@cache
def _packages() -> list[str]:
    return [f"{each} {version(each)}" for each in code.PACKAGES]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "qwen3_eval" / "canonical"


def _kept(path: Path) -> list[list[code.StepReply]] | None:
    try:
        return [[code.StepReply(*reply) for reply in replies] for replies in json.loads(path.read_text())]
    except (OSError, ValueError):
        return None


def _keep(path: Path, answers: Sequence[Sequence[code.StepReply]]) -> None:
    """Writes a file as a whole or not at all; a cache that cannot be written is none."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps([[(reply.encoded, reply.seconds) for reply in part] for part in answers]))
        partial.replace(path)
