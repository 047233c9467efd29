"""Whether a profile says what the model's template and tokenizer do; what it says wrongly, by file and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from qwen3_eval.families.profile import ArgumentValue, Profile
from qwen3_eval.families.shelf import profiles
from qwen3_eval.types import Mode, Prompt, UsageError

# By what a template makes of it in both modes they are told apart.
PROBE = Prompt.user("What is 2 + 3?")
# Of a prompt, in a message.
SHOWN = 40


def contradictions(profile: Profile, render: Callable[[Mode], str]) -> list[str]:
    """What the prompts of one question say against the profile, a line each; nothing where all is well.

    render: the prompt in a mode, with what the profile and the user give the template. Raises UsageError for a template
    that fails in every mode, which is no matter of the profile.
    """
    prompts: dict[Mode, str] = {}
    found = []
    for mode in profile.thinking.modes:
        try:
            prompts[mode] = render(mode)
        except UsageError as error:
            found.append(f"thinking.modes has {mode}, but {error}")
            if not prompts and mode == profile.thinking.modes[-1]:
                raise
    found += [*_of_modes(prompts), *_of_ends(profile, prompts)]
    return [_named(profile, line) for line in found]


def unread(profile: Profile, reads: Collection[str]) -> list[str]:
    """Switches that the template never reads. reads: the names of all arguments that it reads."""
    names = sorted({name for given in profile.thinking.arguments.values() for name in given} - set(reads))
    return [_named(profile, f"thinking.arguments gives {name}, which the template never reads") for name in names]


def unset(profile: Profile, reads: Collection[str], tell: Callable[[str, ArgumentValue], str]) -> list[str]:
    """Switches of other families that change the template's prompt and that nobody sets: then its default is the mode.

    reads: the names of arguments that the template reads and the user does not give. tell: a prompt of a template that
    is told a value beside what the family gives it.
    """
    own = {name for given in profile.thinking.arguments.values() for name in given}
    return [
        _named(profile, f"thinking.arguments gives no {name}, by which the template's prompt changes")
        for name, values in _switches().items()
        if name in reads and name not in own and len(_prompts(name, values, tell)) > 1
    ]


def _switches() -> dict[str, list[ArgumentValue]]:
    """What any family sets its modes by, and to which values."""
    found: dict[str, list[ArgumentValue]] = {}
    for profile in profiles().values():
        for given in profile.thinking.arguments.values():
            for name, value in given.items():
                found.setdefault(name, []).append(value)
    return found


def _prompts(name: str, values: list[ArgumentValue], tell: Callable[[str, ArgumentValue], str]) -> set[str]:
    """The prompts under these values; a value that the template refuses has none."""
    found = set()
    for value in values:
        try:
            found.add(tell(name, value))
        except UsageError:
            continue
    return found


def not_tokens(profile: Profile, has_token: Callable[[str], bool]) -> list[str]:
    """Tags that are no tokens where a budget is cut. has_token: whether a text is one token of the tokenizer."""
    if profile.budget.way != "cut" or "thinking" not in profile.thinking.modes:
        return []
    tags = {"thinking.open": profile.thinking.open, "thinking.close": profile.thinking.close}
    return [
        _named(profile, f"{field} is {tag!r}, which is no token of this tokenizer, so no budget can be cut")
        for field, tag in tags.items()
        if not has_token(tag)
    ]


def _of_modes(prompts: dict[Mode, str]) -> Iterator[str]:
    if len(prompts) > 1 and len(set(prompts.values())) == 1:
        yield "thinking.modes has both modes, but the template writes the same prompt for both"


def _of_ends(profile: Profile, prompts: dict[Mode, str]) -> Iterator[str]:
    tag = profile.thinking.open.rstrip()
    opened = {mode: text.rstrip().endswith(tag) for mode, text in prompts.items()}
    claimed = profile.thinking.opened
    if claimed is not None and opened.get("thinking", claimed) != claimed:
        how = "does not end" if claimed else "ends"
        shown = prompts["thinking"][-SHOWN:]
        yield f"thinking.opened is {str(claimed).lower()}, but the prompt {how} in {tag!r}: {shown!r}"
    if opened.get("non-thinking"):
        yield f"thinking.modes has non-thinking, but its prompt ends in {tag!r}: a block is open"


def _named(profile: Profile, line: str) -> str:
    return f"family {profile.name} ({profile.file or 'of a package'}): {line}"
