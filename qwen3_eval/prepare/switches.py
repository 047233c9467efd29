"""Tasks that switch thinking by words in their messages: which models and engines they can be asked of.

The model itself has to follow such words, in thinking mode, where the template leaves the block to it; and what it did
has to be seen, an empty block too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qwen3_eval.engines.base import Engine
from qwen3_eval.families import Recognised
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.prepare.selection import Selection
from qwen3_eval.prompts import Renderer

SWITCH = "enable_thinking"
BUDGETS = "cannot be asked under --budgets: a forced stop would close the blocks that it looks for"
HIDDEN = (
    "needs each reply with its thinking block as the model wrote it, and this server does not show it; use "
    "--rendering client, or start the server without its reasoning parser"
)
UNTOLD = "needs a chat template with a soft switch, and nothing tells which one this server has; name its --family"


def unbudgeted(chosen: Selection) -> Selection:
    """The tasks that can be asked under the budgets of a run."""
    return _without(chosen, BUDGETS if chosen.config.budgets else "")


def switching(chosen: Selection, family: Recognised | None, renderer: Renderer | None) -> Selection:
    """The tasks that the model can be asked, as far as its own files and its family say."""
    reads = renderer.reads if renderer is not None and any(map(_words, chosen.asked)) else None
    return _unlike(chosen, family, reads)


async def seen_through(chosen: Selection, engine: Engine, family: Recognised | None) -> Selection:
    """The tasks that can be asked of an engine that has been started and answers by itself."""
    if not engine.real or not engine.renders or not any(map(_words, chosen.asked)):
        return chosen
    if family is None:
        chosen = await _told_by(chosen, engine)
    seen = any(map(_words, chosen.asked)) and await engine.finds_blocks()
    return chosen if seen else _without(chosen, HIDDEN)


async def _told_by(chosen: Selection, engine: Engine) -> Selection:
    """The tasks that the template of a server can be asked, of whose model nothing else is known."""
    if source := await engine.template():
        return _unlike(chosen, None, {SWITCH} if SWITCH in source else ())
    prompts = await engine.two_prompts()
    return chosen if prompts is not None and not prompts.alike else _without(chosen, UNTOLD)


def _unlike(chosen: Selection, family: Recognised | None, reads: Collection[str] | None) -> Selection:
    """The tasks whose words the model follows. reads: arguments of its chat template; None where nobody knows."""
    return _left(chosen, {each.name: _lacking(_words(each), family, reads) for each in chosen.asked})


def _lacking(words: Collection[str], family: Recognised | None, reads: Collection[str] | None) -> str:
    """Why a model does not follow words; empty where it does, or where there are none."""
    profile = family.profile if family and family.known else None
    missing = [word for word in words if profile and word not in profile.thinking.words.values()]
    if profile and missing:
        return f"asks to follow {' and '.join(words)}, and {profile.title} has no such soft switch"
    if words and profile is None and reads is not None and SWITCH not in reads:
        return f"asks to follow {' and '.join(words)}, and the chat template has no soft switch ({SWITCH})"
    return ""


def _without(chosen: Selection, why: str) -> Selection:
    """The tasks that switch nothing by words; all, where there is no reason."""
    return _left(chosen, {each.name: why for each in chosen.asked if _words(each)})


def _left(chosen: Selection, reasons: Mapping[str, str]) -> Selection:
    """The tasks without a reason. Raises UsageError for one that was asked for by name."""
    found = {name: why for name, why in reasons.items() if why}
    return chosen.without(found, lambda name, why: f"{name} {why}")


def _words(asked: Asked) -> tuple[str, ...]:
    return asked.task.spec.soft_switch
