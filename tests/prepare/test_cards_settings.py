"""A model of a card is asked under the card's limit, and what departs from the card is said."""

from __future__ import annotations

from typing import Any

import pytest
from places import FIXTURES
from preparing import departures
from task_checks import task_of

from qwen3_eval.config import RunConfig
from qwen3_eval.families import profiles
from qwen3_eval.prepare.asked import resolve
from qwen3_eval.reference.cards import card_rows, card_sampling, card_settings
from qwen3_eval.types import MODES, Mode

THINKER = "Qwen/Qwen3-30B-A3B-Thinking-2507"
INSTRUCT = "Qwen/Qwen3-4B-Instruct-2507"


def config(model: str, mode: Mode = "thinking", **changes: Any) -> RunConfig:
    return RunConfig(model, ("aime25",), modes=(mode,), data_dir=FIXTURES, **changes)


@pytest.mark.parametrize(
    ("settings", "task", "tokens"),
    [
        (config(THINKER), "aime25", 81_920),
        (config(THINKER), "ifeval", 32_768),
        (config(INSTRUCT, "non-thinking"), "aime25", 16_384),
        (config("/models/Qwen3.5-0.8B", "non-thinking"), "aime25", 32_768),
        (config(THINKER, max_tokens=1024), "aime25", 1024),
        (config(THINKER, sampling_from="card"), "aime25", 81_920),
        (config(THINKER, sampling_from="report"), "aime25", 38_912),
        (config("Qwen/Qwen3-8B"), "aime25", 38_912),
    ],
)
def test_the_limit_is_the_card_s(settings: RunConfig, task: str, tokens: int) -> None:
    (condition,) = resolve(settings, task_of(task)).conditions
    assert condition.limits.total == tokens


def test_a_task_is_asked_in_the_modes_that_a_card_prints() -> None:
    both = RunConfig(THINKER, ("aime25", "ifeval"), task_modes={"aime25": ("thinking",)})
    asked = {name: [each.mode for each in resolve(both, task_of(name)).conditions] for name in both.tasks}
    assert asked == {"aime25": ["thinking"], "ifeval": ["thinking", "non-thinking"]}
    assert both.identity() != RunConfig(THINKER, both.tasks).identity()
    assert "task_modes" not in RunConfig(THINKER, both.tasks).identity()


FAMILIES = {"-Thinking": "qwen3-thinking", "-Instruct": "qwen3-instruct", "Qwen3.5-": "qwen3.5-small"}


@pytest.mark.parametrize("model", sorted({row.model for row in card_rows() if row.own} | {"Qwen3.5-2B"}))
def test_a_family_and_the_cards_of_its_models_say_the_same(model: str) -> None:
    stated = {mode: found for mode in MODES if (found := card_settings(model, mode))}
    for mode, settings in stated.items():
        family = profiles()[next(name for part, name in FAMILIES.items() if part in model)]
        assert family.sampling[mode] == card_sampling(model, mode)
        assert family.output[mode] == settings.max_output_tokens


def said(settings: RunConfig) -> list[str]:
    return [text for text in departures(settings, task_of("aime25")) if "instead of" in text]


def test_departures_are_from_the_card_and_not_from_the_report() -> None:
    assert said(config(THINKER)) == []
    assert said(config(THINKER, max_tokens=1024, sampling={"temperature": 1.0})) == [
        "aime25, thinking: at most 1024 new tokens instead of the card's 81920",
        "aime25, thinking: temperature 1.0 instead of the card's 0.6",
    ]
    assert said(config(THINKER, sampling_from="report")) == []


def test_what_a_card_does_not_print_is_no_departure() -> None:
    assert said(config(INSTRUCT, "non-thinking", sampling={"presence_penalty": 1.0})) == []
    assert said(config("Qwen/Qwen3-8B", sampling={"presence_penalty": 1.0})) == [
        "aime25, thinking: presence_penalty 1.0 instead of 0.0"
    ]
