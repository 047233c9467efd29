"""Whether a model's family is what its template and tokenizer say."""

from __future__ import annotations

from qwen3_eval.families import PROBE, UNKNOWN, Recognised, contradictions, not_tokens, unread, unset
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer
from qwen3_eval.templates import DEFAULT, ChatTemplate, ChatTemplates, check_free
from qwen3_eval.types import MODES, UsageError


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
    return unset(profile, free, lambda name, value: renderer.told(PROBE, profile.thinking.modes[0], {name: value}))


def check_family(renderer: Renderer, *, cut: bool) -> None:
    """Raises UsageError for the first of ``faults``, and for a template that fails in every mode.

    And for an unknown family whose switch nobody sets.
    """
    if not renderer.recognised.known and _unset(renderer):
        raise UsageError(
            f"{renderer.location}: no family fits its chat template, and thinking is switched there by what no mode "
            "sets; name its --family, or set the switch with --template-arg (`model inspect` says what it reads)"
        )
    for line in faults(renderer, cut=cut):
        raise UsageError(f"{renderer.location} is not as its family says: {line}; correct the file, or name a --family")


def check_given(chosen: Selection, family: Recognised | None, template: str = "") -> None:
    """Whether the template can be given what the user says.

    template: of a server, as far as it tells. Raises UsageError where nothing is asked through a template, for an
    argument that the run gives by itself, and for one that the template never reads.
    """
    given = chosen.config.template_args
    if given and not any(each.asks_in(MODES) for each in chosen.asked):
        raise UsageError(f"--template-arg {next(iter(given))}: nothing of this run is asked through a chat template")
    settled = family.profile.settled if family else UNKNOWN.settled
    check_free(given, settled)
    if template and given:
        told = ChatTemplate(template, "of the server")
        ChatTemplates({DEFAULT: told}, chosen.config.model).check(given, settled)
