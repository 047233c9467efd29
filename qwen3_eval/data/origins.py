"""Where the rows of a run came from, for its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from qwen3_eval.data.digested import Digested
from qwen3_eval.data.github import on_github
from qwen3_eval.data.remote import revision_met
from qwen3_eval.task.base import Task
from qwen3_eval.task.source import DRAWN, Source

Origin: TypeAlias = dict[str, Any]


def drawn_afresh(task: Task, found: Mapping[str, Any]) -> str:
    """That rows were drawn under another seed than the benchmark's, in words; empty where they were not.

    found: where the rows came from.
    """
    source = task.spec.source
    own = source.seed if isinstance(source, DRAWN) else None
    seed = found.get("seed", own)
    return "" if seed == own else f"a set drawn with seed {seed}, not the fixed one"


def of_parts(parts: Sequence[Origin], lacking: Sequence[Source]) -> Origin:
    """Where the rows of a benchmark came from that has several sources: the parts at hand, and those that are not.

    ``sha256`` is the digest of their digests.
    """
    return {
        "from": parts[0]["from"],
        "sha256": hashlib.sha256(" ".join(part["sha256"] for part in parts).encode()).hexdigest(),
        "n_rows": sum(part["n_rows"] for part in parts),
        "parts": list(parts),
        "left_out": [source.mirror for source in lacking],
    }


def origin(source: Source, rows: Digested) -> Origin:
    """Where the rows of a source came from. Raises UsageError as ``Digested.finish``."""
    digest, count = rows.finish()
    file = rows.file
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
