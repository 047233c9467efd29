"""Writes ``docs/families.md`` from the families' own files: ``python scripts/family_docs.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from qwen3_eval.families import Profile, profiles
from qwen3_eval.types import Mode, Sampling

OUT = Path(__file__).parent.parent / "docs" / "families.md"
HEAD = """# Model families

Written by `make docs` from the files in `qwen3_eval/families/known/`; edit those instead.

A family is recognised by its chat template, and `qwen3-eval model inspect MODEL` says which one and why; `--family`
takes a name from this page or a `.toml` file. What is not known of a family is not said here: nothing is guessed.
Sampling that is missing comes from the model's `generation_config.json`."""
OPENED = {True: "by the template", False: "by the model", None: "not known"}
BUDGETS = {
    "cut": "cut by token ids",
    "argument": "told to the template",
    "words": "words, no tokens",
    "none": "refused",
}


def page(families: Mapping[str, Profile]) -> str:
    """The whole page."""
    table = ["| family | models | modes | opened | calls | budget |", "|---|---|---|---|---|---|"]
    table += [_row(profile) for profile in families.values()]
    return "\n\n".join([HEAD, "\n".join(table), *("\n".join(entry(each)) for each in families.values())]) + "\n"


def _row(profile: Profile) -> str:
    thinks = "thinking" in profile.thinking.modes
    opened = OPENED[profile.thinking.opened] if thinks else "-"
    modes = ", ".join(profile.thinking.modes)
    cells = (f"`{profile.name}`", profile.title, modes, opened, profile.calls.format, BUDGETS[profile.budget.way])
    return f"| {' | '.join(cells)} |"


def entry(profile: Profile) -> Iterator[str]:
    """One family: everything that its file says."""
    thinking = profile.thinking
    yield f"## {profile.name}"
    yield ""
    yield f"{profile.title}. Read from: {profile.source}."
    yield ""
    yield from (f"- recognised by: {_signs(profile, place)}" for place in range(len(profile.signs)))
    if not profile.signs:
        yield "- not recognised: it has to be named"
    yield from (_mode(profile, mode) for mode in thinking.modes)
    if "thinking" in thinking.modes:
        yield f"- tags: {_code(thinking.open)} and {_code(thinking.close)}; opened: {OPENED[thinking.opened]}"
    if thinking.ends:
        yield f"- an open block also ends before {_codes(thinking.ends)}"
    yield from (f"- an answer stands between {_codes(pair)}" for pair in thinking.wrappers)
    yield f"- thinking of earlier turns: {thinking.history}; key `{thinking.reasoning_key}`"
    calls = profile.calls
    yield f"- calls: format `{calls.format}`; earlier arguments as {calls.arguments}; ids {calls.ids}"
    yield from _budget(profile)
    if found := profile.context:
        yield f"- native context: {found.native} tokens where config.json says {found.positions} ({found.why})"
    yield from (f"- note: {note}" for note in profile.notes)


def _signs(profile: Profile, place: int) -> str:
    signs = profile.signs[place]
    lacks = f"; and not {_codes(signs.lacks)}" if signs.lacks else ""
    return _codes(signs.has) + lacks + (f"; tokens {_codes(signs.tokens)}" if signs.tokens else "")


def _mode(profile: Profile, mode: Mode) -> str:
    thinking = profile.thinking
    parts = [f"`{name} = {value}`" for name, value in thinking.arguments.get(mode, {}).items()]
    if text := thinking.system.get(mode):
        parts.append(f"{_code(text)} in the system message")
    if word := thinking.words.get(mode):
        parts.append(f"{_code(word)} in a message within thinking mode")
    if mode in profile.sampling:
        parts.append(_sampling(profile.sampling[mode]))
    if mode in profile.output:
        parts.append(f"{profile.output[mode]} tokens")
    default = " (where the template is told nothing)" if mode == thinking.default and len(thinking.modes) > 1 else ""
    return f"- {mode}{default}: {', '.join(parts) or 'no switch'}"


def _sampling(sampling: Sampling) -> str:
    default = asdict(Sampling())
    return ", ".join(f"{name} {value}" for name, value in asdict(sampling).items() if value != default[name])


def _budget(profile: Profile) -> Iterator[str]:
    budget = profile.budget
    steps = f", of {', '.join(map(str, budget.steps))}" if budget.steps else ""
    argument = f" as `{budget.argument}`{steps}" if budget.argument else ""
    why = f": {budget.why}" if budget.why else ""
    yield f"- budget: {BUDGETS[budget.way]}{argument}{why}"
    if budget.effort:
        yield f"- `reasoning_effort`: {', '.join(budget.effort)}"


def _code(text: str) -> str:
    """A text that may hold backticks and newlines, as code."""
    shown, fence = text.replace("\n", "\\n"), "`"
    while fence in shown:
        fence += "`"
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _codes(texts: tuple[str, ...]) -> str:
    return ", ".join(map(_code, texts))


if __name__ == "__main__":
    OUT.write_text(page(profiles()), encoding="utf-8")
