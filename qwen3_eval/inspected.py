"""What is found out of a model: its family and why, how it thinks and calls functions, a prompt in each mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.families import PROBE, Profile
from qwen3_eval.prepare.decoding import decoding_of
from qwen3_eval.prepare.family import faults
from qwen3_eval.prompts import Renderer
from qwen3_eval.templates import missing_functions
from qwen3_eval.types import Json, JsonValue, Mode, Prompt, Sampling, UsageError

TOOL: Json = {
    "type": "function",
    "function": {
        "name": "look_up_the_weather",
        "description": "The weather of a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}


@dataclass(frozen=True)
class Inspected:
    """A model's facts as ``--json`` prints them, and what its family says wrongly, a line each."""

    facts: Mapping[str, Any]
    faults: tuple[str, ...]


def inspect(model: str, family: str, arguments: Json) -> Inspected:
    """What is known of a model, from its files alone.

    model: folder, also of a tokenizer alone, hub id or ``demo``. family: as named by the user. arguments: for its chat
    template. Raises UsageError for a model whose prompts cannot be rendered.
    """
    location = model if Path(model).is_dir() else model_location(model)
    renderer = Renderer(location, family=family, arguments=arguments)
    profile, found = renderer.profile, renderer.recognised
    facts = {
        "model": renderer.location,
        "family": {**found.describe(), "title": profile.title, "source": profile.source, "notes": list(profile.notes)},
        "thinking": _thinking(renderer),
        "calls": {**msgspec.to_builtins(profile.calls), "shown": _shows_functions(renderer)},
        "template": {"sha256": renderer.template_sha256, "reads": sorted(renderer.reads), "given": dict(arguments)},
        "sampling": _sampling(RunConfig(model=model, tasks=()), renderer),
        "budget": msgspec.to_builtins(profile.budget),
        "prompts": {mode: _prompt(renderer, mode) for mode in profile.thinking.modes},
    }
    return Inspected(facts, tuple(faults(renderer, cut=True)))


def _thinking(renderer: Renderer) -> dict[str, Any]:
    profile, ids = renderer.profile, renderer.tags
    said = profile.thinking
    return {
        "modes": {mode: _switch(profile, mode) for mode in said.modes},
        "default": said.default,
        "opened": said.opened,
        "open": {"text": said.open, "id": ids.open if ids else None},
        "close": {"text": said.close, "id": ids.close if ids else None},
        "ends": list(said.ends),
        "wrappers": [list(pair) for pair in said.wrappers],
        "history": said.history,
        "reasoning_key": said.reasoning_key,
    }


def _switch(profile: Profile, mode: Mode) -> dict[str, JsonValue]:
    """What makes the mode: arguments of the template, a text in the system message."""
    text = profile.thinking.system.get(mode)
    return {**profile.thinking.arguments.get(mode, {}), **({"system": text} if text else {})}


def _prompt(renderer: Renderer, mode: Mode) -> dict[str, Any]:
    rendered = renderer.render(PROBE, mode)
    return {"text": rendered.text, "tokens": len(rendered.token_ids or ()), "opened": rendered.opened}


def _shows_functions(renderer: Renderer) -> bool:
    """Whether the template shows a function that it is offered; one that fails over it does not."""
    prompt = Prompt(messages=PROBE.messages, tools=(TOOL,))
    try:
        text = renderer.render(prompt, renderer.profile.thinking.modes[0]).text
    except UsageError:
        return False
    return not missing_functions(prompt, text)


def _sampling(config: RunConfig, renderer: Renderer) -> dict[str, Any]:
    found = renderer.recognised
    facts = {
        "profile": {mode: asdict(each) for mode, each in found.profile.sampling.items()},
        "generation_config": asdict(found.shipped) if found.shipped else None,
        "output": dict(found.profile.output),
    }
    taken = decoding_of(config, found)
    by_mode = {mode: asdict(each) for mode, each in taken.by_mode.items()}
    return {**facts, "taken": {**taken.describe(), "by_mode": by_mode, "notes": taken.notes()}}


def inspected_text(found: Inspected) -> Iterator[str]:
    """The facts, a line each, then the prompts."""
    facts = found.facts
    family, thinking, sampling = facts["family"], facts["thinking"], facts["sampling"]
    yield f"model: {facts['model']}"
    yield f"family: {family['name'] or 'not known'} ({family['title']}), because {family['why']}"
    yield f"source: {family['source']}"
    yield from (f"note: {note}" for note in family["notes"])
    yield from _thinking_lines(thinking)
    calls = facts["calls"]
    yield f"calls: format {calls['format']}, earlier arguments as {calls['arguments']}, ids {calls['ids']}"
    yield f"functions: {'shown' if calls['shown'] else 'not shown'} by the template"
    reads = ", ".join(facts["template"]["reads"]) or "none"
    yield f"template: sha256 {facts['template']['sha256'][:12]}, reads the arguments {reads}"
    yield from _sampling_lines(sampling)
    yield from _budget_lines(facts["budget"])
    yield from (f"contradiction: {line}" for line in found.faults)
    if len(facts["prompts"]) > len({prompt["text"] for prompt in facts["prompts"].values()}):
        yield "both modes get the same prompt: the model has one of them only, or its template reads another switch"
    for mode, prompt in facts["prompts"].items():
        opened = "ends inside a thinking block" if prompt["opened"] else "ends outside of a thinking block"
        yield from ("", f"--- {mode}: {prompt['tokens']} tokens, {opened}", prompt["text"])


def _thinking_lines(thinking: Mapping[str, Any]) -> Iterator[str]:
    for mode, switch in thinking["modes"].items():
        how = ", ".join(f"{name} = {value!r}" for name, value in switch.items()) or "no switch"
        default = "; where the template is told nothing" if mode == thinking["default"] else ""
        yield f"mode: {mode} by {how}{default}"
    for name in ("open", "close"):
        tag = thinking[name]
        number = "no single token" if tag["id"] is None else f"token {tag['id']}"
        yield f"tag: {name} {tag['text']!r}, {number}"
    if thinking["ends"]:
        yield f"an open block also ends before: {', '.join(map(repr, thinking['ends']))}"
    for first, last in thinking["wrappers"]:
        yield f"an answer stands between {first!r} and {last!r}"
    opened = {True: "by the template", False: "by the model", None: "not known"}[thinking["opened"]]
    if "thinking" in thinking["modes"]:
        yield f"thinking is opened: {opened}"
    yield f"thinking of earlier turns: {thinking['history']}, as {thinking['reasoning_key']}"


def _sampling_lines(sampling: Mapping[str, Any]) -> Iterator[str]:
    for mode, values in sampling["profile"].items():
        yield f"sampling of the family, {mode}: {_values(values)}"
    shipped = sampling["generation_config"]
    yield f"sampling of generation_config.json: {_values(shipped) if shipped else 'none'}"
    for mode, tokens in sampling["output"].items():
        yield f"output of the family, {mode}: {tokens} tokens"
    taken = sampling["taken"]
    yield f"sampling of a run: {taken['from']}, because {taken['why']}"
    for mode, values in taken["by_mode"].items():
        yield f"sampling of a run, {mode}: {_values(values)}"
    yield from (f"note: {note}" for note in taken["notes"])


def _budget_lines(budget: Mapping[str, Any]) -> Iterator[str]:
    way = {"cut": "cut by token ids", "argument": "told to the template", "words": "words alone", "none": "refused"}
    why = f" ({budget['why']})" if budget["why"] else ""
    yield f"budget: {way[budget['way']]}{why}"
    if budget["argument"]:
        yield f"budget argument: {budget['argument']}, {', '.join(map(str, budget['steps'])) or 'any number'}"
    if budget["effort"]:
        yield f"reasoning_effort: {', '.join(budget['effort'])}"


def _values(values: Mapping[str, Any]) -> str:
    default = asdict(Sampling())
    return ", ".join(f"{name} {value}" for name, value in values.items() if value != default[name]) or "greedy"
