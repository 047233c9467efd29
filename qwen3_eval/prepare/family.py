"""Whether a model's family is what its template and tokenizer say."""

from __future__ import annotations

from qwen3_eval.families import contradictions, not_tokens, unread, unset
from qwen3_eval.prepare.modes import PROBE
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
    found += _unset(renderer)
    return found + (not_tokens(profile, renderer.has_token) if cut else [])


def _unset(renderer: Renderer) -> list[str]:
    profile, free = renderer.profile, renderer.reads - {*renderer.arguments}
    return unset(profile, free, lambda name, value: renderer.told(PROBE, profile.modes[0], {name: value}))


def check_family(renderer: Renderer, *, cut: bool) -> None:
    """Raises UsageError for the first of ``faults``, and for an unknown family whose switch nobody sets."""
    if not renderer.recognised.known and _unset(renderer):
        raise UsageError(
            f"{renderer.location}: no family fits its chat template, and thinking is switched there by what no mode "
            "sets; name its --family, or set the switch with --template-arg (`model inspect` says what it reads)"
        )
    for line in faults(renderer, cut=cut):
        raise UsageError(f"{renderer.location} is not as its family says: {line}; correct the file, or name a --family")
