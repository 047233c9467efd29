"""Whether a model's family is what its template and tokenizer say."""

from __future__ import annotations

from qwen3_eval.config import RunConfig
from qwen3_eval.families import PROBE, UNKNOWN, Recognised, contradictions, not_tokens, unread
from qwen3_eval.prompts import Renderer
from qwen3_eval.templates import DEFAULT, ChatTemplate, ChatTemplates, check_free
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


def check_given(config: RunConfig, found: Recognised | None, template: str = "") -> None:
    """Whether a server's template can be given what the user says.

    template: as far as the server tells it. Raises UsageError for an argument that the run gives by itself, and for one
    that the template never reads.
    """
    settled = found.profile.settled if found else UNKNOWN.settled
    check_free(config.template_args, settled)
    if template and config.template_args:
        told = ChatTemplate(template, "of the server")
        ChatTemplates({DEFAULT: told}, config.model).check(config.template_args, settled)
