"""Where the docs of a run came from, for its manifest."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qwen3_eval.data.content import content_digest
from qwen3_eval.data.github import on_github
from qwen3_eval.data.reading import drawn
from qwen3_eval.data.remote import revision_met
from qwen3_eval.data.sources import at_hand, lacking_parts, mirror_file, rows
from qwen3_eval.task.base import Task
from qwen3_eval.task.spec import Generated, Source
from qwen3_eval.types import Protocol


def provenance(task: Task, data_dir: Path | None = None, protocols: Sequence[Protocol] = ("chat",)) -> dict[str, Any]:
    """Where the docs of a task (and, for the base protocol, its examples) came from.

    ``sha256`` is the digest of the rows' content (for drawn docs: of the docs; for several sources: of
    their digests). ``left_out`` names the parts that a mirror lacks. Raises UsageError as ``rows``.
    """
    spec = task.spec
    if isinstance(spec.source, Generated):
        digest, count = content_digest(asdict(doc) for doc in drawn(task, spec.source))
        return {"from": "generated", "seed": spec.source.seed, "sha256": digest, "n_rows": count}
    found = _of_parts(spec.sources, data_dir)
    lacking = lacking_parts(tuple(spec.texts.values()), data_dir)
    texts = {name: source for name, source in spec.texts.items() if source not in lacking}
    if texts:
        found["texts"] = {name: source_provenance(source, data_dir) for name, source in texts.items()}
    if spec.tables:
        found["tables"] = {name: source_provenance(source, data_dir) for name, source in spec.tables.items()}
    if "base" in protocols and spec.example_sources:
        found["few_shot"] = _of_parts(spec.example_sources, data_dir)
    return found


def _of_parts(sources: Sequence[Source], data_dir: Path | None) -> dict[str, Any]:
    present, lacking = at_hand(sources, data_dir)
    parts = [source_provenance(source, data_dir) for source in present]
    if len(sources) == 1:
        return parts[0]
    return {
        "from": parts[0]["from"],
        "sha256": hashlib.sha256(" ".join(part["sha256"] for part in parts).encode()).hexdigest(),
        "n_rows": sum(part["n_rows"] for part in parts),
        "parts": parts,
        "left_out": [source.mirror for source in lacking],
    }


def source_provenance(source: Source, data_dir: Path | None = None) -> dict[str, Any]:
    """``provenance`` of one dataset."""
    file = mirror_file(source, data_dir)
    digest, count = _digest_in_mirror(source, data_dir, file.sha256) if file else content_digest(rows(source, data_dir))
    facts = {
        "repo": source.repo,
        "config": source.config or ", ".join(source.configs),
        "split": source.split,
        "revision": source.revision,
        "sha256": digest,
        "n_rows": count,
    }
    if file is None:
        where = "github" if on_github(source) else "hub"
        return {"from": where, **facts, "revision": revision_met(source)}
    stated = {"file": file.name, "file_sha256": file.sha256, "source": file.source, "license": file.license}
    return {"from": "mirror", **facts, **stated}


@functools.lru_cache(maxsize=64)
def _digest_in_mirror(source: Source, data_dir: Path | None, _file_sha256: str) -> tuple[str, int]:
    """``content_digest`` of a mirror's file in one state; tasks share files."""
    return content_digest(rows(source, data_dir))
