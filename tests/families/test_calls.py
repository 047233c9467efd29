"""Every family's template writes calls that are read back in its own format, thinking before them or not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from call_templates import drawn_calls, written
from family_folders import FAMILIES, REAL, family_template, model_folder, templates

from qwen3_eval.families import profiles
from qwen3_eval.grading import tools
from qwen3_eval.prompts import Renderer
from qwen3_eval.thinking import split_text
from qwen3_eval.types import Message, Mode, Prompt

# Its template shows functions, and no calls of earlier turns.
FORGETFUL = {"kimi-k2-instruct"}
CALLING = [
    name
    for name, profile in profiles().items()
    if profile.calls.format not in ("none", "unknown") and (FAMILIES / f"{name}.jinja").is_file()
    if name not in FORGETFUL
]
# Of templates that show one call of a message.
SINGLE = {"gpt-oss"}


def check(renderer: Renderer, family: str, rounds: int) -> None:
    """Calls that were made are rendered, and read out of what the template wrote."""
    profile, rng = profiles()[family], random.Random(family)
    mode: Mode = profile.thinking.modes[0]
    for _ in range(rounds):
        calls, schemas, said = drawn_calls(rng)
        calls = calls[:1] if family in SINGLE else calls
        made = tuple({"name": name, "arguments": arguments} for name, arguments in calls)
        spoken = Message("assistant", said, reasoning="" if said else "Hm < x.", tool_calls=made)
        results = [Message("tool", "7") for _ in made]
        text = renderer.render(Prompt((Message("user", "Go."), spoken, *results)), mode).text
        with tools.expecting(profile.calls.format):
            found = [(call.name, call.arguments, call.error) for call in tools.parse_tool_calls(text, schemas)]
        assert found == [(name, arguments, "") for name, arguments in calls], text


@pytest.mark.parametrize("family", CALLING)
def test_what_the_template_shows_is_read_back(family: str, tmp_path: Path) -> None:
    check(Renderer(str(model_folder(tmp_path, family_template(family))), family=family), family, 25)


@pytest.mark.parametrize("name", templates(*REAL))
def test_what_a_real_template_shows_is_read_back(name: str, tmp_path: Path) -> None:
    renderer = Renderer(str(model_folder(tmp_path, templates(*REAL)[name])))
    family = renderer.profile.name
    if family in FORGETFUL or not renderer.recognised.known or profiles()[family].calls.format in ("none", "unknown"):
        pytest.skip("it is of no known family, or its family's template shows no functions")
    check(renderer, family, 50)


@pytest.mark.parametrize(
    ("family", "form"),
    [
        ("qwen3", "hermes"), ("qwen3.5", "xml"), ("glm-4.7", "glm in one line"), ("minimax-m3", "minimax_m3"),
        ("kimi-k2.5", "kimi"), ("seed-oss", "seed"), ("deepseek-v3.1", "deepseek, bare"), ("gemma-4", "gemma"),
        ("ministral-3-reasoning", "mistral"), ("gpt-oss", "harmony, as written"), ("nemotron-nano-v2", "nemotron"),
    ],
)  # fmt: skip
def test_calls_behind_thinking_are_in_the_answer(family: str, form: str) -> None:
    marks = profiles()[family].marks
    calls = written(form, [("f", {"a": 1})])
    closed = "<|end|>" if marks.channels else marks.close
    split = split_text(f"{marks.open}Hm.{closed}{calls}", marks=marks)
    assert (split.thinking, split.finished) == ("Hm.", True)
    with tools.expecting(profiles()[family].calls.format):
        (call,) = tools.parse_tool_calls(split.answer, {"f": {}})
    assert (call.name, call.arguments) == ("f", {"a": 1})


def test_special_tokens_of_calls_are_shown_in_the_family_that_writes_them() -> None:
    kept = {name: profiles()[name].calls.tokens for name in ("gemma-4", "kimi-k2.5", "qwen3")}
    assert '<|"|>' in kept["gemma-4"] and "<|tool_call_begin|>" in kept["kimi-k2.5"]
    assert not kept["qwen3"] & kept["gemma-4"]
