"""Whether a model's family is what its template and tokenizer say."""

from __future__ import annotations

from qwen3_eval.families import PROBE, contradictions, not_tokens, unread
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import UsageError


def faults(renderer: Renderer, *, cut: bool) -> list[str]:
    """What a known family says wrongly of a model, by file and field, a line each.

    cut: thinking is cut at a budget, for which tags have to be tokens.
    """
    if not renderer.recognised.known:
        return []
    profile = renderer.profile
    found = unread(profile, renderer.reads)
    found += contradictions(profile, lambda mode: renderer.render(PROBE, mode).text)
    return found + (not_tokens(profile, renderer.has_token) if cut else [])


def check_family(renderer: Renderer, *, cut: bool) -> None:
    """Raises UsageError for the first of ``faults``."""
    for line in faults(renderer, cut=cut):
        raise UsageError(f"{renderer.location} is not as its family says: {line}; correct the file, or name a --family")
