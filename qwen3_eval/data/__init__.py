"""Rows and docs of a benchmark: from a mirror folder, from where they are published, or drawn from a seed."""

from qwen3_eval.data.content import content_sha256
from qwen3_eval.data.dataset import Dataset, brought, read
from qwen3_eval.data.mirroring import FileReport, pull, status, verify
from qwen3_eval.data.origins import drawn_afresh
from qwen3_eval.data.picking import Pick
from qwen3_eval.data.reading import docs, lacking_texts, lacks, samples_already
from qwen3_eval.data.shots import Shots
from qwen3_eval.data.sources import at_hand, available, mirrored, partial, rows

__all__ = [
    "Dataset",
    "FileReport",
    "Pick",
    "Shots",
    "at_hand",
    "available",
    "brought",
    "content_sha256",
    "docs",
    "drawn_afresh",
    "lacking_texts",
    "lacks",
    "mirrored",
    "partial",
    "pull",
    "read",
    "rows",
    "samples_already",
    "status",
    "verify",
]
