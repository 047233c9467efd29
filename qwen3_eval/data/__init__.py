"""Rows and docs of a benchmark: from a mirror folder, from where they are published, or drawn from a seed."""

from qwen3_eval.data.content import content_sha256
from qwen3_eval.data.mirroring import FileReport, pull, status, verify
from qwen3_eval.data.origins import provenance, source_provenance
from qwen3_eval.data.reading import (
    Shots,
    docs,
    lacking_texts,
    lacks,
    names_by_row,
    rows_left_out,
    samples_already,
    unjudged,
)
from qwen3_eval.data.sources import at_hand, available, mirrored, partial, rows

__all__ = [
    "FileReport",
    "Shots",
    "at_hand",
    "available",
    "content_sha256",
    "docs",
    "lacking_texts",
    "lacks",
    "mirrored",
    "names_by_row",
    "partial",
    "provenance",
    "pull",
    "rows",
    "rows_left_out",
    "samples_already",
    "source_provenance",
    "status",
    "unjudged",
    "verify",
]
